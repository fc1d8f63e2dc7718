"""Whatever the order in which deliveries come: the same records mean the same people."""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

Row = dict[str, Any]

GIVEN = ("Ana", "Anna", "William", "Bill", "Jayden", "Kayden", "José")
FAMILY = ("Cruz", "Cruz-Lane", "Stone", "Okafor")
BORN = (date(2014, 5, 5), date(2014, 5, 6), date(2012, 2, 2))
SOURCES = {"sis": ROSTER, "partner": ROSTER | {"priority": 20}, "north": VENDOR, "south": VENDOR}
TABLES = {
    "sis": "typed_student",
    "partner": "typed_student",
    "north": "typed_session_log",
    "south": "typed_assessment",
}

names = st.fixed_dictionaries(
    {
        "student_given_name": st.sampled_from(GIVEN),
        "student_family_name": st.sampled_from(FAMILY),
    }
)
born = st.fixed_dictionaries({"birth_date": st.sampled_from(BORN)})


@st.composite
def pupils(draw: st.DrawFn) -> list[Row]:
    """Return the roster: numbers are its own, names and birth dates may be shared."""
    said = draw(st.lists(st.tuples(names, born), min_size=2, max_size=6))
    return [
        {
            "student_id_source": f"u{at}",
            "student_id_district": f"{1000 + 17 * at:07d}",
            "student_id_state": str(9_000_000_000 + 1_000_003 * at),
            **name,
            **day,
        }
        for at, (name, day) in enumerate(said)
    ]


@st.composite
def stated(draw: st.DrawFn, roster: list[Row]) -> Row:
    """Return what a vendor states of a pupil: some of it blank, some of it another pupil's."""
    pupil, other = (draw(st.sampled_from(roster)) for _ in range(2))
    row = {name: pupil[name] for name in ("student_given_name", "student_family_name")}
    if draw(st.booleans()):
        row["birth_date"] = pupil["birth_date"]
    number = draw(st.sampled_from(("none", "own", "short", "mistyped", "other")))
    district = pupil["student_id_district"]
    row |= {
        "none": {},
        "own": {"student_id_district": district},
        "short": {"student_id_district": district.lstrip("0")},
        "mistyped": {"student_id_district": f"{int(district) + 1:07d}"},
        "other": {"student_id_district": other["student_id_district"]},
    }[number]
    if draw(st.booleans()):
        row["student_id_vendor"] = f"V{roster.index(pupil)}"
    if draw(st.integers(0, 4)) == 0:
        row |= draw(names)
    return row


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Return what every source will have delivered in the end."""
    roster = draw(pupils())
    logs = {name: draw(st.lists(stated(roster), max_size=6)) for name in ("north", "south")}
    return {"sis": roster, **logs}


@st.composite
def orders(draw: st.DrawFn) -> tuple[dict[str, list[Row]], list[tuple[str, int]]]:
    """Return a world and an order in which it is delivered: a source and how much of it is there."""
    world = draw(worlds())
    steps = []
    for name, rows in world.items():
        cuts = draw(st.sets(st.integers(1, max(len(rows), 1)), max_size=2))
        steps += [[(name, cut) for cut in sorted({*cuts, len(rows)})]]
    order = draw(st.permutations([at for at, cuts in enumerate(steps) for _ in cuts]))
    left = {at: iter(cuts) for at, cuts in enumerate(steps)}
    return world, [next(left[at]) for at in order]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def outcome(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """Return what became of every record: the outcome and, for a match, the pupil of the roster."""
    links = desk.context.registry.links("student").to_pylist()
    students = {row["student_record_id"]: row["student_id_source"] for row in desk.rows("typed_student")}
    pupil = {
        one["person_key"]: students[one["person_record_id"]]
        for one in links
        if one["person_record_id"] in students
    }
    return {
        one["person_record_id"]: (one["outcome"], pupil.get(one["person_key"]))
        for one in links
        if one["person_record_id"] not in students
    }


def delivered(engine: Engine, world: Mapping[str, list[Row]], order: list[tuple[str, int]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        desk = Desk.open(Path(place), engine, {name: SOURCES[name] for name in world})
        for name, rows in order:
            desk.put(name, TABLES[name], world[name][:rows])
            desk.night()
        return outcome(desk)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders())
def test_the_order_of_deliveries_does_not_change_who_is_who(
    engine: Engine, case: tuple[dict[str, list[Row]], list[tuple[str, int]]]
) -> None:
    world, order = case
    at_once = delivered_at_once(engine, world)
    assert delivered(engine, world, order) == at_once


def delivered_at_once(engine: Engine, world: Mapping[str, list[Row]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        desk = Desk.open(Path(place), engine, {name: SOURCES[name] for name in world})
        for name, rows in world.items():
            desk.put(name, TABLES[name], rows)
        desk.night()
        return outcome(desk)
