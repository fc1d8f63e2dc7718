"""Whole nights over an Ed-Fi ODS: the same district as its OneRoster, and what changed after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.truth.build import District
from tests.nights import ask, lay, night
from tests.unit.sources.edfi_ods import Ods
from tests.unit.sources.edfi_service import serving

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
HEAD = """
[district]
name = "Cedar Valley"
time_zone = "America/Chicago"
open_year = "2025-26"

[lake]
settle_seconds = 0

[sources.sis]
kind = "roster"
"""
ONEROSTER = """
adapter = "oneroster_csv"
pattern = "oneroster_*.zip"
id_systems = { identifier = "district" }
"""
EDFI = """
adapter = "edfi_rest"

[sources.sis.rest]
url = "{url}"
client_id = "{key}"
retry_seconds = 0
"""
NUMBERS = """
with numbers as (
    select student_key, min(value) as number from student_identifier where system = 'district'
    group by student_key
)
"""
"""District number of every student, for the queries below."""
STUDENTS = """
    select number, given_name, middle_name, family_name, birth_date, grade_current,
        school_id_current
    from student join numbers using (student_key) where is_active
"""
ENROLLMENTS = """
    select number, school_id, entry_date, grade, enrollment_type
    from school_enrollment join numbers using (student_key) where exit_date is null
"""
SCHOOLS = "select school_id, name, identifier from school where org_type = 'school'"
SECTIONS = "select school_id, section_code from section"
MEMBERS = """
    select number, section_code, begin_date
    from section_enrollment join section using (section_id) join numbers using (student_key)
    join student using (student_key) where is_active
"""


@dataclass
class Nights:
    """Two districts: one by OneRoster, one by Ed-Fi, and the ODS behind it."""

    oneroster: Path
    edfi: Path
    ods: Ods


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    root = tmp_path_factory.mktemp("edfi")
    generate(Plan(District(3, 120, 2, 1), "none", "final", ("oneroster", "edfi")), root / "made")
    inbox = root / "made" / "inbox"
    bundles = {f"sis/{one.name}": one.read_bytes() for one in (inbox / "sis").iterdir()}
    lay(root / "oneroster", HEAD + ONEROSTER, bundles, NOW)
    night(root / "oneroster", NOW)
    with serving(Ods()) as ods:
        ods.load(inbox / "sis_edfi")
        lay(root / "edfi", HEAD + EDFI.format(url=ods.url, key=ods.key), {}, NOW)
        secret = root / "edfi" / "secrets" / "sources.sis.rest.client_secret"
        secret.write_text(ods.secret)
        secret.chmod(0o600)
        night(root / "edfi", NOW)
        yield Nights(root / "oneroster", root / "edfi", ods)


def told(folder: Path, sql: str) -> list[dict[str, Any]]:
    return sorted(ask(folder, NUMBERS + sql).to_pylist(), key=str)


@pytest.mark.parametrize("sql", [SCHOOLS, SECTIONS, STUDENTS, ENROLLMENTS, MEMBERS])
def test_the_same_district_comes_out_as_by_oneroster(sql: str, nights: Nights) -> None:
    assert told(nights.edfi, sql) == told(nights.oneroster, sql) != []


def test_who_left_is_known_besides(nights: Nights) -> None:
    """A OneRoster lists who is there; an ODS also says who was, and until when."""
    ((total,),) = ((row["n"],) for row in told(nights.edfi, "select count(*) as n from student"))
    assert total == len(nights.ods.state.rows["students"])
    exits = told(nights.edfi, "select exit_date from school_enrollment where exit_date is not null")
    spells = nights.ods.state.rows["studentSchoolAssociations"].values()
    stated = [one["exitWithdrawDate"] for _, one in spells if "exitWithdrawDate" in one]
    assert sorted(str(one["exit_date"]) for one in exits) == sorted(stated) != []


def test_a_change_a_delete_and_a_key_change_do_what_they_must(nights: Nights) -> None:
    ods = nights.ods
    before = {row["number"]: row for row in told(nights.edfi, STUDENTS)}
    keys = {row["number"]: row["student_key"] for row in told(nights.edfi, "from numbers")}
    renamed, rekeyed, left = _three(ods)
    ods.put("students", {**ods.find("students", id=renamed.student), "firstName": "Zelda"})
    ods.change_key("students", rekeyed.student, studentUniqueId="777000777")
    for resource in ("studentSchoolAssociations", "studentEducationOrganizationAssociations"):
        for name, (_, row) in list(ods.state.rows[resource].items()):
            if row["studentReference"]["studentUniqueId"] == rekeyed.unique_id:
                ods.put(resource, {**row, "studentReference": {"studentUniqueId": "777000777"}})
            elif row["studentReference"]["studentUniqueId"] == left.unique_id:
                ods.delete(resource, name)
    ods.delete("students", left.student)
    night(nights.edfi, NOW + timedelta(days=1))
    after = {row["number"]: row for row in told(nights.edfi, STUDENTS)}
    assert after == {
        **{number: row for number, row in before.items() if number != left.number},
        renamed.number: {**before[renamed.number], "given_name": "Zelda"},
    }
    now = {row["number"]: row["student_key"] for row in told(nights.edfi, "from numbers")}
    assert now[rekeyed.number] == keys[rekeyed.number]


@dataclass
class Pupil:
    """A student of the ODS: resource id, unique id, and district number."""

    student: str
    unique_id: str
    number: str


def _three(ods: Ods) -> list[Pupil]:
    """Return the first three students that are enrolled and have not left."""
    spells = [one for _, one in ods.state.rows["studentSchoolAssociations"].values()]
    open_spells = [one for one in spells if "exitWithdrawDate" not in one]
    found = []
    for spell in open_spells[:3]:
        unique_id = spell["studentReference"]["studentUniqueId"]
        said = ods.find(
            "studentEducationOrganizationAssociations", studentReference=spell["studentReference"]
        )
        codes = {
            one["studentIdentificationSystemDescriptor"].partition("#")[2]: one
            for one in said["studentIdentificationCodes"]
        }
        student = ods.find("students", studentUniqueId=unique_id)["id"]
        found.append(Pupil(student, unique_id, codes["District"]["identificationCode"]))
    return found
