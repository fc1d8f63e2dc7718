"""How well the release tells tutors apart: its tutor keys against the true tutors of seats."""

from hit_pipeline.synth.score.figures import count, share
from hit_pipeline.synth.score.tables import Row, Tables

_LED = """
create table led as
select p.tutor as tutor_key, s.tutor_person_id as person_id, count(*) as rows
from seating p join key_seat s on s.seat_id = p.seat_id
where s.tutor_person_id is not null group by all
"""

# Pairs of rows: n rows make n * (n - 1) / 2. Rows without a key are each on their own.
_PAIRS = """
with pairs as (select *, rows * (rows - 1) // 2 as pairs from led),
large as (
    select *, sum(rows) over (partition by tutor_key) as of_key,
        sum(rows) over (partition by person_id) as of_person
    from led
),
by_key as (
    select tutor_key, sum(rows) as rows, count(*) filter (10 * rows >= of_key) as people
    from large where tutor_key is not null group by tutor_key
),
by_person as (
    select person_id, sum(rows) as rows, count(tutor_key) as any_keys,
        count(tutor_key) filter (10 * rows >= of_person) as keys
    from large group by person_id
)
select
    (select coalesce(sum(rows), 0) from led)::bigint as rows,
    (select coalesce(sum(rows), 0) from led where tutor_key is null)::bigint as without,
    (select coalesce(sum(pairs), 0) from pairs where tutor_key is not null)::bigint as both,
    (select coalesce(sum(rows * (rows - 1) // 2), 0) from by_key)::bigint as said,
    (select coalesce(sum(rows * (rows - 1) // 2), 0) from by_person)::bigint as true_pairs,
    (select count(*) from by_key) as keys,
    (select count(*) from by_key where people > 1) as merged,
    (select count(*) from by_person where any_keys > 0) as people,
    (select count(*) from by_person where keys > 1) as split
"""


def tutors(tables: Tables) -> list[Row]:
    """Return precision and recall over pairs of rows, and tutors merged and split.

    Two rows are a pair when one tutor led them; precision: of the pairs the release gives one key,
    those that are true; recall: of the true pairs, those the release gives one key. A key stands
    for two tutors when each led a tenth of its rows or more, as a tutor has two keys when each has
    a tenth of the tutor's rows.
    """
    tables.make(_LED)
    found = tables.row(_PAIRS)
    return [
        share("precision, pairs of rows", found["both"], found["said"]),
        share("recall, pairs of rows", found["both"], found["true_pairs"]),
        count("rows without a tutor key", found["without"], found["rows"]),
        count("tutor keys that stand for two tutors", found["merged"], found["keys"]),
        count("tutors with two keys", found["split"], found["people"]),
    ]
