"""Tiers 1 and 2 for students: planted rows of a vendor's log, decided in one night."""

from datetime import date
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from tests.unit.identity import children as of
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

MATCHED: dict[str, tuple[dict[str, Any], of.Child, str, int, str]] = {
    "bare number": ({"id_district": "0012345"}, of.MARIA, "id.bare.district", 1, ""),
    "lost zeros": ({"id_district": "12345"}, of.MARIA, "id.bare.district", 1, "lost_zeros"),
    "decimal": ({"id_district": "12346.0"}, of.JOSE, "id.bare.district", 1, "decimal"),
    "prefix": ({"id_district": "S0012345"}, of.MARIA, "id.bare.district", 1, "prefix"),
    "long prefix": ({"id_district": "STU_0012346"}, of.JOSE, "id.bare.district", 1, "prefix"),
    "excel's apostrophe": ({"id_district": "'0012345"}, of.MARIA, "id.bare.district", 1, "trimmed"),
    "all digits kept": (
        {"id_state": "1.234567891E+09", "given_name": "Lena", "family_name": "Vogel"},
        of.LONG, "id.repaired.state", 1, "scientific",
    ),
    "digits gone, name known": (
        {"id_state": "1.23E+09", "given_name": "William", "family_name": "Stone"},
        of.WILLIAM, "id.repaired.state", 1, "scientific_lossy",
    ),
    "nickname": (
        {"id_district": "0990000", "display_name": "Stone, Bill"},
        of.WILLIAM, "id.exact.district", 1, "first=nickname",
    ),
    "nickname of a name spelt otherwise": (
        {"id_district": "0060001", "display_name": "Gabby Sato"},
        of.GABRIELA, "id.exact.district", 1, "first=nickname",
    ),
    "other column, birth date": (
        {"id_sis": "9000012345", "birth_date": date(2014, 3, 5)},
        of.MARIA, "id.exact.state", 1, "system=sis_as_state",
    ),
    "called by middle name": (
        {"id_district": "0040001", "given_name": "Grace", "family_name": "Kim"},
        of.GRACE, "id.exact.district", 1, "first=nickname",
    ),
    "surname changed": (
        {"id_district": "0040001", "given_name": "Anna", "family_name": "Berg",
         "birth_date": date(2012, 11, 3)},
        of.GRACE, "id.exact.district", 1, "last=other",
    ),
    "birth date mistyped": (
        {"id_district": "0012345", "given_name": "Maria", "family_name": "Lopez",
         "birth_date": date(2014, 5, 3)},
        of.MARIA, "id.exact.district", 1, "birth=near",
    ),
    "shared number, own name": (
        {"id_district": "0030001", "given_name": "Omar", "family_name": "Haddad"},
        of.SHARES_IDAS_NUMBER, "id.exact.district", 1, "first=same",
    ),
    "name and birth date": (
        {"given_name": "maria", "family_name": "LOPEZ", "birth_date": date(2014, 3, 5)},
        of.MARIA, "name.birth_date", 2, "birth=equal",
    ),
    "names exchanged": (
        {"given_name": "Stone", "family_name": "William", "birth_date": date(2013, 1, 9)},
        of.WILLIAM, "name.birth_date", 2, "first=same",
    ),
    "twin by name": (
        {"given_name": "Jayden", "family_name": "Okafor", "birth_date": date(2015, 6, 1)},
        of.JAYDEN, "name.birth_date", 2, "first=same",
    ),
    "mistyped number, known name": (
        {"id_district": "0030019", "given_name": "Ida", "family_name": "Marsh",
         "birth_date": date(2012, 2, 2)},
        of.IDA, "name.birth_date", 2, "first=same",
    ),
    "name without birth date": (
        {"display_name": "William Stone"}, of.WILLIAM, "name.probable", 3, "family=same",
    ),
    "name, birth date nearly": (
        {"given_name": "Ida", "family_name": "Marsh", "birth_date": date(2012, 2, 12)},
        of.IDA, "name.probable", 3, "birth=digit",
    ),
    "quite another number, same name": (
        {"id_district": "7777777", "given_name": "Grace", "family_name": "Kim",
         "birth_date": date(2012, 11, 3)},
        of.GRACE, "name.birth_date", 2, "first=nickname",
    ),
    "one wrong digit that nobody has": (
        {"id_district": "0050091", "given_name": "Lena", "family_name": "Vogel"},
        of.LONG, "id.mistyped", 1, "first=same",
    ),
    "Spanish short form, number of two systems": (
        {"id_district": "0070001", "id_state": "9000070001", "given_name": "Paco",
         "family_name": "Ruiz"},
        of.FRANCISCO, "id.exact.district", 1, "first=nickname",
    ),
    "new family name, two numbers": (
        {"id_district": "0050001", "id_state": "1234567891", "given_name": "Lena",
         "family_name": "Brandt"},
        of.LONG, "id.exact.district", 1, "last=other",
    ),
}  # fmt: skip

OPEN: dict[str, tuple[dict[str, Any], str, str, of.Child | None]] = {
    "sibling's number": (
        {"id_district": "0012346", "given_name": "Maria", "family_name": "Garcia Lopez"},
        "unsure", "id.contradicted", of.JOSE,
    ),
    "sibling's number, own birth date": (
        {"id_district": "0012346", "given_name": "Maria", "family_name": "Garcia Lopez",
         "birth_date": date(2014, 3, 5)},
        "unsure", "id.contradicted", of.MARIA,
    ),
    "twin's number": (
        {"id_district": "0020002", "given_name": "Jayden", "family_name": "Okafor"},
        "unsure", "id.contradicted", of.JAYDEN,
    ),
    "twin's number, birth date": (
        {"id_district": "0020002", "given_name": "Jayden", "family_name": "Okafor",
         "birth_date": date(2015, 6, 1)},
        "unsure", "id.contradicted", of.JAYDEN,
    ),
    "twin's two numbers, birth date": (
        {"id_district": "0020002", "id_state": "9000020002", "given_name": "Jaydon",
         "family_name": "Okafor", "birth_date": date(2015, 6, 1)},
        "unsure", "id.contradicted", of.JAYDEN,
    ),
    "a stranger's number, one wrong digit from one's own": (
        {"id_district": "0060001", "given_name": "Tom", "family_name": "Reyes",
         "birth_date": date(2012, 12, 1)},
        "unsure", "id.contradicted", of.TOM,
    ),
    "other birth date": (
        {"id_district": "0030001", "birth_date": date(2009, 9, 9)},
        "unsure", "id.contradicted", None,
    ),
    "name fits, birth date does not": (
        {"id_district": "0040001", "given_name": "Anna", "family_name": "Kim",
         "birth_date": date(2009, 9, 9)},
        "unsure", "id.contradicted", of.GRACE,
    ),
    "shared number": ({"id_district": "0030001"}, "unsure", "id.shared", None),
    "bare, declared system, digits gone": (
        {"id_district": "1.2E+06"}, "unsure", "id.uncorroborated", of.ROUND,
    ),
    "bare, zeros too many": (
        {"id_district": "00040001"}, "unsure", "id.uncorroborated", of.GRACE,
    ),
    "bare, undeclared system": (
        {"id_state": "9000012345"}, "unsure", "id.uncorroborated", of.MARIA,
    ),
    "bare, wrong column": (
        {"id_district": "9000012345"}, "unsure", "id.uncorroborated", of.MARIA,
    ),
    "bare, digits gone": (
        {"id_district": "1.23E+09"}, "unsure", "id.uncorroborated", of.WILLIAM,
    ),
    "two numbers disagree": (
        {"id_district": "0012345", "id_state": "9000012346"}, "unsure", "id.shared", None,
    ),
    "quite another number, name nearly": (
        {"id_district": "7777777", "given_name": "Annah", "family_name": "Kim",
         "birth_date": date(2012, 11, 3)},
        "unsure", "name.other_id", of.GRACE,
    ),
    "family name only nearly, no birth date": (
        {"display_name": "Will Stohne"}, "unsure", "name.possible", of.WILLIAM,
    ),
    "unknown": (
        {"id_district": "7777777", "given_name": "Zora", "family_name": "Quill",
         "birth_date": date(2012, 5, 5)},
        "no_match", "id.unknown", None,
    ),
    "unknown name": ({"display_name": "Zora Quill"}, "no_match", "name.unknown", None),
    "namesake of another age": (
        {"given_name": "Ida", "family_name": "Marsh", "birth_date": date(2016, 7, 21)},
        "unsure", "name.possible", of.IDA,
    ),
    "vendor's own number": ({"id_vendor": "0012345"}, "no_match", "id.uncorroborated", of.MARIA),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Desk:
    folder = tmp_path_factory.mktemp("planted")
    made = Desk.open(folder, engine, {"sis": ROSTER, "vendor": VENDOR})
    made.put("sis", "typed_student", of.ROSTER_ROWS)
    planted = {name: case[0] for name, case in (MATCHED | OPEN).items()}
    rows = [
        {"row_id_source": name} | {_column(cell): value for cell, value in cells.items()}
        for name, cells in planted.items()
    ]
    made.put("vendor", "typed_session_log", rows)
    made.night()
    return made


def _column(cell: str) -> str:
    return cell if cell == "birth_date" else f"student_{cell}"


def _key(desk: Desk, child: of.Child | None) -> str | None:
    if child is None:
        return None
    return desk.key("typed_student", student_id_source=child["student_id_source"])


def test_every_child_of_the_roster_is_a_person_of_its_own(desk: Desk) -> None:
    keys = {_key(desk, child) for child in of.ROSTER_ROWS}
    assert len(keys) == len(of.ROSTER_ROWS)
    assert None not in keys


@pytest.mark.parametrize("case", MATCHED)
def test_a_record_is_linked(desk: Desk, case: str) -> None:
    _, child, rule, tier, evidence = MATCHED[case]
    found = desk.decision("typed_session_log", row_id_source=case)
    assert found["person_key"] == _key(desk, child)
    assert (found["outcome"], found["rule"], found["tier"]) == ("match", rule, tier)
    assert evidence in (found["evidence"] or "")


@pytest.mark.parametrize("case", OPEN)
def test_a_record_is_left_open(desk: Desk, case: str) -> None:
    _, outcome, rule, candidate = OPEN[case]
    found = desk.decision("typed_session_log", row_id_source=case)
    assert found["person_key"] is None
    assert (found["outcome"], found["rule"]) == (outcome, rule)
    assert found["candidate_key"] == _key(desk, candidate)
    assert found["tier"] is None


def test_evidence_names_codes_and_never_values(desk: Desk) -> None:
    told = {
        str(cell).lower()
        for row in desk.rows("typed_session_log")
        for name, cell in row.items()
        if name.startswith(("student_id", "student_given", "student_family")) and cell
    }
    for link in desk.context.registry.links("student").to_pylist():
        words = set((link["evidence"] or "").lower().replace("=", " ").split())
        assert not words & told


def test_the_same_tables_again_write_nothing(desk: Desk) -> None:
    before = desk.context.registry.fingerprint()
    report = desk.night()
    assert not report.changed
    assert report.decisions == ()
    assert desk.context.registry.fingerprint() == before
