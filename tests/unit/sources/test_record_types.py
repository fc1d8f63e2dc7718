"""Fixed-width files of several editions and record types."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hit_pipeline.engine import Engine
from tests.unit.sources.shapes import contract, kinds, read_text, refused


def spans(*places: tuple[str, int, int]) -> list[dict[str, Any]]:
    return [{"name": name, "start": start, "width": width} for name, start, width in places]


FIXED: dict[str, Any] = {"format": "fixed_width", "header_row": 0}
DETAIL: dict[str, Any] = {
    **FIXED,
    "columns": spans(("Type", 1, 1), ("Student", 2, 3), ("Score", 5, 2)),
    "only": "^D",
}
TEXT = "H2026-11-02\nD00107\n\nD00208\nX??\nS01Lincoln\nT0002\n"


def test_lines_of_other_types_are_counted(engine: Engine, tmp_path: Path) -> None:
    found = read_text(engine, tmp_path, TEXT, contract(detail=DETAIL))
    assert [(row["Student"], row["Score"]) for row in found["detail"].rows] == [
        ("001", "07"),
        ("002", "08"),
    ]
    assert [kind for _, kind in kinds(found)] == ["record_type"] * 4


def test_each_record_type_has_its_own_layout(engine: Engine, tmp_path: Path) -> None:
    school = {**FIXED, "columns": spans(("School", 2, 2), ("Name", 4, 9)), "only": "^S"}
    found = read_text(engine, tmp_path, TEXT, contract(detail=DETAIL, school=school))
    assert [row["Name"] for row in found["school"].rows] == ["Lincoln"]
    assert [line for line, _ in kinds(found)] == ["1", "4", "6"]
    assert sum(len(one.rows) for one in found.values()) == 6


def test_the_length_of_lines_says_which_edition_a_file_is(engine: Engine, tmp_path: Path) -> None:
    agreed = contract(
        scores_2025={**FIXED, "columns": spans(("Id", 1, 3), ("Score", 4, 2)), "record_length": 5},
        scores_2026={
            "like": "scores_2025",
            "columns": spans(("Id", 3, 3), ("Score", 6, 2)),
            "record_length": 7,
        },
    )
    old = read_text(engine, tmp_path, "00107\n00208\n", agreed)
    assert [(row["Id"], row["Score"]) for row in old["scores_2025"].rows] == [
        ("001", "07"),
        ("002", "08"),
    ]
    new = read_text(engine, tmp_path, "2600107\n26002\n", agreed)
    assert [(row["Id"], row["Score"]) for row in new["scores_2026"].rows] == [
        ("001", "07"),
        ("002", None),
    ]
    error = refused(engine, tmp_path, "1\n", agreed)
    assert error.rule == "contract.record_length"
    assert "5 or 7 characters" in str(error)


def test_a_file_like_another_says_only_what_differs() -> None:
    first = {**FIXED, "columns": spans(("Id", 1, 3)), "natural_key": ["Id"], "absence": "removed"}
    agreed = contract(
        a=first,
        b={"like": "a", "pattern": "b*", "columns": spans(("Id", 2, 3))},
        c={"like": "b", "record_length": 9},
    )
    assert agreed.files["c"].natural_key == ("Id",)
    assert agreed.files["c"].absence == "removed"
    assert agreed.files["c"].columns[0].start == 2
    assert agreed.files["c"].pattern == "b*"
    assert agreed.files["b"].record_length is None


@pytest.mark.parametrize("like", ["nobody", "a"])
def test_a_file_must_be_like_another_that_is_there(like: str) -> None:
    with pytest.raises(ValidationError, match="like"):
        contract(a={"like": like, "pattern": "*"}, b={"like": "a"})
