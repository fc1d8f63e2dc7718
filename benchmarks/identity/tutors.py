"""How well tutors are told apart: keys against the true tutors, per row and per person record."""

from collections.abc import Sequence

from benchmarks.identity.lake import Prepared
from benchmarks.identity.truth import view_typed
from hit_pipeline.registry.database import Registry
from hit_pipeline.synth.score.figures import count, share
from hit_pipeline.synth.score.tables import Row, Tables

# Whom a row names: lists of tutors say it themselves, of sessions the seats do: whoever led, who is
# the substitute where one is named; the tutor planned is then known only where the key tells it.
# Rows that name a wrong tutor are left out.
_NAMED = """
create table tutor_row as
with typed as (
    select distinct r._source as source, f.stand_in as file_id, r._row as row,
        r.tutor_record_id as person_record_id, r.session_id_source as session,
        coalesce(r.tutor_role = 'substitute', false) as is_substitute
    from typed_tutor_row r join file f on f.delivery_id = r._delivery_id
        and (f.entry is null or f.entry = lower(replace(r._file, '_', '')))
    where r.tutor_record_id is not null and r._table in ('typed_session_log', 'typed_tutor_event')
),
replaced as (select distinct file_id, row from typed where is_substitute),
swapped as (
    select distinct f.stand_in as file_id, k.row
    from key_fault k join file f on f.source = k.source and f.file = k.file
    where k.kind = 'row_tutor_overlap'
),
told as (
    select f.stand_in as file_id, t.row, t.person_id
    from key_row_truth t join file f on f.source = t.source and f.file = t.file
    where t.role = 'tutor' and t.person_id is not null and f.file_id = f.stand_in
),
led as (
    select t.file_id, t.row, any_value(s.tutor_person_id) as person_id
    from truth t join key_seat s on s.seat_id = t.seat_id
    where s.tutor_person_id is not null group by all
),
led_session as (
    select r._source as source, r.session_id_source as session, any_value(l.person_id) as person_id
    from typed_tutor_row r join file f on f.delivery_id = r._delivery_id
            and (f.entry is null or f.entry = lower(replace(r._file, '_', '')))
        join led l on l.file_id = f.stand_in and l.row = r._row
    where r.session_id_source is not null group by all
)
select d.source, d.person_record_id, d.file_id, d.row,
    case when d.is_substitute then coalesce(l.person_id, s.person_id)
        when t.person_id is not null then t.person_id
        when r.file_id is null then l.person_id end as person_id
from typed d
    left join told t on t.file_id = d.file_id and t.row = d.row
    left join led l on l.file_id = d.file_id and l.row = d.row
    left join led_session s on s.source = d.source and s.session = d.session
    left join replaced r on r.file_id = d.file_id and r.row = d.row
    anti join swapped w on w.file_id = d.file_id and w.row = d.row
"""

_RECORD = """
create table tutor_record as
with counted as (
    select source, person_record_id, person_id, count(*) as rows
    from tutor_row where person_id is not null group by all
),
claim as (
    select source, tutor_person_id, string_agg(distinct kind, '+' order by kind) as kinds
    from key_tutor_claim where coalesce(kind, '') <> '' group by all
)
select c.source, c.person_record_id, arg_max(c.person_id, (c.rows, -c.person_id)) as person_id,
    sum(c.rows)::bigint as rows, max(c.rows) / sum(c.rows) as share,
    any_value(k.kinds) as kinds
from counted c left join claim k on k.source = c.source and k.tutor_person_id = c.person_id
group by c.source, c.person_record_id
"""

# Pairs of rows or of records: n of them make n * (n - 1) / 2. Without a key each is on its own.
_PAIRS = """
with keyed as (
    select t.*, {weight} as weight, d.person_key as tutor_key,
        coalesce(d.outcome, 'none') as outcome
    from tutor_record t left join decided_tutor d on d.person_record_id = t.person_record_id
),
same as (
    select sum(weight) as n from keyed where tutor_key is not null group by tutor_key, person_id
),
by_key as (
    select sum(weight) as n, count(distinct person_id) as people from keyed
    where tutor_key is not null group by tutor_key
),
by_person as (
    select sum(weight) as n, count(distinct tutor_key) as keys from keyed group by person_id
)
select (select coalesce(sum(n * (n - 1) // 2), 0) from same)::bigint as both,
    (select coalesce(sum(n * (n - 1) // 2), 0) from by_key)::bigint as said,
    (select coalesce(sum(n * (n - 1) // 2), 0) from by_person)::bigint as true_pairs,
    (select count(*) from by_key) as keys, (select count(*) from by_key where people > 1) as merged,
    (select count(*) from by_person) as people,
    (select count(*) from by_person where keys > 1) as split,
    (select coalesce(sum(weight), 0) from keyed)::bigint as weight,
    (select coalesce(sum(weight), 0) from keyed where outcome = 'unsure')::bigint as review,
    (select coalesce(sum(weight), 0) from keyed where tutor_key is null)::bigint as without
"""

_WRONG = """
with keyed as (
    select t.*, d.person_key as tutor_key, d.rule, d.evidence, d.outcome, s.told
    from tutor_record t left join decided_tutor d on d.person_record_id = t.person_record_id
        left join (
            select tutor_record_id as person_record_id, any_value(concat_ws(' ', tutor_given_name,
                tutor_family_name, '"' || tutor_display_name || '"',
                'email ' || tutor_id_email, 'vendor ' || tutor_id_vendor,
                'district ' || tutor_id_district, 'source ' || tutor_id_source)) as told
            from typed_tutor_row group by all
        ) s on s.person_record_id = t.person_record_id
)
select 'merged' as what, tutor_key as who, source, person_id, kinds, rule, evidence, rows, told
from keyed qualify count(distinct person_id) over (partition by tutor_key) > 1
    and tutor_key is not null
union all
select 'split', person_id::varchar, source, person_id, kinds, coalesce(tutor_key, outcome) || ' '
    || rule, evidence, rows, told
from keyed qualify count(distinct coalesce(tutor_key, person_record_id)) over (
    partition by person_id) > 1
order by 1, 2, source
"""


_BY_SOURCE = """
with keyed as (
    select t.*, d.person_key as tutor_key, d.outcome from tutor_record t
        left join decided_tutor d on d.person_record_id = t.person_record_id
),
main as (
    select person_id, arg_max(tutor_key, (rows, tutor_key)) as tutor_key
    from (select person_id, tutor_key, sum(rows) as rows from keyed
        where tutor_key is not null group by all)
    group by person_id
)
select k.source, coalesce(k.kinds, 'none') as kinds, count(*) as records,
    count(*) filter (k.tutor_key = m.tutor_key) as "with the tutor's main key",
    count(*) filter (k.tutor_key <> m.tutor_key) as "with another",
    count(*) filter (k.tutor_key is null) as "without",
    count(*) filter (k.outcome = 'unsure') as review
from keyed k left join main m on m.person_id = k.person_id
group by all order by "with another" + "without" desc, 1, 2
"""


def find_tutors(tables: Tables, prepared: Prepared, registry: Registry) -> None:
    """Make ``tutor_row``, ``tutor_record`` and ``decided_tutor``; after `truth.find_named`."""
    view_typed(tables, prepared.lake.root, "tutor")
    claims = prepared.folder / "key" / "tutor_claim.parquet"
    tables.make(f"create view key_tutor_claim as from read_parquet('{claims}')")
    tables.load("decided_tutor", registry.links("tutor"))
    for statement in (_NAMED, _RECORD):
        tables.make(statement)


def pairs(tables: Tables) -> Sequence[Row]:
    """Return precision and recall over pairs of rows, then over pairs of person records.

    Two are a pair when they name one tutor; precision: of the pairs with one key, those that are
    true; recall: of the true pairs, those with one key. A record is whoever most of its rows name.
    """
    return [
        *_figures(tables, "rows", "t.rows"),
        *_figures(tables, "records", "1"),
    ]


def _figures(tables: Tables, unit: str, weight: str) -> list[Row]:
    found = tables.row(_PAIRS.format(weight=weight))
    lines = [
        share(f"precision, pairs of {unit}", found["both"], found["said"]),
        share(f"recall, pairs of {unit}", found["both"], found["true_pairs"]),
        count(f"{unit} in review", found["review"], found["weight"]),
        count(f"{unit} without a key", found["without"], found["weight"]),
    ]
    if unit == "records":
        lines.append(count("keys of two tutors", found["merged"], found["keys"]))
        lines.append(count("tutors with two keys", found["split"], found["people"]))
    return lines


def by_source(tables: Tables) -> Sequence[Row]:
    """Return by source and dirt how many records have the key most rows of their tutor have."""
    return tables.rows(_BY_SOURCE)


def wrong(tables: Tables) -> Sequence[Row]:
    """Return the records of keys that stand for two tutors, and of tutors with two keys."""
    return tables.rows(_WRONG)
