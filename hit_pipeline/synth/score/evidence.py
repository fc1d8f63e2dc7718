"""Every fault and every warning laid down as a code at a row, a seat or a delivery."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import pyarrow as pa

from hit_pipeline.synth.score.detectors import DETECTORS, PAIRS, SETS_OFF
from hit_pipeline.synth.score.tables import Tables

# One fault may stand in the files of many nights, and one of a whole file in all of its rows. A
# fault of an identity is told by its person record, one of a file by the file; any other by its
# seat, else by the record, else by its row.
_LINE = """
create table fault_line as
with known as (
    select kind, family in (from identity_family) as is_identity,
        starts_with(unit, 'file') as is_file
    from key_fault_kind
),
named as (
    select k.kind, k.source, k.file, if(n.is_file, null, k.row) as row,
        if(n.is_file, null, k.seat_id) as seat_id,
        coalesce(n.is_identity, false) as is_identity
    from key_fault k left join known n on n.kind = k.kind
),
line as (
    select distinct k.kind, k.row, k.seat_id, f.stand_in, f.file_id, f.delivery_id, k.is_identity,
        case when k.file is null then k.source in (select source from file where is_read)
            else f.is_read or (k.row is null and f.delivery_id is not null) end as is_read
    from named k left join file f on f.source = k.source and f.file = k.file
)
select l.kind, l.row, l.seat_id, l.stand_in as file_id, l.delivery_id,
    coalesce(l.is_read, false) as is_read,
    case when t.record_id is not null then hash('record', t.source, t.record_id)
        when l.seat_id is not null then hash('seat', l.seat_id)
        when l.row is null then hash('file', l.file_id)
        else hash('row', l.stand_in, l.row) end as fault
from line l left join truth t on t.file_id = l.stand_in and t.row = l.row
    and (l.is_identity or l.seat_id is null)
"""

_EVIDENCE = (
    """
create table evidence as
with session as (
    select session_key, _delivery_id, _file, _row, unnest(string_split(flags, ',')) as rule
    from release_session where flags is not null
),
through as (
    select s.session_key, p._delivery_id, p._file, p._row, s.rule
    from session s join release_session_participant p on p.session_key = s.session_key
),
flagged as (
    select _delivery_id, _file, _row, unnest(string_split(flags, ',')) as rule,
        false as is_silent, null as session_key
        from release_session_participant where flags is not null
    union all select _delivery_id, _file, _row, rule, true, session_key from through
    union all select _delivery_id, _file, _row, rule, false, session_key from session
)
select 'flag:' || f.rule as code, s.file_id, f._row as row, p.seat_id,
    f._delivery_id as delivery_id, bool_and(f.is_silent) as is_silent,
    any_value(f.session_key) as session_key
from flagged f
    left join spot s on s.delivery_id = f._delivery_id and s.file = f._file
    left join seating p on p.file_id = s.file_id and p.row = f._row
group by all
""",
    """
insert into evidence
select distinct 'quarantine:' || q.rule, s.file_id, q.row, t.seat_id, q.delivery_id, false, null
from release_quarantine q
    left join spot s on s.delivery_id = q.delivery_id and s.file = q.file
    left join truth t on t.file_id = s.file_id and t.row = q.row
""",
    """
insert into evidence
select distinct 'finding:' || rule as code, null::bigint, null::bigint, null::bigint, delivery_id,
    severity = 'info', null
from release_delivery_finding
union all
select status || ':' || refused_rule, null, null, null, delivery_id, false, null
from release_delivery where refused_rule is not null
union all
select 'fate:' || fate, null, null, null, delivery_id, false, null
from (unpivot release_delivery on rows_superseded as superseded, rows_repeated as repeated,
    rows_excluded as excluded into name fate value amount) where amount > 0
""",
    """
insert into evidence
select distinct 'link:' || split_part(l.became, ' ', 2), l.file_id, l.row, l.seat_id,
    null::text, false, null
from link l semi join fault_line f on f.file_id = l.file_id and f.row = l.row
""",
    """
insert into evidence
select unnest(['seat:found', if(s.participants = 1, 'seat:once', null),
        if(s.seconds = d.present, 'seat:exact', null)]),
    null, null, d.seat_id, null::text, false, null
from due d join seat_found s on s.seat_id = d.seat_id
    semi join fault_line f on f.seat_id = d.seat_id
""",
    """
insert into evidence
select distinct 'seat:on_time', null::bigint, null::bigint, d.seat_id, null::text, false, null
from (from seating semi join fault_line f on f.seat_id = seating.seat_id) p
    join due d on d.seat_id = p.seat_id
    join release_session s on hash(s.session_key) = p.session
where s.started_at_utc = d.started_at_utc
""",
    """
insert into evidence
select 'file:known', null, null, null, delivery_id, false, null
from file where delivery_id is not null
group by delivery_id having count(distinct path) > 1
""",
)

# Of two meetings that overlap one is flagged: those of one pupil or tutor on a day are neighbours.
_NEIGHBOUR = """
create table neighbour as
with place as (
    select d.seat_id, p.code, d.local_date,
        if(p.whose = 'tutor', d.tutor_person_id, d.person_id) as who
    from due d, pair p
),
flagged as (
    select distinct p.* from place p
        join evidence e on e.code = p.code and e.seat_id = p.seat_id
),
faulty as (
    select distinct p.* from place p join fault_line l on l.seat_id = p.seat_id
        join alarm a on a.kind = l.kind and a.code = p.code
)
select a.code, a.seat_id as faulty_seat, b.seat_id as flagged_seat
from faulty a join flagged b on b.code = a.code and b.who = a.who
    and b.local_date = a.local_date
"""


def lay_down(tables: Tables) -> None:
    """Make the tables that faults and warnings are counted from.

    ``fault_line``: a fault in its place. ``evidence``: a code in its place. ``detector``: kind of
    fault and the codes that show it; ``alarm``: those that it may set off, them included.
    ``neighbour``: seat with a fault and seat flagged for it, of one pupil or tutor on one day.
    """
    for statement in (_LINE, *_EVIDENCE):
        tables.make(statement)
    codes = [str(row["code"]) for row in tables.rows("select distinct code from evidence")]
    tables.load("named_detector", _codes(DETECTORS, None))
    tables.load("detector", _codes(DETECTORS, codes))
    kinds = DETECTORS.keys() | SETS_OFF.keys()
    alarms = {kind: (*DETECTORS.get(kind, ()), *SETS_OFF.get(kind, ())) for kind in kinds}
    tables.load("alarm", _codes(alarms, codes))
    pairs = {"code": pa.array(PAIRS.keys()), "whose": pa.array(PAIRS.values())}
    tables.load("pair", pa.table(pairs))
    tables.make(_NEIGHBOUR)


def _codes(patterns: Mapping[str, Sequence[str]], codes: Sequence[str] | None) -> pa.Table:
    """Return kind and code; with codes given, patterns are replaced by those they fit."""
    found = {
        (kind, code)
        for kind, of_kind in patterns.items()
        for pattern in of_kind
        for code in ([pattern] if codes is None else codes)
        if codes is None or fnmatchcase(code, pattern)
    }
    rows = [{"kind": kind, "code": code} for kind, code in sorted(found)]
    return pa.Table.from_pylist(rows, pa.schema([("kind", pa.string()), ("code", pa.string())]))
