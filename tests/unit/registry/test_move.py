"""Moving a registry, and copying one to look at."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hit_pipeline.errors import LakeError, LakeFormatError
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.move import look, move
from tests.unit.registry.rows import FIRST, link, linked, rows, seen, write
from tests.unit.registry.test_migrations import first_version


def other(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'other.db'}"


def test_many_rows_are_moved_to_postgresql(sqlite: str, postgres: str) -> None:
    registry = Registry.open(sqlite)
    many = rows("link", *(link(f"r{number}", "SA") for number in range(2500)))
    write(registry, FIRST)
    write(registry, Changes(links=many))
    counts = move(sqlite, postgres)
    assert (counts["link"], counts["entry"], counts["person"]) == (2502, 2, 1)
    moved = Registry.open(postgres)
    assert seen(moved) == seen(registry)
    write(moved, Changes(links=rows("link", link("r1", None, "no_match"))))
    assert "r1" not in linked(moved)
    assert linked(registry)["r1"] == "SA"  # the old one stays


def test_a_registry_is_not_moved_over_another(sqlite: str, tmp_path: Path) -> None:
    target = other(tmp_path)
    for url in (sqlite, target):
        write(Registry.open(url), FIRST)
    before = seen(Registry.open(target))
    for url in (target, sqlite):
        with pytest.raises(LakeError, match="holds a registry with people in it"):
            move(sqlite, url)
    assert seen(Registry.open(target)) == before


def test_an_empty_registry_is_not_moved(sqlite: str, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="nothing to move"):
        move(sqlite, other(tmp_path))


@pytest.mark.parametrize(
    "wrong", ["nothing", "mysql://host/db", "sqlite:////no/such/folder/registry.db"]
)
def test_an_address_that_is_none_is_refused_in_words(sqlite: str, wrong: str) -> None:
    write(Registry.open(sqlite), FIRST)
    with pytest.raises(LakeError, match="registry"):
        move(sqlite, wrong)


def test_a_move_that_fails_leaves_the_target_empty(sqlite: str, postgres: str) -> None:
    registry = Registry.open(sqlite)
    write(registry, FIRST)
    write(registry, Changes(links=rows("link", {**link("r\0", "SA")})))  # no text of PostgreSQL
    with pytest.raises(LakeError):
        move(sqlite, postgres)
    assert Registry.open(postgres).people("student").num_rows == 0


def test_a_copy_to_look_at_tells_the_same(new_postgres: Callable[[], str], tmp_path: Path) -> None:
    there, copy = new_postgres(), other(tmp_path)
    look(there, copy)
    assert not (tmp_path / "other.db").exists()  # nothing where there is no registry
    write(Registry.open(there), FIRST)
    look(there, copy)
    assert seen(Registry.open(copy)) == seen(Registry.open(there))


def test_an_older_registry_is_migrated_before_it_is_moved(sqlite: str, tmp_path: Path) -> None:
    first_version(sqlite)
    for copying in (move, look):
        with pytest.raises(LakeFormatError, match="hit registry upgrade"):
            copying(sqlite, other(tmp_path))
