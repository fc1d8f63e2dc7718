"""How well the release counts minutes, and where it says lost ones went."""

from hit_pipeline.synth.score.detectors import BUCKETS
from hit_pipeline.synth.score.figures import share, total_named
from hit_pipeline.synth.score.tables import Row, Tables

_NAMED = """
create table named as
select distinct t.seat_id from key_row_truth t
    join file f on f.source = t.source and f.file = t.file
where f.is_read and t.role = 'student' and t.seat_id is not null
"""

# Of several participants on one seat the one present longest tells the bucket; their time adds up.
_SEVERAL = """
create table several as
select seat_id, count(*) as participants, sum(attended)::bigint as seconds
from seating where seat_id is not null group by seat_id having count(*) > 1
"""

_SEAT_FOUND = """
create table seat_found as
with one as (
    from (from seating anti join several using (seat_id)) where seat_id is not null
    union all from (from seating semi join several using (seat_id))
        qualify row_number() over (
            partition by seat_id order by attended desc, file_id, row) = 1
)
select o.seat_id, coalesce(s.participants, 1) as participants,
    coalesce(s.seconds, o.attended) as seconds, o.bucket,
    if(o.bucket = 'delivered', o.planned, least(o.planned, o.attended)) as delivered,
    o.planned - if(o.bucket = 'delivered', o.planned, least(o.planned, o.attended)) as lost
from (select * replace (coalesce(planned, 0) as planned) from one) o
    left join several s on s.seat_id = o.seat_id
"""

_SEAT = """
create view due as
select s.*, s.inside_seconds + s.surplus_seconds as present, n.seat_id is not null as is_named
from key_seat s left join named n on n.seat_id = s.seat_id
where s.source in (select source from file where is_read)
"""

_SEATS = """
create view told as
select d.source, d.present, f.participants, coalesce(f.seconds, 0) as told
from due d left join seat_found f on f.seat_id = d.seat_id
where d.is_named
"""

_EXACT = """
select source, count(*) as seats, count(*) filter (participants is null) as missing,
    count(*) filter (participants > 1) as twice,
    count(*) filter (told = present) as exact,
    (count(*) filter (told = present))::double / nullif(count(*), 0) as exact_share
from told group by rollup (source) order by source nulls last
"""

_ERRORS = """
select source, sum(abs(told - present))::double / nullif(count(*), 0) as error_seconds,
    coalesce(sum(present), 0)::bigint as true_seconds,
    coalesce(sum(told), 0)::bigint as told_seconds,
    sum(told - present)::double / nullif(sum(present), 0) as total_error
from told group by rollup (source) order by source nulls last
"""

_UNNAMED = """
select source, count(*) filter (not is_named) as unnamed, count(*) as seats
from due group by rollup (source) order by source nulls last
"""

_STRANGERS = """
select f.source, count(*) as participants, count(*) filter (p.seat_id is null) as no_seat,
    coalesce(sum(p.attended) filter (p.seat_id is null), 0)::bigint as seconds
from seating p join file f on f.file_id = p.file_id
group by f.source order by f.source
"""

_PART = """
create table part as
select m.cause, m.seconds, f.seat_id is null as is_missing, d.is_named, f.bucket,
    coalesce(f.lost, 0) as lost, greatest(coalesce(f.delivered, 0) - d.inside_seconds, 0) as excess,
    a.bucket is not null as fits,
    least(m.seconds, case when m.cause = 'delivered' then coalesce(f.delivered, 0)
        when a.bucket is not null then f.lost else 0 end) as right_seconds
from key_minute_cause m join due d on d.seat_id = m.seat_id
    left join seat_found f on f.seat_id = m.seat_id
    left join accepts a on a.cause = m.cause and a.bucket = f.bucket
"""

_CAUSES = """
select cause, coalesce(sum(seconds), 0)::bigint as seconds,
    coalesce(sum(right_seconds), 0)::bigint as right_seconds,
    sum(right_seconds)::double / nullif(sum(seconds), 0) as share
from part group by rollup (cause) order by cause nulls last
"""

_CONFUSION = """
select cause, case when not is_named then '(no row names the seat)'
        when is_missing then '(not in the release)'
        when cause = 'delivered' and lost > 0 then bucket
        when cause <> 'delivered' and not fits and lost > 0 and lost >= excess then bucket
        when cause <> 'delivered' and excess > 0 then 'delivered'
        else '(planned for less)' end as taken_for,
    sum(seconds - right_seconds)::bigint as seconds
from part where seconds > right_seconds group by all order by cause, seconds desc, taken_for
"""


def exact_seats(tables: Tables) -> list[Row]:
    """Return seats whose time present is exact, one row per source and all of them last.

    A seat is a pupil expected at a meeting. Counted are the seats some row of a read file names;
    one that is missing from the release counts as no time, ``twice`` is in it more than once.
    """
    for statement in (_NAMED, _SEVERAL, _SEAT_FOUND, _SEAT, _SEATS):
        tables.make(statement)
    return total_named(tables.rows(_EXACT), "source")


def minute_errors(tables: Tables) -> list[Row]:
    """Return by how much time present is wrong, one row per source and all of them last.

    ``error_seconds`` is the mean absolute error of a seat; ``total_error`` by what share of the
    true time the told total is over it. After `exact_seats`.
    """
    return total_named(tables.rows(_ERRORS), "source")


def unnamed_seats(tables: Tables) -> list[Row]:
    """Return seats of the sources read that no row of a read file names. After `exact_seats`."""
    return total_named(tables.rows(_UNNAMED), "source")


def strangers(tables: Tables) -> list[Row]:
    """Return the participants of the release that are no seat, one row per source."""
    return tables.rows(_STRANGERS)


def causes(tables: Tables) -> list[Row]:
    """Return the planned seconds in the right bucket, one row per true cause and all of them last.

    Counted are all seats of the sources read. After `exact_seats`.
    """
    pairs = [(cause, bucket) for cause, buckets in BUCKETS.items() for bucket in buckets]
    tables.make("create table accepts (cause text, bucket text)")
    tables.connection.executemany("insert into accepts values ($1, $2)", pairs)
    tables.make(_PART)
    return total_named(tables.rows(_CAUSES), "cause")


def confusion(tables: Tables) -> list[Row]:
    """Return the seconds in a wrong bucket by true cause and bucket. After `causes`."""
    return tables.rows(_CONFUSION)


def minute_figures(rows: list[Row], by_cause: list[Row]) -> list[Row]:
    """Return the headlines of `exact_seats` and `causes`; none of what there is none of."""
    return [
        *(share("seats with exact minutes", one["exact"], one["seats"]) for one in rows[-1:]),
        *(
            share("planned seconds in the right bucket", one["right_seconds"], one["seconds"])
            for one in by_cause[-1:]
        ),
    ]
