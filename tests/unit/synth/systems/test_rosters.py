"""The OneRoster bundle: its layout, whom it holds on a night, and what a delta says."""

import re
from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

import numpy as np
import pytest

from hit_pipeline.synth.systems import oneroster
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import opaque
from hit_pipeline.synth.systems.sheet import Sheet
from tests.unit.synth.systems.roster_nights import Row, column, enrolled, night, rows, zone

FALL = "2025-10-03"
HEADERS = {
    "orgs.csv": "name,type,identifier,parentSourcedId",
    "academicSessions.csv": "title,type,startDate,endDate,parentSourcedId,schoolYear",
    "courses.csv": "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    "classes.csv": "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods",
    "users.csv": "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,"
    "sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,"
    "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    "roles.csv": "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
    "enrollments.csv": "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,"
    "endDate",
    "demographics.csv": "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
    "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
    "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,"
    "publicSchoolResidenceStatus",
}
USERS_1_1 = (
    "enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,"
    "email,sms,phone,agentSourcedIds,grades,password"
)
REFERENCES = {
    "orgs.csv": {"parentSourcedId": "orgs.csv"},
    "academicSessions.csv": {"parentSourcedId": "academicSessions.csv"},
    "courses.csv": {"schoolYearSourcedId": "academicSessions.csv", "orgSourcedId": "orgs.csv"},
    "classes.csv": {
        "courseSourcedId": "courses.csv",
        "schoolSourcedId": "orgs.csv",
        "termSourcedIds": "academicSessions.csv",
    },
    "users.csv": {"primaryOrgSourcedId": "orgs.csv", "orgSourcedIds": "orgs.csv"},
    "roles.csv": {"userSourcedId": "users.csv", "orgSourcedId": "orgs.csv"},
    "enrollments.csv": {
        "classSourcedId": "classes.csv",
        "schoolSourcedId": "orgs.csv",
        "userSourcedId": "users.csv",
    },
    "demographics.csv": {"sourcedId": "users.csv"},
}
both_versions = pytest.mark.parametrize("version", ["1.1", "1.2"])


def bundle(today: str, version: str = "1.2") -> list[Sheet]:
    """Return the whole district's bulk bundle."""
    return [sheet for n in (0, 1) for sheet in oneroster.bulk(zone(n), night(today), version)]


def data_files(sheets: Iterable[Sheet]) -> list[str]:
    names = dict.fromkeys(sheet.file.rsplit("/", 1)[-1] for sheet in sheets)
    return [name for name in names if name != "manifest.csv"]


@both_versions
def test_columns_stand_in_the_order_of_the_specification(version: str) -> None:
    for sheet in bundle(FALL, version):
        name = sheet.file.rsplit("/", 1)[-1]
        if name != "manifest.csv":
            own = USERS_1_1 if (name, version) == ("users.csv", "1.1") else HEADERS[name]
            expected = ["sourcedId", "status", "dateLastModified", *own.split(",")]
            assert sheet.rows.column_names == expected


def test_only_1_2_has_roles_and_the_manifest_names_every_file_of_its_version() -> None:
    for version, count in (("1.1", 13), ("1.2", 21)):
        sheets = bundle(FALL, version)
        stated = {row["propertyName"]: row["value"] for row in rows(sheets, "manifest.csv")}
        files = {name.removesuffix(".csv") for name in data_files(sheets)}
        assert ("roles" in files) == (version == "1.2")
        assert stated["oneroster.version"] == version
        modes = {str(k)[5:]: v for k, v in stated.items() if str(k).startswith("file.")}
        assert len(modes) == count
        assert {name for name, mode in modes.items() if mode == "bulk"} == files


@both_versions
def test_every_reference_is_in_the_bundle_and_ids_stand_once(version: str) -> None:
    sheets = bundle(FALL, version)
    ids = {name: column(rows(sheets, name), "sourcedId") for name in data_files(sheets)}
    for name, known in ids.items():
        assert len(known) == len(set(known)), name
        for reference, target in REFERENCES[name].items():
            found = [row.get(reference) or "" for row in rows(sheets, name)]
            named = {one for cell in found for one in cell.split(",")} - {""}
            assert named <= set(ids[target]), (name, reference)


@both_versions
@pytest.mark.parametrize("today", ["2024-08-19", "2025-03-07", "2025-07-20", FALL, "2026-07-25"])
def test_pupils_are_those_enrolled_in_truth(version: str, today: str) -> None:
    people, expected = zone().students, enrolled(zone(), today)
    sheets = list(oneroster.bulk(zone(), night(today), version))
    users = [s for s in sheets if s.file.endswith("users.csv") and s.role == "student"]
    assert sorted(users[0].person.tolist()) == sorted(people.person[list(expected)].tolist())
    seen = {(row["identifier"], row["grades"]) for row in rows(sheets, "users.csv", "student")}
    assert len(seen) == len(expected)
    if version == "1.2":
        roles = rows(sheets, "roles.csv", "student")
        assert len(roles) == sum(len(spells) for spells in expected.values())
        assert column(roles, "roleType").count("primary") == len(expected)


def test_rows_carry_the_person_whose_number_they_show() -> None:
    people = zone().students
    owner = dict(zip(people.number, people.person, strict=True))
    owner |= dict(zip(people.number_new, people.person, strict=True))
    for sheet in oneroster.bulk(zone(), night(FALL)):
        if sheet.file.endswith("users.csv") and sheet.role == "student":
            numbers = sheet.rows["identifier"].to_pylist()
            assert [owner[number] for number in numbers] == sheet.person.tolist()
        if not sheet.role:
            assert set(sheet.person.tolist()) == {-1}


def test_who_returns_is_a_new_user_under_the_new_number() -> None:
    spells, people = zone().spells, zone().students
    back = np.flatnonzero(spells.renumbered & (spells.reason == ""))
    spell = next(n for n in back if spells.entry[n] > zone().calendar.first_day(spells.year[n]))
    person, entry = people.person[spells.student[spell]], spells.entry[spell]

    def user(day: np.datetime64) -> Row:
        sheets = oneroster.bulk(zone(), night(str(day)))
        sheet = next(s for s in sheets if s.file.endswith("users.csv") and s.role == "student")
        found: list[Row] = sheet.rows.slice(sheet.person.tolist().index(person), 1).to_pylist()
        return found[0]

    before, after = user(zone().calendar.first_day(int(spells.year[spell]))), user(entry)
    assert after["identifier"] == people.number_new[spells.student[spell]]
    assert before["identifier"] == people.number[spells.student[spell]]
    assert before["sourcedId"] != after["sourcedId"]


def test_a_change_of_name_shows_from_its_day() -> None:
    people = zone().students
    autumn = np.datetime64("2025-09-01"), np.datetime64("2025-12-01")
    here = [n for n in enrolled(zone(), "2025-12-01") if people.last_new[n]]
    at = next(n for n in here if autumn[0] < people.renamed_on[n] <= autumn[1])
    for today, name in (
        (people.renamed_on[at] - np.timedelta64(1, "D"), people.last[at]),
        (people.renamed_on[at], people.last_new[at]),
    ):
        sheets = list(oneroster.bulk(zone(), night(str(today))))
        sheet = next(s for s in sheets if s.file.endswith("users.csv") and s.role == "student")
        row = sheet.person.tolist().index(people.person[at])
        assert sheet.rows["familyName"][row].as_py() == name


def replayed(start: str, nights: Iterable[Night], version: str) -> dict[str, dict[str, Row]]:
    """Apply deltas to a bulk the way a consumer does: file -> sourcedId -> row."""
    held: dict[str, dict[str, Row]] = {}
    first = oneroster.bulk(zone(), night(start), version)
    for sheet in [*first, *(s for n in nights for s in oneroster.delta(zone(), n, version))]:
        table = held.setdefault(sheet.file.rsplit("/", 1)[-1], {})
        for row in sheet.rows.to_pylist() if "manifest" not in sheet.file else []:
            status = row.pop("status")
            row.pop("dateLastModified")
            if status == "tobedeleted":
                del table[row["sourcedId"]]
            else:
                table[row["sourcedId"]] = row
    return held


@both_versions
def test_bulk_and_deltas_night_by_night_give_a_later_bulk(version: str) -> None:
    days = np.arange("2025-04-01", "2025-10-20", 9, dtype="datetime64[D]").astype(str).tolist()
    nights = [night(today, before) for before, today in pairwise(days)]
    held = replayed(days[0], nights, version)
    assert held == replayed(days[-1], [], version)
    assert held["enrollments.csv"]


def test_a_delta_names_who_left_and_states_status_and_time() -> None:
    spells = zone().spells
    exit_day = np.sort(spells.exit[(spells.year == 1) & (spells.kind == "full")])[0]
    told, before = exit_day + np.timedelta64(1, "D"), exit_day
    sheets = list(oneroster.delta(zone(), night(str(told), str(before))))
    gone = [row for row in rows(sheets, "enrollments.csv") if row["status"] == "tobedeleted"]
    assert gone
    for sheet in sheets[1:]:
        assert set(sheet.rows["status"].to_pylist()) <= {"active", "tobedeleted"}
        assert sheet.rows["dateLastModified"].null_count == 0
        assert sheet.rows.num_rows == len(sheet.person) > 0


def test_a_night_without_a_change_is_a_manifest_alone() -> None:
    sheets = list(oneroster.delta(zone(), night("2025-12-28", "2025-12-27")))
    assert [sheet.file.rsplit("/", 1)[-1] for sheet in sheets] == ["manifest.csv"]


def test_the_first_delta_is_everything() -> None:
    first = list(oneroster.delta(zone(), night(FALL)))
    bulk = rows(oneroster.bulk(zone(), night(FALL)), "users.csv")
    assert len(rows(first, "users.csv")) == len(bulk)
    assert set(column(rows(first, "users.csv"), "status")) == {"active"}


def test_the_ids_of_users_change_with_the_version() -> None:
    old, new = (column(rows(bundle(FALL, v), "users.csv"), "sourcedId") for v in ("1.1", "1.2"))
    assert {one[0] for one in old} == {"s", "t"}
    assert not {one[1:] for one in old} & set(new)


def test_opaque_ids_are_uuids_and_never_the_same() -> None:
    made = opaque(3, "thing", np.arange(20_000), 7).to_pylist()
    assert len(set(made)) == len(made)
    assert all(UUID(one).version == 8 for one in made[:50])
    assert re.fullmatch("s[0-9a-f-]{36}", opaque(3, "thing", 1, prefix="s")[0].as_py())


def test_the_same_district_gives_the_same_bundle() -> None:
    first, again = bundle(FALL), bundle(FALL)
    assert all(a.rows.equals(b.rows) for a, b in zip(first, again, strict=True))
