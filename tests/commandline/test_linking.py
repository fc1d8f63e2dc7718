"""`hit link` and `hit dedupe`."""

import csv
from pathlib import Path

import pytest

from tests.commandline.invoke import document, refusal, said

NAMES = ("Ana Petrovic", "Boris Nguyen", "Clara Okafor", "Dmitri Lindqvist", "Elena Haddad")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    known, asked = tmp_path / "known.csv", tmp_path / "asked.csv"
    people = [(*name.split(), f"201{at}-03-0{at + 1}") for at, name in enumerate(NAMES)]
    with known.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("id", "first_name", "last_name", "dob"), *people_of("k", people)]
        )
    with asked.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "fname", "surname", "dob"), *people_of("a", people[:3])])
    return asked, known


def people_of(side: str, people: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(f"{side}{at}", *person) for at, person in enumerate(people)]


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_two_files_are_linked(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "links.csv"
    told = document("link", *files, "--one-to-one", "--out", out)
    assert (told["records"], told["sure"] + told["likely"]) == (3, 3)
    assert told["compared_by"] == ["given_name", "family_name", "birth_date"]
    assert [(row["record"], row["person"]) for row in rows(out)] == [
        ("a0", "k0"),
        ("a1", "k1"),
        ("a2", "k2"),
    ]
    assert "given=same" in rows(out)[0]["evidence"]


def test_what_is_printed_names_no_child(files: tuple[Path, Path]) -> None:
    printed = said("link", *files)
    assert not [word for name in NAMES for word in name.split() if word in printed]


def test_one_file_is_de_duplicated(files: tuple[Path, Path], tmp_path: Path) -> None:
    both = tmp_path / "both.csv"
    known = files[1].read_text()
    both.write_text(known + "k9,Ana,Petrovic,2010-03-01\n")
    out = tmp_path / "clusters.csv"
    told = document("dedupe", both, "--out", out)
    assert (told["records"], told["people"]) == (6, 5)
    assert {row["record"]: row["cluster"] for row in rows(out)}["k9"] == "k0"


def test_a_file_that_is_there_is_not_written_over(files: tuple[Path, Path]) -> None:
    asked, known = files
    before = known.read_bytes()
    assert "is there already" in refusal("link", asked, known, "--out", known)["message"]
    assert known.read_bytes() == before
