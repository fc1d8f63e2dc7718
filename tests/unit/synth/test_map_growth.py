"""The assessment file keeps its product's layout and fits the roster."""

from datetime import datetime

from tests.unit.synth.conftest import Written


def test_layout_has_143_columns_every_cell_quoted(district: Written) -> None:
    (path,) = (district.folder / "inbox" / "map_growth").iterdir()
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    assert len(header.split(",")) == 143
    assert len(set(header.split(","))) == 143
    for line in lines:
        assert line.count('"') == 2 * 143


def test_both_ids_lead_to_the_same_pupil_of_a_tested_grade(district: Written) -> None:
    pupils = {row["student_number"]: row for row in district.rows("sis_files", "students", 1)}
    rows = district.rows("map_growth", "ComboStudentAssessment", 1)
    for row in rows:
        pupil = pupils[row["StudentID"]]
        assert pupil["state_id"] == row["Student_StateID"]
        assert pupil["grade"] in {"KG", *(f"{n:02d}" for n in range(1, 9))}
        assert pupil["school_name"] == row["SchoolName"]
    assert any(row["StudentID"].startswith("0") for row in rows)
    assert len({(row["StudentID"], row["Subject"]) for row in rows}) == len(rows)
    assert len({row["TestID"] for row in rows}) == len(rows)
    assert {row["Subject"] for row in rows} == {"Mathematics", "Reading"}


def test_values_lie_where_the_product_puts_them(district: Written) -> None:
    for row in district.rows("map_growth", "ComboStudentAssessment", 1):
        day = datetime.strptime(row["TestStartDate"], "%m/%d/%Y")  # noqa: DTZ007 - a date only
        assert "2026-08-31" <= day.date().isoformat() <= "2026-09-18"
        assert 100 <= int(row["TestRITScore"]) <= 320
        assert 1 <= int(row["TestPercentile"]) <= 99
        assert row["AchievementQuintile"] in {"Low", "LoAvg", "Avg", "HiAvg", "High"}
        assert bool(row["LexileScore"]) == (row["Subject"] == "Reading")
        assert row["FallToFallProjectedGrowth"] == ""


def test_tutored_pupils_are_those_in_need(district: Written) -> None:
    tutored = {
        row["student_number"]
        for row in district.rows("sis_files", "program_assignments", 1)
        if row["subject"] == "Math" and row["status"] != "waitlisted"
    }
    scores: dict[bool, list[int]] = {True: [], False: []}
    grades = {r["student_number"]: r["grade"] for r in district.rows("sis_files", "students", 1)}
    for row in district.rows("map_growth", "ComboStudentAssessment", 1):
        if row["Subject"] == "Mathematics" and "03" <= grades[row["StudentID"]] <= "08":
            scores[row["StudentID"] in tutored].append(int(row["TestPercentile"]))
    assert sum(scores[True]) / len(scores[True]) + 20 < sum(scores[False]) / len(scores[False])
