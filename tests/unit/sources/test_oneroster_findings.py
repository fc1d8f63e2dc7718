import pytest

from tests.unit.sources.oneroster_bench import (
    LIFE,
    ORGS,
    SESSIONS,
    STAMP,
    USERS,
    Dropped,
    manifest,
    rules,
    small,
    table,
)


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
    assert dropped.of("orgs.csv", content) == {
        ("oneroster.duplicate_sourced_id", "orgs", "sourcedId", 2)
    }


def test_blank_required_cells_are_counted_by_column(dropped: Dropped) -> None:
    content = table(ORGS, "d,,,Us,district,,", "s1,,,,school,,d", ",,,,,,")
    assert dropped.of("orgs.csv", content) == {
        ("oneroster.required", "orgs", "sourcedId", 1),
        ("oneroster.required", "orgs", "name", 2),
        ("oneroster.required", "orgs", "type", 1),
    }


def test_a_required_column_that_is_missing_is_reported_once(dropped: Dropped) -> None:
    content = table(f"{LIFE},type,identifier,parentSourcedId", "d,,,district,,", "s1,,,school,,d")
    assert dropped.of("orgs.csv", content) == {("oneroster.required", "orgs", "name", 2)}


def test_role_and_organisation_of_users_are_required_only_without_roles(dropped: Dropped) -> None:
    users = table(
        f"{LIFE},enabledUser,role,orgSourcedIds,username,givenName,familyName",
        "u1,,,true,,,ana,Ana,Ruiz",
        "t1,,,true,,,tom,Tom,Hale",
    )
    assert {
        ("oneroster.required", "users", "role", 2),
        ("oneroster.required", "users", "orgSourcedIds", 2),
    } <= dropped.of("users.csv", users)
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
    assert dropped.of("academicSessions.csv", content) == {
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
    found = dropped.of("academicSessions.csv", content)
    wanted = {("oneroster.school_year", "academic_sessions", "schoolYear", count)}
    assert found == (wanted if count else set())


def test_further_ids_must_have_their_form(dropped: Dropped) -> None:
    content = table(
        USERS,
        'u1,,,true,s1,student,ana,"{Local:7},{State:8}",Ana,Ruiz,,,,,,,,',
        "t1,,,true,s1,teacher,tom,Local:7,Tom,Hale,,,,,,,,",
    )
    assert dropped.of("users.csv", content) == {("oneroster.user_ids", "users", "userIds", 1)}


def test_quotes_inside_bare_cells_are_reported_and_proper_ones_are_not(dropped: Dropped) -> None:
    content = table(
        ORGS, "d,,,Us,district,,", 's1,,,The 5" school,school,,d', 's2,,,"A ""B"" C, D",school,,d'
    )
    assert dropped.of("orgs.csv", content) == {("oneroster.csv_quote", "orgs", "", 1)}


def test_a_line_break_inside_a_cell_is_reported(dropped: Dropped) -> None:
    content = table(ORGS, "d,,,Us,district,,", 's1,,,"A\nB",school,,d')
    assert dropped.of("orgs.csv", content) == {("oneroster.line_break", "orgs", "", 1)}
