"""`hit source list|check|preview`: what a source is, what waits, what a file would come to."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.commandline.example import LOG, TEST_STUDENT, rows
from tests.commandline.invoke import both, document, refusal, said

pytestmark = pytest.mark.usefixtures("district")

FRIDAY = "2026-09-18T18:00Z"
"""Long before any file of a test was written: nothing is still settling then."""


def test_sources_are_listed_with_what_was_landed() -> None:
    people, listed = both("source", "list")
    assert [(one["source"], one["deliveries"], one["refused"]) for one in listed] == [
        ("sis", 0, 0),
        ("riverside", 1, 0),
    ]
    assert listed[1]["newest"].startswith("2026-09-21T08:00")
    assert all(word in people for word in ("oneroster_csv", "contracts/riverside.toml", "tutoring"))


def test_one_source_is_checked_by_name(copied: Path) -> None:
    shutil.rmtree(copied / "lake")
    people, found = both("source", "check", "riverside", "--now", FRIDAY)
    assert [(one["source"], one["what"]) for one in found] == [
        ("riverside", "folder"),
        ("riverside", "waiting"),
        ("riverside", Path(LOG).name),
    ]
    assert found[-1]["seen"] == f"{len(rows())} rows, 0 would be quarantined"
    assert "1 settled, 1 of them new" in people


def test_what_was_landed_is_not_read_again() -> None:
    found = document("source", "check", "riverside", "--now", FRIDAY)
    assert [one["what"] for one in found] == ["folder", "waiting"]
    assert found[-1]["seen"] == "1 settled, 0 of them new"


def test_a_file_still_being_written_is_told_apart(copied: Path) -> None:
    (copied / LOG).touch()
    found = document("source", "check", "riverside")
    assert [one["what"] for one in found] == ["folder", "waiting"]
    assert found[-1]["seen"] == "0 settled, 0 of them new, 1 changed less than 30 s ago"


def test_a_refused_file_fails_the_check_with_its_rule(new: Path) -> None:
    (new / "inbox/sis/broken.zip").write_bytes(b"no zip at all")
    people, found = both("source", "check", "--now", FRIDAY, exit_code=1)
    (refused,) = (one for one in found if not one["ok"])
    assert refused["what"] == "broken.zip"
    rule = refused["seen"].partition("]")[0] + "]"
    assert rule.startswith("[landing.")
    assert rule in people


def test_a_missing_folder_fails_the_check(copied: Path) -> None:
    shutil.rmtree(copied / "inbox/riverside")
    found = document("source", "check", "riverside", exit_code=1)
    assert [(one["what"], one["ok"]) for one in found] == [("folder", False), ("waiting", True)]


def test_a_preview_tells_fates_findings_and_people_and_keeps_nothing(copied: Path) -> None:
    shutil.rmtree(copied / "lake")
    people, told = both("source", "preview", "riverside", copied / LOG)
    assert (told["rows"], told["quarantined"], told["refused"]) == (len(rows()), 0, None)
    assert told["summary"] == [
        {"fate": "conformed", "rows": len(rows()) - 1},
        {"fate": "excluded", "rows": 1},
    ]
    assert "landing.scrubbed" in {one["rule"] for one in told["findings"]}
    students, coaches = (
        {row[column] for row in rows() if row["Student Number"] != TEST_STUDENT}
        for column in ("Student Number", "Coach Email")
    )
    assert [(one["role"], one["rule"], one["records"]) for one in told["people"]] == [
        ("student", "id.unknown", len(students)),
        ("tutor", "roster.new", len(coaches)),
    ]
    assert all(word in people for word in ("conformed", "landing.scrubbed", "id.unknown"))
    assert not (copied / "lake").exists()


def test_a_preview_tells_of_people_known_already_as_of_new_ones(copied: Path) -> None:
    known = document("source", "preview", "riverside", copied / LOG)["people"]
    shutil.rmtree(copied / "lake")
    assert known == document("source", "preview", "riverside", copied / LOG)["people"] != []


def test_a_preview_of_a_file_that_would_be_refused_says_why(tmp_path: Path) -> None:
    sample = tmp_path / "something.csv"
    sample.write_text("a,b\n1,2\n")
    people, told = both("source", "preview", "riverside", sample, exit_code=1)
    assert told["refused"].startswith("[landing.no_contract_file] something.csv: ")
    assert told["refused"] in people


@pytest.mark.parametrize("command", ["check", "preview"])
def test_an_unknown_source_is_refused_with_those_there_are(district: Path, command: str) -> None:
    sample = [district / LOG] if command == "preview" else []
    told = refusal("source", command, "riversde", *sample)
    assert told == {
        "error": "NotFound",
        "message": "no source named 'riversde'; valid are riverside, sis.",
    }


def test_checking_a_district_where_nothing_waits_is_no_error(new: Path) -> None:
    assert "0 settled" in said("source", "check", "-d", new)


def test_a_held_roster_is_listed_and_goes_on_when_somebody_approves(copied: Path) -> None:
    settings = copied / "district.toml"
    blackout = '[[blackouts]]\nstart = 2026-09-01\nend = 2026-09-30\nreason = "roll-over"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + blackout, encoding="utf-8")
    bundle = copied / "inbox/sis/roster.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("manifest.csv", "propertyName,value\noneroster.version,1.1\n")
        archive.writestr("users.csv", USERS)
    os.utime(bundle, (0, 0))
    document("run", "--now", "2026-09-22T08:00Z")
    held = next(one["held"] for one in document("source", "list") if one["source"] == "sis")
    assert held.startswith("sis-")
    by = ("--by", "D. Registrar", "--reason", "checked with the schools")
    assert document("source", "approve", held, *by)[0]["by"] == "D. Registrar"
    assert next(one for one in document("source", "list") if one["source"] == "sis")["held"] == ""
    assert "no held delivery" in refusal("source", "approve", held, *by)["message"]


USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
    "u1,,,true,o1,student,x,,Ada,Noor,,00012,,,,,04,\n"
)


def test_only_files_of_the_contract_can_be_refreshed() -> None:
    assert "no file of the contract named" in refusal("source", "refresh", "sis", "pets")["message"]
    assert document("source", "refresh", "sis", "users") == [{"file": "users"}]
