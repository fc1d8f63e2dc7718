"""Who is created, and which statements of one or several rosters are one child."""

from collections.abc import Callable
from datetime import date

from tests.unit.identity.children import JOSE, MARIA, WILLIAM, child
from tests.unit.identity.desk import COMPLETION, ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]
SIS = {**ROSTER, "priority": 1}
CHARTER = {**ROSTER, "priority": 2}


def test_a_child_two_rosters_list_is_one_student(new_desk: NewDesk) -> None:
    desk = new_desk(sis=SIS, charter=CHARTER)
    state = MARIA["student_id_state"]
    desk.put("sis", "typed_student", [MARIA, JOSE, WILLIAM])
    by_state = child(1, "Maria", "Garcia", None, student_id_state=state)
    numberless = {"student_id_district": None, "student_id_state": None}
    by_name = child(2, "Bill", "Stone", WILLIAM["birth_date"], **numberless)
    renumbered = child(5, "Bill", "Stone", WILLIAM["birth_date"])
    other = child(3, "Zora", "Quill", date(2012, 1, 1), student_id_state=JOSE["student_id_state"])
    new = child(4, "Ada", "Marsh", date(2012, 1, 1))
    desk.put("charter", "typed_student", [by_state, by_name, other, new, renumbered])
    report = desk.night()

    def key(number: str) -> str | None:
        return desk.key("typed_student", student_id_source=number)

    assert key("u1") == key(MARIA["student_id_source"])
    assert key("u2") == key(WILLIAM["student_id_source"])
    assert key("u4") not in {key("u1"), key("u2"), None}
    assert report.created == {"student": 4}
    for number, rule in {"u3": "id.contradicted", "u5": "name.other_id"}.items():
        doubt = desk.decision("typed_student", student_id_source=number)
        assert (doubt["outcome"], doubt["rule"]) == ("unsure", rule)


def test_the_pieces_of_a_roster_are_one_child(new_desk: NewDesk) -> None:
    desk = new_desk(sis=SIS)
    names = {**MARIA, "birth_date": None}
    born = {"student_id_source": MARIA["student_id_source"], "birth_date": MARIA["birth_date"]}
    at_another_school = {**MARIA, "student_id_source": "u777"}
    sibling_by_mistake = {**JOSE, "student_id_state": MARIA["student_id_state"]}
    desk.put("sis", "typed_student", [names, born, at_another_school, sibling_by_mistake])
    report = desk.night()
    keys = {
        desk.key("typed_student", student_id_source=MARIA["student_id_source"], birth_date=cell)
        for cell in (None, MARIA["birth_date"])
    }
    assert keys == {desk.key("typed_student", student_id_source="u777")}
    assert report.created == {"student": 2}
    told = desk.context.registry.statements("student").to_pylist()
    assert {(row["given_name"], row["birth_date"]) for row in told} >= {("María", "2014-03-05")}


def test_one_own_identifier_naming_two_children_creates_neither(new_desk: NewDesk) -> None:
    desk = new_desk(sis=SIS)
    other = {**WILLIAM, "student_id_source": MARIA["student_id_source"]}
    desk.put("sis", "typed_student", [MARIA, other, JOSE])
    report = desk.night()
    assert report.created == {"student": 1}
    for given in ("María", "William"):
        doubt = desk.decision("typed_student", student_given_name=given)
        assert (doubt["outcome"], doubt["rule"]) == ("unsure", "id.shared")


def test_a_completion_adds_to_children_and_creates_none(new_desk: NewDesk) -> None:
    desk = new_desk(
        sis=SIS, files=COMPLETION, vendor={**VENDOR, "bare_id_system": "state"}, tests=VENDOR
    )
    bare = {"student_id_source": "u1", "student_id_sis": "0012345", "student_given_name": "María",
            "student_family_name": "García-López"}  # fmt: skip
    desk.put("sis", "typed_student", [bare])
    known = {"student_id_district": "12345", "student_id_state": "9000000001",
             "student_display_name": "García-López, María",
             "birth_date": MARIA["birth_date"]}  # fmt: skip
    unknown = {"student_id_district": "55555", "student_given_name": "Zora",
               "student_family_name": "Quill"}  # fmt: skip
    desk.put("files", "typed_student", [known, unknown])
    desk.put("files", "typed_school_attendance", [{"student_id_district": "12345"}])
    desk.put("vendor", "typed_session_log", [{"student_id_state": "9000000001"}])
    seen = {"student_id_vendor": "m.garcia", "student_given_name": "Maria",
            "student_family_name": "Lopez", "birth_date": date(2014, 3, 5)}  # fmt: skip
    desk.put("tests", "typed_assessment", [seen])
    report = desk.night()
    maria = desk.key("typed_student", student_id_source="u1")
    assert report.created == {"student": 1}
    assert desk.key("typed_student", student_id_district="12345") == maria
    assert desk.decision("typed_student", student_id_district="55555")["rule"] == "id.unknown"
    assert desk.key("typed_school_attendance") == maria
    assert desk.key("typed_session_log") == maria
    assert desk.decision("typed_assessment")["rule"] == "name.birth_date"
    claims = desk.context.registry.claims("student").to_pylist()
    assert {(c["system"], c["value"], c["issuer"], c["origin"]) for c in claims} == {
        ("source", "u1", "sis", "roster"),
        ("sis", "0012345", "sis", "roster"),
        ("district", "12345", "files", "roster"),
        ("state", "9000000001", "files", "roster"),
        ("vendor", "m.garcia", "tests", "link"),
    }


def test_rosters_without_names_go_by_their_numbers(new_desk: NewDesk) -> None:
    desk = new_desk(datas={**ROSTER, "bare_id_system": "district"}, vendor=VENDOR)
    desk.put("datas", "typed_student", [{"student_id_district": f"{n:04d}"} for n in (7, 8)])
    desk.put("datas", "typed_session_log", [{"student_id_district": "0007"}])
    desk.put("vendor", "typed_session_log", [{"student_id_district": "8.0"}])
    report = desk.night()
    assert report.created == {"student": 2}
    assert desk.key("typed_session_log", _source="datas") == desk.key(
        "typed_student", student_id_district="0007"
    )
    assert desk.key("typed_session_log", _source="vendor") == desk.key(
        "typed_student", student_id_district="0008"
    )


def test_logs_create_no_student(new_desk: NewDesk) -> None:
    desk = new_desk(vendor=VENDOR)
    desk.put(
        "vendor", "typed_session_log", [{"student_id_district": "1", "student_given_name": "A"}]
    )
    desk.put("vendor", "typed_student", [MARIA])
    assert desk.night().created == {}
    assert desk.context.registry.people("student").num_rows == 0


def test_a_number_spelt_otherwise_in_a_completion_is_no_number_of_the_roster(
    new_desk: NewDesk,
) -> None:
    desk = new_desk(sis=ROSTER, files=COMPLETION)
    short = {**WILLIAM, "student_id_source": "u5", "student_id_district": "44"}
    desk.put("sis", "typed_student", [MARIA, JOSE, short])
    spelt = {**MARIA, "student_id_source": None, "student_id_state": None,
             "student_id_district": "12345"}  # fmt: skip
    desk.put("files", "typed_student", [spelt])
    desk.put("files", "typed_school_attendance", [{"student_id_district": "12345"}])
    desk.night()
    claims = desk.context.registry.claims("student").to_pylist()
    origins = {c["value"]: c["origin"] for c in claims if c["system"] == "district"}
    assert origins["12345"] == "link"
    assert origins["0012345"] == "roster"
    assert desk.key("typed_school_attendance") == desk.key(
        "typed_student", student_id_source="u12345"
    )


def test_a_placeholder_for_an_own_identifier_creates_nobody(new_desk: NewDesk) -> None:
    desk = new_desk(sis=SIS)
    given = [f"{first}{second}" for first in ("Al", "Bo", "Cy", "Di", "Ed") for second in "aeiou"]
    nameless = [
        child(0, name, f"Lind{n}", date(2010, 1, 1), student_id_source="N/A",
              student_id_district=None, student_id_state=None)
        for n, name in enumerate(given)
    ]  # fmt: skip
    unreadable = {"student_display_name": "---"}
    desk.put("sis", "typed_student", [MARIA, *nameless, unreadable])
    assert desk.night().created == {"student": 1}
    doubt = desk.decision("typed_student", student_family_name="Lind3")
    assert (doubt["outcome"], doubt["rule"]) == ("unsure", "id.shared")
    assert desk.decision("typed_student", **unreadable)["rule"] == "name.unknown"


def test_who_left_before_the_first_night_is_a_student_as_well(new_desk: NewDesk) -> None:
    desk = new_desk(sis=SIS, north=VENDOR)
    desk.put("sis", "typed_student", [MARIA])
    desk.put("sis", "typed_former_student", [WILLIAM])
    seat = {"row_id_source": "1", "student_id_district": WILLIAM["student_id_district"],
            "student_given_name": "Bill", "student_family_name": "Stone"}  # fmt: skip
    desk.put("north", "typed_session_log", [seat])
    desk.night()
    made = desk.decision("typed_session_log", row_id_source="1")
    assert made["outcome"] == "match"
    assert made["person_key"] == desk.key("typed_former_student")
