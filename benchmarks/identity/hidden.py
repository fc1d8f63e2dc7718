"""The same typed rows with every identifier of a pupil gone but on rosters: names must do."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import ibis
import pyarrow as pa

from benchmarks.identity.lake import Prepared
from hit_pipeline.engine import Engine
from hit_pipeline.identity.records import with_record_id
from hit_pipeline.lake import Lake
from hit_pipeline.settings import District
from hit_pipeline.synth.score.tables import Row, Tables
from hit_pipeline.tables.model import ID_SYSTEMS

_IDS = tuple(f"student_id_{system}" for system in ID_SYSTEMS)
_RECORD = "student_record_id"

# A careful human without identifiers: a name with the birth date the roster states, or the pupil's
# own name where no other pupil of the grade bears it.
_NAMED = """
create or replace view named_hidden as
with stated as (
    select student_record_id as person_record_id, any_value(birth_date) as born,
        any_value(coalesce(student_display_name, student_given_name || student_family_name))
            is not null as is_named
    from typed_student_row where student_record_id is not null group by all
),
roster as (
    select distinct n.person_id, lower(strip_accents(r.student_given_name)) as given,
        lower(strip_accents(r.student_family_name)) as family, r.birth_date as born, r.grade
    from typed_student_row r join named n on n.person_record_id = r.student_record_id
        and n.source = r._source
    where r._table = 'typed_student' and n.person_id is not null
),
shared as (
    select a.person_id from roster a join roster b on b.given = a.given and b.family = a.family
        and b.person_id <> a.person_id and b.grade is not distinct from a.grade group by all
),
bent as (
    select distinct source, record_id, person_id from record_fault where kind in ('name_changed',
        'name_middle', 'name_swapped', 'name_typo', 'name_nickname')
)
select n.* replace (h.hidden as person_record_id,
    n.person_id in (select person_id from roster) and s.is_named and (
        exists (from roster r where r.person_id = n.person_id and r.born = s.born)
        or (n.person_id not in (from shared) and not exists (
            from bent b where b.source = n.source and b.record_id = n.record_id
                and b.person_id is not distinct from n.person_id))
    ) as linkable), s.born is not null as has_birth_date
from named n join hidden_record h on h.person_record_id = n.person_record_id
    join stated s on s.person_record_id = n.person_record_id
"""

_BY_BIRTH = """
create or replace view record_born as
select if(b.has, 'birth date', 'no birth date') as kept, r.*
from record r join (
    select source, record_id, person_id, bool_or(has_birth_date) as has
    from named_hidden where record_id is not null group by all
) b on b.source = r.source and b.record_id = r.record_id
    and b.person_id is not distinct from r.person_id
"""


def hide(prepared: Prepared, folder: Path) -> tuple[Prepared, pa.Table]:
    """Write the lake of the variant into a folder, which is made anew.

    Rosters and what completes them keep their identifiers.

    Returns:
        The variant, and ``person_record_id, hidden``: a record's id before and after.
    """
    shutil.rmtree(folder, ignore_errors=True)
    lake, moved = Lake.open(folder), []
    with prepared.open() as context:
        for path in sorted((prepared.lake.root / "typed").iterdir()):
            target = lake.typed(path.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if _keeps(context.district, path.name):
                target.symlink_to(path.resolve())
                continue
            for part in sorted(path.glob("typed_*.parquet")):
                moved += _hide_part(context.engine, part, target / part.name)
        return Prepared(prepared.folder, lake), pa.concat_tables(moved)


def _keeps(district: District, source: str) -> bool:
    return district.sources[source].kind in {"roster", "completion"}


def _hide_part(engine: Engine, part: Path, target: Path) -> list[pa.Table]:
    rows = engine.read([part])
    if _RECORD not in rows.columns:
        engine.write(rows, target)
        return []
    gone = {name: ibis.null("string") for name in _IDS if name in rows.columns}
    blind = with_record_id(rows.mutate(before=rows[_RECORD], **gone), "student")
    engine.write(blind.drop("before"), target)
    ids = blind.select(person_record_id="before", hidden=_RECORD).distinct()
    return [engine.collect(ids.filter(ids.hidden.notnull()))]


def find_hidden(tables: Tables, moved: pa.Table) -> None:
    """Make ``named_hidden``: `benchmarks.identity.truth` for the variant; after `judge`."""
    tables.make("drop table if exists hidden_record")
    tables.load("moved", moved)
    tables.make("create table hidden_record as select distinct * from moved")
    tables.make("drop table moved")
    tables.make("create or replace temp table bent_now as from record_fault")
    tables.make(_NAMED.replace("from record_fault", "from bent_now"))


def split_by_birth(tables: Tables) -> None:
    """Make ``record_born``: ``record`` with ``kept``, whether it states a birth date."""
    tables.make(_BY_BIRTH)


def of_roster(tables: Tables) -> Sequence[Row]:
    """Return what became of all records of a roster's pupils, linkable or not; no strangers."""
    return tables.rows(
        """
        select kept as states, count(*) as records,
            count(*) filter (became = '3 right') as "right",
            count(*) filter (became = '4 wrong') as wrong,
            "right" / count(*) as recall,
            ("right" + count(*) filter (became = '2 review' and candidate_right)) / count(*)
                as "recall with review"
        from record_born where person_id is not null group by kept order by kept
        """
    )
