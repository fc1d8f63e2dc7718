"""Students and staff of a OneRoster: users, roles and demographics joined.

A OneRoster spreads one person over several files: `users` (who, and in 1.0 and 1.1 the role and
the organisations), `roles` (1.2) and `demographics`. Joined they are whole statements, so that
every person record has its identifiers, names and birth date together.
"""

import re
from collections.abc import Iterable, Mapping
from typing import cast

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.school_years import session_year, stated_school_year
from hit_pipeline.conform.truth import holds
from hit_pipeline.school_year import YearStart
from hit_pipeline.settings import Source
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import ID_SYSTEMS
from hit_pipeline.tables.schema import conform_to, empty

ID_COLUMNS = {
    "sourcedid": "user_id_source",
    "identifier": "identifier",
    "usermasteridentifier": "master_identifier",
    "username": "username",
    "email": "email",
}
"""Columns of users.csv (lower case) that may hold an identifier, and where typed_user has them."""

DEFAULT_SYSTEMS = {
    "sourcedid": "source",
    "identifier": "district",
    "email": "email",
    "state": "state",
    "stateid": "state",
    "state id": "state",
    "local": "district",
    "district": "district",
    "studentuniqueid": "district",
    "staffuniqueid": "district",
    "sis": "sis",
    "clever": "clever",
    "classlink": "classlink",
}
"""Identifier system of each column and of each type in ``userIds``, lower case. A source's
``id_systems`` adds to it and overrides it."""

NOT_STAFF = ("student", "guardian", "parent", "relative")
"""Roles that make no employee; every other role does."""

_JOINED = (
    "typed_user",
    "typed_user_role",
    "typed_demographics",
    "typed_school",
    "typed_section_enrollment",
)
_ROLE = (
    "user_id_source",
    "role",
    "begin_date",
    "end_date",
    "school_id_source",
    "role_status",
    "is_secondary",
    "position",
)
_ABOVE_SCHOOLS = ("district", "local", "state", "national")


def derive(tables: Mapping[str, ir.Table], source: Source, start: YearStart) -> dict[str, ir.Table]:
    """Complete the typed tables of a OneRoster from one another.

    Args:
        tables: Typed tables of one source by name; missing ones count as empty.
        source: Its settings; ``id_systems`` says what its identifiers are.
        start: When a school year begins.

    Returns:
        The tables given. Where there are users, ``typed_student`` and ``typed_staff`` as well, one
        row per user, role and school, record ids left null. In ``typed_term`` the school year is
        ours (``2026-27``), see `session_year`.
    """
    made = dict(tables)
    if "typed_term" in tables:
        terms = tables["typed_term"]
        stated = stated_school_year(terms.school_year)
        year = session_year(stated, terms.start_date, terms.end_date, start)
        made["typed_term"] = terms.mutate(school_year=year)
    if "typed_user" in tables:
        given = {name: tables[name] if name in tables else empty(TABLES[name]) for name in _JOINED}
        people = _people(given, {**DEFAULT_SYSTEMS, **source.id_systems})
        made["typed_student"] = _students(people, given["typed_demographics"])
        made["typed_staff"] = _staff(people)
    return made


def _people(given: Mapping[str, ir.Table], systems: Mapping[str, str]) -> ir.Table:
    """Return one row per user, role and organisation, with ``id_<system>`` and ``is_further``."""
    users = given["typed_user"]
    ids = {f"id_{system}": _identifier(users, system, systems) for system in ID_SYSTEMS}
    stated = _roles(users, given["typed_user_role"])
    seated = _seated(users.anti_join(stated, "user_id_source"), given["typed_section_enrollment"])
    roles = _at_schools(stated.union(seated), given["typed_school"])
    joined = users.mutate(**ids).drop("role").inner_join(roles, "user_id_source")
    main = joined.primary_org_id_source == joined.school_id_source
    order = [holds(main).desc(), joined.is_secondary, joined.position]
    person = ibis.window(group_by=["user_id_source", "role"], order_by=[*order, "school_id_source"])
    first = joined.school_id_source.first(include_null=True).over(person)
    further = holds(joined.school_id_source != first)
    gone = (joined.status == "inactive") | (joined.role_status == "inactive")
    return joined.mutate(is_further=further, is_active=~holds(gone))


def _roles(users: ir.Table, roles: ir.Table) -> ir.Table:
    """Return role and organisation of every user: from roles, else from the row itself."""
    stated = roles.select(
        "user_id_source",
        "role",
        "begin_date",
        "end_date",
        school_id_source="org_id_source",
        role_status="status",
        is_secondary=holds(roles.role_type == "secondary"),
        position=ibis.literal(0, "int64"),
    )
    alone = users.filter(users.role.notnull()).anti_join(roles, "user_id_source")
    listed = alone.mutate(org=alone.org_ids_source.split(",")).unnest(
        "org", offset="position", keep_empty=True
    )
    own = listed.select(
        "user_id_source",
        "role",
        begin_date=ibis.null("date"),
        end_date=ibis.null("date"),
        school_id_source=listed.org.strip().nullif(""),
        role_status=ibis.null("string"),
        is_secondary=ibis.literal(value=False),
        position=listed.position.cast("int64"),
    )
    return stated.select(*_ROLE).union(own.select(*_ROLE))


def _seated(users: ir.Table, seats: ir.Table) -> ir.Table:
    """Return the role of users without one whom a section lists as students, as `_roles` does.

    A role that is missing, or that nobody knows, would lose the pupil.
    """
    listed = seats.filter(seats.role == "student").semi_join(
        users, [("person_id_source", "user_id_source")]
    )
    return (
        listed.select(
            "role",
            "school_id_source",
            user_id_source="person_id_source",
            begin_date=ibis.null("date"),
            end_date=ibis.null("date"),
            role_status=ibis.null("string"),
            is_secondary=ibis.literal(value=False),
            position=ibis.literal(0, "int64"),
        )
        .distinct()
        .select(*_ROLE)
    )


def _at_schools(roles: ir.Table, orgs: ir.Table) -> ir.Table:
    """Leave out districts and the like for people who also have a school."""
    above = orgs.filter(orgs.org_type.isin(_ABOVE_SCHOOLS)).select("school_id_source").distinct()
    marked = roles.left_join(above.mutate(is_above=True), "school_id_source")
    marked = marked.drop("school_id_source_right")
    marked = marked.mutate(is_above=holds(marked.is_above))
    person = ibis.window(group_by=["user_id_source", "role"])
    only_above = marked.is_above.all().over(person)
    kept = marked.mutate(only_above=only_above).filter(~marked.is_above | only_above)
    return kept.drop("is_above", "only_above")


def _identifier(users: ir.Table, system: str, systems: Mapping[str, str]) -> ir.StringValue:
    """Return a user's identifier in a system: from the columns, then from ``userIds``."""
    if system == "source":
        return cast("ir.StringValue", users.user_id_source)
    kinds = [kind for kind, meant in systems.items() if meant == system]
    if not kinds:
        return cast("ir.StringValue", ibis.null("string"))
    columns = [users[ID_COLUMNS[kind]] for kind in kinds if kind in ID_COLUMNS]
    return cast("ir.StringValue", ibis.coalesce(*columns, _from_user_ids(users.user_ids, kinds)))


def _from_user_ids(user_ids: ir.StringValue, kinds: Iterable[str]) -> ir.StringValue:
    """Return the first id of one of some types in ``{type:id},{type:id}``, case ignored."""
    types = "|".join(re.escape(kind) for kind in sorted(kinds, key=len, reverse=True))
    found = user_ids.re_extract(rf"(?i)\{{\s*(?:{types})\s*:\s*([^{{}}]*)\}}", 1)
    return cast("ir.StringValue", found.strip().nullif(""))


def _students(people: ir.Table, demographics: ir.Table) -> ir.Table:
    students = people.filter(people.role == "student")
    stated = demographics.drop("_source", "_delivery_id", "_row", "_file")
    both = students.left_join(stated, "user_id_source").drop("user_id_source_right")
    named = both.mutate(
        entry_date=both.begin_date,
        exit_date=both.end_date,
        enrollment_type=both.is_further.ifelse("co_enrolled", ibis.null("string")),
    )
    return _as_declared(named, "student")


def _staff(people: ir.Table) -> ir.Table:
    employees = people.filter(people.role.notin(NOT_STAFF))
    return _as_declared(employees.mutate(staff_role=employees.role), "staff")


def _as_declared(rows: ir.Table, role: str) -> ir.Table:
    """Select the columns of ``typed_<role>``; what the rows lack is null."""
    table = TABLES[f"typed_{role}"]
    names = {name: name.removeprefix(f"{role}_") for name in table.column_names}
    here = {
        name: rows[name if name in rows.columns else short]
        for name, short in names.items()
        if name in rows.columns or short in rows.columns
    }
    missing = {name: ibis.null("string") for name in names if name not in here}
    return conform_to(table, rows.select(**here).mutate(**missing))
