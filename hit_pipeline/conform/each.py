"""Lists in a row: what a feed with ``each`` sees, one row for each member.

The list of a landed row is taken apart here, before any target is read; what follows in
`hit_pipeline.conform.typing` sees members as rows. Members keep the provenance of their row and the
order of the list. Every landed row has at least one row here: one whose list cannot be taken apart,
or has no member, says so in the column `MEMBER`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.truth import holds
from hit_pipeline.engine_functions import trimmed
from hit_pipeline.sources.contract.feed import Each

MEMBER = "member of a list"
"""Column: null for a member, else `NO_MEMBER` or a rule of `BROKEN`."""
NO_MEMBER = "none"
BROKEN = {
    "feed.list_unreadable": "a cell with a list holds none",
    "feed.list_uneven": "lists that go together have different lengths",
}
"""Rules a row with a list can break, and what they say; all its members are kept back."""
_UNREADABLE, _UNEVEN = BROKEN
_PLACE = "place in a list"


@ibis.udf.scalar.builtin(name="json_valid")  # type: ignore[untyped-decorator] # ibis has no types
def _is_json(text: str) -> bool:  # type: ignore[empty-body] # a declaration of DuckDB's own function, evaluated by ibis
    """Say whether a text is JSON."""


@ibis.udf.scalar.builtin(name="json_type")  # type: ignore[untyped-decorator] # as above
def _json_type(text: str) -> str:  # type: ignore[empty-body] # as above
    """Return what kind of JSON a text is."""


@ibis.udf.scalar.builtin(name="json_extract")  # type: ignore[untyped-decorator] # as above
def _members_of(text: str, path: str) -> list[str]:  # type: ignore[empty-body] # as above
    """Return the members at a path with ``*`` as JSON."""


@ibis.udf.scalar.builtin(name="json_extract_string")  # type: ignore[untyped-decorator] # as above
def _text_at(text: str, path: str) -> str:  # type: ignore[empty-body] # as above
    """Return what is at a path as text, null when it is nothing."""


def members(rows: ir.Table, each: Each, headers: Iterable[str]) -> ir.Table:
    """Return one row for each member of a row's lists, or one for the whole row when it has none.

    Args:
        rows: Text columns under their headers, and provenance.
        each: Where the lists are.
        headers: Headers the feed uses; those of members' fields become columns.

    Returns:
        The rows with `MEMBER`; the cells of the lists hold one member each.
    """
    cells = {
        one: trimmed(rows[one]) if one in rows.columns else ibis.null("string")
        for one in each.from_
    }
    split = each.split and (each.split.strip() or each.split)
    lists = {one: _list(cell, split) for one, cell in cells.items()}
    fault = _fault(cells, lists, split)
    listed = rows.mutate(**lists, **{MEMBER: fault})
    lengths = [listed[one].length() for one in each.from_]
    longest = ibis.greatest(*lengths) if len(lengths) > 1 else lengths[0]
    broken = listed[MEMBER].notnull() | (longest.fill_null(0) == 0)
    long = listed.mutate(**{_PLACE: ibis.range(broken.ifelse(1, longest)).unnest()})
    found = {one: _whole(long[one][long[_PLACE]], each.split) for one in each.from_}
    for header in headers:
        if (of := each.list_of(header)) is not None:
            path = _path(header.removeprefix(f"{of}."))
            found[header] = _text_at(long[of][long[_PLACE]], path)
    parted = long.mutate(**found).drop(_PLACE)
    blank = ibis.coalesce(*(parted[one] for one in each.from_)).isnull()
    nobody = blank.ifelse(NO_MEMBER, ibis.null("string"))
    return parted.mutate(**{MEMBER: parted[MEMBER].coalesce(nobody)})


def _list(cell: ir.StringValue, split: str | None) -> ir.ArrayValue:
    """Return the members of a list; null when it is blank or none."""
    if split is not None:
        return cell.split(split)
    members = _members_of(_is_list(cell).ifelse(cell, ibis.null("string")), "$[*]")
    return members.cast("array<string>")


def _is_list(cell: ir.StringValue) -> ir.BooleanValue:
    as_json = _is_json(cell).ifelse(cell, ibis.null("string"))
    return holds(_json_type(as_json) == "ARRAY")


def _fault(
    cells: Mapping[str, ir.StringValue], lists: Mapping[str, ir.ArrayValue], split: str | None
) -> ir.StringValue:
    """Return the rule of `BROKEN` a row breaks; null when it breaks none."""
    uneven = _differ([one.length() for one in lists.values()])
    if split is None:
        unreadable = [one.notnull() & ~_is_list(one) for one in cells.values()]
        faults = [(ibis.or_(*unreadable), _UNREADABLE), (uneven, _UNEVEN)]
    else:
        ended = [_without_end(one, split).split(split).length() for one in cells.values()]
        faults = [(uneven & _differ(ended), _UNEVEN)]
    return ibis.cases(*faults, else_=ibis.null("string"))


def _differ(lengths: Sequence[ir.IntegerValue]) -> ir.BooleanValue:
    """Say whether lists differ in length, blank ones aside."""
    if len(lengths) == 1:
        return ibis.literal(value=False)
    return holds(ibis.greatest(*lengths) != ibis.least(*lengths))


def _without_end(cell: ir.StringValue, split: str) -> ir.StringValue:
    """Return a list without separators at its end."""
    return cell.re_replace(rf"(?:\s*{re.escape(split)})+\s*$", "")


def _whole(member: ir.StringValue, split: str | None) -> ir.StringValue:
    """Return a member as text, null when there is nothing in it."""
    if split is not None:
        return trimmed(member)
    text = trimmed(_text_at(member, "$"))
    return text.isin(["{}", "[]"]).ifelse(ibis.null("string"), text)


def _path(field: str) -> str:
    """Return the JSON path of a field, whose parts are parted by points."""
    return "$" + "".join(f".{json.dumps(part)}" for part in field.split("."))
