"""Whatever the order in which deliveries come: the same records mean the same people."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from tests.unit.identity.desk import ROSTER, VENDOR, Desk

Row = dict[str, Any]
World = Mapping[str, Sequence[Row]]

SOURCES = {"sis": ROSTER, "north": VENDOR, "south": VENDOR}
TABLES = {"sis": "typed_student", "north": "typed_session_log", "south": "typed_assessment"}
GIVEN = ("Ana", "Anna", "William", "Bill", "Jayden", "Kayden", "José")
FAMILY = ("Cruz", "Cruz-Lane", "Stone", "Okafor")
BORN = (date(2014, 5, 5), date(2014, 5, 6), date(2012, 2, 2))

names = st.fixed_dictionaries(
    {"student_given_name": st.sampled_from(GIVEN), "student_family_name": st.sampled_from(FAMILY)}
)
births = st.fixed_dictionaries({"birth_date": st.sampled_from(BORN)})


@st.composite
def pupils(draw: st.DrawFn) -> list[Row]:
    """Return a roster: numbers are each child's own, names and birth dates may be shared."""
    said = draw(st.lists(st.tuples(names, births), min_size=4, max_size=12))
    return [
        {
            "student_id_source": f"u{at}",
            "student_id_district": f"{1000 + 17 * at:07d}",
            "student_id_state": str(9_000_000_000 + 1_000_003 * at),
            **name,
            **born,
        }
        for at, (name, born) in enumerate(said, start=1)
    ]


@st.composite
def stated(draw: st.DrawFn, roster: Sequence[Row]) -> Row:
    """Return what a log states of a child: some of it blank, wrong or another child's."""
    child, other = draw(st.sampled_from(roster)), draw(st.sampled_from(roster))
    district = child["student_id_district"]
    wrong = f"{int(district) + 1:07d}"
    numbers = (None, district, district.lstrip("0"), wrong, other["student_id_district"])
    number = draw(st.sampled_from(numbers))
    row = draw(st.sampled_from((child, child, child, draw(names))))
    said = {name: row[name] for name in ("student_given_name", "student_family_name")}
    said["student_id_district"] = number
    said["student_id_vendor"] = draw(
        st.sampled_from((None, f"V{roster.index(child) + 1}", f"V{roster.index(child) + 1}"))
    )
    said["birth_date"] = draw(st.sampled_from((None, child["birth_date"])))
    return said


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[World, list[tuple[str, int]]]:
    """Return a world, and in which order it comes: a source, and how much of it is there then."""
    roster = draw(pupils())
    logs = {name: draw(st.lists(stated(roster), min_size=2, max_size=12)) for name in SOURCES}
    world = {**logs, "sis": roster}
    steps = {
        name: sorted({draw(st.integers(1, len(rows))), len(rows)}) for name, rows in world.items()
    }
    order = draw(st.permutations([name for name, cuts in steps.items() for _ in cuts]))
    left = {name: iter(cuts) for name, cuts in steps.items()}
    return world, [(name, next(left[name])) for name in order]


def who_is_who(
    engine: Engine, world: World, nights: Sequence[Sequence[tuple[str, int]]]
) -> dict[str, tuple[str, str | None]]:
    """Return what became of every record of a log: the outcome, and whom of the roster it means."""
    with tempfile.TemporaryDirectory() as place:
        desk = Desk.open(Path(place), engine, SOURCES)
        for night in nights:
            for name, count in night:
                desk.put(name, TABLES[name], world[name][:count])
            desk.night()
        links = desk.context.registry.links("student").to_pylist()
        pupil = {
            row["student_record_id"]: row["student_id_source"] for row in desk.rows("typed_student")
        }
    listed = {
        one["person_key"]: pupil[one["person_record_id"]]
        for one in links
        if one["person_record_id"] in pupil
    }
    return {
        one["person_record_id"]: (one["outcome"], listed.get(one["person_key"]))
        for one in links
        if one["person_record_id"] not in pupil
    }


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deliveries())
def test_the_order_of_deliveries_does_not_change_who_is_who(
    engine: Engine, case: tuple[World, list[tuple[str, int]]]
) -> None:
    world, order = case
    at_once = [(name, len(rows)) for name, rows in world.items()]
    assert who_is_who(engine, world, [[one] for one in order]) == who_is_who(
        engine, world, [at_once]
    )


def test_a_link_by_name_is_opened_again_when_a_namesake_comes(engine: Engine) -> None:
    ana = {"student_given_name": "Ana", "student_family_name": "Cruz", "birth_date": BORN[0]}
    roster = [
        {"student_id_source": f"u{at}", "student_id_district": f"{1000 + 37 * at:07d}", **ana}
        for at in (1, 2)
    ]
    world: World = {"sis": roster, "north": [ana], "south": []}
    before = [[("sis", 1), ("north", 1)]]
    (alone,) = who_is_who(engine, world, before).values()
    (both,) = who_is_who(engine, world, [*before, [("sis", 2)]]).values()
    assert alone == ("match", "u1")
    assert both == ("unsure", None)


def test_what_a_link_taught_is_forgotten_when_the_link_is_opened(engine: Engine) -> None:
    ana = {"student_given_name": "Ana", "student_family_name": "Cruz", "birth_date": BORN[0]}
    roster = [
        {"student_id_source": f"u{at}", "student_id_district": f"{1000 + 37 * at:07d}", **ana}
        for at in (1, 2)
    ]
    own = {"student_id_vendor": "V7"}
    world: World = {"sis": roster, "north": [{**ana, **own}, own], "south": []}
    before = [[("sis", 1), ("north", 2)]]
    assert set(who_is_who(engine, world, before).values()) == {("match", "u1")}
    after = who_is_who(engine, world, [*before, [("sis", 2)]])
    assert {outcome for outcome, _ in after.values()} == {"unsure", "no_match"}
