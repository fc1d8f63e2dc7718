"""What comes from outside the file: variables and secret files."""

import os
from datetime import date
from pathlib import Path

import pytest

from hit_pipeline.errors import Mistake, SettingsError
from hit_pipeline.settings import District
from hit_pipeline.settings_file import load_district

SECRET = "5d0f0a2b9c7e4f11"
TEXT = """
dosage_rules = ["nssa"]
[district]
name = "Testing"
time_zone = "America/Chicago"
[lake]
memory = "2GB"
"""


def load(folder: Path, **environment: str) -> District:
    (folder / "district.toml").write_text(TEXT, encoding="utf-8")
    return load_district(folder, environment)


def mistakes(folder: Path, **environment: str) -> list[Mistake]:
    with pytest.raises(SettingsError) as caught:
        load(folder, **environment)
    return list(caught.value.mistakes)


def secret_file(folder: Path, name: str, text: str, mode: int = 0o600) -> Path:
    file = folder / "secrets" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def test_short_names_set_their_keys(tmp_path: Path) -> None:
    district = load(
        tmp_path,
        HIT_LAKE_PATH="/data/lake",
        HIT_INBOX="drop",
        HIT_MEMORY="3GB",
        HIT_THREADS="2",
        HIT_REGISTRY_URL="postgresql+psycopg://u:p@db/hit",
        HIT_PSEUDONYM_SECRET=SECRET,
    )
    assert district.lake_path == Path("/data/lake")
    assert district.inbox_path == tmp_path / "drop"
    assert (district.lake.memory, district.lake.threads) == ("3GB", 2)
    assert district.registry_url == "postgresql+psycopg://u:p@db/hit"
    assert district.pseudonym_secret is not None
    assert district.pseudonym_secret.get_secret_value() == SECRET


def test_two_underscores_reach_any_key_with_its_type(tmp_path: Path) -> None:
    district = load(
        tmp_path,
        HIT_DISTRICT__NAME="Other",
        HIT_DISTRICT__COUNT_DAY="2026-10-01",
        HIT_THRESHOLDS__MIN_MATCH_RATE="0.5",
        HIT_SCHEDULE__ENABLED="true",
        HIT_OWNERS__DATA="Data office",
        HIT_PROGRAMS__LAB="{ name = 'Lab', aliases = ['L1', 'L2'] }",
    )
    assert (district.district.name, district.district.count_day) == ("Other", date(2026, 10, 1))
    assert district.thresholds.min_match_rate == 0.5
    assert district.schedule.enabled
    assert district.owners == {"data": "Data office"}
    assert district.programs["lab"].aliases == ("L1", "L2")


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert load(tmp_path, HIT_MEMORY="").lake.memory == "2GB"


def test_variables_of_others_and_those_with_another_meaning_are_left_alone(tmp_path: Path) -> None:
    load(tmp_path, PATH="/bin", HIT_SAMPLES="/s", HIT_DISTRICT="/d", HIT_HOME="/h", HITCH="x")


@pytest.mark.parametrize("name", ["HIT_MEMROY", "HIT_", "HIT___X", "HIT_LAKE__"])
def test_an_unknown_variable_is_a_mistake(tmp_path: Path, name: str) -> None:
    (mistake,) = mistakes(tmp_path, **{name: "x"})
    assert (mistake.where, mistake.line) == (name, None)
    assert "HIT_MEMORY" in mistake.valid


def test_a_wrong_key_or_value_is_told_by_the_name_of_the_variable(tmp_path: Path) -> None:
    found = mistakes(tmp_path, HIT_LAKE__MEMROY="1GB", HIT_THREADS="0", HIT_GOALS__X="1")
    assert [one.where for one in found] == ["HIT_GOALS__X", "HIT_LAKE__MEMROY", "HIT_THREADS"]
    assert "did you mean memory?" in found[1].problem
    assert found[2].received == '"0"'


def test_two_variables_for_one_key_are_a_mistake(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, HIT_MEMORY="1GB", HIT_LAKE__MEMORY="2GB")
    assert "same key" in mistake.problem


def test_a_variable_below_a_value_that_is_no_table_is_a_mistake(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, HIT_DISTRICT__NAME__FIRST="x")
    assert "district.name is not a table" in mistake.problem


def test_a_list_that_is_no_toml_is_a_mistake(tmp_path: Path) -> None:
    found = mistakes(tmp_path, HIT_PROGRAMS__LAB="{ name = }")
    assert "cannot be read" in found[0].problem


def test_a_secret_file_is_read_and_a_variable_wins_over_it(tmp_path: Path) -> None:
    secret_file(tmp_path, "pseudonym", f"{SECRET}\n")
    from_file = load(tmp_path).pseudonym_secret
    assert from_file is not None
    assert from_file.get_secret_value() == SECRET
    from_variable = load(tmp_path, HIT_PSEUDONYM_SECRET="f" * 32).pseudonym_secret
    assert from_variable is not None
    assert from_variable.get_secret_value() == "f" * 32


def test_a_registry_url_may_come_from_a_secret_file(tmp_path: Path) -> None:
    secret_file(tmp_path, "registry_url", "postgresql+psycopg://u:p@db/hit")
    assert load(tmp_path).registry_url == "postgresql+psycopg://u:p@db/hit"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_secret_file_open_to_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    secret_file(tmp_path, "pseudonym", SECRET, mode)
    (mistake,) = mistakes(tmp_path)
    assert mistake.where == "secrets/pseudonym"
    assert "chmod" in mistake.problem


def test_a_secret_file_open_to_a_group_is_taken(tmp_path: Path) -> None:
    secret_file(tmp_path, "pseudonym", SECRET, 0o640)
    assert load(tmp_path).pseudonym_secret is not None


def test_an_empty_or_unknown_secret_file_is_a_mistake(tmp_path: Path) -> None:
    secret_file(tmp_path, "pseudonym", " \n")
    secret_file(tmp_path, "registry", "x")
    secret_file(tmp_path, ".gitignore", "*")
    found = mistakes(tmp_path)
    assert [one.where for one in found] == ["secrets/pseudonym", "secrets/registry"]
    assert "did you mean registry_url?" in found[1].problem


def test_a_short_secret_is_refused_and_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, HIT_PSEUDONYM_SECRET="hunter2")
    assert "at least 16" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_show_in_the_settings(tmp_path: Path) -> None:
    district = load(tmp_path, HIT_PSEUDONYM_SECRET=SECRET)
    assert SECRET not in repr(district)
    assert SECRET not in district.model_dump_json()
