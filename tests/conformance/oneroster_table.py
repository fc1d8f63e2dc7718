"""Every OneRoster sample as a district of its own: rows by fate, and findings.

Run as ``python -m tests.conformance.oneroster_table FOLDER`` for the table on the terminal.
"""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import build_source
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Delivery, Finding
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
_LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Outcome:
    """What became of one bundle.

    Attributes:
        delivery: The delivery.
        fates: Rows by fate.
        by_rule: Rows by file, fate and rule.
        tables: Rows of the typed tables.
    """

    delivery: Delivery
    fates: Mapping[str, int]
    by_rule: Mapping[tuple[str, str, str | None], int]
    tables: Mapping[str, int]

    def found(self, rule: str) -> list[Finding]:
        """Return the findings of a rule."""
        return [one for one in self.delivery.findings if one.rule == rule]


def bundles(samples: Path) -> dict[str, Path]:
    """Return the bundles of a folder of samples: zips, and folders of CSV files."""
    found = {path.name: path for path in samples.rglob("*.zip")}
    found |= {path.parent.name: path.parent for path in samples.rglob("users.csv")}
    return dict(sorted(found.items()))


def drop(bundle: Path, folder: Path) -> District:
    """Make a district with one OneRoster source and drop a bundle into its inbox."""
    inbox = folder / "inbox" / "sis"
    inbox.mkdir(parents=True)
    for path in sorted(bundle.glob("*.csv")) if bundle.is_dir() else [bundle]:
        os.utime(shutil.copyfile(path, inbox / path.name), (_LONG_AGO, _LONG_AGO))
    return District.model_validate(
        {
            "folder": folder,
            "district": {"name": bundle.name, "time_zone": "America/Chicago"},
            "sources": {"sis": {"adapter": "oneroster_csv", "kind": "roster"}},
        }
    )


def take(engine: Engine, district: District) -> tuple[BuildContext, Outcome]:
    """Land what waits and type it."""
    lake = Lake.open(district.lake_path)
    reader = adapter(district, "sis", NOW)
    for arrival in reader.arrivals(district.inbox_path / "sis"):
        land(engine, lake, arrival, reader, district=district)
    registry = Registry.open(district.registry_url)
    context = BuildContext(engine, lake, district, registry, NOW)
    (delivery,) = deliveries(lake)
    state = build_source(context, "sis", [delivery])
    path = lake.typed("sis") / "fates.parquet"
    rows = engine.collect(engine.read([path])).to_pylist() if path.exists() else []
    by_rule = Counter((row["file"], row["fate"], row["rule"]) for row in rows)
    fates = {fate: count for fate, count in state.fates.items() if count}
    return context, Outcome(delivery, fates, by_rule, dict(state.tables))


def outcomes(samples: Path) -> dict[str, Outcome]:
    """Take every bundle of the samples, each as a district of its own."""
    found = {}
    for name, bundle in bundles(samples).items():
        with tempfile.TemporaryDirectory() as folder, Engine.open() as engine:
            _, found[name] = take(engine, drop(bundle, Path(folder)))
    return found


def as_lines(found: Mapping[str, Outcome]) -> list[str]:
    """Return the table: per bundle rows by fate, then what was noticed."""
    lines = []
    for name, one in found.items():
        fates = ", ".join(f"{fate} {count}" for fate, count in sorted(one.fates.items()))
        status = one.delivery.refused_rule or one.delivery.status
        lines.append(f"{name}: {status}; rows {one.delivery.rows}; {fates or 'no rows'}")
        lines += [
            f"    {finding.severity:8} {finding.rule:32} {finding.file or 'bundle':20} "
            f"{finding.column:20} {finding.count}"
            for finding in one.delivery.findings
        ]
    return lines


def main(arguments: Sequence[str]) -> None:
    """Write the table of the samples in a folder to the terminal."""
    sys.stdout.write("\n".join(as_lines(outcomes(Path(arguments[0])))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
