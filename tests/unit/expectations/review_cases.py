"""What each rule of the table `review_queue` is tried on."""

from tests.unit.expectations.cases import Case
from tests.unit.expectations.conftest import Row

_ASKED: Row = {
    "role": "student",
    "source": "north",
    "person_record_id": "r2",
    "candidate_key": "S1",
}
_TWO: Row = {"role": "student", "candidate_key": "S1", "other_key": "S2"}

_RATE: Row = {
    "role": "student",
    "source": "north",
    "run": 2,
    "records": 5,
    "linked": 3,
    "in_review": 1,
    "unmatched": 1,
    "people": 2,
    "linked_new": 0,
    "linked_remembered": 1,
    "linked_by_identifier": 1,
    "linked_by_name": 1,
    "linked_by_likelihood": 0,
    "is_fallen": False,
    "is_low": False,
}

REVIEW_CASES: dict[str, Case] = {
    "match_rate.records.sum": Case(
        (
            {**_RATE, "records": 6},
            {**_RATE, "linked_by_identifier": 2, "source": "east"},
            {**_RATE, "people": 4, "source": "west"},
        ),
        (_RATE,),
        counted=3,
    ),
    "match_rate.linked_rate.fall": Case(
        ({**_RATE, "is_fallen": True}, {**_RATE, "run": 1, "is_fallen": True}),
        ({**_RATE, "run": 1, "is_fallen": True}, _RATE),
    ),
    "match_rate.linked_rate.low": Case(
        ({**_RATE, "is_low": True}, {**_RATE, "run": 1, "is_low": True}),
        ({**_RATE, "run": 1, "is_low": True}, _RATE),
    ),
    "review_queue.person_record_id.unlinked": Case(
        ({**_ASKED, "person_record_id": "r1"},),
        (
            {**_ASKED, "person_record_id": "r2"},
            {**_ASKED, "person_record_id": "r1", "role": "tutor"},
            _TWO,
        ),
        {
            "person_link": (
                {"role": "student", "person_record_id": "r1", "outcome": "match"},
                {"role": "student", "person_record_id": "r2", "outcome": "unsure"},
            )
        },
    ),
    "review_queue.about.one": Case(
        (
            {**_ASKED, "other_key": "S2"},
            {**_ASKED, "source": None},
            {**_TWO, "other_key": None},
            {**_TWO, "candidate_key": None},
            {**_TWO, "source": "north"},
        ),
        (_ASKED, {**_ASKED, "candidate_key": None}, _TWO),
        counted=5,
    ),
    "review_queue.candidate_key.known": Case(
        ({**_ASKED, "candidate_key": "S9"}, {**_TWO, "other_key": "S9"}),
        (
            _ASKED,
            {**_ASKED, "candidate_key": None},
            {**_ASKED, "candidate_key": "T9", "role": "tutor"},
            _TWO,
        ),
        {"student": ({"student_key": "S1"}, {"student_key": "S2"})},
        counted=2,
    ),
    "review_queue.own_value.system": Case(
        ({**_ASKED, "own_system": "vendor"}, {**_ASKED, "own_value": "7"}),
        (_ASKED, {**_ASKED, "own_system": "vendor", "own_value": "7"}),
        counted=2,
    ),
}
