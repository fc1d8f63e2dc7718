"""Which level each element of the evidence falls into, by splink on the real engine."""

from datetime import date
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.levels import COMPARISONS
from hit_pipeline.identity.linkage.linking import LinkOptions, link
from tests.unit.identity.linkage.people import described

Pair = tuple[dict[str, Any], dict[str, Any]]

GIVEN, FAMILY = {"given_name": "Alma"}, {"family_name": "Petrovic"}
ALMA: dict[str, Any] = {
    "given_name": "Alma",
    "family_name": "Petrovic",
    "birth_date": date(2012, 3, 9),
    "middle_name": "Ines",
    "gender": "F",
    "school": "Lincoln Elementary",
    "grade": "4",
    "phone": "(303) 555-0142",
    "address_line": "Tattersall Crescent",
    "address_line_2": "Coaake",
    "street_number": "118",
    "postcode": "80301",
    "locality": "Kyogle",
    "region": "CO",
    "tutor": "Mr Dunn",
    "programs": "math",
}


ALMA_NAME = {"given_name": "Alma", "family_name": "Petrovic"}


def given(mine: str, told: str) -> Pair:
    return {"given_name": mine, **FAMILY}, {"given_name": told, **FAMILY}


def family(mine: str, told: str) -> Pair:
    return {"family_name": mine, **GIVEN}, {"family_name": told, **GIVEN}


def middle(mine: str, told: str) -> Pair:
    return {"middle_name": mine, **ALMA_NAME}, {"middle_name": told, **ALMA_NAME}


def born(told: date) -> Pair:
    return {"birth_date": date(2012, 3, 9)}, {"birth_date": told}


def grade(told: str) -> Pair:
    return {"grade": "Grade 4"}, {"grade": told}


CASES: dict[str, tuple[Pair, dict[str, str | None]]] = {
    "a nickname": (given("William", "Bill"), {"given": "nickname"}),
    "a nickname of one edit": (given("Gabby", "Gabriela"), {"given": "nickname"}),
    "one of two given names": (given("Mary Ann", "Mary"), {"given": "word"}),
    "an accent": (given("José", "Jose"), {"given": "same"}),
    "a hyphen": (given("Mary-Kate", "Marykate"), {"given": "same"}),
    "a slip": (given("Zorvan", "Zorvam"), {"given": "edit"}),
    "two slips": (given("Bartholomev", "Bartolomew"), {"given": "near"}),
    "an initial": (given("J", "Jamal"), {"given": "initial"}),
    "another initial": (given("R", "Jamal"), {"given": "other"}),
    "another name": (given("Jamal", "Roberta"), {"given": "other"}),
    "half of two family names": (family("Garcia Lopez", "Garcia"), {"family": "part"}),
    "the other half": (family("Garcia-Lopez", "Lopez"), {"family": "part"}),
    "a particle": (family("de la Cruz", "Cruz"), {"family": "part"}),
    "an apostrophe": (family("O'Brien", "OBrien"), {"family": "same"}),
    "a slip in the family name": (family("Petrovic", "Petrovik"), {"family": "edit"}),
    "two slips in it": (family("Petrovic", "Petroviche"), {"family": "near"}),
    "another family name": (family("Petrovic", "Nguyen"), {"family": "other"}),
    "the birth date": (born(date(2012, 3, 9)), {"birth": "same"}),
    "day and month exchanged": (born(date(2012, 9, 3)), {"birth": "exchanged"}),
    "a digit of the day": (born(date(2012, 3, 8)), {"birth": "digit"}),
    "digits exchanged": (born(date(2021, 3, 9)), {"birth": "digit"}),
    "another day": (born(date(2012, 3, 27)), {"birth": "part"}),
    "another year": (born(date(2009, 3, 9)), {"birth": "part"}),
    "another birth date": (born(date(2009, 11, 24)), {"birth": "other"}),
    "swapped names": (
        ({"given_name": "Petrovic", "family_name": "Alma"}, ALMA_NAME),
        {"given": "swapped", "family": None},
    ),
    "swapped names with a slip": (
        ({"given_name": "Petrovik", "family_name": "Alma"}, ALMA_NAME),
        {"given": "swapped_near", "family": None},
    ),
    "called by the middle name": (
        ({**ALMA_NAME, "given_name": "Ines"}, {**ALMA_NAME, "middle_name": "Ines"}),
        {"given": "middle"},
    ),
    "the grade": (grade("4"), {"grade": "same"}),
    "promoted": (grade("05"), {"grade": "next"}),
    "another grade": (grade("8"), {"grade": "other"}),
    "kindergarten before first grade": (({"grade": "K"}, {"grade": "1"}), {"grade": "next"}),
    "an initial of the middle name": (middle("I", "Ines"), {"middle": "initial"}),
    "another middle name": (middle("Ines", "Maria"), {"middle": "other"}),
    "lines of an address in the other order": (
        (
            {"address_line": "Coaake", "address_line_2": "Tattersall Cres"},
            {"address_line": "Tattersall Cres", "address_line_2": "Coaake"},
        ),
        {"address": "crossed", "address2": None},
    ),
    "a street in other words": (
        ({"address_line": "Oak Street"}, {"address_line": "oak st."}),
        {"address": "same"},
    ),
    "a postcode with its route": (
        ({"postcode": "80301-1234"}, {"postcode": "80301"}),
        {"postcode": "same"},
    ),
    "a girl": (({"gender": "Female"}, {"gender": "girl"}), {"gender": "same"}),
    "one program in common": (
        ({**ALMA_NAME, "programs": "math|reading"}, {**ALMA_NAME, "programs": "reading|writing"}),
        {"program": "same"},
    ),
    "no program in common": (
        ({**ALMA_NAME, "programs": "math"}, {**ALMA_NAME, "programs": "reading"}),
        {"program": "other"},
    ),
    "not stated on one side": (({**ALMA, "birth_date": None}, ALMA), {"birth": None}),
    "everything": ((ALMA, ALMA), {one.name: "same" for one in COMPARISONS}),
}


@pytest.fixture(scope="module")
def told(engine: Engine) -> dict[str, dict[str, str]]:
    """The codes of every case; an e-mail of its own brings each pair together."""
    emails = {name: {"email": f"family{at}@example.org"} for at, name in enumerate(CASES)}
    sides = [
        described(
            [{"record": name, **pair[side], **emails[name]} for name, (pair, _) in CASES.items()]
        )
        for side in (0, 1)
    ]
    linked = link(engine, *sides, options=LinkOptions(keep=0.0))
    return {
        row["record"]: dict(code.split("=") for code in row["evidence"].split())
        for row in linked.candidates.to_pylist()
        if row["record"] == row["person"]
    }


@pytest.mark.parametrize("case", CASES)
def test_the_level_of_each_element(case: str, told: dict[str, dict[str, str]]) -> None:
    codes = told[case]
    for comparison, level in CASES[case][1].items():
        assert codes.get(comparison) == level
