"""How much of a shipped contract `hit source new` finds by itself, on files nobody here made.

Each sample is drafted with its own contract left out of what the draft knows, and compared. Run as
``python -m tests.conformance.draft_table FOLDER`` for the table on the terminal; ``-v`` names what
is not right.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hit_pipeline.drafting.draft import FileDraft, draft
from hit_pipeline.drafting.knowledge import SCORE, knowledge, targets_of
from hit_pipeline.drafting.people import Roster
from hit_pipeline.drafting.writing import contract_text
from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.headers import match

_TEMPORAL = ("date", "timestamp", "local_timestamp")
KINDS = ("layout", "columns", "table", "ids", "targets", "scores", "unused", "dates", "types")


@dataclass(frozen=True)
class Point:
    """One thing compared.

    Attributes:
        kind: One of `KINDS`.
        what: What is compared, such as a header.
        right: Whether the draft says what the shipped contract says.
        told: What shipped contract and draft say, for ``-v``.
    """

    kind: str
    what: str
    right: bool
    told: str = ""


@dataclass(frozen=True)
class Compared:
    """One sample.

    Attributes:
        sample: Its path.
        contract: The shipped contract it belongs to, with its file.
        points: Everything compared.
    """

    sample: Path
    contract: str
    points: tuple[Point, ...]

    @property
    def right(self) -> int:
        """How many points are right."""
        return sum(one.right for one in self.points)

    def of(self, kind: str) -> str:
        """Return ``right/all`` of a kind of point; empty when there is none."""
        mine = [one.right for one in self.points if one.kind == kind]
        return f"{sum(mine)}/{len(mine)}" if mine else ""


def compare_all(samples: Path) -> list[Compared]:
    """Compare every delimited sample of assessments, DATAS and tutoring that a contract fits."""
    folders = ("assessments", "datas", "tutoring")
    paths = sorted(path for name in folders for path in (samples / name).rglob("*.csv"))
    found = [compare(path) for path in paths]
    return [one for one in found if one is not None]


def compare(path: Path) -> Compared | None:
    """Compare the draft of a sample with its shipped contract; None when it has none."""
    with tempfile.TemporaryDirectory() as folder, Engine.open() as engine:
        whole = draft(engine, [path], "draft", Roster(engine), knowledge(), Path(folder) / "all")
        product = whole.files[0].product
        if product is None:
            return None
        less = knowledge(without=[product.contract])
        blind = draft(engine, [path], "draft", Roster(engine), less, Path(folder) / "less")
        (Path(folder) / "draft.toml").write_text(contract_text(blind), encoding="utf-8")
        load_contract("draft.toml", Path(folder))
        spec = knowledge().contracts[product.contract].files[product.file]
        points = tuple(_points(blind.files[0], spec))
    return Compared(path, f"{product.contract}.{product.file}", points)


def _points(mine: FileDraft, spec: FileSpec) -> Iterator[Point]:
    own = match(mine.samples[0].names, spec.columns, "draft")
    shipped = dict(zip(mine.samples[0].names, own.columns, strict=True))
    layout = mine.samples[0].layout
    for key in ("format", "encoding", "delimiter", "quote", "header_row"):
        yield Point("layout", key, getattr(layout, key) == getattr(spec, key))
    declared = {header for header, name in shipped.items() if name not in own.extra}
    yield Point("columns", "every declared column", declared <= set(mine.looks))
    tables = {feed.table for feed in spec.feeds}
    table = mine.choice.table.name if mine.choice.table else ""
    yield Point("table", "table fed", table in tables, f"{sorted(tables)} {table}")
    drafted = _drafted(mine)
    stated = _stated(spec)
    for header, name in shipped.items():
        if name in own.extra:
            continue
        yield _goes(header, stated.get(name, set()), drafted.get(header, set()))
    yield from _dates(mine, spec, {name: header for header, name in shipped.items()})
    yield from _types(mine, spec, {name: header for header, name in shipped.items()})


def _goes(header: str, stated: set[str], drafted: set[str]) -> Point:
    kind = "unused" if not stated else "scores" if SCORE in stated else "targets"
    kind = "ids" if any("_id_" in one for one in stated) else kind
    right = bool(stated & drafted) if stated else not drafted
    return Point(kind, header, right, f"shipped {sorted(stated)} draft {sorted(drafted)}")


def _drafted(mine: FileDraft) -> dict[str, set[str]]:
    return {one.header: set(one.goes_to) for one in mine.columns}


def _stated(spec: FileSpec) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for feed in spec.feeds:
        for header, target in targets_of(feed):
            found.setdefault(header, set()).add(target)
        for score in feed.scores:
            if score.objective_from is not None:
                found.setdefault(score.objective_from, set()).add("objective")
    return found


def _dates(mine: FileDraft, spec: FileSpec, headers: Mapping[str, str]) -> Iterator[Point]:
    """Yield for each date with cells whether the draft reads it as the shipped contract does."""
    for feed in spec.feeds:
        for column, target in feed.columns.items():
            if feed.declared.column(column).type not in _TEMPORAL or len(target.from_) != 1:
                continue
            look = mine.looks.get(headers.get(target.from_[0], ""))
            if look is None or look.kind == "nothing":
                continue
            forms = set(look.dates.formats) if look.dates else None
            right = forms is not None and (forms <= set(target.formats) or not forms)
            yield Point("dates", look.name, right, f"{target.formats} {look.described}")


def _types(mine: FileDraft, spec: FileSpec, headers: Mapping[str, str]) -> Iterator[Point]:
    """Yield for each score with cells that both know whether both take it for a number."""
    drafted = {one["from"]: one.get("numeric", True) for feed in mine.feeds for one in feed.scores}
    for feed in spec.feeds:
        for score in feed.scores:
            header = headers.get(score.from_, "")
            if header in drafted and mine.looks[header].kind != "nothing":
                right = drafted[header] == score.numeric
                yield Point("types", header, right, f"numeric {score.numeric} {drafted[header]}")


def as_lines(found: Sequence[Compared], *, verbose: bool = False) -> list[str]:
    """Return the table: a line per sample, then the total; `verbose` adds what is not right."""
    lines = [
        f"{'sample':60} {'contract':24} {'right':>9}  " + " ".join(f"{one:>9}" for one in KINDS)
    ]
    for one in found:
        name = "/".join(one.sample.parts[-2:])
        cells = " ".join(f"{one.of(kind):>9}" for kind in KINDS)
        lines.append(
            f"{name[:60]:60} {one.contract:24} {one.right:4}/{len(one.points):<4}  {cells}"
        )
        wrong = [point for point in one.points if not point.right]
        lines += [f"    {p.kind:8} {p.what}: {p.told}" for p in wrong if verbose]
    right, total = sum(one.right for one in found), sum(len(one.points) for one in found)
    lines.append(f"{right} of {total} right ({right / max(total, 1):.0%})")
    kinds = Counter(p.kind for one in found for p in one.points if p.right)
    totals = Counter(p.kind for one in found for p in one.points)
    lines += [f"    {kind:8} {kinds[kind]} of {totals[kind]}" for kind in KINDS]
    return lines


def main(arguments: Sequence[str]) -> None:
    """Write the table of the samples in a folder to the terminal."""
    folder = next(one for one in arguments if not one.startswith("-"))
    found = compare_all(Path(folder))
    sys.stdout.write("\n".join(as_lines(found, verbose="-v" in arguments)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
