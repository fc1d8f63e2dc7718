from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from hit_pipeline.conform.oneroster import derive
from hit_pipeline.engine import Engine
from hit_pipeline.school_year import YearStart
from hit_pipeline.settings import Source
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema
from tests.unit.conform.roster_bench import Row, pick

SIS = Source(adapter="oneroster_csv", kind="roster")


class Roster:
    """Derives students and staff from rows given by table."""

    def __init__(self, engine: Engine, source: Source = SIS) -> None:
        self.engine, self.source = engine, source

    def __call__(self, table: str, **given: Sequence[Row]) -> list[Row]:
        tables = {}
        for name, rows in given.items():
            declared = TABLES[f"typed_{name}"]
            full = [
                {
                    **dict.fromkeys(declared.column_names),
                    "_source": "sis",
                    "_delivery_id": "d1",
                    "_row": number,
                    "_file": name,
                    **row,
                }
                for number, row in enumerate(rows, start=1)
            ]
            arrow = pa.Table.from_pylist(full, schema=arrow_schema(declared))
            tables[declared.name] = self.engine.from_arrow(arrow)
        made = derive(tables, self.source, YearStart())
        assert made[table].columns == TABLES[table].column_names
        rows_made = self.engine.collect(made[table]).to_pylist()
        return sorted(rows_made, key=lambda row: (row["_row"], str(row.get("school_id_source"))))


@pytest.fixture
def roster(engine: Engine) -> Roster:
    return Roster(engine)


def _user(user: str, **more: Any) -> Row:
    return {"user_id_source": user, **more}


def test_a_user_with_a_role_of_its_own_is_a_student_with_demographics(roster: Roster) -> None:
    rows = roster(
        "typed_student",
        user=[
            _user(
                "u1",
                role="student",
                org_ids_source="s1",
                identifier="0007",
                email="a@b",
                given_name="Ana",
                family_name="Ruiz",
                grade="05",
            ),
            _user("u2", role="teacher", org_ids_source="s1"),
            _user("u3", role="guardian"),
            _user("u4"),
        ],
        demographics=[
            {"user_id_source": "u1", "birth_date": date(2015, 4, 1), "white": True},
            {"user_id_source": "u2", "gender": "female"},
            {"user_id_source": "gone", "gender": "female"},
        ],
    )
    assert len(rows) == 1
    row = rows[0]
    assert (row["student_id_source"], row["student_id_district"]) == ("u1", "0007")
    assert (row["student_id_email"], row["student_id_state"]) == ("a@b", None)
    assert (row["student_given_name"], row["student_family_name"]) == ("Ana", "Ruiz")
    assert (row["birth_date"], row["white"], row["asian"]) == (date(2015, 4, 1), True, None)
    assert (row["grade"], row["school_id_source"], row["is_active"]) == ("05", "s1", True)
    assert (row["_delivery_id"], row["_row"], row["_file"]) == ("d1", 1, "user")


def test_roles_of_1_2_make_students_and_staff_with_dates(roster: Roster) -> None:
    given: dict[str, list[Row]] = {
        "user": [_user("u1", given_name="Ana"), _user("t1", given_name="Tom"), _user("x")],
        "user_role": [
            {
                "user_id_source": "u1",
                "role": "student",
                "org_id_source": "s1",
                "begin_date": date(2026, 8, 17),
                "end_date": date(2027, 5, 28),
            },
            {"user_id_source": "t1", "role": "teacher", "org_id_source": "s1"},
            {"user_id_source": "t1", "role": "parent", "org_id_source": "s1"},
            {"user_id_source": "nobody", "role": "student", "org_id_source": "s1"},
        ],
    }
    students = roster("typed_student", **given)
    columns = ("student_given_name", "school_id_source", "entry_date", "exit_date")
    assert pick(students, *columns) == [("Ana", "s1", date(2026, 8, 17), date(2027, 5, 28))]
    staff = roster("typed_staff", **given)
    assert pick(staff, "staff_given_name", "staff_role", "school_id_source") == [
        ("Tom", "teacher", "s1")
    ]


def test_a_role_in_the_row_counts_only_for_users_without_a_row_in_roles(roster: Roster) -> None:
    rows = roster(
        "typed_student",
        user=[
            _user("u1", role="student", org_ids_source="old"),
            _user("u2", role="student", org_ids_source="s2"),
        ],
        user_role=[{"user_id_source": "u1", "role": "student", "org_id_source": "s1"}],
    )
    assert pick(rows, "student_id_source", "school_id_source") == [("u1", "s1"), ("u2", "s2")]


def test_a_user_whose_role_nobody_knows_is_a_student_where_a_section_lists_it_as_one(
    roster: Roster,
) -> None:
    given = {
        "user": [_user("u1"), _user("u2"), _user("u3"), _user("u4", role="student")],
        "user_role": [{"user_id_source": "u3", "role": "aide", "org_id_source": "s1"}],
        "section_enrollment": [
            {"person_id_source": "u1", "role": "student", "school_id_source": "s1"},
            {"person_id_source": "u1", "role": "student", "school_id_source": "s1"},
            {"person_id_source": "u2", "role": "teacher", "school_id_source": "s1"},
            {"person_id_source": "u3", "role": "student", "school_id_source": "s1"},
        ],
    }
    students = roster("typed_student", **given)
    assert pick(students, "student_id_source", "school_id_source") == [("u1", "s1"), ("u4", None)]


def test_the_first_school_is_the_main_one_and_districts_give_way_to_schools(
    roster: Roster,
) -> None:
    rows = roster(
        "typed_student",
        school=[
            {"school_id_source": "d", "org_type": "district"},
            {"school_id_source": "s1", "org_type": "school"},
        ],
        user=[
            _user("u1", role="student", org_ids_source="d, s2,s1"),
            _user("u2", role="student", org_ids_source="d"),
            _user("u3", role="student"),
            _user("u4", role="student", org_ids_source="s1,s2", primary_org_id_source="s2"),
        ],
    )
    assert pick(rows, "student_id_source", "school_id_source", "enrollment_type") == [
        ("u1", "s1", "co_enrolled"),
        ("u1", "s2", None),
        ("u2", "d", None),
        ("u3", None, None),
        ("u4", "s1", "co_enrolled"),
        ("u4", "s2", None),
    ]


def test_a_secondary_role_at_another_school_is_a_further_enrollment(roster: Roster) -> None:
    role = {"user_id_source": "u1", "role": "student"}
    rows = roster(
        "typed_student",
        user=[_user("u1")],
        user_role=[
            {**role, "org_id_source": "a", "role_type": "secondary"},
            {**role, "org_id_source": "b", "role_type": "primary"},
            {**role, "org_id_source": "b", "begin_date": date(2025, 8, 1)},
        ],
    )
    assert pick(rows, "school_id_source", "enrollment_type") == [
        ("a", "co_enrolled"),
        ("b", None),
        ("b", None),
    ]


def test_identifiers_are_read_from_columns_and_user_ids(roster: Roster) -> None:
    ids = "{Fed:9},{ State : 0012 },{local:77},{CLEVER:c1}"
    rows = roster("typed_student", user=[_user("u1", role="student", user_ids=ids)])
    row = rows[0]
    systems = ("district", "state", "clever", "sis", "email", "classlink")
    assert [row[f"student_id_{system}"] for system in systems] == [
        "77",
        "0012",
        "c1",
        None,
        None,
        None,
    ]


def test_a_source_says_what_its_identifiers_are(engine: Engine) -> None:
    systems = {"identifier": "state", "sourcedid": "sis", "student number": "district"}
    source = Source(adapter="oneroster_csv", kind="roster", id_systems=systems)
    user = _user("u1", role="student", identifier="12", user_ids="{Student Number:7},{State:9}")
    row = Roster(engine, source)("typed_student", user=[user])[0]
    assert (row["student_id_source"], row["student_id_sis"]) == ("u1", "u1")
    assert (row["student_id_state"], row["student_id_district"]) == ("12", "7")


def test_inactive_is_said_by_user_or_role(roster: Roster) -> None:
    rows = roster(
        "typed_student",
        user=[
            _user("u1", role="student", status="inactive"),
            _user("u2", role="student", status="active"),
            _user("u3"),
        ],
        user_role=[{"user_id_source": "u3", "role": "student", "status": "inactive"}],
    )
    assert pick(rows, "student_id_source", "is_active") == [
        ("u1", False),
        ("u2", True),
        ("u3", False),
    ]


def test_school_years_of_sessions_become_ours_and_other_tables_pass(roster: Roster) -> None:
    term = {"term_id_source": "a", "start_date": date(2026, 8, 1), "end_date": date(2027, 6, 1)}
    years = ["2027", "2026-2027", "odd", "2026", None]
    given = [{**term, "term_id_source": str(at), "school_year": y} for at, y in enumerate(years)]
    rows = roster("typed_term", term=given)
    assert {row["school_year"] for row in rows} == {"2026-27"}
    school = roster("typed_school", school=[{"school_id_source": "s1", "name": "A"}])
    assert pick(school, "school_id_source", "name") == [("s1", "A")]
