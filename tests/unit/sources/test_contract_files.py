"""Finding and reading contracts, and every mistake in them with its line."""

from pathlib import Path

import pytest

from hit_pipeline.errors import ContractError, Mistake
from hit_pipeline.sources.contract.loading import contract_digest, load_contract, shipped
from hit_pipeline.sources.contract.model import Contract

EXAMPLE = Path(__file__).parents[3] / "examples/district/contracts/riverside.toml"
GOOD = """id = "log"
version = 1
title = "A log"
[files.visits]
pattern = "*.csv"
delivers = "full"
natural_key = ["Visit"]
columns = [
  { name = "Visit" },
  { name = "Student", aliases = ["Pupil"] },
  { name = "Minutes" },
  { name = "Status" },
  { name = "Day" },
]
[[files.visits.feeds]]
table = "typed_session_log"
when = { Status = "^[A-Z]" }
exclude = [{ rule = "exclude.test_student", from = "Student", matches = "^TEST" }]
[files.visits.feeds.columns]
record_level = { value = "participant" }
student_id_district = { from = "Student", extract = "^S(\\\\d+)$" }
present_seconds = { from = "Minutes", unit = "minutes" }
attendance = { from = "Status", map = { P = "present", A = "" }, default = "unknown" }
started_at_local = { from = "Day", formats = ["%m/%d/%Y"] }
"""


def load(folder: Path, text: str) -> Contract:
    (folder / "log.toml").write_text(text, encoding="utf-8")
    return load_contract("log.toml", folder)


def mistakes(folder: Path, text: str) -> list[Mistake]:
    with pytest.raises(ContractError) as caught:
        load(folder, text)
    return list(caught.value.mistakes)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_a_districts_own_contract_is_found_relative_to_its_folder(tmp_path: Path) -> None:
    contract = load(tmp_path, GOOD)
    assert contract.id == "log"
    assert contract.files["visits"].feeds[0].columns["student_id_district"].from_ == ("Student",)


def test_the_example_contract_loads() -> None:
    assert load_contract(EXAMPLE.name, EXAMPLE.parent).id == "riverside"


def test_every_shipped_contract_is_found_by_its_id(tmp_path: Path) -> None:
    for ref, file in shipped().items():
        assert file.is_file()
        assert load_contract(ref, tmp_path).id == ref == file.stem


def test_an_unknown_id_lists_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        load_contract("nobody", tmp_path)
    (mistake,) = caught.value.mistakes
    assert list(mistake.valid)[:-1] == list(shipped())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"none\.toml: cannot be read"):
        load_contract("none.toml", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "line", "where", "problem"),
    [
        ('id = "log"', 'id = "lgo"', 1, "id", "must be the name of the file"),
        ('title = "A log"', "", None, "title", "is required"),
        ("pattern", "patern", 5, "files.visits.patern", "did you mean pattern?"),
        ('"full"', '"whole"', 6, "files.visits.delivers", "not one of the valid values"),
        ('key = ["Visit"]', 'key = ["Vist"]', 7, "files.visits.natural_key[1]", "mean Visit?"),
        ("typed_session_log", "typed_sesion_log", 16, "files.visits.feeds[1].table", "mean typed_"),
        ("Status = ", "Stauts = ", 17, "files.visits.feeds[1].when.Stauts", "mean Status?"),
        ("^[A-Z]", "(?=A)", 17, "files.visits.feeds[1].when.Status", "Invalid regular expression"),
        ("^TEST", "TEST(", 18, "files.visits.feeds[1].exclude[1].matches", "missing )"),
        (
            'record_level = { value = "participant" }',
            'record_level = { value = "participant" }\ngrad = { from = "Day" }',
            21,
            "files.visits.feeds[1].columns.grad",
            "did you mean grade?",
        ),
        (
            'from = "Minutes"',
            'from = "Minuets"',
            22,
            "files.visits.feeds[1].columns.present_seconds.from",
            "did you mean Minutes?",
        ),
        (
            'from = "Day"',
            'from = "Day", value = "x"',
            24,
            "files.visits.feeds[1].columns.started_at_local",
            "exactly one of `from` and `value`",
        ),
        (
            "(\\\\d+)",
            "\\\\d+",
            21,
            "files.visits.feeds[1].columns.student_id_district.extract",
            "exactly one group",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int | None, where: str, problem: str
) -> None:
    found = mistakes(tmp_path, changed(old, new))
    mistake = next(one for one in found if one.where == where)
    assert mistake.line == line
    assert problem in mistake.problem


SCORES = GOOD.replace("typed_session_log", "typed_assessment").partition("[files.visits.feeds.c")[0]


def test_headers_of_scores_must_be_declared(tmp_path: Path) -> None:
    text = (
        SCORES
        + """columns.instrument.value = "test"
[[files.visits.feeds.scores]]
kind = "scale"
from = "Minutes"
objective_from = "Objektive"
columns.grade = { from = "Garde" }
columns.gade = { value = "03" }
"""
    )
    (unknown,) = mistakes(tmp_path, text)
    assert (unknown.where, unknown.line) == ("files.visits.feeds[1].scores[1].columns.gade", 25)
    found = mistakes(tmp_path, text.replace("gade", "school_year"))
    assert [(one.where, one.line) for one in found] == [
        ("files.visits.feeds[1].scores[1].objective_from", 23),
        ("files.visits.feeds[1].scores[1].columns.grade.from", 24),
    ]


def test_scores_belong_to_assessments(tmp_path: Path) -> None:
    text = GOOD + '[[files.visits.feeds.scores]]\nkind = "scale"\nfrom = "Minutes"\n'
    (mistake,) = mistakes(tmp_path, text)
    assert "typed_assessment only" in mistake.problem


@pytest.mark.parametrize("line", ['bare_id_system = "distrct"', 'tutor_id_system = "distrct"'])
def test_an_unknown_id_system_names_the_known_ones(tmp_path: Path, line: str) -> None:
    (mistake,) = mistakes(tmp_path, f"{line}\n{GOOD}")
    assert mistake.line == 1
    assert mistake.problem == "unknown id system, did you mean district?"


def test_a_row_that_removes_another_is_known_by_a_declared_header(tmp_path: Path) -> None:
    removes = 'removes = { rule = "log.gone", from = "Gone", matches = "x" }\n'
    (mistake,) = mistakes(tmp_path, GOOD.replace("delivers", f"{removes}delivers"))
    assert (mistake.where, mistake.line) == ("files.visits.removes.from", 6)


def test_a_pattern_only_the_engine_understands_cannot_have_its_group_counted(
    tmp_path: Path,
) -> None:
    (mistake,) = mistakes(tmp_path, GOOD.replace("^S(", "\\\\pL("))
    assert "is not a regular expression" in mistake.problem


def test_mistakes_of_several_files_and_feeds_are_told_together(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("[files.visits]") :].replace("files.visits", "files.more")
    text = changed('from = "Minutes"', 'from = "Minuets"')
    found = mistakes(tmp_path, text + second.replace('"participant"', "3").replace("full", "ful"))
    assert [one.where for one in found] == [
        "files.visits.feeds[1].columns.present_seconds.from",
        "files.more.delivers",
        "files.more.feeds[1].columns.record_level.value",
    ]


def test_a_fixed_width_column_without_its_place_is_named(tmp_path: Path) -> None:
    text = changed('delivers = "full"', 'delivers = "full"\nformat = "fixed_width"')
    found = mistakes(tmp_path, text.replace('"Visit" }', '"Visit", start = 1, width = 3 }'))
    assert [one.line for one in found] == [11, 12, 13, 14]


def test_equal_contracts_have_equal_digests_whatever_the_order_of_keys(tmp_path: Path) -> None:
    first = load(tmp_path, GOOD)
    lines = GOOD.splitlines()
    lines[1], lines[2] = lines[2], lines[1]
    assert contract_digest(load(tmp_path, "\n".join(lines))) == contract_digest(first)


def test_a_digest_changes_with_every_meaning_and_not_with_the_title(tmp_path: Path) -> None:
    first = contract_digest(load(tmp_path, GOOD))
    assert contract_digest(load(tmp_path, changed("A log", "The log"))) == first
    for old, new in (("version = 1", "version = 2"), ('P = "present"', 'P = "late"')):
        assert contract_digest(load(tmp_path, changed(old, new))) != first
