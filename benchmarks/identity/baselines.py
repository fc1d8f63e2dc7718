"""What others do, on the same typed rows: decisions as `benchmarks.identity.judge` takes them."""

from collections.abc import Sequence

import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.identity.collect import origins
from hit_pipeline.synth.score.tables import Row, Tables
from hit_pipeline.tables.model import ID_SYSTEMS

_ROSTER = """
create or replace table roster_entry as
select distinct student_id_district as person_key, {columns}
from typed_student_row where _table = 'typed_student' and student_id_district is not null
"""

_IDENTIFIERS = """
select person_key as student_key, 'district' as "system", person_key as value,
    null::timestamp as valid_to, 'roster' as origin
from (select distinct person_key from roster_entry)
"""

_STATED = """
create or replace table stated_id as
select distinct student_record_id as person_record_id, _source as source, _file as file,
    "system", trim(value) as value
from (
    select student_record_id, _source, _file, {columns}
    from typed_student_row where student_record_id is not null and _table <> 'typed_student'
) unpivot (value for "system" in ({systems}))
"""

_KNOWN = """
create or replace table known_id as
select "system", trim(value) as value, min(person_key) as person_key
from (from roster_entry) unpivot (value for "system" in ({systems}))
group by all having count(distinct person_key) = 1
"""

_EXACT = """
select s.person_record_id, any_value(k.person_key) as person_key, 'match' as outcome,
    null::varchar as candidate_key, 'id.exact' as rule
from stated_id s join bare b on b.source = s.source and b."system" = s."system"
    join known_id k on k."system" = s."system" and k.value = s.value
group by s.person_record_id having count(distinct k.person_key) = 1
"""

# Of all pairs of a column of the file and one of the roster, that with the most records in both.
_BEST = """
with tried as (
    select s.source, s.file, s."system" as mine, k."system" as theirs,
        count(distinct s.person_record_id) as records
    from stated_id s join known_id k on k.value = s.value group by all
),
chosen as (
    from tried qualify row_number() over (
        partition by source, file order by records desc, mine, theirs) = 1
)
select s.person_record_id, any_value(k.person_key) as person_key, 'match' as outcome,
    null::varchar as candidate_key, 'id.best_column' as rule
from chosen c join stated_id s on s.source = c.source and s.file = c.file and s."system" = c.mine
    join known_id k on k."system" = c.theirs and k.value = s.value
group by s.person_record_id having count(distinct k.person_key) = 1
"""


def find_stated(tables: Tables, context: BuildContext) -> None:
    """Make ``roster_entry``, ``known_id``, ``stated_id`` and ``bare`` of the typed rows.

    A roster's entry is told by its district number, which is the key that baselines link to.
    """
    columns = ", ".join(f'student_id_{one} as "{one}"' for one in ID_SYSTEMS)
    systems = ", ".join(f'"{one}"' for one in ID_SYSTEMS)
    tables.make(_ROSTER.format(columns=columns))
    tables.make(_KNOWN.format(systems=systems))
    tables.make(_STATED.format(columns=columns, systems=systems))
    declared = [
        {"source": one.name, "system": one.bare}
        for one in origins(context.district, "student")
        if one.bare is not None
    ]
    tables.load("bare", pa.Table.from_pylist(declared))


def identifiers(tables: Tables) -> pa.Table:
    """Return what baselines' keys stand for, as ``student_identifier`` of a release."""
    return _arrow(tables, _IDENTIFIERS)


def exact_declared(tables: Tables) -> pa.Table:
    """Link by the one declared id column of a source, trimmed and equal: what DATAS does."""
    return _arrow(tables, _EXACT)


def best_column(tables: Tables) -> pa.Table:
    """Link by the id column of a file that is on the roster most often: earthmover's bundles."""
    return _arrow(tables, _BEST)


def nobody_asked() -> pa.Table:
    """Return no question: these methods have no review."""
    kinds = [("person_record_id", pa.string()), ("person_key", pa.string())]
    return pa.schema(kinds).empty_table()


def _arrow(tables: Tables, query: str) -> pa.Table:
    return tables.connection.sql(query).to_arrow_table()


def in_one_table(methods: Sequence[tuple[str, Row, Row]]) -> Sequence[Row]:
    """Return a line per method: its name, `judge.shares` and `judge.false_merges`."""
    wanted = ("precision", "recall", "review share", "recall with review", "linked", "wrong")
    return [
        {"method": name, **{one: shares[one] for one in wanted}, **merges}
        for name, shares, merges in methods
    ]
