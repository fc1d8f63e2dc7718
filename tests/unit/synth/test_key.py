"""The answer key of generated districts against their files, row by row."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.synth.dirt.kinds import KINDS
from hit_pipeline.synth.joining import Made
from tests.unit.synth.made import File, identifiers, inbox, key, source


def test_row_n_of_a_file_is_about_the_pupil_the_key_says(clean: Path) -> None:
    known = identifiers(clean)
    people = {
        (row["source"], row["file"], row["row"]): row["person_id"]
        for row in key(clean, "row_truth")
        if row["role"] == "student" and row["person_id"] is not None
    }
    checked: Counter[str] = Counter()
    for file in inbox(clean):
        if not file.is_table:
            continue
        for n, row in enumerate(file.rows()[1:], start=1):
            person = people.get((*file.place, n))
            if person is not None and file.source not in {"harborlight", "surveys"}:
                numbers = {cell.lstrip("'") for cell in row} & known[person]
                if numbers or not file.name.endswith(("demographics.csv", "users.csv")):
                    checked[file.source] += bool(numbers)
    for name in ("northstar", "brightpath", "lakeside", "sis_files", "map_growth", "iready"):
        rows = sum(1 for place in people if place[0] == name)
        assert checked[name] == rows > 0, name


def test_json_and_listing_rows_name_the_pupils_the_key_says(clean: Path) -> None:
    known = identifiers(clean)
    named: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for row in key(clean, "row_truth"):
        if row["source"] in {"quillwork", "harborlight"}:
            named[row["source"], row["file"], row["row"]].append(row["person_id"])
    seen = 0
    for file in inbox(clean):
        if file.source not in {"quillwork", "harborlight"}:
            continue
        for n, row in enumerate(file.records(), start=1):
            people = named[*file.place, n]
            numbers = pupils_named(file.source, row)
            assert len(numbers) == len(people)
            for number, person in zip(sorted(numbers), sorted(people), strict=True):
                assert any(number in known[one] for one in people)
                assert known[person] & set(numbers)
            seen += len(numbers)
    assert seen > 1000


def pupils_named(source_name: str, row: dict[str, Any]) -> list[str]:
    """Return the identifiers of the pupils of a row that names several."""
    if source_name == "quillwork":
        return [one["email"] for one in row["participants"]]
    columns = ("Students present", "Students late or left early", "Students absent")
    words = [word for name in columns for word in row[name].split("|") if word]
    return [word.split("#")[1].split(" ")[0] for word in words]


@pytest.mark.parametrize("which", ["clean", "dirty"])
def test_every_row_of_every_file_has_its_line_in_the_key(
    which: str, clean: Path, dirty: tuple[Path, Made]
) -> None:
    folder = {"clean": clean, "dirty": dirty[0]}[which]
    lines: Counter[tuple[str, str, int]] = Counter(
        (row["source"], row["file"], row["row"]) for row in key(folder, "row_truth")
    )
    places = {place[:2] for place in lines}
    for file in inbox(folder):
        if file.name.endswith(".sql"):
            continue
        for n in range(1, file.count() + 1):
            found = lines.pop((*file.place, n), 0)
            if file.source in {"quillwork", "harborlight"}:
                assert found >= 1, (file.place, n)
            else:
                assert found == 1, (file.place, n)
    assert not lines
    assert len(places) > 30


def test_rows_that_name_somebody_say_in_which_role(clean: Path) -> None:
    roles: dict[str, set[str | None]] = defaultdict(set)
    known = {(row["person_id"], row["role"]) for row in key(clean, "person")}
    for row in key(clean, "row_truth"):
        if row["person_id"] is not None:
            roles[row["source"]].add(row["role"])
            assert row["role"] is not None, row
            assert (row["person_id"], row["role"]) in known, row
    assert roles["northstar"] == roles["quillwork"] == roles["harborlight"] == {"student"}
    assert roles["hr"] == {"tutor"}


def test_seats_of_log_rows_are_the_pupils_of_the_rows(dirty: tuple[Path, Made]) -> None:
    seats = {row["seat_id"]: row for row in key(dirty[0], "seat")}
    checked = 0
    for row in key(dirty[0], "row_truth"):
        if row["seat_id"] is not None:
            checked += 1
            assert seats[row["seat_id"]]["person_id"] == row["person_id"]
            assert row["source"] in {"invoices", seats[row["seat_id"]]["source"]}
    assert checked > 1000


def test_every_fault_is_in_a_file_and_row_there_is(dirty: tuple[Path, Made]) -> None:
    folder, made = dirty
    rows = {file.place: file.count() for file in inbox(folder)}
    counted: Counter[str] = Counter()
    for fault in key(folder, "fault"):
        place = fault["source"], fault["file"]
        assert place in rows, place
        assert fault["row"] is None or 1 <= fault["row"] <= rows[place], fault
        counted[fault["kind"]] += 1
    # Faults of a tutor's name stand in rows about pupils, which have no line for their tutor.
    lined = {kind.name for kind in KINDS if kind.family != "tutor"}
    assert {kind for kind in counted if kind in lined} == lined & set(made.faults)
    assert set(counted) <= set(made.faults)


def test_the_key_lists_every_kind_with_an_example_that_bears_it(
    dirty: tuple[Path, Made],
) -> None:
    folder, made = dirty
    faults = {
        (one["kind"], one["source"], one["file"], one["row"] or 0) for one in key(folder, "fault")
    }
    listed = {one["kind"]: one for one in key(folder, "fault_kind")}
    assert list(listed) == [kind.name for kind in KINDS]
    for kind, one in listed.items():
        assert one["injected"] == made.faults.get(kind, 0), kind
        if one["rows"]:
            example = kind, one["example_source"], one["example_file"], one["example_row"]
            assert example in faults


def test_a_district_without_dirt_has_no_faults(clean: Path) -> None:
    assert not (clean / "key" / "fault.parquet").exists() or not key(clean, "fault")
    assert all(one["injected"] == 0 for one in key(clean, "fault_kind"))
    assert all(row["linkable"] for row in key(clean, "row_truth") if row["person_id"] is not None)


def test_invoices_of_the_key_are_the_invoices_of_the_files(dirty: tuple[Path, Made]) -> None:
    billed = {
        (row["Invoice No"], int(row["Line"])): round(float(row["Amount"]) * 100)
        for row in source(dirty[0], "invoices")
    }
    stated = {
        (row["invoice"], row["line"]): row["cents_billed"] for row in key(dirty[0], "overbilling")
    }
    assert stated == billed
    assert sum(row["cents_owed"] for row in key(dirty[0], "overbilling")) < sum(billed.values())


# ---- dirt in the files -------------------------------------------------------------------------

ROW_IDS = {"northstar": "Session ID", "lakeside": "Record ID"}
OF_TUTORS = {"Tutor ID", "Tutor Name", "Tutor Email", "Fellow ID", "Fellow", "Fellow Substitute"}
"""Faults of a tutor's name have no line of their own in files about pupils."""
FIXED_ROWS = {"map_growth", "iready", "star", "dibels"}


def by_row_id(file: File) -> dict[str, tuple[int, dict[str, Any]]]:
    """Return rows with their numbers, by the vendor's id or, in files of tests, by number."""
    name = ROW_IDS.get(file.source)
    rows = enumerate(file.records(), start=1)
    return {str(row[name] if name else n): (n, row) for n, row in rows}


def test_rows_without_a_fault_are_as_without_dirt_and_marked_ones_are_not(
    clean: Path, spoilt: Path
) -> None:
    faults: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    for fault in key(spoilt, "fault"):
        faults[fault["source"], fault["file"], fault["row"]].add(fault["kind"])
    before = {file.place: by_row_id(file) for file in inbox(clean) if file.is_table}
    compared: Counter[bool] = Counter()
    for file in inbox(spoilt):
        if file.source not in FIXED_ROWS | set(ROW_IDS) or file.place not in before:
            continue
        for row_id, (n, row) in by_row_id(file).items():
            kinds = faults[*file.place, n]
            was = before[file.place].get(row_id)
            if was is None:
                assert kinds & {"row_duplicate", "row_stranger", "row_test_student"}
                continue
            columns = {name for name in row if was[1][name] != row[name]}
            assert columns or not kinds, (file.place, n, kinds)
            if {was[1].get("Status"), row.get("Status")} == {"Completed", "Missed"}:
                columns -= {"Status"}  # nobody else of the meeting came, or was said to
            assert kinds or columns <= OF_TUTORS, (file.place, n, columns)
            compared[bool(kinds)] += 1
    assert min(compared.values()) > 1000
