"""Which typed row is about which pupil, by the answer key; no link has a say in it."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from benchmarks.identity.lake import Prepared
from hit_pipeline.identity.records import stated_columns
from hit_pipeline.landing.store import deliveries
from hit_pipeline.synth.score.answers import find_truth
from hit_pipeline.synth.score.deliveries import find_delivered
from hit_pipeline.synth.score.tables import Tables
from hit_pipeline.tables.catalog import TABLES

_STATED = ("_source", "_delivery_id", "_file", "_row", "birth_date", "grade")
_OF_SESSION = ("session_id_source", "tutor_role")

_SPOT = """
create table spot as
with told as (select distinct _delivery_id, _file from typed_student_row)
select distinct t._delivery_id as delivery_id, t._file as file, f.stand_in as file_id
from told t join file f on f.delivery_id = t._delivery_id
    and (f.entry is null or f.entry = lower(replace(t._file, '_', '')))
"""

_PLAIN = """
create table named as
select distinct s.file_id, r._row as row, t.source, r.student_record_id as person_record_id,
    t.person_id, t.seat_id, t.record_id, t.linkable
from typed_student_row r join spot s on s.delivery_id = r._delivery_id and s.file = r._file
    join truth t on t.file_id = s.file_id and t.row = r._row and not t.is_crowded
where r.student_record_id is not null
"""

# What rosters call a pupil, in the orders people write names in.
_CALLED = """
create table called as
with roster as (
    select distinct n.person_id, lower(strip_accents(given)) as given,
        lower(strip_accents(family)) as family
    from (
        select person_record_id, unnest([student_given_name, student_middle_name,
            student_preferred_name]) as given, student_family_name as family
        from (select distinct on (student_record_id) student_record_id as person_record_id, *
            from typed_student_row where student_record_id is not null)
    ) r join (
        select distinct person_record_id, person_id from named
        where source in ('sis', 'sis_files', 'partner_roster') and person_id is not null
    ) n using (person_record_id)
    where given is not null and family is not null
)
select person_id, given || ' ' || family as name from roster
union select person_id, family || ' ' || given from roster
"""

_MEMBERS = """
create table crowd_member as
select distinct s.file_id, r._row as row, r.student_record_id as person_record_id,
    lower(strip_accents(coalesce(student_display_name,
        concat_ws(' ', student_given_name, student_family_name)))) as name,
    ltrim(regexp_replace(student_id_district, '[^0-9]', '', 'g'), '0') as number
from typed_student_row r join spot s on s.delivery_id = r._delivery_id and s.file = r._file
    join crowded using (file_id)
where r.student_record_id is not null
"""

# A child of no roster is called nothing we know: it gets those who look like nobody else.
_LIKENESS = """
with pair as (
    select distinct m.person_record_id, m.name, m.number, t.person_id
    from crowd_member m join truth t on t.file_id = m.file_id and t.row = m.row
),
alike as (
    select p.person_record_id, p.person_id,
        coalesce(max(jaro_winkler_similarity(p.name, c.name)), 0.6)
            + if(any_value(p.number = ltrim(k.number, '0')), 0.1, 0) as likeness
    from pair p left join called c on c.person_id = p.person_id
        left join key_person k on k.person_id = p.person_id and k.role = 'student'
    group by all
)
select m.file_id, m.row, m.person_record_id, t.seat_id, t.record_id, t.person_id, a.likeness
from crowd_member m join truth t on t.file_id = m.file_id and t.row = m.row
    join alike a on a.person_record_id = m.person_record_id
        and a.person_id is not distinct from t.person_id
order by file_id, row, likeness desc, person_record_id, seat_id, record_id
"""

_CROWD = """
insert into named
select t.file_id, t.row, t.source, p.person_record_id, t.person_id, t.seat_id, t.record_id,
    t.linkable
from paired p join truth t on t.file_id = p.file_id and t.row = p.row
    and t.record_id is not distinct from p.record_id and t.seat_id is not distinct from p.seat_id
"""


def find_named(tables: Tables, prepared: Prepared) -> None:
    """Make ``named``: row of a typed table x person record x true pupil.

    Columns: ``file_id, row, source, person_record_id, person_id`` (null: nobody of a roster),
    ``seat_id, record_id`` (the key's), ``linkable``. Where a row names several pupils, each is the
    one of them whose name and number it bears most likely, each pupil once.
    """
    tables.load("release_delivery", delivered(prepared))
    find_delivered(tables)
    view_typed(tables, prepared.lake.root, "student")
    for statement in (_SPOT,):
        tables.make(statement)
    find_truth(tables)
    for statement in (_PLAIN, _CALLED, _MEMBERS):
        tables.make(statement)
    tables.load("paired", _paired(tables))
    tables.make(_CROWD)


def delivered(prepared: Prepared) -> pa.Table:
    """Return the deliveries of the lake as scoring reads them."""
    rows = [
        {
            "delivery_id": one.delivery_id,
            "source": one.source,
            "status": one.status,
            "sha256": one.sha256,
        }
        for source in sorted(path.name for path in prepared.lake.landing.iterdir())
        for one in deliveries(prepared.lake, source)
    ]
    return pa.Table.from_pylist(rows)


def view_typed(tables: Tables, lake: Path, role: str) -> None:
    """Make the view ``typed_<role>_row``: every typed row that may name somebody of a role."""
    wanted = (f"{role}_record_id", *stated_columns(role), *_STATED, *_OF_SESSION)
    parts = []
    for name, table in TABLES.items():
        if table.layer != "typed" or f"{role}_record_id" not in table.column_names:
            continue
        for path in sorted((lake / "typed").glob(f"*/{name}.parquet")):
            held = tables.connection.read_parquet(str(path)).columns
            if f"{role}_record_id" in held:
                chosen = (
                    f'"{one}"' if one in held else f'null::{_kind(one)} as "{one}"'
                    for one in wanted
                )
                parts.append(
                    f"select {', '.join(chosen)}, '{name}' as _table from '{path}'"  # noqa: S608
                )
    tables.make(f"create or replace view typed_{role}_row as {' union all '.join(parts)}")


def _kind(column: str) -> str:
    return {"birth_date": "date", "_row": "bigint"}.get(column, "varchar")


def _paired(tables: Tables) -> pa.Table:
    names = ("file_id", "row", "person_record_id", "seat_id", "record_id")
    chosen = list(likeliest(tables.connection.execute(_LIKENESS).fetchall()))
    kinds = (pa.int64(), pa.int64(), pa.string(), pa.int64(), pa.int64())
    columns = zip(*chosen, strict=True) if chosen else [()] * len(names)
    return pa.table(
        {
            name: pa.array(cells, kind)
            for name, kind, cells in zip(names, kinds, columns, strict=True)
        }
    )


def likeliest(
    pairs: list[tuple[int, int, str, int, int, int, float]],
) -> Iterator[tuple[object, ...]]:
    """Yield of each row the likeliest pairs, everybody once; they come the likeliest first."""
    for _, of_row in groupby(pairs, key=lambda pair: pair[:2]):
        members, pupils = set[object](), set[object]()
        for file_id, row, member, seat, record, _person, _likeness in of_row:
            if member not in members and (seat, record) not in pupils:
                members.add(member)
                pupils.add((seat, record))
                yield file_id, row, member, seat, record
