"""What a source's rosters stated of enrollments, and for how long.

A typed table holds what a source says now. A pupil who left and came back, or went to another
school, has spells that no current row tells of: they follow from what was stated from when until
when, whether the deliveries of a year were typed night by night or all at once.
"""

from collections.abc import Mapping
from itertools import accumulate

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform import oneroster
from hit_pipeline.conform.former import MADE_OF, student_files
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.runs import runs
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.typed_file import ROW, TypedFile
from hit_pipeline.identity.records import with_record_id
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import ID_SYSTEMS
from hit_pipeline.tables.schema import complete, conform_to

RUN = TABLES["typed_enrollment_run"]
_ORIGIN = ("_file", *ROW)
_TIME = ("since", "until")
_USER = "user_id_source"
_ID = ("student_id_source", "student_record_id")
_MARK = "\x1f"
_DAYS = pa.schema([("place", pa.int64()), ("day", pa.date32())])


def write_enrollment_runs(
    job: SourceJob,
    files: Mapping[str, TypedFile],
    past: Mapping[str, ir.Table],
    former: ir.Table,
    tables: Mapping[str, ir.Table],
) -> ir.Table | None:
    """Write what a source stated of enrollments, one row per statement and run of deliveries.

    Args:
        job: The source.
        files: Its files by name.
        past: Typed rows of students that no longer stand, by table.
        former: Person records that no current row states.
        tables: Its typed tables, as written.

    Returns:
        The rows as read back; None, and no file, for a source without students or of which every
        file was delivered only once: its typed_student tells it all.
    """
    made_of = student_files(job, files) if "typed_student" in tables else []
    if all(len(one.history.statements) < 2 for one in made_of):
        return None
    places = {one.delivery_id: place for place, one in enumerate(job.deliveries)}
    found = ibis.union(*(runs(one, places).mutate(_file=ibis.literal(one.name)) for one in made_of))
    whole = {
        name: _every(name, tables, past)
        for name in MADE_OF[job.contract.derive]
        if name in tables or name in past
    }
    if job.contract.derive == "oneroster":
        timed = {name: rows.inner_join(found, _ORIGIN) for name, rows in whole.items()}
        stated = _at_every_change(job, timed, tables)
    else:
        stated = whole["typed_student"].inner_join(found, _ORIGIN)
    if job.contract.derive == "edfi":
        stated = _recorded(stated, tables["typed_student"].select(*_ID), former.select(*_ID))
    else:
        stated = with_record_id(stated.mutate(_source=ibis.literal(job.name)), "student")
    path = job.lake.typed(job.name) / f"{RUN.name}.parquet"
    job.engine.write(conform_to(RUN, _dated(job, stated)), path)
    return job.engine.read([path], RUN)


def _every(name: str, tables: Mapping[str, ir.Table], past: Mapping[str, ir.Table]) -> ir.Table:
    """Return the rows of a typed table that stand, and those that no longer do."""
    stated = [rows[name] for rows in (tables, past) if name in rows]
    full = [complete(TABLES[name], rows) for rows in stated]
    return ibis.union(*full) if len(full) > 1 else full[0]


def _at_every_change(
    job: SourceJob, timed: Mapping[str, ir.Table], tables: Mapping[str, ir.Table]
) -> ir.Table:
    """Return the students of a OneRoster as of every delivery that changed something of them.

    Users, roles and demographics are joined as they stood together: for the joining, a user of one
    moment counts as another one than the same user of the next.
    """
    begun = [rows.select(_USER, at=rows.since) for rows in timed.values()]
    ended = [rows.filter(rows.until.notnull()) for rows in timed.values()]
    ended = [rows.select(_USER, at=rows.until) for rows in ended]
    moments = ibis.union(*begun, *ended, distinct=True)
    following = moments["at"].lead().over(group_by=_USER, order_by="at")
    moments = job.engine.keep(moments.mutate(following=following))
    then = {name: _then(rows, moments) for name, rows in timed.items()}
    if "typed_school" in tables:
        then["typed_school"] = complete(TABLES["typed_school"], tables["typed_school"])
    if "typed_section_enrollment" in tables:
        seats = complete(TABLES["typed_section_enrollment"], tables["typed_section_enrollment"])
        then["typed_section_enrollment"] = _seats(timed, moments, seats)
    start = job.district.district.year_start
    made = oneroster.derive(then, job.settings, start)["typed_student"]
    told = made.student_id_source.split(_MARK)
    return made.mutate(
        since=told[1].cast("int64"),
        until=told[2].nullif("").cast("int64"),
        **{
            name: made[name].split(_MARK)[0]
            for name in (f"student_id_{system}" for system in ID_SYSTEMS)
        },
    )


def _then(rows: ir.Table, moments: ir.Table) -> ir.Table:
    """Return rows once for every moment they stood at, under users' ids of that moment."""
    stood = rows.inner_join(
        moments,
        [
            rows[_USER] == moments[_USER],
            rows.since <= moments["at"],
            rows.until.isnull() | (moments["at"] < rows.until),
        ],
    )
    return stood.mutate(**{_USER: _of_moment(stood[_USER], stood)}).select(
        [one for one in rows.columns if one not in _TIME]
    )


def _of_moment(user: ir.Value, moments: ir.Table) -> ir.Value:
    following = moments.following.cast("string").fill_null("")
    return ibis.literal(_MARK).join([user, moments["at"].cast("string"), following])


def _seats(timed: Mapping[str, ir.Table], moments: ir.Table, seats: ir.Table) -> ir.Table:
    """Return the places in sections of users who never had a role, at every moment of theirs."""
    users = timed["typed_user"]
    alone = users.filter(users.role.isnull())
    if "typed_user_role" in timed:
        alone = alone.anti_join(timed["typed_user_role"], _USER)
    person = "person_id_source"
    seats = seats.filter(seats.role == "student")
    seats = seats.semi_join(alone, seats[person] == alone[_USER])
    held = seats.inner_join(moments, seats[person] == moments[_USER])
    return held.mutate(**{person: _of_moment(held[person], held)}).select(seats.columns)


def _recorded(stated: ir.Table, *known: ir.Table) -> ir.Table:
    """Give rows that are a part of a student's the record of that student."""
    records = ibis.union(*known).filter(lambda t: t.student_record_id.notnull())
    one = records.group_by("student_id_source").aggregate(found=records.student_record_id.min())
    filled = attach(stated, one, ["student_id_source"], "found")
    return filled.mutate(student_record_id=filled.student_record_id.coalesce(filled.found))


def _dated(job: SourceJob, stated: ir.Table) -> ir.Table:
    """Return what names a student and a school, with the days its deliveries tell of."""
    told = list(accumulate((one.as_of for one in job.deliveries), max))
    days = [{"place": at, "day": day} for at, day in enumerate(told)]
    following = [{"place": at + 1, "day": day} for at, day in enumerate(told)]
    named = stated.filter(
        stated.student_record_id.notnull()
        & stated.school_id_source.coalesce(stated.school_name).notnull()
    )
    known = given(days, _DAYS)
    dated = attach(named, known.rename(since="place", stated_from="day"), ["since"], "stated_from")
    lasts = given(following, _DAYS)
    ends = known.rename(until="place", stated_until="day")
    ends = attach(ends, lasts.rename(until="place", last_stated="day"), ["until"], "last_stated")
    return attach(dated, ends, ["until"], "last_stated", "stated_until")
