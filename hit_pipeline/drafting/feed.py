"""The feed of a draft: each target of the chosen table from the column that fits it best."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hit_pipeline.drafting.filled import Filled, doubted
from hit_pipeline.drafting.knowledge import Fed
from hit_pipeline.drafting.looks import Look
from hit_pipeline.drafting.people import Overlap, Roster
from hit_pipeline.drafting.persons import person_lines
from hit_pipeline.drafting.reading import Reader, read_into
from hit_pipeline.drafting.roles import Meaning
from hit_pipeline.drafting.scores import score_lines, seasons
from hit_pipeline.drafting.status import status_lines
from hit_pipeline.drafting.times import NO_ZONE, instant_column, is_clock, naive, with_date
from hit_pipeline.sources.reading.headers import plain_name
from hit_pipeline.tables.catalog import TABLES

_AXES = ("session_state", "attendance", "status_source")
_SHARED = ("status", "attendance")
_SHIPPED = "as in a shipped contract"
_COMPLETED = re.compile(r"(?i)complet|finish|final")


@dataclass(frozen=True)
class FeedDraft:
    """What a file becomes.

    Attributes:
        table: The table; None when nothing speaks for any.
        lines: Its targets by column, in declared order.
        scores: Its scores, for assessments.
        each: Header and separator of a list of students.
        left: Headers not used, with the reason.
    """

    table: Fed | None
    lines: Mapping[str, Filled] = field(default_factory=dict)
    scores: tuple[Mapping[str, Any], ...] = ()
    each: tuple[str, str] | None = None
    left: Mapping[str, str] = field(default_factory=dict)

    @property
    def names_student(self) -> bool:
        """Whether a student is named, by an id or a name."""
        return any(name.startswith("student_") for name in self.lines)

    @property
    def is_complete(self) -> bool:
        """Whether every column the table requires is filled."""
        if self.table is None:
            return False
        filled = {*self.lines, *(("score_kind", "score_text") if self.scores else ())}
        columns = TABLES[self.table.name].columns
        return all(
            one.name in filled for one in columns if one.required and not one.name.startswith("_")
        )

    @property
    def student_ids(self) -> list[Filled]:
        """The targets that hold an id of the student."""
        return [one for name, one in self.lines.items() if name.startswith("student_id_")]


@dataclass(frozen=True)
class Columns:
    """All that is known of the columns of a file."""

    looks: Mapping[str, Look]
    found: Mapping[str, Meaning]
    overlaps: Mapping[str, list[Overlap]]
    roster: Roster
    reader: Reader


def draft_feed(table: Fed, columns: Columns, *, name: str) -> FeedDraft:
    """Return the feed of a table.

    Args:
        table: The table.
        columns: The columns of the file.
        name: Name of the draft; the instrument of an assessment.
    """
    targets = [one.name for one in TABLES[table.name].columns]
    persons, left = person_lines(
        columns.looks, columns.found, columns.overlaps, columns.roster, targets
    )
    lines = {one.column: one for one in persons}
    lines |= {
        key: Filled(key, {"value": value}, "every row is one", "sure")
        for key, value in table.values.items()
    }
    used = {header for one in persons for header in one.headers}
    wide = (
        table.name == "typed_assessment" and len(seasons(columns.looks, columns.reader.known)) > 1
    )
    for filled in _fillings(table, columns, used, wide=wide):
        lines[filled.column] = filled
        used |= set(filled.headers)
    if table.name == "typed_session_log":
        lines |= _session_lines(columns, lines)
    scores: list[Mapping[str, Any]] = []
    if table.name == "typed_assessment":
        lines |= _assessment_lines(columns, lines, name)
        scores = score_lines(columns.looks, columns.found, _used(lines), columns.reader, wide=wide)
    each = _list_of_students(columns.looks, lines)
    ordered = {column: lines[column] for column in targets if column in lines}
    return FeedDraft(table, ordered, tuple(scores), each, left)


def _used(lines: Mapping[str, Filled]) -> set[str]:
    return {header for one in lines.values() for header in one.headers}


def _fillings(table: Fed, columns: Columns, used: set[str], *, wide: bool) -> Iterator[Filled]:
    """Yield the targets the vocabulary names for the table, each from its best free column."""
    for target in table.targets:
        if table.name == "typed_session_log" and target in _AXES:
            continue
        if wide and target in ("test_date", "window"):
            continue
        for header, why in _timed_first(table, target, columns):
            if header in used and columns.found[header].role not in _SHARED:
                continue
            filled = _fill(table, target, columns.looks[header], columns, why)
            if filled is not None:
                used |= set(filled.headers) - _dates_of(columns)
                yield filled
                break


def _dates_of(columns: Columns) -> set[str]:
    """Return headers of dates, which several times of day may share."""
    return {header for header, one in columns.found.items() if one.role == "date"}


def _timed_first(table: Fed, target: str, columns: Columns) -> list[tuple[str, str]]:
    """Return the candidates; of a local time those that say more than a date come first."""
    found = list(_candidates(table, target, columns))
    if TABLES[table.name].column(target).type == "local_timestamp":
        found.sort(key=lambda one: columns.looks[one[0]].kind == "date")
    return found


def _candidates(table: Fed, target: str, columns: Columns) -> Iterator[tuple[str, str]]:
    """Yield headers that may fill a target, the best first; a column without cells comes last."""
    blank = [header for header, look in columns.looks.items() if look.kind == "nothing"]
    known = columns.reader.known.headers
    for wanted_blank in (False, True):
        for header in columns.looks:
            if _sent_to(header, table, known) == target and (header in blank) == wanted_blank:
                yield header, _SHIPPED
        for role in table.targets[target]:
            having = [one for one in columns.found.values() if one.role == role]
            for meaning in sorted(having, key=lambda one: one.rank):
                if (meaning.header in blank) == wanted_blank:
                    yield meaning.header, "the header says so"


def _sent_to(header: str, table: Fed, known: Mapping[str, Counter[tuple[str, str]]]) -> str | None:
    """Return the target shipped contracts most often send a header of the table to."""
    sent = {
        target: n
        for (name, target), n in known.get(plain_name(header), {}).items()
        if name == table.name
    }
    best = max(sent, key=lambda target: sent[target], default=None)
    return best if best is not None and 2 * sent[best] > sum(sent.values()) else None


def _fill(table: Fed, target: str, look: Look, columns: Columns, why: str) -> Filled | None:
    column = TABLES[table.name].column(target)
    if column.type == "local_timestamp" and is_clock(look):
        days = [
            one
            for header, one in columns.looks.items()
            if columns.found[header].role in ("date", "test_date")
        ]
        for day in days:
            if (filled := with_date(target, look, day, columns.reader, why)) is not None:
                return filled
        return None
    other = instant_column(target, look)
    if other is not None:
        column = TABLES[table.name].column(other)
    if (
        column.name == "school_name"
        and (named := columns.roster.schools_named(look))
        and named.counts
    ):
        return Filled("school_name", {"from": look.name}, named.described, "sure")
    return read_into(column, look, columns.reader, why, table.name)


def _filled_column(role: str, columns: Columns) -> Look | None:
    """Return the first column of a role that has cells, the surest header first."""
    having = sorted(
        (one for one in columns.found.values() if one.role == role), key=lambda m: m.rank
    )
    looks = (columns.looks[one.header] for one in having if one.header in columns.looks)
    return next((look for look in looks if look.kind != "nothing"), None)


def _session_lines(columns: Columns, lines: Mapping[str, Filled]) -> dict[str, Filled]:
    """Return the two axes of a session log, and the start with what must be asked of its zone."""
    by_role = {role: _filled_column(role, columns) for role in _SHARED}
    found = {
        one.column: one
        for one in status_lines(by_role["status"], by_role["attendance"], columns.reader.known)
    }
    start = lines.get("started_at_local")
    if start is not None and naive(lines):
        found["started_at_local"] = replace(
            start, certainty="doubt", doubts=(*start.doubts, NO_ZONE)
        )
    ratio = lines.get("ratio_source")
    if ratio is not None and any(":" in text for text in columns.looks[ratio.headers[0]].counts):
        target = {"from": ratio.headers[0], "extract": r"^1\s*:\s*(\d+)$"}
        found["ratio_stated"] = Filled("ratio_stated", target, "students after the colon")
    return found


def _assessment_lines(
    columns: Columns, lines: Mapping[str, Filled], name: str
) -> dict[str, Filled]:
    doubt = "the name of the product, the same for every file of it"
    found = {"instrument": doubted("instrument", {"value": name}, "the name of the draft", doubt)}
    if "test_date" in lines:
        found["test_date"] = _with_other_dates(lines["test_date"], columns, _used(lines))
    dated = "test_date" in lines or len(seasons(columns.looks, columns.reader.known)) > 1
    if not dated and "school_year" not in lines:
        target = {"from": "_received_school_year"}
        doubt = "no date and no year: the year of the delivery is taken"
        found["school_year"] = doubted("school_year", target, "nothing dates a test", doubt)
    return found


def _with_other_dates(line: Filled, columns: Columns, used: set[str]) -> Filled:
    """Add the other dates of a test, such as its start, which count where the first is blank."""
    others = [
        header
        for header, one in columns.found.items()
        if one.role == "test_date" and header not in used and columns.looks[header].is_temporal
    ]
    formats = set(line.target.get("formats", ()))
    same = [
        h for h in others if _date_keys(columns.looks[h]) == (formats, "extract" in line.target)
    ]
    if not same:
        return line
    dates = sorted([*line.headers, *same], key=lambda header: not _COMPLETED.search(header))
    target = {"from": dates, "first": True, **{k: v for k, v in line.target.items() if k != "from"}}
    doubt = "the first of these that is not blank: is that the day the student was tested?"
    return doubted("test_date", target, line.why, *line.doubts, doubt)


def _date_keys(look: Look) -> tuple[set[str], bool]:
    written = look.dates
    formats = set(written.formats) if written else set()
    return formats, written is not None and not formats and written.kind != "date"


def _list_of_students(
    looks: Mapping[str, Look], lines: Mapping[str, Filled]
) -> tuple[str, str] | None:
    """Return header and separator of a cell that holds the ids of several students."""
    for column, line in lines.items():
        if column.startswith("student_id_") and looks[line.headers[0]].separator:
            look = looks[line.headers[0]]
            return None if look.is_json else (look.name, look.separator)
    return None
