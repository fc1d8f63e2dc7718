"""Single records, with the values of both sides: everybody in these districts is invented."""

from collections.abc import Iterator, Sequence

from hit_pipeline.registry.database import Registry
from hit_pipeline.synth.score.tables import Row, Tables

_SIDES = (
    """
create or replace table stated_side as
select student_record_id as person_record_id, any_value(concat_ws(' ',
    student_given_name, student_middle_name, student_family_name,
    '(' || student_preferred_name || ')', '"' || student_display_name || '"',
    '*' || birth_date::varchar,
    'district ' || student_id_district, 'state ' || student_id_state, 'sis ' || student_id_sis,
    'email ' || student_id_email, 'vendor ' || student_id_vendor,
    'source ' || student_id_source)) as told
from typed_student_row where student_record_id is not null group by all
""",
    """
create or replace table known_side as
with named as (
    select person_key, string_agg(distinct concat_ws(' ', given_name, middle_name, family_name,
        '(' || preferred_name || ')', '"' || display_name || '"', '*' || birth_date), ' / ') as told
    from statement_now group by all
),
numbered as (
    select person_key, string_agg(distinct "system" || ' ' || value, ' ') as told
    from claim_now where origin = 'roster' and "system" <> 'source' group by all
)
select o.student_key as person_key, o.person_id, concat_ws(' ', n.told, '|', i.told) as told
from owner o left join named n on n.person_key = o.student_key
    left join numbered i on i.person_key = o.student_key
""",
)

_ABOUT = """
create or replace view about as
with decision as (
    select l.source, l.record_id, l.person_id, arg_max(l.person_record_id, l.became) as record,
        arg_max(l.answer, l.became) as answer
    from link l where l.record_id is not null group by all
),
kinds as (
    select source, record_id, person_id, string_agg(kind, '+' order by kind) as kinds
    from record_fault group by all
)
select r.*, d.record as person_record_id, d.answer, coalesce(k.kinds, 'none') as kinds,
    coalesce(w.rule, 'not decided') as rule, w.tier, w.evidence, w.probability, w.person_key,
    w.candidate_key, s.told as stated
from record r
    join decision d on d.source = r.source and d.record_id = r.record_id
        and d.person_id is not distinct from r.person_id
    left join kinds k on k.source = r.source and k.record_id = r.record_id
        and k.person_id is not distinct from r.person_id
    left join decided w on w.person_record_id = d.record
    left join stated_side s on s.person_record_id = d.record
"""

_WRONG = """
select a.source, a.person_record_id, a.kinds, a.rule, a.tier, a.evidence, a.probability, a.rows,
    case when a.person_id is null then 'nobody of a roster'
        when me.twin_id = a.answer then 'twin' when me.household = it.household then 'sibling'
        else 'other child' end as linked_to,
    a.stated, l.told as linked, t.told as truth
from about a
    left join key_person me on me.person_id = a.person_id and me.role = 'student'
    left join key_person it on it.person_id = a.answer and it.role = 'student'
    left join known_side l on l.person_key = a.person_key
    left join (select person_id, any_value(told) as told from known_side group by all) t
        on t.person_id = a.person_id
where a.became = '4 wrong' order by a.source, a.rule, a.person_record_id
"""

_MISSED = """
select a.source, a.person_record_id, a.became, a.kinds, a.rule, a.evidence, a.probability,
    a.candidate_right, a.stated, c.told as candidate, t.told as truth,
    count(*) over (partition by a.rule, a.kinds) as of_these
from about a
    left join known_side c on c.person_key = a.candidate_key
    left join (select person_id, any_value(told) as told from known_side group by all) t
        on t.person_id = a.person_id
where a.linkable and a.became in ('1 none', '2 review')
qualify row_number() over (
    partition by a.rule, a.kinds order by hash(a.person_record_id)) <= {most}
order by of_these desc, a.rule, a.kinds, a.person_record_id
"""

_CROSS = """
select rule, kinds, count(*) as records, count(*) filter (became = '2 review') as review,
    count(*) filter (candidate_right) as "right in review"
from about where linkable and became in ('1 none', '2 review')
group by all order by records desc, rule, kinds limit 60
"""


def find_sides(tables: Tables, registry: Registry) -> None:
    """Make ``about``: a record with its decision, and what both sides are said to be."""
    for name in ("statement_now", "claim_now"):
        tables.make(f"drop table if exists {name}")
    tables.load("statement_now", registry.statements("student"))
    tables.load("claim_now", registry.claims("student"))
    for statement in (*_SIDES, _ABOUT):
        tables.make(statement)


def wrong_links(tables: Tables) -> Sequence[Row]:
    """Return every record that was linked to somebody it is not."""
    return tables.rows(_WRONG)


def missed_by_rule(tables: Tables) -> Sequence[Row]:
    """Return how many linkable records were not linked, by rule and the dirt they bear."""
    return tables.rows(_CROSS)


def missed(tables: Tables, most: int) -> Sequence[Row]:
    """Return up to so many linkable records of each rule and dirt that were not linked."""
    return tables.rows(_MISSED.format(most=most))


def told_wrong(rows: Sequence[Row]) -> Iterator[str]:
    """Yield wrong links in words."""
    for row in rows:
        yield (
            f"- {row['source']} {row['person_record_id']} to a {row['linked_to']}: {row['rule']}"
            f" [{row['evidence'] or ''}]{_probability(row)} dirt {row['kinds']}, {row['rows']} rows"
        )
        for side in ("stated", "linked", "truth"):
            yield f"    {side:>9}: {row[side] or '-'}"


def told_missed(rows: Sequence[Row]) -> Iterator[str]:
    """Yield missed records in words, under their rule and dirt."""
    title = None
    for row in rows:
        of = (row["rule"], row["kinds"])
        if of != title:
            title = of
            yield f"\n{row['rule']} x {row['kinds']}: {row['of_these']} linkable records"
        right = "right" if row["candidate_right"] else "not right"
        asked = f"review, {right} candidate" if row["became"] == "2 review" else "nobody"
        yield (
            f"- {row['source']} {row['person_record_id']}: {asked} [{row['evidence'] or ''}]"
            f"{_probability(row)}"
        )
        for side in ("stated", "candidate", "truth"):
            if side != "candidate" or row[side] != row["truth"]:
                yield f"    {side:>9}: {row[side] or '-'}"


def _probability(row: Row) -> str:
    return "" if row["probability"] is None else f" p={row['probability']:.5f}"
