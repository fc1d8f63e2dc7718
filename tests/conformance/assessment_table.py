"""Every assessment sample as a district of its own, beside what an independent mapping makes of it.

Run as ``python -m tests.conformance.assessment_table FOLDER`` for the table on the terminal; the
folder is that of the samples or ``assessments`` in it.
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
from hit_pipeline.landing.store import deliveries, land
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter
from tests.conformance.peer_assessments import Product, Row, Value, compared, missing, peers
from tests.conformance.peer_products import PRODUCTS

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
_LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Outcome:
    """What became of the samples of one product.

    Attributes:
        product: The product.
        files: The contract's names of the files that were landed.
        refused: Rules by which files were refused.
        landed: Rows landed.
        fates: Rows by file, fate and rule.
        rows: Typed scores.
        values: Every value of the other mapping, found or not, under each id it may have taken.
        missing: Those that were not found, in words.
    """

    product: Product
    files: tuple[str, ...]
    refused: tuple[str, ...]
    landed: int
    fates: Mapping[tuple[str, str, str | None], int]
    rows: Sequence[Row]
    values: Sequence[Value]
    missing: Sequence[str]

    @property
    def found(self) -> int:
        """Number of values that were found."""
        return sum(value.found for value in self.values)


def drop(paths: Sequence[Path], contract: str, folder: Path) -> District:
    """Make a district with one source and drop files into its inbox."""
    inbox = folder / "inbox" / "tests"
    inbox.mkdir(parents=True)
    for path in paths:
        os.utime(shutil.copyfile(path, inbox / path.name), (_LONG_AGO, _LONG_AGO))
    return District.model_validate(
        {
            "folder": folder,
            "district": {"name": contract, "time_zone": "America/Chicago"},
            "sources": {"tests": {"adapter": "files", "contract": contract, "kind": "log"}},
        }
    )


def take(engine: Engine, district: District, product: Product, samples: Path) -> Outcome:
    """Land what waits, type it, and hold it against the other mapping."""
    lake = Lake.open(district.lake_path)
    reader = adapter(district, "tests", NOW)
    for arrival in reader.arrivals(district.inbox_path / "tests"):
        land(engine, lake, arrival, reader, district=district)
    context = BuildContext(engine, lake, district, Registry.open(district.registry_url), NOW)
    found = list(deliveries(lake))
    build_source(context, "tests", found)
    typed, fates = (
        engine.collect(engine.read([path])).to_pylist() if path.exists() else []
        for path in (lake.typed("tests") / f"{name}.parquet" for name in _TABLES)
    )
    others = peers(samples, product.peer)
    return Outcome(
        product,
        tuple(file.file for one in found for file in one.files),
        tuple(one.refused_rule for one in found if one.refused_rule),
        sum(one.rows for one in found),
        Counter((row["file"], row["fate"], row["rule"]) for row in fates),
        typed,
        [value for column in product.ids for value in compared(typed, column, product, others)],
        [
            f"{column}, {one}"
            for column in product.ids
            for one in missing(typed, column, product, others)
        ],
    )


_TABLES = ("typed_assessment", "fates")


def outcomes(samples: Path) -> list[Outcome]:
    """Take the samples of every product, each as a district of its own."""
    found = []
    for product in PRODUCTS:
        with tempfile.TemporaryDirectory() as folder, Engine.open() as engine:
            district = drop(product.files(samples), product.contract, Path(folder))
            found.append(take(engine, district, product, samples))
    return found


def as_lines(found: Sequence[Outcome]) -> list[str]:
    """Return the table: a line per product, then fates by file and values that were not found."""
    lines = []
    for one in found:
        lines.append(
            f"{one.product.contract}: files {', '.join(one.files)}; rows {one.landed}; "
            f"scores {len(one.rows)}; values compared {len(one.values)}, "
            f"found {one.found}, missing {len(one.missing)}"
        )
        lines += [f"    refused by {rule}" for rule in one.refused]
        lines += [
            f"    {file}: {fate} {rule or ''} {count}".replace("  ", " ")
            for (file, fate, rule), count in sorted(one.fates.items(), key=str)
        ]
        lines += [f"    not found: {words}" for words in one.missing]
    compared_, found_ = (sum(column) for column in zip(*map(_counts, found), strict=True))
    return [*lines, f"all: values compared {compared_}, found {found_}"]


def _counts(one: Outcome) -> tuple[int, int]:
    return len(one.values), one.found


def main(arguments: Sequence[str]) -> None:
    """Write the table of the samples in a folder to the terminal."""
    folder = Path(arguments[0])
    samples = folder.parent if folder.name == "assessments" else folder
    sys.stdout.write("\n".join(as_lines(outcomes(samples))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
