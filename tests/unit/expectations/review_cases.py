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

REVIEW_CASES: dict[str, Case] = {
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
