"""One target of a feed as expressions: its text, its value and what can be wrong with it.

The steps are those documented at `hit_pipeline.sources.contract.target.Target`, one function each,
so that the caller can put every step into a projection of its own and nothing is computed twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import available_timezones

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.amounts import in_stated_unit, in_unit, plain_marks
from hit_pipeline.conform.grades import grade
from hit_pipeline.conform.parse import instant, is_ancient, on_weekday, parser
from hit_pipeline.conform.truth import holds
from hit_pipeline.engine_functions import trimmed, utc_to_local
from hit_pipeline.sources.contract.target import Target
from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column
from hit_pipeline.tables.schema import ibis_type

_NOUNS = {
    "text": "text",
    "integer": "whole number",
    "number": "number",
    "decimal": "exact amount",
    "boolean": "yes or no",
    "date": "date",
    "timestamp": "instant with its zone",
    "local_timestamp": "local date and time",
}


_NUMBERS = ("integer", "number", "decimal")
_TIMES = ("date", "timestamp", "local_timestamp")


@dataclass(frozen=True)
class Check:
    """Something that can be wrong with a cell, or worth a note.

    Attributes:
        rule: Rule id, such as ``typed.grade.unparseable``.
        column: Column of the typed table.
        reason: Why, in words without values.
        effect: ``quarantine``: the row is not taken. ``note``: the cell is null and counted.
    """

    rule: str
    column: str
    reason: str
    effect: Literal["quarantine", "note"] = "quarantine"


def stated_text(cleaned: ir.Table | Mapping[str, ir.StringValue], target: Target) -> ir.StringValue:
    """Return the text a target states: its constant, or its cells joined and extracted from.

    Args:
        cleaned: Rows whose cells were cleaned, under their headers.
        target: The target.
    """
    if target.value is not None:
        return ibis.literal(target.value)
    cells = [_null_listed(cleaned[header], target.null) for header in target.from_]
    if len(cells) == 1:
        text = cells[0]
    elif target.first:
        text = ibis.coalesce(*cells)
    else:
        joined = ibis.literal("|").join([cell.fill_null("") for cell in cells])
        text = ibis.coalesce(*cells).notnull().ifelse(joined, ibis.null("string"))
    if target.extract is not None:
        text = trimmed(text.re_extract(target.extract, 1))
    return text


def beside(cleaned: ir.Table, target: Target) -> ir.StringValue | None:
    """Return the cell that says how a target's text is meant: its unit or its day of the week."""
    header = target.unit_from or target.weekday_from
    return None if header is None else cleaned[header]


def mapped_text(text: ir.StringValue, column: Column, target: Target) -> ir.StringValue:
    """Return the text to parse: translated by the target's map or the shipped map of grades.

    Null when there is no entry for it, or the entry is empty.
    """
    if target.value is not None:
        return text
    if target.map is not None or target.patterns:
        return _translated(text, target).nullif("")
    if target.true_when or target.false_when:
        yes, no = (_is_listed(text, one) for one in (target.true_when, target.false_when))
        return ibis.cases((yes, "true"), (no, "false"), else_=text)
    return grade(text) if column.valid == words.GRADES else text


def has_map(column: Column, target: Target) -> bool:
    """Say whether a text without an entry is a mistake of its own."""
    mapped = target.map is not None or target.patterns or column.valid == words.GRADES
    return bool(mapped) and target.value is None


def read_value(
    text: ir.StringValue,
    column: Column,
    target: Target,
    *,
    said: ir.StringValue | None = None,
    zone: ir.StringValue | str = "UTC",
) -> ir.Value:
    """Return the value of a text in the column's declared type; null when it cannot be read.

    Args:
        text: What `mapped_text` returned, blank replaced by the default.
        column: Declaration of the target column.
        target: The target.
        said: What `beside` returned.
        zone: The row's time zone, for a target whose text is an instant; null: it is not known.
    """
    value = _parsed(text, column, target, said, zone)
    if target.weekday_from is not None and said is not None:
        value = on_weekday(value, said)
    if column.type == "text" and column.valid and not has_map(column, target):
        return text if column.valid == words.GRADES else text.lower()
    if target.exclusive_end and column.type == "date":
        return value - ibis.interval(days=1)
    return value.cast(ibis_type(column.type))


def _parsed(
    text: ir.StringValue,
    column: Column,
    target: Target,
    said: ir.StringValue | None,
    zone: ir.StringValue | str,
) -> ir.Value:
    if column.type in _NUMBERS and target.value is None:
        text = plain_marks(text, decimal=target.decimal, thousands=target.thousands)
    if target.units and said is not None:
        return in_stated_unit(text, said, target.units, target.unit)
    if target.unit:
        return in_unit(text, target.unit)
    if target.instant and column.type == "local_timestamp":
        return utc_to_local(instant(text, target.formats), zone)
    return parser(column.type, formats=target.formats)(text)


def checks(
    column: Column,
    target: Target,
    *,
    stated: ir.StringValue,
    text: ir.StringValue,
    value: ir.Value,
) -> Iterator[tuple[Check, ir.BooleanValue]]:
    """Yield what can be wrong with a cell and whether it is, never null.

    Args:
        column: Declaration of the target column.
        target: The target.
        stated: What `stated_text` returned.
        text: What `mapped_text` returned, blank replaced by the default.
        value: What `read_value` returned.
    """
    name = column.name
    unread: ir.BooleanValue = ibis.literal(value=False)
    if has_map(column, target):
        own = target.map or target.patterns
        known = _is_known(stated, target) if own else text.notnull()
        unmapped = stated.notnull() & ~known
        lenient = target.unmapped == "null" or not target.strict
        rule, reason = f"map.{name}.unmapped", "a code the map does not list"
        yield Check(rule, name, reason, _effect(lenient)), unmapped
        unread |= unmapped
    if column.type != "text":
        unparseable = text.notnull() & ~_is_read(column, value)
        rule = f"typed.{name}.unparseable"
        yield Check(rule, name, _expected(column, target), _effect(not target.strict)), unparseable
        unread |= unparseable
    for reason, fits in _limits(column, target, value):
        check = Check(f"typed.{name}.invalid", name, reason, _effect(not target.strict))
        yield check, value.notnull() & ~fits
    if column.required:
        missing = value.isnull() & ~unread
        yield Check(f"typed.{name}.missing", name, "required, but blank"), missing


def within_limits(column: Column, target: Target, value: ir.Value) -> ir.Value:
    """Return the value, or null where it lies outside the column's limits."""
    if column.type in _TIMES:
        value = is_ancient(value).ifelse(ibis.null(value.type()), value)
    for _, fits in _limits(column, target, value):
        value = fits.ifelse(value, ibis.null(value.type()))
    return value


def _is_read(column: Column, value: ir.Value) -> ir.BooleanValue:
    """Say whether a text could be read, never null."""
    return holds(~is_ancient(value)) if column.type in _TIMES else value.notnull()


def _effect(lenient: bool) -> Literal["quarantine", "note"]:  # noqa: FBT001 (private)
    return "note" if lenient else "quarantine"


def _null_listed(cell: ir.StringValue, null: tuple[str, ...]) -> ir.StringValue:
    if not null:
        return cell
    return _is_listed(cell, null).ifelse(ibis.null("string"), cell)


def _is_listed(cell: ir.StringValue, words: Iterable[str]) -> ir.BooleanValue:
    """Say whether a cell is one of the words, never null.

    Not by `isin`: of six words and more DuckDB makes a join, and a wide file has hundreds of cells.
    """
    yes = {one.lower(): ibis.literal(value=True) for one in words}
    no = ibis.literal(value=False)
    return cell.lower().cases(*yes.items(), else_=no) if yes else no


def _translated(text: ir.StringValue, target: Target) -> ir.StringValue:
    """Return what the map, else the first pattern that matches, makes of a code."""
    codes = [(code.lower(), word) for code, word in (target.map or {}).items()]
    nothing = ibis.null("string")
    kinds = [(_matches(text, one.matches), one.to) for one in target.patterns]
    by_kind = ibis.cases(*kinds, else_=nothing) if kinds else nothing
    by_code = text.lower().cases(*codes, else_=nothing) if codes else nothing
    return by_code.coalesce(by_kind) if kinds else by_code


def _is_known(stated: ir.StringValue, target: Target) -> ir.BooleanValue:
    kinds = (_matches(stated, one.matches) for one in target.patterns)
    return ibis.or_(_is_listed(stated, target.map or ()), *kinds)


def _matches(text: ir.StringValue, pattern: str) -> ir.BooleanValue:
    return text.re_search(f"(?i){pattern}")


def _limits(
    column: Column, target: Target, value: ir.Value
) -> Iterator[tuple[str, ir.BooleanValue]]:
    if column.valid:
        yield f"not one of {', '.join(column.valid)}", value.isin(column.valid)
    if column.name == "time_zone" and target.from_:
        yield "not a zone of the IANA list", value.isin(sorted(available_timezones()))
    if column.minimum is not None:
        yield f"below {column.minimum}", value >= column.minimum
    if column.maximum is not None:
        yield f"above {column.maximum}", value <= column.maximum


def _expected(column: Column, target: Target) -> str:
    formats = f" written {' or '.join(target.formats)}" if target.formats else ""
    units = " or ".join(dict.fromkeys(target.every_unit))
    unit = f" of {units}" if units else ""
    return f"not a {_NOUNS[column.type]}{unit}{formats}"
