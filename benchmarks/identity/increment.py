"""A first full resolve of a district, and a night after it with one record in a hundred new."""

import resource
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.identity.lake import Prepared
from hit_pipeline.engine import Engine
from hit_pipeline.identity.resolve import ResolveReport, resolve
from hit_pipeline.lake import Lake
from hit_pipeline.synth.score.tables import Row

_RECORD = "student_record_id"
_HELD_BACK = "029"
"""Records whose id, hexadecimal, begins below this come a night later: 41 of 4,096."""


def increment(prepared: Prepared, folder: Path) -> Sequence[Row]:
    """Resolve all but one record in a hundred, then all, then all again.

    Rosters' new pupils, changed statements and vendors' records are among those held back.

    Args:
        prepared: The district as it is on the second night.
        folder: For its state on the first night and the registry; made anew, removed in the end.
    """
    shutil.rmtree(folder, ignore_errors=True)
    lake = Lake.open(folder / "lake")
    url = f"sqlite:///{folder}/registry.sqlite"
    first = Prepared(prepared.folder, lake)
    with prepared.open() as context:
        for path in sorted((prepared.lake.root / "typed").glob("*/typed_*.parquet")):
            _hold_back(context.engine, path, lake.typed(path.parent.name) / path.name)
    nights = (("first, all but 1 %", first), ("second, with that 1 %", prepared))
    lines = [
        _night(name, state, url) for name, state in (*nights, ("third, nothing new", prepared))
    ]
    shutil.rmtree(folder)
    whole = lines[0]["seconds"]
    return [{**line, "share of the first": line["seconds"] / whole} for line in lines]


def _hold_back(engine: Engine, part: Path, target: Path) -> None:
    rows = engine.read([part])
    if _RECORD not in rows.columns:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(part.resolve())
        return
    stays = rows[_RECORD].isnull() | (rows[_RECORD] >= _HELD_BACK)
    engine.write(rows.filter(stays), target)


def _night(name: str, state: Prepared, url: str) -> Row:
    with state.open(url) as context:
        begun = time.monotonic()
        report = resolve(context)
        seconds = time.monotonic() - begun
    return {
        "night": name,
        "decisions": _decided(report),
        "people made": sum(report.created.values()),
        "seconds": seconds,
        "peak MiB so far": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _decided(report: ResolveReport) -> int:
    return sum(one.records for one in report.decisions)
