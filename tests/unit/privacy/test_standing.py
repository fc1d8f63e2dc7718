"""Who may be in a file: assignments on the day, and what families have said by then."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.privacy.standing import Asked, Standing, answer, judged
from hit_pipeline.tables import vocabulary as words

DAY = date(2026, 10, 12)
VENDOR = "Riverside Tutors"
KEYS = ("S1", "S2", "S3")
ASSIGNED: dict[str, Any] = {
    "student_key": "S1",
    "program_id": "math",
    "term": "fall",
    "start_date": DAY,
    "end_date": DAY,
    "status": "assigned",
    "origin": "district_list",
}
SAID: dict[str, Any] = {
    "student_key": "S1",
    "purpose": "tutoring",
    "program_id": "math",
    "program_source": "Math",
    "recipient": VENDOR,
    "effective_date": DAY,
    "expires_date": DAY,
    "status": "granted",
}
TO_VENDOR = Asked("tutoring", VENDOR, DAY, "hold", "math", "fall")


def reason(
    assignment: dict[str, Any], *said: dict[str, Any], asked: Asked = TO_VENDOR
) -> str | None:
    standing = Standing(frozenset(KEYS), [ASSIGNED | assignment], [SAID | one for one in said])
    return judged(["S1"], standing, asked)["S1"]


def test_assigned_and_granted_is_in_the_file() -> None:
    assert reason({}, {}) is None


@pytest.mark.parametrize(
    "assignment",
    [
        {"start_date": DAY + timedelta(1), "end_date": None},
        {"end_date": DAY - timedelta(1)},
        {"origin": "inferred"},
        {"status": "waitlisted"},
        {"status": "declined"},
        {"status": "exited"},
        {"program_id": "ela"},
        {"term": "spring"},
        {"student_key": None},
        {"student_key": "S2"},
    ],
)
def test_who_is_not_assigned_that_day_is_not_in_it(assignment: dict[str, Any]) -> None:
    assert reason(assignment, {}) == "not assigned"


def test_an_assignment_ends_with_its_term_and_with_the_roster() -> None:
    open_end = [ASSIGNED | {"end_date": None}]
    for last, expected in ((DAY, None), (DAY - timedelta(1), "not assigned")):
        standing = Standing(frozenset(KEYS), open_end, [SAID], {("math", "fall"): last})
        assert judged(["S1"], standing, TO_VENDOR) == {"S1": expected}
    assert judged(["S1"], Standing(frozenset(), open_end, [SAID]), TO_VENDOR)["S1"]


@pytest.mark.parametrize("status", ["refused", "withdrawn"])
@pytest.mark.parametrize("recipient", [VENDOR, VENDOR.upper(), None])
def test_a_refusal_counts_to_whom_it_names_and_unnamed_to_everybody(
    status: str, recipient: str | None
) -> None:
    assert reason({}, {"status": status, "recipient": recipient}) == "consent refused"


@pytest.mark.parametrize(
    "said",
    [
        {"recipient": None},
        {"recipient": "Another Vendor"},
        {"purpose": "research"},
        {"program_id": "ela"},
        {"program_id": None, "program_source": "Maths???"},
        {"effective_date": DAY + timedelta(1)},
        {"expires_date": DAY - timedelta(1)},
        {"student_key": None},
        {"status": "unknown"},
    ],
)
def test_a_grant_for_something_else_is_none(said: dict[str, Any]) -> None:
    assert reason({}, said) == "consent unknown"
    shared = Asked("tutoring", VENDOR, DAY, "share", "math", "fall")
    assert reason({}, said, asked=shared) is None


def test_a_purpose_without_tutoring_needs_no_assignment_but_consent() -> None:
    research = Asked("research", VENDOR, DAY, "hold")
    said = {"purpose": "research"}
    assert reason({"student_key": None}, said, asked=research) is None
    assert reason({"student_key": None}, asked=research) == "consent unknown"


def test_the_newest_answer_counts_and_a_refusal_wins_on_its_day() -> None:
    before = {"effective_date": DAY - timedelta(9), "status": "refused"}
    assert reason({}, before, {}) is None
    assert reason({}, {"status": "refused"}, {}) == "consent refused"
    assert reason({}, {"effective_date": None, "status": "refused"}, {}) is None


DAYS = st.one_of(st.none(), st.integers(-3, 3).map(lambda days: DAY + timedelta(days)))
SAYINGS = st.fixed_dictionaries(
    {
        "student_key": st.sampled_from([*KEYS, None]),
        "purpose": st.sampled_from(["tutoring", "research"]),
        "program_id": st.sampled_from(["math", "ela", None]),
        "program_source": st.sampled_from(["Math", None]),
        "recipient": st.sampled_from([VENDOR, "Another", None]),
        "effective_date": DAYS,
        "expires_date": DAYS,
        "status": st.sampled_from(words.CONSENT_STATUSES),
    }
)
SPELLS = st.fixed_dictionaries(
    {
        "student_key": st.sampled_from([*KEYS, None]),
        "program_id": st.sampled_from(["math", "ela"]),
        "term": st.sampled_from(["fall", "spring"]),
        "start_date": DAYS.filter(lambda day: day is not None),
        "end_date": DAYS,
        "status": st.sampled_from(words.ASSIGNMENT_STATUSES),
        "origin": st.sampled_from(words.ASSIGNMENT_ORIGINS),
    }
)


@given(st.lists(SAYINGS, max_size=6), st.lists(SPELLS, max_size=6))
def test_nobody_leaves_to_a_vendor_without_assignment_and_a_grant_in_force(
    said: list[dict[str, Any]], spells: list[dict[str, Any]]
) -> None:
    kept = judged(KEYS, Standing(frozenset(KEYS), spells, said), TO_VENDOR)
    for key in (key for key, why in kept.items() if why is None):
        assert any(
            one["student_key"] == key
            and (one["program_id"], one["term"]) == ("math", "fall")
            and one["start_date"] <= DAY <= (one["end_date"] or DAY)
            for one in spells
        )
        assert any(
            one["student_key"] == key
            and one["status"] in ("granted", "not_required")
            and one["recipient"] == VENDOR
            and one["purpose"] == "tutoring"
            and (one["effective_date"] or DAY) <= DAY <= (one["expires_date"] or DAY)
            for one in said
        )


@given(st.lists(SAYINGS, max_size=5), SAYINGS)
def test_a_refusal_from_today_always_holds_back(
    said: list[dict[str, Any]], last: dict[str, Any]
) -> None:
    refusal = last | {"effective_date": DAY, "expires_date": None, "status": "withdrawn"}
    assert answer([*said, refusal], DAY) == "refused"
