from datetime import timedelta
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from tests.unit.sources.oneroster_bench import (
    LIFE,
    NOW,
    ORGS,
    USERS,
    Dropped,
    manifest,
    rules,
    small,
    table,
)

# --- what is an arrival ---


def test_zips_folders_and_loose_files_are_one_arrival_each(dropped: Dropped) -> None:
    for name, content in small().items():
        dropped.put(f"monday/{name}", content, age=7200)
        dropped.put(name, content)
    dropped.zip(small(), "old/night.zip")
    found = {one.name: one for one in dropped.arrivals()}
    assert set(found) == {"monday", "sis", "old/night.zip"}
    assert {path.name for path in found["sis"].files} == set(small())
    assert next(iter(dropped.arrivals())).name == "monday"


def test_nothing_half_written_is_taken(dropped: Dropped) -> None:
    for name, content in small().items():
        dropped.put(f"a/{name}", content)
        dropped.put(f"b/{name}", content)
        dropped.put(f"c/{name}", content)
    dropped.put("a/users.csv", "sourcedId", age=1)
    dropped.put("b/enrollments.csv.part", "sourcedId")
    assert [one.name for one in dropped.arrivals()] == ["c"]


def test_a_file_that_is_no_bundle_is_refused_by_name(dropped: Dropped) -> None:
    dropped.put("notes.txt", "hello")
    dropped.put("deep/er/letter.csv", "a,b\n1,2\n")
    found = dropped.arrivals()
    assert sorted(one.name for one in found) == ["deep/er/letter.csv", "notes.txt"]
    for one in found:
        with pytest.raises(DeliveryRefused) as refusal:
            list(dropped.adapter().read(dropped.engine, one, dropped.folder))
        assert refusal.value.rule == "landing.no_contract_file"
        assert refusal.value.file == one.name


def test_a_zip_whose_name_does_not_match_the_pattern_is_refused(tmp_path: Path) -> None:
    with Engine.open() as engine:
        dropped = Dropped(tmp_path, engine, pattern="OneRoster_*.zip")
        dropped.zip(small(), "other.zip")
        dropped.zip(small(), "oneroster_1.zip")
        workspace = tmp_path / "w"
        workspace.mkdir()
        good, bad = sorted(dropped.arrivals(), key=lambda one: one.name)
        assert list(dropped.adapter().read(engine, good, workspace))
        with pytest.raises(DeliveryRefused, match="does not match the pattern"):
            list(dropped.adapter().read(engine, bad, workspace))


def test_a_loose_roster_lands_as_one_delivery(dropped: Dropped) -> None:
    for name, content in small().items():
        dropped.put(name, content)
    (arrival,) = dropped.arrivals()
    read = {
        one.file: one for one in dropped.adapter().read(dropped.engine, arrival, dropped.folder)
    }
    assert read["users"].count == 2


# --- what is refused as a whole ---


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({}, "oneroster.missing_manifest"),
        ({"letter.txt": "x"}, "landing.no_contract_file"),
        ({"letter.csv": "a\n1\n"}, "landing.no_contract_file"),
        ({"orgs.csv": f"{ORGS}\n", "users.csv": f"{USERS}\n"}, "landing.header_only"),
        ({**small(), "users.csv": f"{USERS}\n"}, "landing.header_only"),
        ({**small(), "users.csv": ""}, "landing.header_only"),
        ({**small(), "users.csv": "status,role\n,student\n"}, "oneroster.missing_column"),
        ({**small(), "copy/Users.csv": f"{USERS}\n"}, "oneroster.two_files"),
        ({**small(), "more.zip": b"PK\x03\x04"}, "landing.nested_zip"),
    ],
)
def test_a_bundle_that_cannot_be_taken_is_refused_by_rule(
    dropped: Dropped, files: dict[str, str], rule: str
) -> None:
    with pytest.raises(DeliveryRefused) as refusal:
        dropped.read(files)
    assert refusal.value.rule == rule
    assert refusal.value.source == "sis"


def test_only_a_manifest_means_that_nothing_changed(dropped: Dropped) -> None:
    read = dropped.read({"manifest.csv": manifest("absent", "users", "orgs")})
    assert list(read) == ["manifest"]
    assert read["manifest"].rows is None
    assert rules(list(read["manifest"].findings)) == set()


def test_a_delta_without_rows_is_no_mistake(dropped: Dropped) -> None:
    files = {"manifest.csv": manifest("delta", "users"), "users.csv": f"{USERS}\n"}
    read = dropped.read(files)
    assert (read["users"].rows, read["users"].mode) == (None, "delta")


# --- how files are read ---


def test_a_good_bundle_has_no_complaint_and_keeps_every_cell(dropped: Dropped) -> None:
    read = dropped.read(small())
    found = [finding for one in read.values() for finding in one.findings]
    assert found == []
    assert {one.mode for one in read.values()} == {None, "bulk"}
    assert read["classes"].rows is not None
    row = dropped.engine.collect(read["classes"].rows).to_pylist()[0]
    assert (row["courseSourcedId"], row["termSourcedIds"]) == ("c1", "f,p")
    assert row["status"] is None
    assert read["users"].rows is not None
    users = dropped.engine.collect(read["users"].rows).to_pylist()
    assert [row["identifier"] for row in users] == ["0007", None]
    assert "primaryOrgSourcedId" in users[0]


def test_every_tolerance_is_said(dropped: Dropped) -> None:
    bundle = small()
    users = bundle["users.csv"].replace("givenName", "GIVENNAME").rstrip("\n")
    files = {
        "export/MANIFEST.csv": bundle["manifest.csv"].replace("version,1.0", "version,1", 1),
        "export/users.csv": "\ufeff" + users.replace("true", "TRUE"),
        "export/orgs.csv": bundle["orgs.csv"].replace("\n", "\r\n"),
        "export/courses.csv": table(
            f"{LIFE},title,schoolYearSourcedId,orgSourcedId,metadata.x,mystery", "c1,,,A,,d,1,2"
        ),
    }
    found = dropped.findings(files)
    assert rules(found, "tolerance.") == {
        ("tolerance.sub_folder", "", "", 4),
        ("tolerance.file_name", "", "", 1),
        ("tolerance.manifest_version", "manifest", "", 1),
        ("tolerance.bom", "users", "", 1),
        ("tolerance.header_name", "users", "givenName", 1),
        ("tolerance.no_final_newline", "users", "", 1),
        ("tolerance.enum_case", "users", "enabledUser", 2),
        ("tolerance.crlf", "orgs", "", 1),
        ("tolerance.column_order", "courses", "", 2),
        ("tolerance.extension_column", "courses", "", 1),
        ("tolerance.unknown_column", "courses", "", 1),
    }
    assert {one.severity for one in found if one.rule.startswith("tolerance.")} == {"info"}


def test_headers_of_1_0_are_understood(dropped: Dropped) -> None:
    files = {
        "orgs.csv": small()["orgs.csv"],
        "users.csv": table(
            f"{LIFE},orgSourcedIds,role,username,userId,givenName,familyName,agents",
            "u1,active,,s1,student,ana,77,Ana,Ruiz,",
        ),
        "demographics.csv": table(
            "userSourcedId,status,dateLastModified,birthdate,sex", "u1,active,,2015-04-01,female"
        ),
    }
    read = dropped.read(files)
    assert read["users"].rows is not None
    assert read["demographics"].rows is not None
    assert dropped.engine.collect(read["users"].rows)["userIds"].to_pylist() == ["77"]
    row = dropped.engine.collect(read["demographics"].rows).to_pylist()[0]
    assert (row["sourcedId"], row["birthDate"]) == ("u1", "2015-04-01")
    found = [finding for one in read.values() for finding in one.findings]
    assert ("oneroster.missing_manifest", "", "", 1) in rules(found)
    assert ("oneroster.reference", "demographics", "sourcedId", 1) not in rules(found)


def test_files_without_a_table_and_unknown_entries_are_kept_and_excluded(dropped: Dropped) -> None:
    files = {
        **small(),
        "categories.csv": table(f"{LIFE},title,weight", "g1,,,Homework,20"),
        "Lunch Menu.csv": "dish\nsoup\nbread\n",
        "read me.txt": "hello",
    }
    read = dropped.read(files)
    assert (read["categories"].excluded_rule, read["categories"].count) == (
        "oneroster.no_table",
        1,
    )
    assert read["other_lunch_menu"].excluded_rule == "oneroster.unknown_entry"
    assert read["other_lunch_menu"].count == 2
    found = [finding for one in read.values() for finding in one.findings]
    assert {one[:2] for one in rules(found)} == {
        ("oneroster.manifest_mismatch", "categories"),
        ("oneroster.unknown_entry", "other_lunch_menu"),
        ("oneroster.unknown_entry", "other_read_me_txt"),
    }


def test_filled_passwords_are_never_kept_and_blank_ones_harm_nobody(dropped: Dropped) -> None:
    assert dropped.read(small())["users"].forbidden == ()
    users = small()["users.csv"].replace(",09,\n", ",09,hunter2\n")
    delivery = dropped.land({**small(), "users.csv": users}, "secret.zip")
    assert delivery.scrubbed
    assert b"hunter2" not in b"".join(
        path.read_bytes() for path in delivery.folder.rglob("*") if path.is_file()
    )


# --- bulk and delta ---


@pytest.mark.parametrize(
    ("stated", "content", "mode"),
    [
        ("bulk", "u1,,", "bulk"),
        ("Delta", "u1,active,2026-01-01T00:00:00Z", "delta"),
        ("bulk", "u1,tobedeleted,2026-01-01T00:00:00Z", "bulk"),
        ("absent", "u1,,", "bulk"),
        ("absent", "u1,tobedeleted,", "delta"),
        ("nonsense", "u1,,", "bulk"),
    ],
)
def test_a_file_is_read_in_the_mode_stated_or_the_careful_one(
    dropped: Dropped, stated: str, content: str, mode: str
) -> None:
    files = {
        "manifest.csv": manifest("bulk", "orgs", users=stated),
        "users.csv": table(LIFE, content),
        "orgs.csv": small()["orgs.csv"],
    }
    assert dropped.read(files)["users"].mode == mode


def test_without_a_manifest_a_bundle_is_bulk_unless_it_deletes(dropped: Dropped) -> None:
    assert dropped.read({"users.csv": table(LIFE, "u1,,")})["users"].mode == "bulk"
    deleting = table(LIFE, "u1,active,", "u2,ToBeDeleted,")
    assert dropped.read({"users.csv": deleting})["users"].mode == "delta"


def test_a_file_with_unreadable_lines_or_no_row_removes_nobody(dropped: Dropped) -> None:
    bundle = small()
    files = {
        **bundle,
        "users.csv": bundle["users.csv"] + "u9,too,few\n",
        "courses.csv": bundle["courses.csv"].splitlines()[0] + "\n",
    }
    read = dropped.read(files)
    assert (read["users"].mode, read["courses"].mode, read["orgs"].mode) == (
        "delta",
        "delta",
        "bulk",
    )
    found = [finding for one in read.values() for finding in one.findings]
    assert {
        ("oneroster.nothing_removed", "users", "", 1),
        ("oneroster.header_only", "courses", "", 1),
    } <= rules(found)


def test_the_mode_of_each_file_stands_in_the_delivery(dropped: Dropped) -> None:
    delivery = dropped.land(small())
    assert delivery.mode == "bulk"
    assert {file.file: file.mode for file in delivery.files}["users"] == "bulk"
    assert delivery.rows == 11
    again = dropped.land(small(), "again.zip", NOW + timedelta(days=1))
    assert again.delivery_id == delivery.delivery_id
