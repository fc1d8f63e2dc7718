"""True dosage of the key, reckoned again from the key's seats, one seat at a time."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.truth.build import District
from tests.unit.synth.made import key

PLAN = Plan(District(seed=13, students=300, schools=2, years=2), "none", "final", ("oneroster",))
WEEKS = {"fall": 13, "spring": 17, "summer": 6}
DESIGN_SECONDS = {
    "math_hit": 3 * 30 * 60,
    "reading_hit": 3 * 30 * 60,
    "algebra_hit": 3 * 40 * 60,
    "early_reading": 4 * 20 * 60,
    "homework_math": 2 * 45 * 60,
}
FLOORS = {"louisiana_act771": 900, "texas_hb1416_15h": 900, "texas_hb1416_30h": 1800}
CAME = {"present", "late", "left_early"}
Dose = tuple[int, str, str, str]


@dataclass
class Sums:
    """What a pupil was due and got."""

    scheduled: int = 0
    actual: int = 0
    due: int = 0
    attended: int = 0

    def add(self, seat: dict[str, Any]) -> None:
        """Count one seat."""
        moved = seat["outcome"] == "rescheduled" or seat["attendance"] == "not_enrolled"
        if seat["planned_seconds"] and not moved:
            self.scheduled += seat["planned_seconds"]
            self.due += 1
        self.actual += seat["inside_seconds"] + seat["surplus_seconds"]
        self.attended += seat["attendance"] in CAME


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], ...]:
    """Seats and doses of a district; read only."""
    folder = tmp_path_factory.mktemp("dosage") / "district"
    generate(PLAN, folder, workers=1)
    return key(folder, "seat"), key(folder, "dosage")


def scopes(seat: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield rule, scope and period a seat counts for."""
    yield "nssa", seat["program_id"], seat["term"]
    yield "datas_60h", "all", seat["school_year"]
    for rule in FLOORS:
        yield rule, seat["subject"], seat["school_year"]


def reached(dose: Dose, sums: Sums) -> bool:
    _, rule, scope, period = dose
    if rule == "nssa":
        design = DESIGN_SECONDS[scope] * WEEKS[period.rsplit("-", 1)[1]]
        return sums.actual >= 0.8 * design
    return sums.actual >= FLOORS.get(rule, 3600) * 60


def band(dose: Dose, sums: Sums) -> str | None:
    if dose[1] != "datas_60h" or not sums.actual:
        return None
    hours = sums.actual / 3600
    for limit, name in ((15, "<25%"), (30, "25-<50%"), (45, "50-<75%"), (60, "75-<100%")):
        if hours < limit:
            return name
    return ">=100%"


def test_doses_are_the_sums_of_the_seats(tables: tuple[list[dict[str, Any]], ...]) -> None:
    seats, doses = tables
    wanted: dict[Dose, Sums] = defaultdict(Sums)
    for seat in seats:
        for rule, scope, period in scopes(seat):
            wanted[seat["person_id"], rule, scope, period].add(seat)
    found = {
        (row["person_id"], row["rule_id"], row["scope_key"], row["period"]): row for row in doses
    }
    assert len(found) == len(doses) > 1000
    assert found.keys() == wanted.keys()
    for dose, sums in wanted.items():
        row = found[dose]
        assert row["scheduled_seconds"] == sums.scheduled
        assert row["actual_seconds"] == sums.actual
        assert row["sessions_scheduled"] == sums.due
        assert row["sessions_attended"] == sums.attended
        assert row["reached_adequate"] == reached(dose, sums)
        assert row["datas_band"] == band(dose, sums)
        assert row["school_year"] == dose[3][:7]
        assert row["program_id"] == (dose[2] if dose[1] == "nssa" else None)


def test_some_pupils_reach_each_rule_and_some_do_not(
    tables: tuple[list[dict[str, Any]], ...],
) -> None:
    outcomes: dict[str, set[bool]] = defaultdict(set)
    for row in tables[1]:
        outcomes[row["rule_id"]].add(row["reached_adequate"])
    assert set(outcomes) == {"nssa", "datas_60h", *FLOORS}
    for rule in ("nssa", *FLOORS):
        assert outcomes[rule] == {True, False}, rule


def test_a_summer_term_counts_in_both_school_years_it_touches(
    tables: tuple[list[dict[str, Any]], ...],
) -> None:
    years = {seat["school_year"] for seat in tables[0] if seat["term"] == "2024-25-summer"}
    assert years == {"2024-25", "2025-26"}
