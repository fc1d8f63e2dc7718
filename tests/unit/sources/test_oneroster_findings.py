from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from tests.unit.sources.oneroster_bench import (
    CLASSES,
    ENROLLMENTS,
    LIFE,
    NOW,
    ORGS,
    SESSIONS,
    USERS,
    Dropped,
    manifest,
    rules,
    small,
    table,
)

STAMP = "active,2026-09-01T05:00:00.000Z"


@pytest.fixture
def dropped(tmp_path: Path) -> Iterator[Dropped]:
    with Engine.open() as engine:
        yield Dropped(tmp_path, engine)


def _of(dropped: Dropped, entry: str, content: str) -> set[tuple[str, str, str, int]]:
    return rules(dropped.findings({**small(), entry: content}))


def test_filled_lifecycle_in_bulk_is_counted_by_file(dropped: Dropped) -> None:
    found = rules(dropped.findings(small("bulk", STAMP)))
    assert found == {
        ("oneroster.lifecycle_in_bulk", file, "", count)
        for file, count in {
            "orgs": 2,
            "academic_sessions": 3,
            "courses": 1,
            "classes": 1,
            "users": 2,
            "enrollments": 2,
        }.items()
    }


def test_a_delta_with_lifecycle_is_clean_and_without_it_reported(dropped: Dropped) -> None:
    assert rules(dropped.findings(small("delta", STAMP))) == set()
    found = dropped.findings(small("delta", "active,"))
    assert ("oneroster.delta_without_lifecycle", "orgs", "", 2) in rules(found)


def test_a_sourced_id_twice_is_reported(dropped: Dropped) -> None:
    row = "s1,,,A,school,,d"
    content = table(ORGS, "d,,,Us,district,,", row, row, row)
    assert _of(dropped, "orgs.csv", content) == {
        ("oneroster.duplicate_sourced_id", "orgs", "sourcedId", 2)
    }


def test_blank_required_cells_are_counted_by_column(dropped: Dropped) -> None:
    content = table(ORGS, "d,,,Us,district,,", "s1,,,,school,,d", ",,,,,,")
    assert _of(dropped, "orgs.csv", content) == {
        ("oneroster.required", "orgs", "sourcedId", 1),
        ("oneroster.required", "orgs", "name", 2),
        ("oneroster.required", "orgs", "type", 1),
    }


def test_a_required_column_that_is_missing_is_reported_once(dropped: Dropped) -> None:
    content = table(f"{LIFE},type,identifier,parentSourcedId", "d,,,district,,", "s1,,,school,,d")
    assert _of(dropped, "orgs.csv", content) == {("oneroster.required", "orgs", "name", 2)}


def test_role_and_organisation_of_users_are_required_only_without_roles(dropped: Dropped) -> None:
    users = table(
        f"{LIFE},enabledUser,role,orgSourcedIds,username,givenName,familyName",
        "u1,,,true,,,ana,Ana,Ruiz",
        "t1,,,true,,,tom,Tom,Hale",
    )
    assert {
        ("oneroster.required", "users", "role", 2),
        ("oneroster.required", "users", "orgSourcedIds", 2),
    } <= _of(dropped, "users.csv", users)
    roles = table(
        f"{LIFE},userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
        "r1,,,u1,primary,student,,,s1,",
    )
    files = {
        **small(),
        "manifest.csv": manifest(
            "bulk",
            "orgs",
            "academicSessions",
            "courses",
            "classes",
            "users",
            "enrollments",
            "roles",
            version="1.2",
        ),
        "users.csv": users,
        "roles.csv": roles,
    }
    assert rules(dropped.findings(files)) == set()


def test_codes_that_are_not_in_the_binding_are_counted_and_not_quoted(dropped: Dropped) -> None:
    content = table(
        ORGS, "d,,,Us,District,,", "s1,,,A,academy,,d", "s2,,,B,ext:academy,,d", "s3,,,C,,,"
    )
    found = dropped.findings({**small(), "orgs.csv": content})
    assert {
        ("oneroster.enum", "orgs", "type", 1),
        ("oneroster.required", "orgs", "type", 1),
    } == rules(found)
    assert ("tolerance.enum_case", "orgs", "type", 1) in rules(found, "tolerance.")
    assert not any("academy" in one.detail for one in found)


def test_dates_must_be_dates_and_in_order(dropped: Dropped) -> None:
    content = table(
        SESSIONS,
        "y,,,Year,schoolYear,2026-08-17,2027-05-29,,2027",
        "f,,,Fall,term,08/17/2026,2026-12-19,y,2027",
        "p,,,Spring,term,2027-01-05,2026-13-45,y,2027",
        "q,,,Odd,term,2027-03-05,2027-02-01,y,2027",
    )
    assert _of(dropped, "academicSessions.csv", content) == {
        ("oneroster.date", "academic_sessions", "startDate", 1),
        ("oneroster.date", "academic_sessions", "endDate", 1),
        ("oneroster.date_order", "academic_sessions", "endDate", 1),
    }


def test_last_modified_must_be_an_instant(dropped: Dropped) -> None:
    files = small("delta", "active,2026-09-01")
    found = rules(dropped.findings(files))
    assert ("oneroster.date", "orgs", "dateLastModified", 2) in found


@pytest.mark.parametrize(
    ("year", "count"), [("2027", 0), ("2026", 1), ("2026-2027", 2), ("2028", 2), ("2026-27", 2)]
)
def test_a_school_year_is_the_year_in_which_it_ends(
    dropped: Dropped, year: str, count: int
) -> None:
    content = table(
        SESSIONS,
        f"y,,,Year,schoolYear,2026-08-17,2027-05-29,,{year}",
        f"f,,,Fall,term,2026-08-17,2026-12-19,y,{year}",
        "p,,,Spring,term,2027-01-05,2027-05-29,y,2027",
    )
    found = _of(dropped, "academicSessions.csv", content)
    wanted = {("oneroster.school_year", "academic_sessions", "schoolYear", count)}
    assert found == (wanted if count else set())


def test_further_ids_must_have_their_form(dropped: Dropped) -> None:
    content = table(
        USERS,
        'u1,,,true,s1,student,ana,"{Local:7},{State:8}",Ana,Ruiz,,,,,,,,',
        "t1,,,true,s1,teacher,tom,Local:7,Tom,Hale,,,,,,,,",
    )
    assert _of(dropped, "users.csv", content) == {("oneroster.user_ids", "users", "userIds", 1)}


def test_quotes_inside_bare_cells_are_reported_and_proper_ones_are_not(dropped: Dropped) -> None:
    content = table(
        ORGS, "d,,,Us,district,,", 's1,,,The 5" school,school,,d', 's2,,,"A ""B"" C, D",school,,d'
    )
    assert _of(dropped, "orgs.csv", content) == {("oneroster.csv_quote", "orgs", "", 1)}


def test_a_line_break_inside_a_cell_is_reported(dropped: Dropped) -> None:
    content = table(ORGS, "d,,,Us,district,,", 's1,,,"A\nB",school,,d')
    assert _of(dropped, "orgs.csv", content) == {("oneroster.line_break", "orgs", "", 1)}


# --- references ---


def test_broken_references_are_counted_by_file_and_column(dropped: Dropped) -> None:
    found = rules(
        dropped.findings(
            {
                **small(),
                "orgs.csv": table(ORGS, "d,,,Us,district,,", "s1,,,A,school,,gone"),
                "classes.csv": table(
                    CLASSES,
                    'k1,,,A,,c1,,scheduled,,s1,"f, gone,lost",,,',
                    "k2,,,B,,c1,,scheduled,,gone,p,,,",
                    "k3,,,C,,nope,,scheduled,,s1,gone,,,",
                ),
                "enrollments.csv": table(
                    ENROLLMENTS, "e1,,,k9,s9,u9,student,,,", "e2,,,k1,s1,u9,student,,,"
                ),
            }
        )
    )
    assert found == {
        ("oneroster.reference", "orgs", "parentSourcedId", 1),
        ("oneroster.reference", "classes", "termSourcedIds", 2),
        ("oneroster.reference", "classes", "schoolSourcedId", 1),
        ("oneroster.reference", "classes", "courseSourcedId", 1),
        ("oneroster.reference", "enrollments", "classSourcedId", 1),
        ("oneroster.reference", "enrollments", "schoolSourcedId", 1),
        ("oneroster.reference", "enrollments", "userSourcedId", 2),
    }


def test_a_reference_into_a_file_left_out_is_broken_unless_an_earlier_delivery_had_it(
    dropped: Dropped,
) -> None:
    later = {name: content for name, content in small().items() if name != "courses.csv"}
    later["manifest.csv"] = later["manifest.csv"].replace("courses,bulk", "courses,absent")
    alone = ("oneroster.reference", "classes", "courseSourcedId", 1)
    assert rules(dropped.findings(later)) == {alone}
    dropped.land(small(), "first.zip")
    assert rules(dropped.findings(later)) == set()


def test_a_delta_may_refer_to_what_came_before_but_a_bulk_may_not(dropped: Dropped) -> None:
    dropped.land(small(), "first.zip", NOW)
    row = f"e9,{STAMP},k1,s1,u1,student,,,"
    gone = "e8,tobedeleted,2026-09-01T05:00:00.000Z,never,s1,u1,student,,,"
    enrollments = table(ENROLLMENTS, row, gone)
    users = table(USERS, f"u2,{STAMP},true,s1,student,b,,Bo,Li,,,,,,,,")
    delta = {
        "manifest.csv": manifest("delta", "enrollments", "users"),
        "enrollments.csv": enrollments,
        "users.csv": users,
    }
    delivery = dropped.land(delta, "second.zip", NOW + timedelta(days=1))
    assert rules(list(delivery.findings)) == set()
    bulk = {**small(), "users.csv": users.replace(STAMP, ",")}
    assert ("oneroster.reference", "enrollments", "userSourcedId", 2) in rules(
        dropped.findings(bulk)
    )


def test_parents_that_lead_back_to_themselves_are_reported(dropped: Dropped) -> None:
    content = table(
        ORGS, "d,,,Us,district,,s1", "s1,,,A,school,,d", "x,,,X,school,,x", "y,,,Y,school,,d"
    )
    assert _of(dropped, "orgs.csv", content) == {
        ("oneroster.parent_cycle", "orgs", "parentSourcedId", 3)
    }


# --- the manifest ---


def test_a_missing_manifest_is_said(dropped: Dropped) -> None:
    files = {name: content for name, content in small().items() if name != "manifest.csv"}
    assert rules(dropped.findings(files)) == {("oneroster.missing_manifest", "", "", 1)}


def test_what_the_manifest_says_of_files_must_be_so(dropped: Dropped) -> None:
    files = small()
    files["manifest.csv"] = manifest(
        "bulk",
        "orgs",
        "academicSessions",
        "courses",
        "classes",
        "enrollments",
        users="absent",
        demographics="bulk",
        lunch="bulk",
        results="maybe",
    )
    assert rules(dropped.findings(files)) == {
        ("oneroster.manifest_mismatch", "users", "", 1),
        ("oneroster.manifest_mismatch", "demographics", "", 1),
        ("oneroster.manifest_file", "manifest", "", 1),
        ("oneroster.enum", "manifest", "value", 1),
    }


def test_bulk_and_delta_in_one_bundle_are_said(dropped: Dropped) -> None:
    files = {
        "manifest.csv": manifest("bulk", "orgs", users="delta"),
        "orgs.csv": small()["orgs.csv"],
        "users.csv": small("delta", STAMP)["users.csv"],
    }
    assert rules(dropped.findings(files)) == {("oneroster.mixed_modes", "manifest", "", 1)}


def test_unknown_versions_are_said(dropped: Dropped) -> None:
    files = small()
    text = files["manifest.csv"]
    files["manifest.csv"] = text.replace("manifest.version,1.0", "manifest.version,7")
    files["manifest.csv"] = files["manifest.csv"].replace(
        "oneroster.version,1.1", "oneroster.version,9"
    )
    assert rules(dropped.findings(files)) == {
        ("oneroster.manifest_version", "manifest", "", 1),
        ("oneroster.version", "manifest", "", 1),
    }


def test_core_files_a_bulk_bundle_leaves_out_are_said(dropped: Dropped) -> None:
    files = {
        "manifest.csv": manifest("bulk", "orgs", courses="absent", version="1.2"),
        "orgs.csv": small()["orgs.csv"],
    }
    found = rules(dropped.findings(files), "tolerance.file_absent")
    assert {one[1] for one in found} == {
        "academic_sessions",
        "courses",
        "classes",
        "users",
        "enrollments",
        "roles",
    }
