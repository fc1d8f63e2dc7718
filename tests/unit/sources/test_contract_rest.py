"""What a contract may say of a web service, and how its mistakes are told."""

from pathlib import Path

import pytest

from hit_pipeline.errors import ContractError
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import Contract
from tests.unit.sources.vendor_bench import CHILD, PAGE, contract

ROWS = 'path = "rows"'


def loaded(folder: Path, text: str) -> Contract:
    (folder / "vendor.toml").write_text(text, encoding="utf-8")
    return load_contract("vendor.toml", folder)


def mistakes(folder: Path, text: str) -> list[str]:
    """Return place and problem of each mistake; all have their line."""
    with pytest.raises(ContractError) as caught:
        loaded(folder, text)
    assert all(one.line for one in caught.value.mistakes)
    return [f"{one.where}: {one.problem}" for one in caught.value.mistakes]


def test_a_contract_that_says_little_asks_for_one_answer(tmp_path: Path) -> None:
    made = loaded(tmp_path, contract("", ROWS))
    assert made.rest is not None
    assert (made.rest.auth, made.rest.paging.by) == ("none", "none")


WRONG = {
    "a cursor without a place": (
        'paging = { by = "cursor", parameter = "c" }',
        ROWS,
        "rest.paging.next: is needed for pages by cursor",
    ),
    "pages without a parameter": (
        'paging = { by = "page" }',
        ROWS,
        "rest.paging.parameter: is needed for pages by page",
    ),
    "a secret": (
        'headers = { Authorization = "Bearer abc" }',
        ROWS,
        "rest.headers.Authorization: is how we say who we are",
    ),
    "a body of a GET": ("", f"{ROWS}\nbody = {{ a = 1 }}", "request.body: a GET has no body"),
    "span and increment": (
        "",
        f'{ROWS}\nsince = {{ parameter = "s", column = "changed" }}\nwindow = {{ from = "f" }}',
        "request.since: give one of `window` and `since`",
    ),
    "an unknown column": (
        "",
        f'{ROWS}\nsince = {{ parameter = "s", column = "updated" }}',
        "request.since.column: is used, but `columns` does not declare it",
    ),
    "a day that is none": (
        "",
        f'{ROWS}\nwindow = {{ from = "f", first_day = "last week" }}',
        "window.first_day: must be a day such as",
    ),
    "a format that is none": (
        "",
        f'{ROWS}\nwindow = {{ from = "f", format = "YYYY-MM-DD" }}',
        "window.format: must be iso, date, epoch",
    ),
    "a file of nowhere": (
        "",
        'path = "rows/{others.id}"',
        "request.path: is no file of the contract that is asked for before this one",
    ),
    "itself": ("", 'path = "rows/{rows.id}"', "request.path: is no file of the contract"),
}


@pytest.mark.parametrize(("rest", "request_", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_told_with_its_line(
    tmp_path: Path, rest: str, request_: str, told: str
) -> None:
    (mistake,) = mistakes(tmp_path, contract(rest, request_))
    assert told in mistake


def test_a_column_the_other_file_does_not_have_is_told(tmp_path: Path) -> None:
    text = contract(
        "", ROWS, CHILD.replace("parents.id", "parents.key"), names=("parents", "children")
    )
    (mistake,) = mistakes(tmp_path, text)
    assert "is no column of parents" in mistake


def test_a_request_without_a_service_and_a_service_without_a_request_are_told(
    tmp_path: Path,
) -> None:
    text = contract(PAGE % "", ROWS)
    without = text.replace("[rest]\n", "").replace(PAGE % "", "")
    assert "has no table `rest`" in mistakes(tmp_path, without)[0]
    unasked = text.replace("[files.rows.request]\n", "").replace(f"{ROWS}\n", "")
    assert "no file of the contract has a `request`" in mistakes(tmp_path, unasked)[0]


def test_answers_that_are_no_json_are_told(tmp_path: Path) -> None:
    text = contract("", ROWS).replace('format = "json"', 'format = "delimited"')
    assert "answers are JSON" in mistakes(tmp_path, text)[0]
