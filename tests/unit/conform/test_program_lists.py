"""Lists beside the session logs: consent, need, tutors, groups, content and its pacing."""

from datetime import date
from pathlib import Path

import pytest

from hit_pipeline.conform.consents import consent, eligibility
from hit_pipeline.conform.content import content_unit, pacing
from hit_pipeline.conform.context import Builder
from hit_pipeline.conform.groups import group_member, group_slot, tutoring_group
from hit_pipeline.conform.tutor_events import tutor_event
from hit_pipeline.engine import Engine
from tests.unit.conform.list_bench import SETTINGS, build, refused, with_deliveries
from tests.unit.tutoring_bench import Row, TutoringBench, pick

DAY, LATER = date(2026, 9, 8), date(2026, 9, 15)


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> TutoringBench:
    return with_deliveries(TutoringBench(engine, tmp_path, SETTINGS))


CONSENT: Row = {"student": "ann", "purpose": "tutoring", "program": "Math", "status": "granted"}


def test_a_consent_is_given_to_the_vendor_of_the_program_unless_it_says_to_whom(
    bench: TutoringBench,
) -> None:
    made = build(
        bench,
        consent,
        CONSENT | {"effective_date": DAY},
        CONSENT | {"effective_date": LATER, "status": "withdrawn", "recipient": "Photographer"},
        {"student": "bo", "purpose": "tutoring", "program": "Knitting"},
    )
    assert {one["recipient"]: one["status"] for one in made if one["student_key"] == "ann"} == {
        "Northstar Tutoring": "granted",
        "Photographer": "withdrawn",
    }
    (other,) = (one for one in made if one["student_key"] == "bo")
    assert (other["status"], other["program_id"], other["program_source"]) == (
        "unknown",
        None,
        "Knitting",
    )


def test_the_same_answer_twice_is_one_row_and_both_are_counted(bench: TutoringBench) -> None:
    again = CONSENT | {"_delivery_id": "lists-d2", "evidence": "form 2"}
    (row,) = build(bench, consent, CONSENT, again)
    assert (row["source_rows"], row["evidence"]) == (2, "form 2")


def test_a_consent_of_nobody_is_refused_and_left_out(bench: TutoringBench) -> None:
    assert len(build(bench, consent, CONSENT, CONSENT | {"student": None})) == 1
    assert refused(bench, "typed_consent") == {(2, "consent.no_student")}


def test_a_stranger_keeps_the_row_without_a_key(bench: TutoringBench) -> None:
    bench.known.strangers.add("rec-ann")
    (row,) = build(bench, consent, CONSENT)
    assert (row["student_key"], row["person_record_id"]) == (None, "rec-ann")


def test_need_is_judged_for_a_program_of_the_district(bench: TutoringBench) -> None:
    need = {"student": "ann", "program": "MATH", "rule_id": "p25", "is_eligible": True}
    made = build(
        bench,
        eligibility,
        need | {"evaluated_date": DAY},
        need | {"evaluated_date": LATER, "is_eligible": False},
        need | {"evaluated_date": DAY, "program": "Knitting"},
    )
    assert pick(made, "program_id", "evaluated_date", "is_eligible") == [
        ("math", DAY, True),
        ("math", LATER, False),
    ]
    assert refused(bench, "typed_eligibility") == {(3, "eligibility.program_unknown")}


def test_an_event_in_two_lists_of_a_source_is_one_and_a_listing_stays_by_employer(
    bench: TutoringBench,
) -> None:
    started = {"tutor": "kit", "event": "started", "event_date": DAY, "employer": "Northstar"}
    bare = {"tutor": "kit@ref", "event": "started", "event_date": DAY}
    listed = {"tutor": "kit", "event": "listed", "is_screened": True}
    made = build(
        bench,
        tutor_event,
        started,
        bare,
        bare | {"event_date": LATER},
        listed | {"employer": "Northstar"},
        listed | {"employer": "Brightpath"},
    )
    assert {one["tutor_key"] for one in made} == {"kit"}
    facts = {(one["event"], one["event_date"], one["employer"]): one["source_rows"] for one in made}
    assert facts == {
        ("started", DAY, "Northstar"): 2,
        ("started", LATER, None): 1,
        ("listed", None, "Northstar"): 1,
        ("listed", None, "Brightpath"): 1,
    }


def test_coaching_repeats(bench: TutoringBench) -> None:
    coached = {"tutor": "kit", "event": "coached"}
    days = (DAY, LATER, LATER)
    made = build(bench, tutor_event, *(coached | {"event_date": day} for day in days))
    assert sorted(one["source_rows"] for one in made) == [1, 2]


def test_groups_members_and_slots_are_planned(bench: TutoringBench) -> None:
    group = {"group_id": "G1", "program": "Math", "tutor": "kit", "school_name": "Lark"}
    (planned,) = build(bench, tutoring_group, group)
    assert pick([planned], "program_id", "tutor_key", "school_id") == [("math", "kit", "Lark")]
    member = {"group_id": "G1", "student": "ann", "start_date": DAY}
    members = build(bench, group_member, member, member, member | {"start_date": LATER})
    assert pick(members, "student_key", "start_date", "source_rows") == [
        ("ann", DAY, 2),
        ("ann", LATER, 1),
    ]
    slots = build(
        bench,
        group_slot,
        {"group_id": "G1", "weekday": "monday", "start_time": "1:05 PM", "end_time": "13:45:00"},
        {"group_id": "G1", "cycle_day": "A", "period": "3"},
        {"group_id": "G1", "weekday": "friday", "start_time": "noon"},
        {"group_id": "G1", "period": "3"},
    )
    assert {(one["weekday"], one["start_time"], one["end_time"]) for one in slots} == {
        ("monday", "13:05", "13:45"),
        (None, None, None),
    }
    assert refused(bench, "typed_group_slot") == {
        (3, "group_slot.start_time.unparseable"),
        (4, "group_slot.no_time"),
    }


def test_a_section_is_found_by_id_or_code_when_one_bears_it(bench: TutoringBench) -> None:
    section = {"source": "sis", "school_id": "0101"}
    bench.promoted(
        "section",
        [
            section | {"section_id": "s1", "section_code": "MATH-4"},
            section | {"section_id": "s2", "section_code": "ELA"},
            section | {"section_id": "s3", "section_code": "ELA"},
        ],
    )
    week = {"local_date": date(2026, 9, 10), "unit_id": "C4"}
    refs = ("math-4", "ELA", "s3")
    made = build(bench, pacing, *(week | {"section_ref": ref} for ref in refs))
    found = {one["section_ref"]: (one["section_id"], one["school_id"]) for one in made}
    assert found == {"math-4": ("s1", "0101"), "ELA": (None, None), "s3": ("s3", "0101")}
    assert {one["week_start"] for one in made} == {date(2026, 9, 7)}


def test_a_unit_of_an_unknown_program_keeps_its_name(bench: TutoringBench) -> None:
    made = build(
        bench,
        content_unit,
        {"unit_id": "U1", "program": "Math"},
        {"unit_id": "U2", "program": "Knitting"},
    )
    assert pick(made, "unit_id", "program_id", "program_source") == [
        ("U1", "math", "Math"),
        ("U2", None, "Knitting"),
    ]


@pytest.mark.parametrize("builder", [consent, eligibility, tutor_event, group_slot])
def test_without_any_list_a_table_is_empty(bench: TutoringBench, builder: Builder) -> None:
    assert bench.build(builder) == []
