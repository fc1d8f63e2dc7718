"""`hit source new`: a sample becomes a contract that loads, and a preview works with it at once."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.sources.contract.loading import load_contract
from tests.commandline.example import CONTRACT, LOG, ROOT, code_maps, pupils, rows
from tests.commandline.invoke import both, document, hit, refusal, said

pytestmark = pytest.mark.usefixtures("district")

DRAFT = "contracts/draft.toml"


def drafted(folder: Path, *arguments: str) -> Any:
    """Draft a contract for the example's file."""
    return document("source", "new", folder / LOG, "--name", "draft", *arguments)


def test_a_draft_is_written_where_the_district_keeps_contracts(copied: Path) -> None:
    told = drafted(copied)
    assert told["written"] == str(copied / DRAFT)
    assert load_contract(DRAFT, copied).id == "draft"


def test_the_draft_finds_what_the_contract_of_the_example_says(copied: Path) -> None:
    drafted(copied)
    (mine,) = load_contract(DRAFT, copied).files.values()
    (theirs,) = load_contract(CONTRACT, copied).files.values()
    (made,), (meant,) = mine.feeds, theirs.feeds
    assert (mine.delivers, set(mine.natural_key)) == (theirs.delivers, set(theirs.natural_key))
    for column, target in meant.columns.items():
        if column not in ("session_state", "attendance", "subject", "record_level"):
            assert made.columns[column] == target, column
    for axis, codes in zip(("session_state", "attendance"), code_maps(copied), strict=True):
        found = made.columns[axis].map or {}
        assert {code: found[code] for code in codes if code in found} == {
            code: word for code, word in codes.items() if code in found
        }


def test_people_and_programs_are_told_the_same_without_any_pupil(copied: Path) -> None:
    arguments = ("source", "new", copied / LOG, "--out", copied / DRAFT, "--force")
    people, told = both(*arguments)
    everything = people + str(told) + (copied / DRAFT).read_text()
    headers = " ".join(rows()[0])
    assert not [one for one in pupils() if one in everything and one not in headers]
    assert [one["column"] for one in told["columns"]] == list(rows()[0])
    assert all(one["doubt"] in people for one in told["doubts"][:3])
    lines = (copied / DRAFT).read_text().splitlines()
    assert all(lines[one["line"] - 1] == f"# doubt: {one['doubt']}" for one in told["doubts"])


def test_the_lines_it_prints_name_the_source_and_a_preview_works_at_once(copied: Path) -> None:
    told = drafted(copied)
    with (copied / "district.toml").open("a") as settings:
        settings.write(f"\n{told['source']}\n")
    written = tomllib.loads((copied / "district.toml").read_text())["sources"]["draft"]
    assert (written["contract"], written["kind"]) == (DRAFT, "log")
    assert written["program"] == "reading_lab"
    seen = document("source", "preview", "draft", copied / LOG)
    assert (seen["refused"], seen["rows"]) == (None, len(rows()))
    assert seen["tables"] == [
        {"table": "typed_session_log", "rows": len(rows()) - seen["quarantined"]}
    ]


def test_a_contract_that_is_there_is_not_written_over(copied: Path) -> None:
    drafted(copied)
    (copied / DRAFT).write_text("# mine\n")
    told = refusal("source", "new", copied / LOG, "--name", "draft")
    assert "is there already" in told["message"]
    assert (copied / DRAFT).read_text() == "# mine\n"
    assert drafted(copied, "--force")["written"] == str(copied / DRAFT)


def test_a_known_product_is_named_and_drafted_only_when_asked(copied: Path, tmp_path: Path) -> None:
    spec = load_contract("northstar_sessions", copied).files["sessions"]
    names = [one.name for one in spec.columns]
    sample = tmp_path / "nightly_sessions.csv"
    sample.write_text(",".join(names) + "\n" + ",".join("x" for _ in names) + "\n")
    people, told = both("source", "new", sample)
    assert (told["written"], told["recognised"][0]["contract"]) == (None, "northstar_sessions")
    assert 'contract = "northstar_sessions"' in people
    assert not (copied / "contracts/nightly_sessions.toml").exists()
    assert document("source", "new", sample, "--anyway")["written"]


def test_without_a_district_a_draft_is_made_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HIT_DISTRICT")
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(ROOT / "examples/district" / LOG, tmp_path / "visits.csv")
    told = document("source", "new", "visits.csv")
    assert (tmp_path / told["written"]).is_file()
    assert told["compared_with_roster"] is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--name", "Not A Name"], "cannot be the name"),
        (["--out", "draft.txt"], "cannot be a contract"),
    ],
)
def test_a_name_no_contract_can_have_is_refused(
    copied: Path, arguments: list[str], words: str
) -> None:
    assert words in refusal("source", "new", copied / LOG, *arguments)["message"]


@pytest.mark.usefixtures("copied")
def test_a_sample_without_rows_is_refused_in_words(tmp_path: Path) -> None:
    sample = tmp_path / "nothing.csv"
    sample.write_text("")
    assert "nothing.csv" in refusal("source", "new", sample)["message"]


def test_help_tells_what_is_compared_and_what_is_never_printed() -> None:
    assert "roster" in said("source", "new", "--help")
    assert hit("source", "--help").exit_code == 0


def test_tutors_met_on_earlier_nights_are_known_by_their_addresses(copied: Path) -> None:
    told = drafted(copied)
    (column,) = (one for one in told["columns"] if one["column"] == "Coach Email")
    assert told["compared_with_roster"] is True
    assert (column["goes_to"], column["certainty"]) == (["tutor_id_email"], "sure")
    assert "tutor email of the roster" in column["why"]
