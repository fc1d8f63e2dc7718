"""Students and staff of an Ed-Fi ODS: what several resources say of one person, united.

An ODS spreads one person over several resources: who it is, where it is enrolled or works, and what
an education organization (a school, a district, a service center, the state) says of it. The
contract types each as rows that hold a part of a person; here they are put together, so that every
person record has its identifiers, names and birth date beside its enrollment.
"""

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.edfi_parts import ORIGIN, of_file, one_each, united
from hit_pipeline.conform.truth import holds
from hit_pipeline.school_year import YearStart
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import ID_SYSTEMS
from hit_pipeline.tables.schema import conform_to
from hit_pipeline.tables.vocabulary import FLAGS, RACES

DEFAULT_SYSTEMS = {
    "uniqueid": "source",
    "district": "district",
    "local": "district",
    "state": "state",
    "student number": "sis",
    "staff number": "sis",
    "email": "email",
}
"""Identifier system of each identification system's code, lower case; ``uniqueid`` is
studentUniqueId or staffUniqueId. A source's ``id_systems`` adds to it and overrides it; a key
``district@100`` means only codes the organization 100 assigned."""

_SPELLS = "student_school_associations"
Parts = Mapping[str, ir.Table]
"""Typed tables by name whose rows are parts; all that are needed here are there."""


def students(parts: Parts, systems: Mapping[str, str], start: YearStart, today: date) -> ir.Table:
    """Return one row per enrollment, and per student who has none.

    Args:
        parts: ``typed_student``, ``typed_user`` and ``typed_user_role``.
        systems: Identifier system of each identification system's code.
        start: When a school year begins: an open enrollment ends the day before, once it is over.
        today: Day of the run: a characteristic whose last period ended before it is over.
    """
    rows = parts["typed_student"]
    people = of_file(rows, "students")
    spells = _ended(of_file(rows, _SPELLS), parts["typed_user_role"], start, today)
    said = _said(of_file(rows, "student_education_organization_associations"), today)
    names = [one for one in rows.columns if one.startswith("student_") and "_name" in one]
    about = people.select("student_id_source", "birth_date", *names)
    placed = spells.drop("birth_date", *names).left_join(
        one_each(about, "student_id_source"), "student_id_source"
    )
    alone = people.anti_join(spells, "student_id_source")
    columns = [one for one in rows.columns if one in placed.columns]
    every = placed.select(*columns).union(alone.select(*columns))
    stated = [one for one in said.columns if one != "student_id_source"]
    whole = every.drop(*stated).left_join(said, "student_id_source").drop("student_id_source_right")
    return _identified(whole, "student", parts["typed_user"], systems)


def _ended(spells: ir.Table, roles: ir.Table, start: YearStart, today: date) -> ir.Table:
    """Close the spells without an exit whose school year is over."""
    years = of_file(roles, _SPELLS).select(*ORIGIN, year=roles.status.try_cast("int64"))
    both = spells.left_join(years, ORIGIN).drop(*(f"{name}_right" for name in ORIGIN))
    after = ibis.date(both.year, ibis.literal(start.month), ibis.literal(start.day))
    last = (after - ibis.interval(days=1)).cast("date")
    closed = both.exit_date.coalesce((last < today).ifelse(last, ibis.null("date")))
    return both.mutate(exit_date=closed).drop("year")


def _said(rows: ir.Table, today: date) -> ir.Table:
    """Return what organizations say of each student: a flag holds when any of them says so.

    A list of races says of every race whether it is one of the student's.
    """
    current = rows.filter(~holds(rows.exit_date < today))
    flags = {name: current[name].any() for name in (*FLAGS, *RACES)}
    united = current.group_by("student_id_source").aggregate(
        **flags,
        gender=current.gender.min(where=current.gender != "unknown").coalesce(current.gender.min()),
        student_id_email=current.student_id_email.min(),
    )
    listed = [name for name in RACES if name not in {"two_or_more_races", "hispanic_or_latino"}]
    any_race = ibis.or_(*(holds(united[name]) for name in listed))
    others = any_race.ifelse(ibis.literal(value=False), ibis.null("boolean"))
    return united.mutate(**{name: united[name].coalesce(others) for name in listed})


def staff(parts: Parts, systems: Mapping[str, str], today: date) -> ir.Table:
    """Return one row per employee and organization.

    Args:
        parts: ``typed_staff``, ``typed_user`` and ``typed_user_role``.
        systems: As for `students`.
        today: Day of the run: an assignment that ended before it makes the row inactive.
    """
    people = united(parts["typed_staff"])
    roles = parts["typed_user_role"].filter(lambda t: t["_file"] != _SPELLS)
    over = holds(roles.end_date < today)
    order = [over, roles["_file"] == "staff_school_associations", roles.begin_date.desc()]
    place = ibis.row_number().over(
        group_by=["user_id_source", "org_id_source"], order_by=[*order, roles.role_id_source]
    )
    ranked = roles.mutate(_place=place, is_over=over).filter(lambda t: t["_place"] == 0)
    here = ranked.select(
        staff_id_source="user_id_source",
        staff_role=ranked.role.lower(),
        school_id_source="org_id_source",
        is_over="is_over",
    )
    stated = ["staff_role", "school_id_source"]
    both = people.drop(*stated).left_join(here, "staff_id_source").drop("staff_id_source_right")
    whole = both.mutate(is_active=~holds(both.is_over))
    return _identified(whole.drop("is_over"), "staff", parts["typed_user"], systems)


def _identified(rows: ir.Table, role: str, codes: ir.Table, systems: Mapping[str, str]) -> ir.Table:
    """Add the identifiers of people: their unique id, and the best code of every system."""
    own = f"{role}_id_source"
    found = _codes(codes.filter(codes.role == role), systems)
    whole = rows.left_join(found, rows[own] == found.user_id_source)
    unique = systems.get("uniqueid", "source")
    ids = {}
    for system in ID_SYSTEMS:
        name = f"{role}_id_{system}"
        stated = [whole[f"code_{system}"], *([whole[own]] if system == unique else [])]
        ids[name] = ibis.coalesce(whole[name], *stated) if name in rows.columns else stated[0]
    return conform_to(TABLES[f"typed_{role}"], whole.mutate(**ids))


def _codes(rows: ir.Table, systems: Mapping[str, str]) -> ir.Table:
    """Return ``user_id_source`` and ``code_<system>``: of several codes that of the first key.

    A key with the organization comes before one without; else the organization decides.
    """
    part = {
        name: rows.user_ids.re_extract(r"^(?:[^|]*#)?([^|#]*)\|([^|]*)\|(.*)$", n).strip()
        for n, name in enumerate(("kind", "org", "code"), start=1)
    }
    split = rows.select("user_id_source", **part)
    kind, org = split.kind.lower(), split.org.lower()
    at_org, of_kind = _lookup(kind + "@" + org, systems), _lookup(kind, systems)
    meant = split.mutate(system=at_org.coalesce(of_kind), is_general=at_org.isnull())
    order = [meant.is_general, meant.org, meant.code]
    place = ibis.row_number().over(group_by=["user_id_source", "system"], order_by=order)
    first = meant.filter(meant.code != "").mutate(_place=place).filter(lambda t: t["_place"] == 0)
    return first.group_by("user_id_source").aggregate(
        **{f"code_{system}": first.code.min(where=first.system == system) for system in ID_SYSTEMS}
    )


def _lookup(text: ir.StringValue, known: Mapping[str, str]) -> ir.StringValue:
    return text.cases(*known.items(), else_=ibis.null("string"))
