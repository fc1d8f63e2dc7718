"""`hit registry upgrade|check|rebuild|move`: the database that remembers who is who."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.tables import EVENTS, SCHEMA_VERSION
from tests.commandline.invoke import both, document, refusal, said
from tests.unit.registry.test_migrations import first_version


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "lake/registry.db")) as connection, connection:
        yield connection


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'lake/registry.db'}"


def known(address: str) -> tuple[str, list[str], int]:
    """Return the fingerprint, the keys of the tutors and how many of their records are linked."""
    with Registry.open(address) as registry:
        keys = registry.people("tutor")["person_key"].to_pylist()
        return registry.fingerprint(), keys, registry.matched("tutor").num_rows


def test_the_registry_of_a_district_is_well_and_of_this_version(district: Path) -> None:
    people, counts = both("registry", "check")
    assert {row["table"]: row["wrong_rows"] for row in counts} == {
        "current_link": 0, "claim": 0, "survivor": 0}  # fmt: skip
    assert "current_link" in people
    (row,) = document("registry", "upgrade")
    assert row == {"found": SCHEMA_VERSION, "now": SCHEMA_VERSION, "changed": False}
    assert (district / "lake/registry.db").is_file()


def test_what_went_astray_is_told_and_made_anew(copied: Path) -> None:
    before = known(url(copied))
    with opened(copied) as connection:
        connection.execute("DELETE FROM current_link WHERE person_key IS NOT NULL")
        connection.execute("UPDATE claim SET origin = 'link'")
    people, found = both("registry", "check", exit_code=1)
    assert "hit registry rebuild" in people
    wrong = {row["table"]: row["wrong_rows"] for row in found}
    assert wrong["current_link"] > 0
    assert wrong["claim"] > 0
    assert document("registry", "rebuild") == found
    assert known(url(copied)) == before
    said("registry", "check")


def test_an_older_registry_waits_for_an_upgrade(new: Path) -> None:
    (new / "lake").mkdir(exist_ok=True)
    first_version(url(new))
    for command in (("registry", "check"), ("registry", "rebuild"), ("explain", "1")):
        told = refusal(*command)
        assert told["error"] == "LakeFormatError"
        assert "hit registry upgrade" in told["message"]
    (row,) = document("registry", "upgrade")
    assert row == {"found": "1", "now": SCHEMA_VERSION, "changed": True}
    assert said("registry", "check")


@pytest.mark.parametrize("how", ["argument", "variable", "file"])
def test_a_registry_is_moved(
    district: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    target = f"sqlite:///{tmp_path / 'moved.db'}"
    stated = [target] if how == "argument" else []
    if how == "variable":
        monkeypatch.setenv("HIT_REGISTRY_TARGET", target)
    if how == "file":
        (tmp_path / "url").write_text(target + "\n")
        (tmp_path / "url").chmod(0o600)
        stated = ["--url-file", str(tmp_path / "url")]
    counts = document("registry", "move", *stated)
    assert [row["table"] for row in counts] == [table.name for table in EVENTS]
    assert known(target) == known(url(district))
    assert known(target)[2] > 0
    told = refusal("registry", "move", *stated)
    assert "holds a registry with people in it" in told["message"]


@pytest.mark.usefixtures("district")
def test_a_password_on_the_command_line_is_refused_and_not_repeated() -> None:
    for stated in (
        "postgresql+psycopg://hit:hush@db/hit",
        "postgresql+psycopg://db/?password=hush",
    ):
        told = refusal("registry", "move", stated)
        assert "HIT_REGISTRY_TARGET" in told["message"]
        assert "hush" not in told["message"]


@pytest.mark.usefixtures("district")
def test_where_to_is_stated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "State it once" in refusal("registry", "move")["message"]
    monkeypatch.setenv("HIT_REGISTRY_TARGET", "sqlite:///there.db")
    assert "State it once" in refusal("registry", "move", "sqlite:///here.db")["message"]
    monkeypatch.delenv("HIT_REGISTRY_TARGET")
    open_file, empty = tmp_path / "open", tmp_path / "empty"
    open_file.write_text("sqlite:///there.db")
    open_file.chmod(0o604)
    empty.touch(mode=0o600)
    for file, wrong in ((open_file, "chmod"), (empty, "is empty"), (tmp_path / "no", "be read")):
        assert wrong in refusal("registry", "move", "--url-file", file)["message"]
    assert not (tmp_path / "there.db").exists()
