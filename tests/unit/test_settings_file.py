"""Reading a district: what it becomes, and every mistake at once."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # publishes no types

from hit_pipeline.errors import Mistake, SettingsError
from hit_pipeline.settings import District
from hit_pipeline.settings_file import district_json_schema, load_district

EXAMPLES = Path(__file__).parents[2] / "examples"
HEAD = """
[district]
name = "Testing"
time_zone = "America/Chicago"
"""
CONTRACT = """
id = "log"
version = 1
title = "A log"
[files.visits]
pattern = "*.csv"
delivers = "full"
columns = [{ name = "A" }]
[[files.visits.feeds]]
table = "typed_session_log"
columns = { record_level = { value = "participant" }, student_id_district = { from = "A" } }
"""


def load(folder: Path, text: str, **environment: str) -> District:
    (folder / "district.toml").write_text(text, encoding="utf-8")
    return load_district(folder, environment)


def mistakes(folder: Path, text: str, **environment: str) -> list[Mistake]:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, **environment)
    return list(caught.value.mistakes)


def only(folder: Path, text: str, **environment: str) -> Mistake:
    (mistake,) = mistakes(folder, text, **environment)
    return mistake


def test_the_smallest_district_loads_with_defaults_beside_its_folder(tmp_path: Path) -> None:
    district = load(tmp_path, HEAD)
    assert district.district.name == "Testing"
    assert district.lake_path == tmp_path / "lake"
    assert district.registry_url == f"sqlite:///{tmp_path}/lake/registry.db"
    assert district.pseudonym_secret is None


def test_a_relative_folder_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, HEAD)
    monkeypatch.chdir(tmp_path)
    assert load_district(Path(), {}).folder == tmp_path


def test_the_example_district_loads_and_every_table_of_it_is_used() -> None:
    district = load_district(EXAMPLES / "district", {})
    assert set(district.sources) == {"sis", "riverside"}
    written = tomllib.loads((EXAMPLES / "district/district.toml").read_text(encoding="utf-8"))
    schema = district_json_schema()
    assert set(written) == set(schema["properties"])


def test_every_mistake_is_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """dosage_rules = ["nsa"]
[district]
name = "x"
time_zone = "Mars/Olympus"
school_year_start = "02-30"
open_year = "2026-28"
[sources.Bad-Name]
adapter = "files"
kind = "log"
contract = "nowhere.toml"
[sources.log]
adapter = "fils"
kind = "log"
program = "reading"
owner = "nobody"
[sources.sis]
adapter = "oneroster_csv"
kind = "roster"
contract = "extra"
id_systems = { identifier = "distrct" }
[programs.math]
name = "Math"
subject = "maths"
[programs.math.terms.fall]
start = 2026-12-01
end = 2026-09-01
grades = ["3"]
[lake]
memory = "lots"
[schedule]
cron = "nightly"
"""
    found = mistakes(tmp_path, text, HIT_THREADS="none")
    assert [(one.line, one.where) for one in found] == [
        (1, "dosage_rules[1]"),
        (4, "district.time_zone"),
        (5, "district.school_year_start"),
        (6, "district.open_year"),
        (7, "sources.Bad-Name"),
        (10, "sources.Bad-Name.contract"),
        (12, "sources.log.adapter"),
        (14, "sources.log.program"),
        (15, "sources.log.owner"),
        (19, "sources.sis.contract"),
        (19, "sources.sis.contract"),
        (20, "sources.sis.id_systems.identifier"),
        (23, "programs.math.subject"),
        (26, "programs.math.terms.fall.end"),
        (27, "programs.math.terms.fall.grades[1]"),
        (29, "lake.memory"),
        (31, "schedule.cron"),
        (None, "HIT_THREADS"),
    ]


def test_the_message_names_file_line_received_and_valid(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, HEAD + '[sources.sis]\nadapter = "oneroster_cvs"\nkind = "roster"\n')
    message = str(caught.value)
    assert str(tmp_path / "district.toml") in message
    assert "line 6: sources.sis.adapter" in message
    assert 'received "oneroster_cvs"; valid are oneroster_csv, files' in message


def test_a_name_that_points_nowhere_is_reported_once(tmp_path: Path) -> None:
    text = HEAD + '[owners]\ndata = "x"\n[programs.p]\nname = "P"\nowner = "dat"\n'
    mistake = only(tmp_path, text)
    assert mistake.problem == "is not in `owners`"
    assert (mistake.line, list(mistake.valid)) == (9, ["data"])


def test_a_files_source_without_a_contract_is_a_mistake(tmp_path: Path) -> None:
    mistake = only(tmp_path, HEAD + '[sources.x]\nadapter = "files"\nkind = "log"\n')
    assert (mistake.where, mistake.line) == ("sources.x.contract", 5)


def test_mistakes_of_a_contract_are_told_with_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "log.toml").write_text(CONTRACT.replace('"participant"', '"pupil"'))
    text = HEAD + '[sources.x]\nadapter = "files"\nkind = "log"\ncontract = "log.toml"\n'
    mistake = only(tmp_path, text)
    assert (mistake.where, mistake.line) == ("sources.x.contract", 8)
    assert mistake.problem.startswith("in log.toml, line 11: files.visits.feeds[1].columns")
    assert "valid are participant, meeting" in mistake.problem


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ('"typed_session_log.subject" = "maths"', "is not a value of subject, did you mean math?"),
        ('"typed_session_log.subjct" = "math"', "typed_session_log has no column of this name"),
        ('"typed_student.grade" = "03"', "is not `table.column` of a typed table"),
    ],
)
def test_constants_that_override_a_contract_must_fit_it(
    tmp_path: Path, settings: str, problem: str
) -> None:
    (tmp_path / "log.toml").write_text(CONTRACT)
    text = HEAD + '[sources.x]\nadapter = "files"\nkind = "log"\ncontract = "log.toml"\n'
    mistake = only(tmp_path, f"{text}[sources.x.settings]\n{settings}\n")
    assert mistake.line == 10
    assert problem in mistake.problem
    load(tmp_path, f'{text}[sources.x.settings]\n"typed_session_log.subject" = "math"\n')


def test_two_programs_may_not_share_a_name(tmp_path: Path) -> None:
    text = HEAD + '[programs.a]\nname = "Lab"\n[programs.b]\nname = "B"\naliases = ["x", " LAB"]\n'
    mistake = only(tmp_path, text)
    assert (mistake.where, mistake.line) == ("programs.b.aliases[2]", 9)


def test_two_sources_may_not_share_a_folder(tmp_path: Path) -> None:
    source = 'adapter = "oneroster_csv"\nkind = "roster"\n'
    text = HEAD + f'[sources.a]\n{source}[sources.b]\n{source}path = "a"\n'
    assert only(tmp_path, text).problem == "has the same folder of the inbox as a"


@pytest.mark.parametrize(
    "rules",
    [
        'dosage_rules = ["nssa", "nssa@1"]\n',
        'own_dosage_rules = [{ id = "nssa", version = 1, title = "t", scope = "student", '
        'source = "s" }]\n',
    ],
)
def test_one_id_and_version_of_a_dosage_rule_may_not_be_in_force_twice(
    tmp_path: Path, rules: str
) -> None:
    assert only(tmp_path, rules + HEAD).line == 1


@pytest.mark.parametrize("key", ['folder = "x"', 'pseudonym_secret = "0123456789abcdef0123"'])
def test_what_the_loader_sets_may_not_stand_in_the_file(tmp_path: Path, key: str) -> None:
    mistake = only(tmp_path, f"{key}\n{HEAD}")
    assert mistake.line == 1
    assert "0123456789abcdef" not in str(mistake)


def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = HEAD + '[lake]\nregistry_url = "postgresql+psycopg://hit:hunter2@db/hit"\n'
    mistake = only(tmp_path, text)
    assert (mistake.where, mistake.line) == ("lake.registry_url", 6)
    assert "hunter2" not in str(mistake)
    load(tmp_path, HEAD + '[lake]\nregistry_url = "postgresql+psycopg://db/hit"\n')


@pytest.mark.parametrize("url", ["nonsense", "sqlite://host:port/x"])
def test_a_registry_url_that_is_none_is_a_mistake(tmp_path: Path, url: str) -> None:
    mistake = only(tmp_path, HEAD, HIT_REGISTRY_URL=url)
    assert mistake.where == "HIT_REGISTRY_URL"
    assert url not in str(mistake)


def test_the_json_schema_is_one_and_accepts_the_example() -> None:
    schema = district_json_schema()
    Draft7Validator.check_schema(schema)
    text = (EXAMPLES / "district/district.toml").read_text(encoding="utf-8")
    plain: Any = json.loads(json.dumps(tomllib.loads(text), default=str))
    Draft7Validator(schema).validate(plain)
    plain["sources"]["sis"]["adapter"] = "nothing"
    assert not Draft7Validator(schema).is_valid(plain)


def test_the_json_schema_describes_every_key_and_offers_no_secret_or_folder() -> None:
    schema = district_json_schema()
    assert not {"folder", "pseudonym_secret"} & set(schema["properties"])
    for part in (schema, *schema["definitions"].values()):
        assert all(one.get("description") for one in part["properties"].values())


def test_sources_share_a_folder_when_each_has_a_pattern_of_its_own(tmp_path: Path) -> None:
    kind = 'adapter = "oneroster_csv"\nkind = "roster"\npath = "x"\n'
    both = "".join(f'[sources.{name}]\n{kind}pattern = "{name}*"\n' for name in "ab")
    assert len(load(tmp_path, HEAD + both).sources) == 2
