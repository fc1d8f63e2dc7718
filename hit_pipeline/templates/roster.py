"""Who is in a sessions workbook: students with an assignment to a term of a program.

Reads conformed tables and writes the workbook through the gate, `hit_pipeline.privacy.disclosure`,
which alone decides who of them goes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import ibis.expr.types as ir

from hit_pipeline.errors import NotFound
from hit_pipeline.privacy.disclosure import Gate, Request
from hit_pipeline.privacy.disclosure_ledger import Entry
from hit_pipeline.privacy.standing import TUTORING
from hit_pipeline.settings import District
from hit_pipeline.settings_agreements import OWN_STAFF
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.templates.sheets import Meetings, sessions_sheet
from hit_pipeline.templates.workbook import write_workbook

Row = dict[str, Any]

NEEDED: Final = (
    "student_id_district",
    "given_name",
    "family_name",
    "grade_current",
    "school_id_current",
)
"""Fields of students an agreement must allow for a sessions workbook."""


@dataclass(frozen=True)
class Written:
    """A sessions workbook that was written.

    Attributes:
        entry: Its line in the ledger.
        by_group: Whether groups told which students are the tutor's; None: no tutor was named.
        unnumbered: Students in it without a district number: they are matched by name.
    """

    entry: Entry
    by_group: bool | None
    unnumbered: int


def write_sessions(
    gate: Gate, wanted: Meetings, target: Path, *, school: str | None, agreement: str, asked_by: str
) -> Written:
    """Write a sessions workbook for the students assigned to a term.

    Args:
        gate: The way out.
        wanted: Program, term, meetings and tutor.
        target: The workbook; there must be none yet.
        school: Id, number or name of the school; None: every school.
        agreement: Name of the agreement it stands on; its recipient is who gets it.
        asked_by: Who asked for it.

    Raises:
        NotFound: The program, term, school or agreement is not there.
        DisclosureRefused: See `Gate.disclose`.
    """
    _known(gate.district, wanted, agreement)
    schools = {one["school_id"]: one for one in rows_of(gate, "school")}
    rows = candidates(gate, wanted, school and _school(schools.values(), school))
    own = _of_tutor(gate, wanted) if wanted.tutor else None
    rows = [row for row in rows if own is None or row["student_key"] in own]
    rows.sort(key=lambda row: _place(row, schools))
    unnumbered: list[int] = []

    def write(given: Sequence[Mapping[str, Any]], path: Path) -> None:
        unnumbered.append(sum(row["student_id_district"] is None for row in given))
        shown = [_shown(row, schools) for row in given]
        write_workbook(path, sessions_sheet(gate.district, wanted, shown))

    request = Request(
        agreement,
        TUTORING,
        gate.district.agreements[agreement].recipient,
        NEEDED,
        asked_by,
        wanted.at,
        wanted.program,
        wanted.term,
    )
    entry = gate.disclose(request, rows, write, target)
    by_group = None if wanted.tutor is None else own is not None
    return Written(entry, by_group, unnumbered[0])


def rows_of(gate: Gate, name: str) -> list[Row]:
    """Return the rows of a conformed table; none where it was never built."""
    table = TABLES[name]
    rows = _read(gate, name).select(*table.column_names)
    found: list[Row] = gate.engine.collect(rows).to_pylist()
    return found


def school_names(gate: Gate) -> list[str]:
    """Return the names of the schools, sorted; none before the first night."""
    named = {one["name"] for one in rows_of(gate, "school") if one["org_type"] in (None, "school")}
    return sorted(name for name in named if name)


def candidates(gate: Gate, wanted: Meetings, school_id: str | None) -> list[Row]:
    """Return the students with any assignment to the term, with the fields a workbook needs."""
    spells = _read(gate, "program_assignment")
    spells = spells.filter(spells.program_id == wanted.program, spells.term == wanted.term)
    numbers = _read(gate, "student_identifier")
    numbers = numbers.filter(numbers.system == "district", numbers.valid_to.isnull())
    number = numbers.group_by("student_key").aggregate(student_id_district=numbers.value.min())
    students = _read(gate, "student")
    students = students.semi_join(spells, "student_key")
    if school_id is not None:
        students = students.filter(students.school_id_current == school_id)
    joined = students.left_join(number, "student_key")
    found: list[Row] = gate.engine.collect(joined.select("student_key", *NEEDED)).to_pylist()
    return found


def _read(gate: Gate, name: str) -> ir.Table:
    return gate.engine.read(gate.lake.parts(TABLES[name]), TABLES[name])


def _known(district: District, wanted: Meetings, agreement: str) -> None:
    for kind, name, valid in (
        ("program", wanted.program, district.programs),
        ("agreement", agreement, district.agreements),
    ):
        if name not in valid:
            raise NotFound(kind, name, valid)
    terms = district.programs[wanted.program].terms
    if wanted.term not in terms:
        kind = f"term of {wanted.program}"
        raise NotFound(kind, wanted.term, terms)


def _school(schools: Any, stated: str) -> str:
    known = list(schools)
    for one in known:
        names = (one["school_id"], one["school_id_source"], one["identifier"], one["name"])
        if stated.strip().casefold() in {name.casefold() for name in names if name}:
            return str(one["school_id"])
    kind = "school"
    raise NotFound(kind, stated, (one["name"] for one in known if one["name"]))


def _of_tutor(gate: Gate, wanted: Meetings) -> frozenset[str] | None:
    """Return the students of the tutor's groups on the day; None: no group names the tutor."""
    name, day = _words(wanted.tutor), gate.day(wanted.at)
    tutors = rows_of(gate, "tutor")
    keys = {one["tutor_key"] for one in tutors if _words(one["display_name"]) == name}
    groups = {
        (one["_source"], one["group_id"])
        for one in rows_of(gate, "tutoring_group")
        if one["tutor_key"] in keys and one["program_id"] in (None, wanted.program)
    }
    if not groups:
        return None
    return frozenset(
        one["student_key"]
        for one in rows_of(gate, "group_member")
        if (one["_source"], one["group_id"]) in groups and _runs(one, day)
    )


def _runs(row: Row, day: date) -> bool:
    return (row["start_date"] or date.min) <= day <= (row["end_date"] or date.max)


def _words(name: str | None) -> frozenset[str]:
    """Return the words of a name, so that both orders are the same."""
    return frozenset((name or "").replace(",", " ").casefold().split())


def _place(row: Row, schools: Mapping[str, Row]) -> tuple[str, ...]:
    shown = _shown(row, schools)
    order = ("School", "Grade", "Last name", "First name", "Student number")
    return tuple(str(shown[name] or "") for name in order)


def _shown(row: Mapping[str, Any], schools: Mapping[str, Row]) -> dict[str, str | None]:
    school = row["school_id_current"]
    return {
        "Student number": row["student_id_district"],
        "First name": row["given_name"],
        "Last name": row["family_name"],
        "Grade": row["grade_current"],
        "School": schools.get(school, {}).get("name") or school,
    }


def default_agreement(district: District, day: date) -> str:
    """Return the one agreement in force with the district's own staff for tutoring.

    Raises:
        NotFound: There is none, or more than one: it must be named.
    """
    found = [
        name
        for name, one in district.agreements.items()
        if one.recipient == OWN_STAFF and TUTORING in one.purposes and one.start <= day <= one.end
    ]
    if len(found) == 1:
        return found[0]
    kind = "agreement in force with recipient district and purpose tutoring"
    raise NotFound(kind, "--agreement", found)
