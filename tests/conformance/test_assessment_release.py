"""The assessment samples through a whole night: published beside what the other mapping makes.

The roster knows some of the children in the samples, by the district's number, and somebody else.
"""

import csv
from pathlib import Path

import pytest

from tests.conformance.peer_assessments import (
    IREADY,
    MAP_GROWTH,
    Product,
    Row,
    missing,
    peer_date,
    peers,
)
from tests.nights import ask, lay, night

DISTRICT = """
[district]
name = "Two assessments"
time_zone = "America/Chicago"
open_year = "2025-26"

[sources.roster]
adapter = "files"
contract = "plain_files"
kind = "roster"

[sources.map_growth]
adapter = "files"
contract = "map_growth"
kind = "log"

[sources.iready]
adapter = "files"
contract = "iready"
kind = "log"
"""
ROSTER = """\
student_number,state_id,last_name,first_name,grade,school_id
605000,604821,Alder,Ada,03,10
605002,,Last 2,First 2,06,10
605003,604824,Birch,Ben,07,20
700001,990001,Cedar,Cleo,04,20
"""
KNOWN = {"605000", "605002", "605003"}
"""District numbers of the samples that the roster has."""
PRODUCTS = {"map_growth": (MAP_GROWTH, "MAP_Growth"), "iready": (IREADY, "i-Ready_math")}
"""By our source: the sample, and the other mapping's name of it."""
IDS = {
    "map_growth": ("StudentID", "Student_StateID"),
    "iready": ("Student ID", "Student State ID"),
}
"""Headers of the district's and of the state's number."""
every_product = pytest.mark.parametrize("source", PRODUCTS)


@pytest.fixture(scope="module")
def district(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    inbox = {f"{name}/results.csv": sample(samples, name).read_bytes() for name in PRODUCTS}
    inbox["roster/students.csv"] = ROSTER.encode()
    folder = lay(tmp_path_factory.mktemp("assessments"), DISTRICT, inbox)
    told = night(folder)
    assert told["failed"] == []
    assert told["release"] is not None
    return folder


def sample(samples: Path, source: str) -> Path:
    return samples / product(source).sample


def product(source: str) -> Product:
    return PRODUCTS[source][0]


def stated(samples: Path, source: str) -> dict[str, str]:
    """Return the state's number to the district's, as the sample has them."""
    own, state = IDS[source]
    with sample(samples, source).open(encoding="utf-8-sig", newline="") as file:
        return {row[state]: row[own] for row in csv.DictReader(file)}


def published(district: Path, source: str) -> list[Row]:
    """Return the published scores of a source; the other mapping cuts names of objectives."""
    rows: list[Row] = ask(
        district,
        "SELECT student_id_stated, test_date, left(objective, 60) AS objective, score_kind, "  # noqa: S608 (our own source names)
        f"score_text, \"window\", test_name FROM assessment_result WHERE source = '{source}'",
    ).to_pylist()
    return rows


@every_product
def test_every_student_date_and_score_of_the_other_mapping_is_published(
    samples: Path, district: Path, source: str
) -> None:
    others = peers(samples, PRODUCTS[source][1])
    rows = published(district, source)
    assert missing(rows, "student_id_stated", product(source), others) == []
    events = {(row["student_id_stated"], row["test_date"]) for row in rows}
    assert events == {
        (one["studentReference"]["studentUniqueId"], peer_date(one["administrationDate"]))
        for one in others
    }


@every_product
def test_a_result_has_the_key_of_its_student_and_none_where_no_roster_knows_the_id(
    samples: Path, district: Path, source: str
) -> None:
    keyed = ask(
        district,
        "SELECT DISTINCT student_id_stated AS id, student_key AS key "  # noqa: S608 (our own source names)
        f"FROM assessment_result WHERE source = '{source}'",
    ).to_pylist()
    rostered = ask(
        district,
        "SELECT value, student_key FROM student_identifier "
        "WHERE system = 'district' AND origin = 'roster'",
    ).to_pylist()
    keys = {row["value"]: row["student_key"] for row in rostered}
    assert set(keys) > KNOWN
    ids = stated(samples, source)
    assert {row["id"]: row["key"] for row in keyed} == {
        state: keys.get(own) for state, own in ids.items()
    }
    assert len(keyed) == len(ids)
    assert set(ids.values()) & KNOWN
    assert set(ids.values()) - KNOWN


@every_product
def test_who_is_not_known_is_listed_with_the_id_to_fix(
    samples: Path, district: Path, source: str
) -> None:
    listed = ask(
        district,
        f"SELECT id_system, id_value FROM unmatched WHERE source = '{source}'",  # noqa: S608 (our own source names)
    ).to_pylist()
    unknown = set(stated(samples, source).values()) - KNOWN
    assert {(row["id_system"], row["id_value"]) for row in listed} == {
        ("district", own) for own in unknown
    }
    assert len(listed) == len(unknown)


def test_no_assessment_creates_a_student(district: Path) -> None:
    known = ask(district, "SELECT count(*) AS n FROM student").to_pylist()
    assert known == [{"n": len(ROSTER.splitlines()) - 1}]
