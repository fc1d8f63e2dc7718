"""`hit release list|diff|rollback` and `hit query`: what was published."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hit_pipeline.lake import Lake
from tests.commandline.conftest import Guide
from tests.commandline.invoke import both, document, refusal, said

pytestmark = pytest.mark.usefixtures("district")


def test_releases_are_listed_newest_first_and_the_current_is_marked(
    guide: Guide,
) -> None:
    people, listed = both("release", "list")
    first, second = guide.releases
    assert [(one["release"], one["current"]) for one in listed] == [(second, True), (first, False)]
    assert listed[0]["created_at"] == "2026-09-22T08:00:00+00:00"
    assert first in people
    assert second in people


def test_what_changed_between_releases_is_counted_per_table(guide: Guide) -> None:
    people, told = both("release", "diff", guide.releases[0])
    changes = {one["table"]: (one["added"], one["removed"]) for one in told}
    assert {table: change for table, change in changes.items() if any(change)} == {
        "match_rate": (2, 0),
        "session": (1, 0),
        "session_tutor": (1, 0),
        "session_participant": (1, 0),
        "session_attendance_revision": (1, 0),
        "quarantine": (0, 2),
    }
    assert f"{guide.releases[0]} to current" in people
    assert "session_participant" in people
    assert "()" not in people


def test_a_release_does_not_differ_from_itself(guide: Guide) -> None:
    told = document("release", "diff", guide.releases[1], "current")
    assert not [one for one in told if one["added"] or one["removed"] or one["changed"]]


@pytest.mark.usefixtures("copied")
def test_rolling_back_makes_an_earlier_release_current(guide: Guide) -> None:
    first, second = guide.releases
    assert first in said("release", "rollback", first)
    listed = {one["release"]: one["current"] for one in document("release", "list")}
    assert listed == {second: False, first: True}
    assert document("query", "SELECT count(*) AS n FROM session_participant") == [{"n": 4}]
    assert document("release", "rollback", second) == [{"release": second, "current": True}]
    assert document("query", "SELECT count(*) AS n FROM session_participant") == [{"n": 5}]


def test_a_release_is_not_gone_back_to_while_another_writes(guide: Guide, copied: Path) -> None:
    with Lake.open(copied / "lake").lease("the night", datetime(2026, 9, 19, tzinfo=UTC)):
        told = refusal("release", "rollback", guide.releases[0])
    assert told["error"] == "LakeBusy"
    assert "the night" in told["message"]


def test_a_damaged_release_is_not_gone_back_to(guide: Guide, copied: Path) -> None:
    first, second = guide.releases
    (file,) = (copied / "lake/releases" / first / "restricted").glob(
        "session_participant/**/*.parquet"
    )
    file.unlink()
    told = refusal("release", "rollback", first)
    assert told["error"] == "ReleaseRefused"
    assert "is missing" in told["message"]
    assert [one["release"] for one in document("release", "list") if one["current"]] == [second]


def test_an_answer_is_a_table_for_people_and_rows_for_programs() -> None:
    asked = "SELECT session_state, count(*) AS sessions FROM session GROUP BY ALL ORDER BY ALL"
    people, found = both("query", asked)
    assert found == [
        {"session_state": "cancelled_school", "sessions": 2},
        {"session_state": "completed", "sessions": 2},
    ]
    assert "cancelled_school" in people


def test_no_rows_are_an_answer() -> None:
    people, found = both("query", "SELECT * FROM session WHERE false")
    assert found == []
    assert people == "Result: none\n"


def test_rows_too_wide_for_the_terminal_are_shown_one_under_another_with_no_word_cut() -> None:
    words = [f"{number:030}" for number in range(12)]
    people = said("query", "SELECT " + ", ".join(f"'{word}' AS c_{word}" for word in words))
    assert all(f"c {word}" in people and f" {word} " in people for word in words)
    assert "Result, row 1" in people


def test_cells_are_shown_as_they_are() -> None:
    asked = "SELECT '[/b]' AS \"[tag]\", ':smile: [landing.rule]' AS told, [1, 2] AS list"
    people = said("query", asked)
    assert all(text in people for text in ("[tag]", "[/b]", ":smile: [landing.rule]", "1, 2"))


def test_what_is_no_number_is_null_to_programs() -> None:
    asked = "SELECT 'nan'::DOUBLE AS none, 'inf'::DOUBLE AS endless, 1.5::DOUBLE AS n"
    assert document("query", asked) == [{"none": None, "endless": None, "n": 1.5}]


def test_columns_of_one_name_are_all_shown() -> None:
    people, found = both("query", "SELECT 1 AS n, 2 AS n, 3 AS n")
    assert found == [{"n": 1, "n_2": 2, "n_3": 3}]
    assert "n 3" in people


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM session",
        "CREATE TABLE mine AS SELECT 1",
        "COPY (SELECT 1) TO 'mine.csv'",
        "SELECT 1; DROP VIEW session",
        "",
    ],
)
def test_a_statement_that_is_no_question_is_refused(tmp_path: Path, statement: str) -> None:
    assert "must be one SELECT" in refusal("query", statement)["message"]
    assert not (tmp_path / "mine.csv").exists()


def test_files_outside_the_release_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("secret\nword\n")
    message = refusal("query", f"SELECT * FROM '{tmp_path}/other.csv'")["message"]  # noqa: S608
    assert "cannot be run" in message
    assert "word" not in message


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM sesion", 'Did you mean "session"'),
        ("SELECT nothing FROM session", '"nothing" not found'),
    ],
)
def test_wrong_sql_is_told_in_words(wrong: str, told: str) -> None:
    assert told in refusal("query", wrong)["message"]


def test_an_unknown_release_or_tier_is_refused_with_those_there_are(
    guide: Guide,
) -> None:
    asked = "SELECT 1"
    for command in (
        ("release", "diff", "2026"),
        ("release", "diff", "current", "2026"),
        ("release", "rollback", "2026"),
        ("query", asked, "--release", "2026"),
    ):
        told = refusal(*command)
        assert told["error"] == "NotFound"
        assert told["message"].startswith("no release named '2026'; valid are ")
        assert all(name in told["message"] for name in guide.releases)
    assert "valid are restricted" in refusal("query", asked, "--tier", "public")["message"]


def test_before_the_first_release_there_is_none_to_ask(new: Path) -> None:
    people, listed = both("release", "list", "-d", new)
    assert (people, listed) == ("Releases: none\n", [])
    for command in (
        ("query", "SELECT 1"),
        ("release", "diff", "current"),
        ("release", "rollback", "x"),
    ):
        assert "there is no release yet" in refusal(*command, "-d", new)["message"]
