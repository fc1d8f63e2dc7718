"""A synthetic district landed and typed, once; and every state of it that identity is tried on."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hit_pipeline
from hit_pipeline.commands.setup import write_secret
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import build_source
from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.lake import Lake
from hit_pipeline.landing.collect import collect
from hit_pipeline.landing.store import deliveries
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings_file import load_district
from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.plan import Plan

NIGHT = datetime(2026, 8, 1, 6, tzinfo=UTC)
"""The night all of it is landed, after the last session of the school year."""

_DONE = "typed.json"
_TYPING = ("conform", "landing", "sources", "synth", "tables", "contracts", "rules", "templates")
_TYPING_MODULES = ("identity/records.py", "engine.py", "engine_functions.py", "engine_sql.py")


@dataclass(frozen=True)
class Prepared:
    """A district whose typed tables are there.

    Attributes:
        folder: Its folder, with ``district.toml``, ``inbox`` and ``key``.
        lake: The lake to read typed tables from: its own, or that of a variant.
    """

    folder: Path
    lake: Lake

    @contextlib.contextmanager
    def open(self, registry_url: str | None = None) -> Iterator[BuildContext]:
        """Open it with a registry; without a URL with an empty one, which is thrown away."""
        district = load_district(self.folder, dict(os.environ))
        options = EngineOptions(
            district.lake.memory, district.lake.threads, self.lake.root / "spill"
        )
        with tempfile.TemporaryDirectory(prefix="hit-identity-") as place:
            url = registry_url or f"sqlite:///{place}/registry.sqlite"
            with Registry.open(url) as registry, Engine.open(options) as engine:
                yield BuildContext(engine, self.lake, district, registry, NIGHT)


def prepare(folder: Path, plan: Plan, *, reuse: bool = False) -> Prepared:
    """Make, land and type a district, unless that was done before.

    Args:
        folder: Folder of the district; empty, or made by this before.
        plan: What to make.
        reuse: True takes typed tables as they are, whatever code made them.
    """
    made_by = _made_by(plan)
    done = folder / _DONE
    known = json.loads(done.read_text("utf-8")) if done.is_file() else {}
    if known.get("plan") == made_by["plan"] and (reuse or known == made_by):
        return Prepared(folder, Lake(folder / "lake"))
    shutil.rmtree(folder, ignore_errors=True)
    generate(plan, folder)
    write_secret(folder)
    _land_and_type(folder)
    done.write_text(json.dumps(made_by), encoding="utf-8")
    return Prepared(folder, Lake(folder / "lake"))


def _made_by(plan: Plan) -> dict[str, str]:
    home = Path(hit_pipeline.__file__).parent
    files = [path for room in _TYPING for path in (home / room).rglob("*") if path.is_file()]
    files += [home / name for name in _TYPING_MODULES]
    digest = hashlib.sha256()
    for path in sorted(path for path in files if path.suffix != ".pyc"):
        if "score" not in path.parts:  # judges what is typed, makes nothing of it
            digest.update(str(path.relative_to(home)).encode())
            digest.update(path.read_bytes())
    return {"plan": repr(plan), "code": digest.hexdigest()}


def _land_and_type(folder: Path) -> None:
    lake = Lake.open(load_district(folder, dict(os.environ)).lake_path)
    with Prepared(folder, lake).open() as context:
        for name in context.district.sources:
            collect(context, name, context.today)
            build_source(context, name, deliveries(lake, name))
