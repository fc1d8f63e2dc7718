"""The review as a workbook: what is written, and what becomes of what comes back."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from hit_pipeline.errors import HitError
from hit_pipeline.review.desk import Pick
from hit_pipeline.review.taking_in import TakenIn, take_in
from hit_pipeline.review.workbook import export
from hit_pipeline.templates.check import check
from hit_pipeline.templates.reading import read_filled
from tests.commandline.workbooks import fill, header_of, shown
from tests.unit.review.bench import MARIA, START, ReviewBench, asked

SHEET = "Questions"


@pytest.fixture
def path(bench: ReviewBench) -> Path:
    """A workbook of four questions about three records."""
    bench.ask(
        asked("r1", "S1", present_seconds=900, evidence="first=same"),
        asked("r1", "S2", present_seconds=900, candidate_rank=2, known={**MARIA, "grade": "04"}),
        asked("r2", "S3", present_seconds=600, stated={**MARIA, "given_name": "=1+1"}),
        asked("r3", "S4", present_seconds=300),
    )
    written = bench.folder / "questions.xlsx"
    done = export(bench.desk().state.open, written, district="Alder", at=START)
    assert (done.records, done.questions) == (3, 4)
    return written


def taken(bench: ReviewBench, path: Path, entries: Mapping[int, Mapping[str, Any]]) -> TakenIn:
    """Fill in rows, counted from 0, and read the workbook back as another steward."""
    fill(path, SHEET, entries)
    return take_in(path, bench.desk("Bo Reed"))


def words(done: TakenIn) -> list[str]:
    return [str(one) for one in done.refused]


def test_only_its_owner_may_read_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        export((), path, district="Alder", at=START)


def test_a_row_is_a_question_in_the_order_of_harm_with_both_sides(path: Path) -> None:
    rows = shown(path, SHEET)
    assert [row["No."] for row in rows] == [1, 1, 2, 3]
    assert [row["Minutes"] for row in rows] == [15, 15, 10, 5]
    first, second = rows[:2]
    assert (first["Record: first name"], first["Roster: birth date"]) == ("Maria", "2014-03-05")
    assert (first["Differs"], second["Differs"]) == ("", "grade")
    assert "the first name is the same" in first["What was found"]
    assert rows[2]["Record: first name"] == "=1+1"  # text, not a formula


def test_only_answer_and_note_are_open_and_the_answer_drops_down(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    page = book[SHEET]
    top, columns = header_of(page)
    open_cells = {name for name, column in columns.items()
                  if not page.cell(top + 1, column).protection.locked}  # fmt: skip
    assert open_cells == {"Answer", "Note"}
    assert page.protection.sheet
    assert page.column_dimensions["A"].hidden
    words_of = [cell.value for cell in book["Lists"]["A"]]
    assert words_of == ["Answer", "Same", "Not the same", "Unsure"]
    assert check(read_filled(path)) == []


def test_answers_are_decided_and_blank_rows_left_alone(bench: ReviewBench, path: Path) -> None:
    done = taken(
        bench,
        path,
        {0: {"Answer": "Not the same"}, 1: {"Answer": "same", "Note": "her card"},
         2: {"Answer": "UNSURE"}},
    )  # fmt: skip
    assert (done.decided, done.already, done.refused) == (3, 0, ())
    assert sorted(bench.in_force()) == [
        ("Bo Reed", "not_same"),
        ("Bo Reed", "same"),
        ("Bo Reed", "unsure"),
    ]
    assert bench.link("r1")["person_key"] == "S2"
    assert [case.id for case in bench.desk().state.open] == ["r3"]
    again = take_in(path, bench.desk("Cy"))
    assert (again.decided, again.already, again.refused) == (0, 3, ())


def test_who_is_somebody_else_is_not_this_one_already(bench: ReviewBench, path: Path) -> None:
    desk = bench.desk()
    desk.decide([Pick(desk.question("q-r1-S2"), "same")])
    done = taken(bench, path, {0: {"Answer": "Not the same"}})
    assert (done.decided, done.already, done.refused) == (0, 1, ())
    done = taken(bench, path, {0: {"Answer": "Same"}})
    assert "was decided otherwise" in words(done)[0]


def test_what_was_decided_otherwise_since_is_told_and_not_overwritten(
    bench: ReviewBench, path: Path
) -> None:
    desk = bench.desk()
    desk.decide([Pick(desk.question("q-r2-S3"), "not_same")])
    desk.decide([Pick(desk.question("q-r3-S4"), "unsure")])
    done = taken(bench, path, {2: {"Answer": "Same"}, 3: {"Answer": "Same"}})
    assert done.decided == 1  # unsure stands in nobody's way
    (told,) = words(done)
    assert told.startswith("Row 8: was decided otherwise: Ana Day answered 'not the same', 2026-11")
    assert sorted(bench.in_force()) == [("Ana Day", "not_same"), ("Bo Reed", "same")]


def test_a_question_that_is_gone_or_shows_what_is_not_known_any_more_is_told(
    bench: ReviewBench, path: Path
) -> None:
    bench.ask(
        asked("r2", "S3", stated={**MARIA, "given_name": "=1+1"}),
        asked("r3", "S4", known={**MARIA, "grade": "05"}),
    )
    done = taken(bench, path, {n: {"Answer": "Not the same"} for n in (0, 2, 3)})
    assert done.decided == 1
    assert [told.partition(":")[0] for told in words(done)] == ["Row 6", "Row 9"]
    assert "a run of the pipeline since the export has settled it" in words(done)[0]
    assert "(Roster: grade)" in words(done)[1]


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ({"Answer": "Perhaps"}, 'Answer: "Perhaps" is not in the list'),
        ({"Answer": 1}, "Answer: 1 is not in the list"),
        ({"Note": "looks right"}, "Answer: is blank beside a note"),
        ({"Answer": "Same", "Note": "x" * 1001}, "more than 1,000 characters"),
        ({"Answer": "Same", "Roster: first name": "Zoe"}, 'Roster: first name: "Zoe" is not what'),
        ({"Answer": "Same", "No.": 7}, 'No.: "7" is not what this row had: "3"'),
        ({"Answer": "Same", "Row ID": None}, "added by hand"),
        ({"Answer": "Same", "Row ID": "R00000000-000004"}, "comes from another workbook"),
        ({"Answer": "=1+1"}, "is a formula"),
    ],
)
def test_a_row_that_was_edited_or_is_unknown_is_told_and_the_others_taken(
    bench: ReviewBench, path: Path, entries: dict[str, Any], told: str
) -> None:
    done = taken(bench, path, {2: {"Answer": "Same"}, 3: entries})
    assert (done.decided, bench.in_force()) == (1, [("Bo Reed", "same")])
    assert any(told in one and one.startswith("Row 9") for one in words(done)), words(done)


def test_a_row_copied_over_another_is_told(bench: ReviewBench, path: Path) -> None:
    copied = shown(path, SHEET)[2]
    done = taken(bench, path, {2: {"Answer": "Same"}, 3: {**copied, "Answer": "Same"}})
    assert done.decided == 1
    assert "is a copy of row 8" in " ".join(words(done))


def test_two_people_of_one_record_cannot_both_be_the_same(bench: ReviewBench, path: Path) -> None:
    done = taken(bench, path, {n: {"Answer": "Same"} for n in (0, 1, 2)})
    assert done.decided == 1
    assert [one.row for one in done.refused] == [6, 7]
    assert "row 7 cannot both be the same" in words(done)[0]
    assert bench.link("r1")["person_key"] is None


def test_a_steward_who_is_faster_costs_one_row_only(
    bench: ReviewBench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = bench.desk("Bo Reed")
    decide = desk.decide
    other = bench.desk()

    def late(picks: list[Pick]) -> list[int]:
        monkeypatch.setattr(desk, "decide", decide)
        other.decide([Pick(other.question("q-r3-S4"), "not_same")])
        return decide(picks)

    monkeypatch.setattr(desk, "decide", late)
    fill(path, SHEET, {2: {"Answer": "Same"}, 3: {"Answer": "Same"}})
    done = take_in(path, desk)
    assert (done.decided, [one.row for one in done.refused]) == (1, [9])
    assert sorted(bench.in_force()) == [("Ana Day", "not_same"), ("Bo Reed", "same")]


def test_a_file_that_is_no_workbook_of_the_review_is_refused(
    bench: ReviewBench, path: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"PK\x03\x04 no workbook")
    other = tmp_path / "other.xlsx"
    book = openpyxl.Workbook()
    book.save(other)
    bare = tmp_path / "bare.xlsx"
    book = openpyxl.load_workbook(path)
    for name in ("About this workbook", "Roster"):
        del book[name]
    book.save(bare)
    renamed = tmp_path / "renamed.xlsx"
    book = openpyxl.load_workbook(path)
    top, columns = header_of(book[SHEET])
    book[SHEET].cell(top, columns["Answer"]).value = "My answer"
    book.save(renamed)
    for one in (bad, other, bare, renamed):
        with pytest.raises(HitError):
            take_in(one, bench.desk())
    assert bench.in_force() == []
