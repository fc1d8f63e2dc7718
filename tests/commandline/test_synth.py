"""`hit synth`: making a synthetic district from the command line."""

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.commandline.invoke import both, document, hit, refusal, said

SMALL = ("--students", "100", "--deliveries", "final", "--dirt", "typical")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made(*arguments: str | Path) -> Any:
    return document("synth", *arguments)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file but the secret, which nobody shares."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "secrets"
    }


def test_people_and_programs_are_told_what_was_made() -> None:
    people, told = both("synth", "made", *SMALL)
    assert told.keys() >= {"folder", "files", "rows", "seats", "seconds", "faults"}
    assert told["folder"] == "made"
    assert f"{told['files']:,} files, {told['rows']:,} rows, {told['seats']:,} seats" in people
    assert "zones" not in people
    assert "hit run -d made" in people
    assert "hit score made" in people
    for kind, rows in told["faults"].items():
        assert rows > 0
        assert kind in people


def test_what_is_made_is_a_district_hit_accepts() -> None:
    made("made", *SMALL)
    found = document("doctor", "-d", "made")
    assert all(one["ok"] for one in found), found
    assert {path.name for path in Path("made/inbox").iterdir()} >= {"sis", "northstar"}
    assert {path.suffix for path in Path("made/key").iterdir()} == {".parquet"}


def test_the_secret_is_the_owners_alone() -> None:
    made("made", *SMALL)
    secret = Path("made/secrets/pseudonym")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_text() not in said("synth", "made", *SMALL)


def test_the_same_options_make_the_same_files_and_another_seed_others() -> None:
    for folder, seed in (("one", "5"), ("same", "5"), ("other", "6")):
        made(folder, *SMALL, "--seed", seed)
    one, same, other = (contents(Path(name)) for name in ("one", "same", "other"))
    assert one == same
    assert one.keys() != other.keys() or one != other


def test_no_dirt_is_told_as_none() -> None:
    people, told = both(
        "synth", "made", "--students", "100", "--dirt", "none", "--deliveries", "final"
    )
    assert told["faults"] == {}
    assert "Faults injected: none" in people


def test_forms_of_the_sis_are_chosen_by_name() -> None:
    made("made", *SMALL, "--sis", "sql", "--sis", "oneroster", "--sis", "sql")
    folders = {path.name for path in Path("made/inbox").iterdir()}
    assert {"sis", "sis_sql"} <= folders
    assert "edfi" not in folders


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--students", "20"), ("students must be at least 100", "20")),
        (("--students", "200", "--schools", "9"), ("1 to 5", "9")),
        (("--years", "40"), ("1 to 10", "40")),
        (("--dirt", "filthy"), ("none, typical, nasty", "filthy")),
        (("--deliveries", "hourly"), ("final, weekly, nightly", "hourly")),
        (("--sis", "paper"), ("oneroster, oneroster_1p1, sql, edfi", "paper")),
        (("--students", "20001", "--deliveries", "nightly"), ("20,000", "20,001")),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can_and_a_remedy(
    options: tuple[str, ...], told: tuple[str, ...]
) -> None:
    message = refusal("synth", "made", *options)["message"]
    for words in (*told, "hit synth --help"):
        assert words in message
    assert not Path("made").exists()


def test_a_folder_with_other_things_in_it_is_never_replaced() -> None:
    Path("letters").mkdir()
    Path("letters/one.txt").write_text("mine")
    for place in ("letters", "letters/one.txt"):
        assert "choose another folder" in refusal("synth", place, *SMALL)["message"]
    assert Path("letters/one.txt").read_text() == "mine"
    assert list(Path("letters").iterdir()) == [Path("letters/one.txt")]


def test_a_district_of_before_is_made_anew() -> None:
    made("made", *SMALL)
    Path("made/inbox/left over").write_text("of the district before")
    made("made", *SMALL)
    assert not Path("made/inbox/left over").exists()


def test_help_says_what_every_option_means() -> None:
    text = hit("synth", "--help").stdout
    for option in (
        "--students",
        "--schools",
        "--years",
        "--seed",
        "--dirt",
        "--deliveries",
        "--sis",
    ):
        assert option in text
