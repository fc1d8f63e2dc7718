"""Which planted faults the release found or handled, and which of its warnings have no cause.

A fault is found when a code that `hit_pipeline.synth.score.detectors` names for its kind is in its
place.
"""

from hit_pipeline.synth.score.evidence import lay_down
from hit_pipeline.synth.score.tables import Row, Tables

_FOUND = """
create table found as
with wanted as (
    select l.*, d.code from fault_line l join detector d on d.kind = l.kind where l.is_read
)
select distinct w.kind, w.fault from wanted w join evidence e
    on e.code = w.code and e.file_id = w.file_id and e.row = w.row
union select w.kind, w.fault from wanted w join evidence e
    on e.code = w.code and e.seat_id = w.seat_id
union select w.kind, w.fault from wanted w join evidence e
    on e.code = w.code and e.delivery_id = w.delivery_id
    where w.row is null and w.seat_id is null
union select w.kind, w.fault from wanted w join evidence e
    on e.code = w.code and e.delivery_id = w.delivery_id
    where e.row is null and e.seat_id is null
union select w.kind, w.fault from wanted w join neighbour n
    on n.code = w.code and n.faulty_seat = w.seat_id
"""

_KINDS = """
with line as (
    select kind, count(distinct fault) filter (is_read) as faults,
        count(distinct fault) filter (not is_read) as unread
    from fault_line group by kind
),
hit as (select kind, count(*) as found from found group by kind),
kind as (select kind, family, injected from key_fault_kind
    union all select distinct kind, null, null from key_fault
        where kind not in (select kind from key_fault_kind))
select k.kind, k.family, coalesce(l.faults, 0) as faults,
    if(d.kind is null, null, coalesce(h.found, 0)) as found,
    if(d.kind is null, null, coalesce(l.faults, 0) - coalesce(h.found, 0)) as missed,
    coalesce(l.unread, 0) as unread,
    case when d.kind is null then 'no detector yet' else '' end as note
from kind k left join line l on l.kind = k.kind left join hit h on h.kind = k.kind
    left join (select distinct kind from named_detector) d on d.kind = k.kind
order by k.family nulls last, k.kind
"""

# A warning of a meeting stands at its participants too, and any of them may bear its cause.
_WARNINGS = """
with warning as (
    select *, row_number() over () as id from evidence
    where split_part(code, ':', 1) not in ('link', 'seat', 'fate', 'file')
),
cause as (
    select distinct a.code, l.file_id, l.row, l.seat_id, l.delivery_id
    from fault_line l join alarm a on a.kind = l.kind
),
caused as (
    select w.id from warning w semi join cause c
        on c.code = w.code and c.file_id = w.file_id and c.row = w.row
    union select w.id from warning w semi join cause c
        on c.code = w.code and c.seat_id = w.seat_id
    union select w.id from warning w semi join cause c
        on c.code = w.code and c.delivery_id = w.delivery_id and c.row is null
    union select w.id from warning w semi join cause c
        on c.code = w.code and c.delivery_id = w.delivery_id where w.row is null
    union select w.id from warning w semi join neighbour n
        on n.code = w.code and n.flagged_seat = w.seat_id
),
meeting as (
    select distinct w.code, w.session_key from warning w semi join caused c on c.id = w.id
    where w.session_key is not null
)
select w.code, count(*) as raised, count(*) filter (c.id is not null or m.code is not null)
        as explained, count(*) filter (c.id is null and m.code is null) as false_alarms
from warning w left join caused c on c.id = w.id
    left join meeting m on m.code = w.code and m.session_key = w.session_key
where not w.is_silent group by w.code order by w.code
"""


def faults(tables: Tables) -> list[Row]:
    """Return faults in read files, found and missed, one row per kind.

    A fault repeated every night is one. A kind without a detector has null found and missed.
    After `exact_seats` and `links_by_fault`.
    """
    lay_down(tables)
    tables.make(_FOUND)
    return tables.rows(_KINDS)


def warnings(tables: Tables) -> list[Row]:
    """Return what the release warned of, one row per code, and how often without a cause.

    Counted are rows, meetings and files, not what is for information only. A warning has a cause
    when a fault of a kind that may set it off stands in its place, or for overlaps on the day of
    the same pupil or tutor. After `faults`.
    """
    return tables.rows(_WARNINGS)
