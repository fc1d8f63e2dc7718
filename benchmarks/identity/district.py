"""One district judged in every way that was asked for, as titled tables."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.identity import baselines, examples, hidden, judge, thresholds, truth, tutors
from benchmarks.identity.lake import Prepared
from hit_pipeline.identity.resolve import resolve
from hit_pipeline.synth.score.links import record_counts
from hit_pipeline.synth.score.tables import Row, Tables, open_key

Told = Callable[[str, Sequence[Row]], None]


@dataclass
class Found:
    """What was found of one district.

    Attributes:
        tables: Rows by title.
        probable: As of `thresholds.probable`, identifiers stated and hidden.
    """

    tables: dict[str, Sequence[Row]] = field(default_factory=dict)
    probable: dict[str, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What to do beside judging the registry on the rows as they are."""

    hidden: bool = False
    baselines: bool = False
    examples: int = 0


def of_district(prepared: Prepared, wanted: Wanted, told: Told) -> Found:
    """Judge identity on a district.

    Args:
        prepared: The district.
        wanted: What to do.
        told: Called with every table as soon as it is there.
    """
    found = Found()

    def tell(title: str, rows: Sequence[Row]) -> None:
        found.tables[title] = rows
        told(title, rows)

    with open_key(prepared.folder) as tables:
        truth.find_named(tables, prepared)
        ours = _as_it_is(prepared, tables, wanted, tell, found)
        if wanted.baselines:
            tell("Beside it", baselines.in_one_table([*_others(prepared, tables), ours]))
        if wanted.hidden:
            _hidden(prepared, tables, tell, found)
    return found


def _as_it_is(
    prepared: Prepared, tables: Tables, wanted: Wanted, tell: Told, found: Found
) -> tuple[str, Row, Row]:
    with prepared.open() as context:
        begun = time.monotonic()
        resolve(context)
        tell("Resolve", [{"seconds": time.monotonic() - begun}])
        registry = context.registry
        judge.judge_registry(tables, registry)
        examples.find_sides(tables, registry)
        found.probable["as delivered"] = thresholds.probable(tables, registry)
        tutors.find_tutors(tables, prepared, registry)
    ours = judge.summary(tables)
    merges = judge.false_merges(tables)
    tell("Students", ours)
    tell("Wrong links by whom they lead to", [merges])
    tell("Students by source", judge.by_source(tables))
    tell("Students by dirt", judge.by_kind(tables))
    tell("Students by rule", judge.by_rule(tables))
    tell("Linkable records of pupils without a key", judge.keyless(tables))
    tell("Children merged and split", judge.merged_children(tables))
    tell("Linkable, not linked: rule and dirt", examples.missed_by_rule(tables))
    tell("Tutors", tutors.pairs(tables))
    tell("Tutors' records by source and dirt", tutors.by_source(tables))
    tell("Wrong links", examples.wrong_links(tables))
    if wanted.examples:
        tell("Missed", examples.missed(tables, wanted.examples))
        tell("Tutors, wrong", tutors.wrong(tables))
    return "hit_pipeline", ours[0], merges


def _others(prepared: Prepared, tables: Tables) -> list[tuple[str, Row, Row]]:
    from benchmarks.identity.splink_alone import splink_alone  # takes a second to import

    with prepared.open() as context:
        baselines.find_stated(tables, context)
    methods = (
        ("exact trimmed id (DATAS)", baselines.exact_declared),
        ("best id column per file (earthmover)", baselines.best_column),
        ("splink alone, stock settings, p >= .95", splink_alone),
    )
    lines = []
    for name, method in methods:
        decided = method(tables)
        judge.judge(tables, decided, baselines.nobody_asked(), baselines.identifiers(tables))
        lines.append((name, judge.summary(tables)[0], judge.false_merges(tables)))
    return lines


def _hidden(prepared: Prepared, tables: Tables, tell: Told, found: Found) -> None:
    variant, moved = hidden.hide(prepared, Path(f"{prepared.lake.root}-hidden"))
    hidden.find_hidden(tables, moved)
    with variant.open() as context:
        begun = time.monotonic()
        resolve(context)
        tell("Identifiers hidden: resolve", [{"seconds": time.monotonic() - begun}])
        judge.judge_registry(tables, context.registry, "named_hidden")
        found.probable["identifiers hidden"] = thresholds.probable(tables, context.registry)
    hidden.split_by_birth(tables)
    counted = record_counts(tables, "record_born", by="kept")
    lines = [{"states": row["kept"], **judge.shares(row)} for row in counted]
    tell("Identifiers hidden", lines)
    tell("Identifiers hidden: all pupils of a roster", hidden.of_roster(tables))
    tell("Identifiers hidden: wrong links", [judge.false_merges(tables)])
    tell("Identifiers hidden, by dirt", judge.by_kind(tables))
    tell("Identifiers hidden, by rule", judge.by_rule(tables))
