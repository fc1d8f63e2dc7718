"""What a conformance suite would say of the rows of one OneRoster file.

Every check counts rows; none quotes a cell. All checks of a file are one pass over it. References
between files are judged in `hit_pipeline.sources.oneroster.references`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding, Severity
from hit_pipeline.sources.oneroster.layout import BOOLEANS, LAYOUTS, STATUSES, Layout
from hit_pipeline.sources.oneroster.manifest import Mode

_DATE = r"^\d{4}-\d{2}-\d{2}$"
_INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$"
_USER_IDS = r"^(\s*\{[^{}:]+:[^{}]*\}\s*(,|$))+$"
_SPANS = (("startDate", "endDate"), ("beginDate", "endDate"))


@dataclass(frozen=True)
class Rows:
    """The rows of one data file.

    Attributes:
        file: The contract's name of the file.
        rows: Text columns under the contract's names; declared ones it lacks are null.
        columns: The columns it really has.
        mode: How the file is read.
    """

    file: str
    rows: ir.Table
    columns: tuple[str, ...]
    mode: Mode

    @property
    def layout(self) -> Layout:
        """What the binding says of it; nothing of a file it does not know."""
        return LAYOUTS.get(self.file, Layout(self.file))

    def cell(self, column: str) -> ir.StringValue:
        """Return a column without blanks around its cells, blank cells as null."""
        return cast("ir.StringValue", self.rows[column].strip().nullif(""))

    @property
    def is_deletion(self) -> ir.BooleanValue:
        """True for rows ``tobedeleted``."""
        if "status" not in self.columns:
            return ibis.literal(value=False)
        return cast("ir.BooleanValue", self.cell("status").lower().fill_null("") == "tobedeleted")


@dataclass(frozen=True)
class _Check:
    """A condition that should hold for no row, and what it is reported as."""

    broken: ir.BooleanValue
    rule: str
    detail: str
    column: str = ""
    severity: Severity = "warning"


def deletions(engine: Engine, one: Rows) -> int:
    """Count the rows ``tobedeleted``."""
    return _counts(engine, one, [_Check(one.is_deletion, "", "")])[0]


def row_findings(engine: Engine, one: Rows, *, has_roles: bool) -> list[Finding]:
    """Return what is wrong with the rows of a file, counted by rule and column.

    Args:
        engine: The table engine.
        one: The file.
        has_roles: Whether roles.csv states roles and organisations instead of users.csv.
    """
    checks = [
        *_lifecycle(one),
        *_required(one, has_roles=has_roles),
        *_codes(one),
        *_dates(one),
        *_texts(one),
    ]
    found = [
        Finding(one.file, check.rule, check.severity, count, check.detail, check.column)
        for check, count in zip(checks, _counts(engine, one, checks), strict=True)
        if count
    ]
    return [*found, *_duplicates(engine, one)]


def filled(engine: Engine, one: Rows, column: str) -> int:
    """Count the rows in which a column is filled; 0 when there is no such column."""
    if column not in one.columns:
        return 0
    return _counts(engine, one, [_Check(one.cell(column).notnull(), "", "")])[0]


def quoted(engine: Engine, one: Rows) -> int:
    """Count the rows in which some cell holds a quote."""
    holds = [one.rows[name].contains('"').fill_null(_NO) for name in one.rows.columns]
    return _counts(engine, one, [_Check(reduce(lambda a, b: a | b, holds), "", "")])[0]


_NO = ibis.literal(value=False)


def _counts(engine: Engine, one: Rows, checks: list[_Check]) -> list[int]:
    if not checks:
        return []
    sums = {
        f"check_{at}": check.broken.fill_null(_NO).cast("int64").sum()
        for at, check in enumerate(checks)
    }
    row = engine.collect(one.rows.aggregate(**sums)).to_pylist()[0]
    return [int(row[name] or 0) for name in sums]


def _lifecycle(one: Rows) -> Iterator[_Check]:
    """In bulk, status and dateLastModified must be blank; in delta they must be filled."""
    given = [name for name in ("status", "dateLastModified") if name in one.columns]
    if one.mode == "bulk" and given:
        said = reduce(lambda a, b: a | b, [one.cell(name).notnull() for name in given])
        detail = "bulk rows with status or dateLastModified filled; they were read all the same"
        yield _Check(said, "oneroster.lifecycle_in_bulk", detail)
    elif one.mode == "delta":
        detail = "delta rows with status or dateLastModified blank; read as active"
        blank = one.cell("status").isnull() | one.cell("dateLastModified").isnull()
        yield _Check(blank, "oneroster.delta_without_lifecycle", detail)


def _required(one: Rows, *, has_roles: bool) -> Iterator[_Check]:
    layout = one.layout
    wanted = ("sourcedId", *layout.required, *(() if has_roles else layout.until_1_1))
    for name in wanted:
        if name in one.columns:
            broken = one.cell(name).isnull() & ~one.is_deletion
            yield _Check(broken, "oneroster.required", "required cells are blank", name)


def _codes(one: Rows) -> Iterator[_Check]:
    for name, codes in {"status": STATUSES, **one.layout.codes}.items():
        if name not in one.columns:
            continue
        cell = one.cell(name)
        known = cell.lower().isin([code.lower() for code in codes])
        if name in one.layout.open_codes:
            known |= cell.startswith("ext:")
        kind = "true or false" if codes == BOOLEANS else "a code of the binding"
        detail = f"cells are not {kind}; valid are {', '.join(codes)}"
        yield _Check(~known, "oneroster.enum", detail, name)
        own_case = cell.isin(codes) | cell.startswith("ext:")
        detail = "codes are written in another case"
        yield _Check(known & ~own_case, "tolerance.enum_case", detail, name, "info")


def _dates(one: Rows) -> Iterator[_Check]:
    given = [name for name in one.layout.dates if name in one.columns]
    for name in given:
        broken = ~one.cell(name).re_search(_DATE) | _unread(one, name)
        yield _Check(broken, "oneroster.date", "cells are not dates YYYY-MM-DD", name)
    if "dateLastModified" in one.columns:
        broken = ~one.cell("dateLastModified").re_search(_INSTANT)
        detail = "cells are not instants such as 2026-09-01T05:00:00.000Z"
        yield _Check(broken, "oneroster.date", detail, "dateLastModified")
    for first, last in _SPANS:
        if {first, last} <= set(given):
            broken = _day(one, last) < _day(one, first)
            yield _Check(broken, "oneroster.date_order", f"{last} is before {first}", last)
    if one.file == "academic_sessions" and "schoolYear" in one.columns:
        detail = "is not the year, YYYY, in which the school year of the dates ends"
        yield _Check(_odd_year(one), "oneroster.school_year", detail, "schoolYear")


def _unread(one: Rows, column: str) -> ir.BooleanValue:
    return cast("ir.BooleanValue", one.cell(column).notnull() & _day(one, column).isnull())


def _day(one: Rows, column: str) -> ir.DateValue:
    return cast("ir.DateValue", one.cell(column).try_cast("date"))


def _odd_year(one: Rows) -> ir.BooleanValue:
    stated = one.cell("schoolYear")
    year = stated.re_extract(r"^(\d{4})$", 1).try_cast("int64")
    days = [name for name in ("startDate", "endDate") if name in one.columns]
    beyond = [~_day(one, name).year().isin([year - 1, year]).fill_null(~_NO) for name in days]
    return reduce(lambda a, b: a | b, beyond, year.isnull() & stated.notnull())


def _texts(one: Rows) -> Iterator[_Check]:
    broken_lines = [one.rows[name].re_search(r"[\r\n]").fill_null(_NO) for name in one.rows.columns]
    detail = "rows with a line break inside a cell"
    yield _Check(reduce(lambda a, b: a | b, broken_lines), "oneroster.line_break", detail)
    if one.file == "users" and "userIds" in one.columns:
        broken = ~one.cell("userIds").re_search(_USER_IDS)
        detail = "cells are not of the form {type:id},{type:id}"
        yield _Check(broken, "oneroster.user_ids", detail, "userIds")


def _duplicates(engine: Engine, one: Rows) -> list[Finding]:
    if one.file not in LAYOUTS or "sourcedId" not in one.columns:
        return []
    ids = one.rows.select(id=one.cell("sourcedId"))
    ids = ids.filter(ids.id.notnull())
    row = engine.collect(ids.aggregate(all=ids.count(), own=ids.id.nunique())).to_pylist()[0]
    surplus = int(row["all"]) - int(row["own"])
    detail = "rows bear a sourcedId that another row of the file has; the last one counts"
    rule = "oneroster.duplicate_sourced_id"
    return [Finding(one.file, rule, "warning", surplus, detail, "sourcedId")] if surplus else []
