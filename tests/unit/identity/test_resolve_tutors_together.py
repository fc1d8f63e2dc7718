"""One tutor at vendors and on an employer's list is one tutor, and a steward's split holds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from hit_pipeline.identity.questions import review_queue
from hit_pipeline.registry.decision import Answer
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]
LOG, LIST = "typed_session_log", "typed_tutor_event"
FIRST = datetime(2026, 9, 7, 9)  # noqa: DTZ001 (local time)

NAMES = (
    "Ana Ruiz", "Bo Lind", "Carla Moss", "Dev Patel", "Ewa Nowak", "Finn Berg", "Gita Rao",
    "Hugo Weiss", "Ines Prado", "Jon Falk", "Kim Sato", "Lea Roth", "Milo Kern", "Nia Okoro",
)  # fmt: skip


def sessions(name: str, number: str, days: int = 8, **cells: Any) -> list[dict[str, Any]]:
    """Return sessions of a tutor, one a day."""
    whole = {"tutor_display_name": name, "tutor_id_vendor": number, "school_name": "Oak", **cells}
    start = whole.pop("start", FIRST)
    return [
        {"session_id_source": f"{number}-{day}", "started_at_local": start + timedelta(days=day),
         "planned_seconds": 1800, "student_id_vendor": number, **whole}
        for day in range(days)
    ]  # fmt: skip


def listed(name: str, number: str, employer: str, **cells: Any) -> dict[str, Any]:
    """Return a row of an employer's list."""
    given, _, family = name.partition(" ")
    return {"tutor_given_name": given, "tutor_family_name": family, "tutor_id_vendor": number,
            "employer": employer, "event": "listed", **cells}  # fmt: skip


@pytest.fixture
def desk(new_desk: NewDesk) -> Desk:
    """Return a desk where the list of HR and the log of one vendor name the same tutors."""
    made = new_desk(sis=ROSTER, north=VENDOR, bright=VENDOR, hr=VENDOR)
    staff = [(name, str(at)) for at, name in enumerate(NAMES)]
    made.put("north", LOG, [row for name, n in staff for row in sessions(name, f"N{n}")])
    made.put("hr", LIST, [listed(name, f"H{n}", "North") for name, n in staff])
    return made


def bright(desk: Desk, *rows: list[dict[str, Any]]) -> None:
    desk.put("bright", LOG, [row for part in rows for row in part])


def key(desk: Desk, table: str = LOG, **where: Any) -> str | None:
    return desk.key(table, "tutor", **where)


def test_name_and_school_with_other_hours_are_one_tutor_and_twice_changes_nothing(
    desk: Desk,
) -> None:
    bright(desk, sessions("Ana Ruiz", "B0", start=FIRST + timedelta(hours=3)))
    assert desk.night().tutors.merged == 1
    assert key(desk, tutor_id_vendor="B0") == key(desk, tutor_id_vendor="N0")
    (merge,) = desk.context.registry.merges("tutor").to_pylist()
    assert (merge["what"], merge["why"]) == ("merge", "tutor.together")
    assert not desk.night().changed


def test_an_address_that_agrees_bears_out_another_family_name(desk: Desk) -> None:
    mail: dict[str, Any] = {"tutor_id_email": "ana.ruiz7@tutors.example"}
    hr = [listed("Ana Ruiz", "H0", "North", **mail)]
    desk.put("hr", LIST, hr + [listed(name, f"H{n}", "North") for n, name in enumerate(NAMES) if n])
    bright(desk, sessions("Ana Berger", "B0", **mail))
    desk.night()
    assert key(desk, tutor_id_vendor="B0") == key(desk, LIST, tutor_id_vendor="H0")


def test_a_name_at_two_vendors_with_nothing_else_is_asked_about(desk: Desk) -> None:
    bright(desk, sessions("Ana Ruiz", "B0", school_name=None))
    desk.night()
    assert key(desk, tutor_id_vendor="B0") != key(desk, tutor_id_vendor="N0")
    pair = {key(desk, tutor_id_vendor="B0"), key(desk, tutor_id_vendor="N0")}
    (row,) = [one for one in questions(desk) if {one["candidate_key"], one["other_key"]} == pair]
    assert (row["kind"], row["person_record_id"]) == ("tutor.possible", None)
    assert row["probability"] < 0.95


def test_who_is_in_two_rooms_at_once_is_two_tutors(desk: Desk) -> None:
    bright(
        desk,
        sessions("Ana Ruiz", "B0"),
        sessions("Bo Lind", "B1", start=FIRST + timedelta(hours=3)),
    )
    desk.night()
    assert key(desk, tutor_id_vendor="B0") != key(desk, tutor_id_vendor="N0")
    assert key(desk, tutor_id_vendor="B1") == key(desk, tutor_id_vendor="N1")


def test_a_second_account_after_the_first_is_the_same_tutor(desk: Desk) -> None:
    later = FIRST + timedelta(days=60)
    again = sessions("Ana Ruiz", "N90", start=later)
    beside = sessions("Bo Lind", "N91", start=FIRST + timedelta(hours=3))
    staff = [row for n, name in enumerate(NAMES) for row in sessions(name, f"N{n}")]
    desk.put("north", LOG, [*staff, *again, *beside])
    desk.night()
    assert key(desk, tutor_id_vendor="N90") == key(desk, tutor_id_vendor="N0")
    assert key(desk, tutor_id_vendor="N91") != key(desk, tutor_id_vendor="N1")


def test_a_split_by_a_steward_holds_until_it_is_taken_back(desk: Desk) -> None:
    apart = sessions("Ana Ruiz", "B0", start=FIRST + timedelta(hours=3))
    bright(desk, apart)
    desk.night()
    (merge,) = desk.context.registry.merges("tutor").to_pylist()
    seq = split(desk, merge["old_key"], merge["new_key"])
    bright(desk, apart, sessions("Olga Brandt", "B7"))  # something new: all is compared again
    assert desk.night().tutors.merged == 0
    assert key(desk, tutor_id_vendor="B0") != key(desk, tutor_id_vendor="N0")
    desk.context.registry.undo(seq, by="Ana Day", now=desk.context.now)
    desk.night()
    assert key(desk, tutor_id_vendor="B0") == key(desk, tutor_id_vendor="N0")
    assert not desk.night().changed


def test_what_speaks_against_a_merge_later_takes_it_back(desk: Desk) -> None:
    apart = FIRST + timedelta(hours=3)
    bright(desk, sessions("Ana Ruiz", "B0", start=apart))
    desk.night()
    old = key(desk, tutor_id_vendor="B0")
    assert old == key(desk, tutor_id_vendor="N0")
    bright(desk, sessions("Ana Ruiz", "B0"))
    report = desk.night()
    assert (report.tutors.split, report.tutors.merged) == (0, 0)  # no new row, nothing is compared
    bright(desk, sessions("Ana Ruiz", "B0", days=9))
    assert desk.night().tutors.split == 1
    assert key(desk, tutor_id_vendor="B0") != key(desk, tutor_id_vendor="N0")


@pytest.mark.parametrize("first", ["north", "bright"])
def test_merges_do_not_depend_on_the_order_of_deliveries(new_desk: NewDesk, first: str) -> None:
    made = new_desk(sis=ROSTER, north=VENDOR, bright=VENDOR)
    apart = FIRST + timedelta(hours=3)
    staff = list(enumerate(NAMES))
    parts = {
        "north": (LOG, [row for n, name in staff for row in sessions(name, f"N{n}")]),
        "bright": (LOG, [*sessions("Ana Ruiz", "B0", start=apart), *sessions("Bo Lind", "B1")]),
    }
    for source in sorted(parts, key=lambda name: (name != first, name)):
        made.put(source, *parts[source])
        made.night()
    expected = {frozenset((f"N{n}",)) for n, _ in staff[1:]}
    expected |= {frozenset(("N0", "B0")), frozenset(("B1",))}
    assert numbers(made) == expected


def numbers(desk: Desk) -> set[frozenset[str]]:
    """Return the vendors' numbers that are one tutor each."""
    rows = desk.rows(LOG)
    stated = {row["tutor_record_id"]: row["tutor_id_vendor"] for row in rows}
    return {frozenset(stated[record] for record in group) for group in groups(desk)}


def groups(desk: Desk) -> set[frozenset[str]]:
    """Return the records that are one tutor each."""
    found: dict[str, set[str]] = {}
    for row in desk.context.registry.matched("tutor").to_pylist():
        found.setdefault(row["person_key"], set()).add(row["person_record_id"])
    return {frozenset(records) for records in found.values()}


def split(desk: Desk, one: str, other: str) -> int:
    answer = Answer("tutor", one, "not_same", other_key=other)
    (seq,) = desk.context.registry.decide([answer], by="Ana Day", now=desk.context.now)
    return seq


def questions(desk: Desk) -> list[dict[str, Any]]:
    built = conform_to(TABLES["review_queue"], review_queue(desk.context))
    rows: list[dict[str, Any]] = desk.context.engine.collect(built).to_pylist()
    return [row for row in rows if row["role"] == "tutor" and row["other_key"]]
