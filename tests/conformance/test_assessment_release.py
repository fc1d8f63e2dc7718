"""The assessment samples through a whole night: published beside what the other mapping makes.

Each product is a district of its own, because the samples call different children by the same
numbers. The roster knows every other child of a sample by the district's number, and somebody else.
A night is dear: it is run for the products that differ in ids, files or shape. The typed rows of
every product are compared in `test_assessments`.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.peer_assessments import Product, Row, missing, peer_event, peers
from tests.conformance.peer_products import (
    IREADY,
    MAP_GROWTH,
    SAT,
    STAR,
)
from tests.nights import ask, lay, night

DISTRICT = """
[district]
name = "Assessments"
time_zone = "America/Chicago"
open_year = "2025-26"

[sources.roster]
adapter = "files"
contract = "plain_files"
kind = "roster"

[sources.tests]
adapter = "files"
contract = "{contract}"
kind = "log"
"""
HEADER = "student_number,state_id,last_name,first_name,birth_date,grade,school_id"
STRANGER = "700001,990001,Cedar,Cleo,2014-05-06,04,20"


@dataclass(frozen=True)
class Headers:
    """Where a sample has what a roster needs.

    Attributes:
        product: The product.
        peer: Header of the id the other mapping took.
        district: Header of the district's number.
        state: Header of the state's.
        who: Headers of family name, given name and birth date; empty where it has none.
    """

    product: Product
    peer: str
    district: str
    state: str
    who: tuple[str, str, str] = ("", "", "")


EVERY = (
    Headers(MAP_GROWTH, "Student_StateID", "StudentID", "Student_StateID"),
    Headers(
        IREADY, "Student ID", "Student ID", "Student State ID", ("Last Name", "First Name", "")
    ),
    Headers(
        STAR,
        "StudentSourcedID",
        "StudentIdentifier",
        "StudentStateID",
        ("StudentLastName", "StudentFirstName", "BirthDate"),
    ),
    Headers(
        SAT,
        "DISTRICT_STUDENT_ID",
        "DISTRICT_STUDENT_ID",
        "STATE_STUDENT_ID",
        ("NAME_LAST", "NAME_FIRST", "BIRTH_DATE"),
    ),
)


@dataclass(frozen=True)
class Night:
    """A product's district after its night.

    Attributes:
        headers: The product and its headers.
        folder: The district's folder.
        others: What the other mapping makes of the sample.
        shown: By the id the other mapping took: the id we publish, the state's.
        own: By the id we publish: the district's number.
        known: District's numbers the roster has.
    """

    headers: Headers
    folder: Path
    others: list[dict[str, Any]]
    shown: dict[str, str]
    own: dict[str, str]
    known: set[str]

    def published(self) -> list[Row]:
        """Return the published scores; the other mapping may cut names of objectives."""
        rows: list[Row] = ask(
            self.folder,
            "SELECT student_id_stated, student_key, test_date, objective, score_kind, score_text, "
            '"window", test_name, grade FROM assessment_result',
        ).to_pylist()
        return rows


def students(samples: Path, headers: Headers) -> list[dict[str, str]]:
    """Return the children of a sample the other mapping took, each once."""
    taken = {peer_event(one)[0] for one in peers(samples, headers.product.peer)}
    found: dict[str, dict[str, str]] = {}
    for path in headers.product.files(samples):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if row[headers.peer] in taken:
                    found.setdefault(row[headers.peer], {}).update(row)
    return list(found.values())


def roster(rows: list[dict[str, str]], headers: Headers) -> tuple[str, set[str]]:
    """Return a roster of every other child, and their numbers."""
    lines, known = [HEADER, STRANGER], set()
    for place, row in enumerate(rows[::2]):
        last, first, born = (row.get(name, "").partition("T")[0] for name in headers.who)
        own = row[headers.district]
        name = f"{last or f'Alder{place}'},{first or f'Ada{place}'}"
        lines.append(f"{own},{row[headers.state]},{name},{born},05,10")
        known.add(own)
    return "\n".join(lines) + "\n", known


@pytest.fixture(scope="module", params=EVERY, ids=lambda one: one.product.contract)
def after(
    request: pytest.FixtureRequest, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Night:
    headers: Headers = request.param
    contract = headers.product.contract
    rows = students(samples, headers)
    text, known = roster(rows, headers)
    inbox = {f"tests/{path.name}": path.read_bytes() for path in headers.product.files(samples)}
    inbox["roster/students.csv"] = text.encode()
    settings = DISTRICT.format(contract=contract)
    folder = lay(tmp_path_factory.mktemp(contract), settings, inbox)
    told = night(folder)
    assert told["failed"] == []
    assert told["release"] is not None
    return Night(
        headers,
        folder,
        peers(samples, headers.product.peer),
        {row[headers.peer]: row[headers.state] for row in rows},
        {row[headers.state]: row[headers.district] for row in rows},
        known,
    )


def test_every_student_date_and_score_of_the_other_mapping_is_published(after: Night) -> None:
    rows = after.published()
    others = [
        {**one, "studentReference": {"studentUniqueId": after.shown[peer_event(one)[0]]}}
        for one in after.others
    ]
    assert missing(rows, "student_id_stated", after.headers.product, others) == []
    assert {row["student_id_stated"] for row in rows} == set(after.own)


def test_a_result_has_the_key_of_its_student_and_none_where_no_roster_knows_the_id(
    after: Night,
) -> None:
    rostered = ask(
        after.folder,
        "SELECT value, student_key FROM student_identifier "
        "WHERE system = 'district' AND origin = 'roster'",
    ).to_pylist()
    keys = {row["value"]: row["student_key"] for row in rostered}
    assert set(keys) > after.known
    keyed = {(row["student_id_stated"], row["student_key"]) for row in after.published()}
    assert keyed == {
        (state, keys[own] if own in after.known else None) for state, own in after.own.items()
    }
    assert 0 < len(after.known) < len(after.own)


def test_who_is_not_known_is_listed_with_an_id_to_fix(after: Night) -> None:
    listed = ask(after.folder, "SELECT id_system, id_value FROM unmatched").to_pylist()
    unknown = {own: state for state, own in after.own.items() if own not in after.known}
    ids = {("district", own) for own in unknown} | {("state", one) for one in unknown.values()}
    found = {(row["id_system"], row["id_value"]) for row in listed}
    assert found <= ids
    assert len(found) == len(unknown)


def test_no_assessment_creates_a_student(after: Night) -> None:
    known = ask(after.folder, "SELECT count(*) AS n FROM student").to_pylist()
    assert known == [{"n": len(after.known) + 1}]
