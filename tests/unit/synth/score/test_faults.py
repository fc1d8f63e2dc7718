"""Faults found and missed, and warnings without a cause, in the district written by hand."""

from hit_pipeline.synth.dirt.kinds import KINDS
from hit_pipeline.synth.score.detectors import DETECTORS, IDENTITY, SETS_OFF
from tests.unit.synth.score.asked import Card

FOUND = {
    "name_typo": (1, 1),
    "id_sibling": (1, 0),
    "row_duplicate": (1, 1),
    "row_unmapped_code": (1, 1),
    "row_test_student": (1, 0),
    "minutes_zero": (1, 0),
    "file_resent": (1, 1),
    "time_utc": (2, 1),
    "row_tutor_overlap": (1, 1),
    "lost_wallet": (1, None),
}


def test_faults_are_found_or_missed(card: Card) -> None:
    found = card.by("faults", "kind")
    assert {kind: (row["faults"], row["found"]) for kind, row in found.items()} == FOUND


def test_what_is_not_found_is_missed(card: Card) -> None:
    for row in card.sections["faults"]:
        expected = None if row["found"] is None else row["faults"] - row["found"]
        assert row["missed"] == expected


def test_a_kind_without_a_detector_says_so(card: Card) -> None:
    notes = {kind: row["note"] for kind, row in card.by("faults", "kind").items() if row["note"]}
    assert notes == {"lost_wallet": "no detector yet"}


def test_a_fault_in_an_unread_file_is_neither_found_nor_missed(card: Card) -> None:
    assert card.by("faults", "kind")["name_typo"]["unread"] == 1


def test_a_warning_without_a_fault_in_its_place_is_a_false_alarm(card: Card) -> None:
    found = card.by("warnings", "code")
    assert {code: (row["raised"], row["false_alarms"]) for code, row in found.items()} == {
        "finding:drift.renamed": (1, 1),
        "flag:session.duplicate": (1, 0),
        "flag:session.overlap": (1, 0),
        "flag:session.tutor_overlap": (1, 0),
        "flag:session.x": (1, 1),  # one meeting
        "flag:session.zero_minutes": (1, 1),
        "quarantine:map.session_state.unmapped": (1, 0),
    }


def test_every_detector_is_of_a_kind_the_generator_has() -> None:
    assert DETECTORS.keys() | SETS_OFF.keys() <= {kind.name for kind in KINDS}


def test_every_family_of_identity_is_one_the_generator_has() -> None:
    assert set(IDENTITY) <= {kind.family for kind in KINDS}
