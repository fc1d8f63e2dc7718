"""What a contract may say of where a table lies, and what is refused with its line."""

from pathlib import Path

import pytest

from hit_pipeline.errors import ContractError
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import FileSpec

HEAD = '#:schema x\nid = "v"\nversion = 1\ntitle = "V"\n'
LOG = '[files.log]\npattern = "*"\ndelivers = "full"\nfeeds = []\n'
COLUMNS = 'columns = [{ name = "Student", required = true }, { name = "Room" }]\n'
FEED = (
    '[[files.log.feeds]]\ntable = "typed_session_log"\n'
    'columns = { record_level = { value = "participant" }, group_name = { from = "%s" } }\n'
)


def mistakes(folder: Path, text: str) -> list[str]:
    (folder / "v.toml").write_text(HEAD + text)
    with pytest.raises(ContractError) as caught:
        load_contract("v.toml", folder)
    return str(caught.value).splitlines()[1:]


def the_mistake(folder: Path, text: str) -> str:
    found = mistakes(folder, text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('format = "json"\nfind_header = true', "does not fit a file of format json"),
        ('format = "json_lines"\nends_at = "^Total"', "belongs to delimited and excel"),
        ('format = "excel"\nonly = "^D"', "belongs to delimited and fixed_width"),
        ('format = "json"\npreamble = { School = "S: (.*)" }', "does not fit"),
        ('format = "json"\nfill_down = ["Room"]', "does not fit"),
        ('sheet = "Log"', "belongs to excel"),
        ("record_length = 80", "belongs to fixed_width"),
        ('fill_down = ["Rome"]', "did you mean Room?"),
        ('ends_at = "(Total"', "ends_at"),
        ('ends_at = "^(?=Total)"', "ends_at"),
        ('preamble = { School = "^School" }', "exactly one group"),
        ('preamble = { Medical = "^Medical: (.*)" }', "never kept"),
    ],
)
def test_a_word_that_does_not_fit_is_refused_at_its_line(
    tmp_path: Path, line: str, told: str
) -> None:
    found = the_mistake(tmp_path, LOG + line + "\n" + COLUMNS)
    assert told in found
    assert f"line {8 + line.count(chr(10)) + 1}" in found or "line 9" in found


def test_finding_a_header_needs_columns_to_know_it_by(tmp_path: Path) -> None:
    text = LOG + 'find_header = true\ncolumns = [{ name = "Student" }]\n'
    assert "required = true" in the_mistake(tmp_path, text)


def test_a_mistake_of_a_file_like_another_is_told_once_for_each(tmp_path: Path) -> None:
    text = LOG + COLUMNS + '[files.b]\nlike = "lag"\n'
    found = the_mistake(tmp_path, text)
    assert "files.b.like" in found
    assert "valid are log" in found


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("_meeting.Topic", "no virtual header of the file"),
        ("_seats.Topic", "`columns` of seats does not declare it"),
        ("_seats.SSN", "never kept"),
        ("_header.date", "no virtual header of the file"),
        ("_sheet", "`columns` does not declare it"),
        ("_preamble.School", "`columns` does not declare it"),
        ("_folders", "did you mean _folder?"),
    ],
)
def test_a_virtual_header_must_mean_something(tmp_path: Path, header: str, told: str) -> None:
    seats = LOG.replace("files.log", "files.seats") + (
        'columns = [{ name = "Name", required = true }, { name = "SSN" }]\nfind_header = true\n'
    )
    log = LOG.replace("feeds = []\n", "") + COLUMNS + FEED % header
    assert told in the_mistake(tmp_path, seats + log)


WIDE = (
    LOG.replace("feeds = []\n", "")
    + COLUMNS
    + '[[files.log.feeds]]\ntable = "typed_session_log"\nUNPIVOT\n[files.log.feeds.columns]\n'
    'record_level = { value = "participant" }\nsession_id_source = { from = SESSION }\n'
)


@pytest.mark.parametrize(
    ("unpivot", "session", "told"),
    [
        ('headers = "(.*)"', '["_header.date"]', "needs a named group"),
        ('headers = "(?P<value>.*)"', '["_header.date"]', "needs a named group"),
        ('headers = "(?P<date>"', '["_header.date"]', "not a regular expression"),
        ('headers = "(?P<date>.*)"', '["_header.day"]', "_header.date, _cell"),
        ('headers = "(?P<date>.*)"', '["_header.date", "_cell.X"]', "no virtual header"),
        ('headers = "(?P<date>.*)_(?P<value>.*)"', '["_header.date", "_cell"]', "_cell"),
        ('headers = "(?P<date>.*)"', '["Student"]', "part of their header too"),
    ],
)
def test_columns_that_become_rows_must_be_told_apart(
    tmp_path: Path, unpivot: str, session: str, told: str
) -> None:
    text = WIDE.replace("UNPIVOT", f"unpivot = {{ {unpivot} }}").replace("SESSION", session)
    assert told in "\n".join(mistakes(tmp_path, text))


def test_columns_become_rows_of_a_log_with_an_id_from_their_header(tmp_path: Path) -> None:
    text = WIDE.replace("UNPIVOT", 'unpivot = { headers = "(?P<date>.*)" }')
    text = text.replace("SESSION", '["Student", "_header.date"]')
    (tmp_path / "v.toml").write_text(HEAD + text)
    feed = load_contract("v.toml", tmp_path).files["log"].feeds[0]
    assert feed.makes_several


def test_an_ordinary_file_needs_no_search() -> None:
    told = {"pattern": "*", "delivers": "full", "feeds": [], "columns": [{"name": "Student"}]}
    assert not FileSpec.model_validate(told).needs_search
    feed = {"table": "typed_student", "columns": {"school_name": {"from": "_file_name"}}}
    assert not FileSpec.model_validate({**told, "feeds": [feed]}).needs_search
    feed = {"table": "typed_student", "columns": {"school_name": {"from": "_sheet"}}}
    excel = {**told, "format": "excel", "feeds": [feed]}
    assert FileSpec.model_validate(excel).needs_search
