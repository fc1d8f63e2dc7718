"""What a vendor has to correct: its own records that lead to nobody, or state a wrong number.

The right number is told only of a student on the vendor's active shared roster, through the gate.
Of everybody else the vendor is told one and the same: not on your roster. Whether the district
knows such a child, or such a number, is not told; therefore a record with the right number of a
child who is not shared is in the file, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.errors import HitError, NotFound
from hit_pipeline.exports.correction_file import write_file
from hit_pipeline.exports.correction_words import (
    NOT_ON_ROSTER,
    WITH_NUMBER,
    still_open,
    wrong_number,
)
from hit_pipeline.identity.candidates import SCOPED
from hit_pipeline.identity.collect import origins, stated_by
from hit_pipeline.privacy.disclosure import Gate, Request, allowed
from hit_pipeline.privacy.disclosure_ledger import Entry
from hit_pipeline.privacy.standing import TUTORING
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import TABLES

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_ROLE: Final = "student"
_MOST_CANDIDATES = 5
"""A record with as many may mean others, who are not listed."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Corrections:
    """A file of corrections that was written.

    Attributes:
        entry: Its line in the ledger.
        records: Records in it.
        with_number: Of them with the right number.
    """

    entry: Entry
    records: int
    with_number: int


def write_corrections(
    context: "BuildContext", source: str, target: Path, *, agreement: str | None, asked_by: str
) -> Corrections:
    """Write for the vendor of a source what it has to correct.

    Args:
        context: Typed and promoted tables, and the registry.
        source: The source.
        target: The file, ``.csv`` or ``.xlsx``; there must be none yet.
        agreement: Name of the agreement it stands on; None: the vendor's one in force.
        asked_by: Who asked for it.

    Raises:
        HitError: The source has no vendor in district.toml, or there is nothing to correct.
        NotFound: There is no such source, or not just one agreement.
        DisclosureRefused: See `Gate.disclose`.
    """
    gate = Gate(context.engine, context.lake, context.district)
    vendor = _vendor(context.district, source)
    named = agreement or _agreement(gate, vendor, context.now)
    system = _system(context.district, source)
    field = f"student_id_{system}"
    known = gate.district.agreements.get(named)
    fields = (field,) if known is not None and field in known.fields else ()
    request = Request(named, TUTORING, vendor, fields, asked_by, context.now)
    allowed(gate.district.agreements, request, gate.day(context.now))
    links = _links(context, source)
    told = _findings(links, _stated(context, links), _Roster.read(gate, request, links), system)
    if not told:
        message = f"there is nothing to correct in {source}"
        raise HitError(message, remedy="No file is written.")
    rows = [
        {"student_key": one["key"], field: one["right"], "record": one["record"]}
        for one in told
        if one["right"] is not None
    ]

    def write(given: Sequence[Mapping[str, Any]], path: Path) -> None:
        right = {one["record"]: one.get(field) for one in given}
        write_file(path, [{**one, "right": right.get(one["record"])} for one in told], system)

    entry = gate.disclose(request, rows, write, target, own=("record",), may_be_empty=True)
    return Corrections(entry, len(told), len(rows) if fields else 0)


def _vendor(district: District, source: str) -> str:
    if source not in district.sources:
        kind = "source"
        raise NotFound(kind, source, district.sources)
    vendor = district.sources[source].vendor
    if vendor is None:
        message = f"the source {source} has no vendor"
        raise HitError(message, remedy=f"State `vendor` in [sources.{source}] of district.toml.")
    return vendor


def _agreement(gate: Gate, vendor: str, at: datetime) -> str:
    """Return the one agreement with a vendor for tutoring: in force, else the one that was."""
    known = {
        name: one
        for name, one in gate.district.agreements.items()
        if one.recipient == vendor and TUTORING in one.purposes
    }
    day = gate.day(at)
    found = [name for name, one in known.items() if one.start <= day <= one.end] or [*known]
    if len(found) != 1:
        kind = f"agreement with {vendor} for {TUTORING}"
        raise NotFound(kind, "--agreement", found)
    return found[0]


def _system(district: District, source: str) -> str:
    """Return the system a source's numbers are of: the one its contract vouches for."""
    bare = {one.name: one.bare for one in origins(district, _ROLE)}[source]
    return bare if bare is not None and bare not in SCOPED else "district"


def _links(context: "BuildContext", source: str) -> list[Row]:
    """Return the newest decision on every record of a source, with ``candidates``: their keys."""
    might: dict[str, list[str]] = {}
    found = context.registry.links(_ROLE)
    links: list[Row] = found.filter(pc.equal(found["source"], source)).to_pylist()
    for one in context.registry.candidates(_ROLE).to_pylist():
        might.setdefault(one["person_record_id"], []).append(one["person_key"])
    for link in links:
        single = [link["candidate_key"]] if link["candidate_key"] else []
        link["candidates"] = [*{*might.get(link["person_record_id"], ()), *single}]
    return links


def _stated(context: "BuildContext", links: Sequence[Row]) -> dict[str, Row]:
    """Return what records state; a record no row names any more is left out."""
    records = pa.array([one["person_record_id"] for one in links], pa.string())
    wanted = context.engine.from_arrow(pa.table({"person_record_id": records}))
    stated = stated_by(context, _ROLE, wanted)
    rows = context.engine.collect(stated).to_pylist() if stated is not None else []
    return {row["record"]: row for row in rows}


@dataclass(frozen=True)
class _Roster:
    """The vendor's active shared roster.

    Attributes:
        students: Keys of the students on it.
        numbers: Key and system to the numbers rosters state now, the first in the alphabet first.
    """

    students: frozenset[str]
    numbers: Mapping[tuple[str, str], list[str]]

    @classmethod
    def read(cls, gate: Gate, request: Request, links: Sequence[Row]) -> "_Roster":
        """Ask the gate who of those meant is on it: assigned to a program of the vendor."""
        meant = {key for one in links for key in (one["person_key"], *one["candidates"]) if key}
        students = {
            key
            for name, program in gate.district.programs.items()
            if program.vendor == request.recipient
            for key, why in gate.held_back(replace(request, program=name), meant).items()
            if why is None
        }
        whole = gate.held_back(request, meant)  # a refusal of any program counts
        table = TABLES["student_identifier"]
        known = gate.engine.read(gate.lake.parts(table), table)
        known = known.filter(known.valid_to.isnull() & (known.origin == "roster"))
        numbers: dict[tuple[str, str], list[str]] = {}
        rows = gate.engine.collect(known.select("student_key", "system", "value").order_by("value"))
        for row in rows.to_pylist():
            numbers.setdefault((row["student_key"], row["system"]), []).append(row["value"])
        return cls(frozenset(key for key in students if whole[key] is None), numbers)


def _findings(
    links: Sequence[Row], stated: Mapping[str, Row], roster: _Roster, system: str
) -> list[Row]:
    """Return what is wrong, record by record: what it states, ``finding, key, right``."""
    found = []
    for link in links:
        row = stated.get(link["person_record_id"])
        finding = _finding(link, row, roster, system) if row is not None else None
        if row is not None and finding is not None:
            key = link["person_key"]
            number = finding in WITH_NUMBER
            right = roster.numbers[key, system][0] if number else None
            found.append({**row, "finding": finding, "key": key, "right": right})
    return sorted(found, key=lambda one: (one["family_name"] or "", one["record"]))


def _finding(link: Row, row: Row, roster: _Roster, system: str) -> str | None:
    """Return the code of what is wrong with a record of the vendor; None: nothing."""
    key = link["person_key"]
    if key is None:
        meant = {*link["candidates"]}
        listed = meant and len(meant) < _MOST_CANDIDATES and meant <= roster.students
        return still_open(link["rule"], row) if listed else NOT_ON_ROSTER
    if key not in roster.students:
        return NOT_ON_ROSTER
    right = roster.numbers.get((key, system), [])
    if not right or row[f"id_{system}"] in right:
        return None
    return wrong_number(link, row, system)
