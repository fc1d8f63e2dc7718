"""Promises of the synthetic district that hold for whatever is asked for."""

import csv
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.truth.build import District
from tests.unit.synth.made import digests, identifiers, inbox, key, source

SEEDS = st.integers(min_value=0, max_value=2**40)
STUDENTS = st.integers(min_value=100, max_value=400)
few = settings(
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@contextmanager
def made(plan: Plan, workers: int = 1) -> Iterator[Path]:
    """Make a district in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "district"
        generate(plan, folder, workers=workers)
        yield folder


def plan(
    seed: int,
    students: int,
    *,
    schools: int = 2,
    dirt: str = "none",
    years: int = 1,
    dates: tuple[str, ...] = (),
) -> Plan:
    """Return what to make: one delivery at the end, or some dates."""
    return Plan(District(seed, students, schools, years), dirt, "final", ("oneroster",), dates)


@few
@given(seed=SEEDS, students=STUDENTS, dirt=st.sampled_from(["none", "nasty"]))
def test_every_planned_second_has_one_cause_and_the_causes_sum_to_the_plan(
    seed: int, students: int, dirt: str
) -> None:
    with made(plan(seed, students, dirt=dirt, years=1 + seed % 2)) as folder:
        seats = key(folder, "seat")
        causes = key(folder, "minute_cause")
    lost: dict[int, dict[str, int]] = defaultdict(dict)
    for row in causes:
        assert row["cause"] not in lost[row["seat_id"]]
        assert row["seconds"] > 0
        lost[row["seat_id"]][row["cause"]] = row["seconds"]
    for seat in seats:
        mine = lost[seat["seat_id"]]
        assert sum(mine.values()) == seat["planned_seconds"]
        assert mine.get("delivered", 0) == seat["inside_seconds"]
        assert not (seat["is_makeup"] and mine)
    assert set(lost) == {seat["seat_id"] for seat in seats}


# ---- vendors' files against the key ------------------------------------------------------------

Totals = Counter[tuple[int, str]]


def northstar(folder: Path, person: dict[str, int]) -> Totals:
    """Sum minutes present, row by row."""
    found: Totals = Counter()
    for row in source(folder, "northstar"):
        if row["Attendance"] in {"Present", "Late", "Left Early"}:
            found[person[row["Student ID"]], row["Program"]] += int(row["Actual Minutes"]) * 60
    return found


def brightpath(folder: Path, person: dict[str, int]) -> Totals:
    """Sum the time between joining and leaving, stay by stay."""
    program = {row["MeetingKey"]: row["ProgramName"] for row in source(folder, "brightpath", "mee")}
    found: Totals = Counter()
    for row in source(folder, "brightpath", "attendance"):
        if row["Marked"] == "ATTENDED":
            pupil = person[row["ExternalStudentId"]]
            found[pupil, program[row["MeetingKey"]]] += clock(row["LeaveTime"]) - clock(
                row["JoinTime"]
            )
    return found


def clock(text: str) -> int:
    """Return a moment as Brightpath writes it, in seconds."""
    moment = datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
    return int(moment.timestamp())


def lakeside(folder: Path, person: dict[str, int]) -> Totals:
    """Take the percent of the period's minutes."""
    found: Totals = Counter()
    for row in source(folder, "lakeside"):
        if row["Period Status"] == "Active":
            planned = int(row["Period Minutes"]) * 60
            seconds = planned * int(row["Attendance Percent"]) // 100
            found[person[row["Scholar ID"]], "Algebra Fellows by Lakeside"] += seconds
    return found


PROGRAMS = {
    "northstar": ("Math Tutoring by Northstar", northstar),
    "brightpath": ("Reading Tutoring by Brightpath", brightpath),
    "lakeside": ("Algebra Fellows by Lakeside", lakeside),
}


@few
@given(seed=SEEDS, students=STUDENTS, schools=st.sampled_from([1, 2]))
def test_minutes_of_every_pupil_summed_from_the_files_are_those_of_the_key(
    seed: int, students: int, schools: int
) -> None:
    with made(plan(seed, students, schools=schools)) as folder:
        person = {number: pupil for pupil, own in identifiers(folder).items() for number in own}
        seats = key(folder, "seat")
        for name, (program, read) in PROGRAMS.items():
            true: Totals = Counter()
            for seat in seats:
                if seat["source"] == name:
                    present = seat["inside_seconds"] + seat["surplus_seconds"]
                    if name == "lakeside":  # the slider ends at the plan
                        present = min(present, 2400)
                    true[seat["person_id"], program] += present
            assert +true == +read(folder, person), name
            assert true


# ---- the same again ----------------------------------------------------------------------------


@few
@given(seed=SEEDS, students=STUDENTS, dirt=st.sampled_from(["none", "typical", "nasty"]))
def test_the_same_seed_makes_the_same_bytes(seed: int, students: int, dirt: str) -> None:
    asked = plan(seed, students, dirt=dirt, dates=("2025-10-11", "2025-11-08"))
    with made(asked) as one, made(asked) as other:
        assert digests(one) == digests(other)


def test_zones_made_side_by_side_are_the_same_bytes_as_one_after_another() -> None:
    asked = plan(11, 400, schools=8, dirt="typical", dates=("2025-10-11", "2025-11-08"))
    with made(asked, workers=1) as one, made(asked, workers=2) as other:
        assert digests(one) == digests(other)
        assert asked.district.zones == 2


def people(folder: Path) -> set[tuple[str, str, str]]:
    """Return first name, last name and birth date of every pupil of the SIS."""
    rows = source(folder, "sis_files", "students")
    return {(row["first_name"], row["last_name"], row["birth_date"]) for row in rows}


@few
@given(seed=SEEDS, step=st.integers(min_value=1, max_value=1000))
def test_another_seed_makes_other_people(seed: int, step: int) -> None:
    with made(plan(seed, 120)) as one, made(plan(seed + step, 120)) as other:
        here, there = people(one), people(other)
    assert len(here) > 90
    assert len(here & there) < 0.05 * min(len(here), len(there))


# ---- the key against the files -----------------------------------------------------------------


@few
@given(seed=SEEDS, students=STUDENTS, dirt=st.sampled_from(["none", "typical", "nasty"]))
def test_every_row_has_its_line_in_the_key_and_every_fault_its_row(
    seed: int, students: int, dirt: str
) -> None:
    asked = plan(seed, students, schools=2, dirt=dirt, dates=("2025-10-11", "2026-02-07"))
    with made(asked) as folder:
        rows = {file.place: file.count() for file in inbox(folder)}
        listing = {
            file.place: pupils(file.records()) for file in inbox(folder) if lists(file.source)
        }
        lines = key(folder, "row_truth")
        faulty = key(folder, "fault") if (folder / "key" / "fault.parquet").exists() else []
    found: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for line in lines:
        found[line["source"], line["file"]][line["row"]] += 1
    for place, count in rows.items():
        wanted = listing.get(place, [1] * count)
        assert found[place] == Counter(dict(enumerate(wanted, start=1))), place
    assert set(found) == set(rows)
    for fault in faulty:
        place = fault["source"], fault["file"]
        assert fault["row"] is None or 1 <= fault["row"] <= rows[place], fault
    assert bool(faulty) == (dirt != "none")


def lists(name: str) -> bool:
    """Say whether a source's rows each name several pupils."""
    return name in {"harborlight", "quillwork"}


def pupils(records: list[dict[str, object]]) -> list[int]:
    """Return how many pupils each row names; a header may have been renamed."""
    columns = ("Students present", "Present", "Students late or left early", "Students absent")
    counts = []
    for row in records:
        if "participants" in row:
            participants = row["participants"]
            assert isinstance(participants, list)
            counts.append(len(participants))
        else:
            cells = [str(row[name]) for name in columns if name in row]
            words = [cell for cell in cells if cell]
            counts.append(sum(len(next(csv.reader([cell], delimiter="|"))) for cell in words))
    return counts
