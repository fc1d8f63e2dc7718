"""Which delivered file each row of the release came from, and which files were never read.

A file and a delivery are the same when their bytes are: deliveries are told by their SHA-256.
"""

import hashlib
from pathlib import Path

import pyarrow as pa

from hit_pipeline.synth.score.figures import total_named
from hit_pipeline.synth.score.tables import Row, Tables

_FILE = r"""
create table file as
with named as (
    select distinct source, file from key_row_truth
    union select distinct source, file from key_fault where file is not null
),
arrived as (
    select h.source, h.path, min(d.delivery_id) as delivery_id,
        arg_min(d.status, d.delivery_id) as status
    from hashed h join release_delivery d on d.source = h.source and d.sha256 = h.sha256
    group by all
),
split as (
    select row_number() over (order by source, file) as file_id, *,
        regexp_replace(file, '(?i)(\.zip)/.*$', '\1') as path,
        nullif(regexp_extract(file, '(?i)\.zip/(.*/)?([^/]*?)(\.[^./]*)?$', 2), '') as entry
    from named
)
select s.file_id, s.source, s.file, s.path, lower(replace(s.entry, '_', '')) as entry,
    a.delivery_id, coalesce(a.status = 'landed', false) as is_read,
    if(a.delivery_id is null, s.file_id,
        min(s.file_id) over (partition by a.delivery_id, s.entry)) as stand_in
from split s left join arrived a on a.source = s.source and a.path = s.path
"""

_SPOT = """
create table spot as
with told as (
    select _delivery_id as delivery_id, _file as file from release_session_participant
    union select _delivery_id, _file from release_session
    union select _delivery_id, _file from release_assessment_result
    union select _delivery_id, _file from release_program_assignment
    union select _delivery_id, _file from release_school_attendance
    union select _delivery_id, _file from release_section_enrollment
    union select _delivery_id, _file from release_school_enrollment
    union select delivery_id, file from release_quarantine
)
select distinct t.delivery_id, t.file, f.stand_in as file_id
from told t join file f on f.delivery_id = t.delivery_id
    and (f.entry is null or f.entry = lower(replace(t.file, '_', '')))
"""

_CROWDED = """
create table crowded as
select f.file_id from key_row_truth t join file f on f.source = t.source and f.file = t.file
where t.role = 'student' and f.is_read
group by f.file_id having count(*) > max(t.row)
"""

_COVERAGE = """
with line as (
    select source, file, count(*) as rows, count(*) filter (role = 'student') as pupils
    from key_row_truth group by all
)
select f.source, count(distinct f.path) as files,
    count(distinct f.path) filter (f.is_read) as files_read,
    coalesce(sum(l.rows), 0)::bigint as rows,
    coalesce(sum(l.rows) filter (f.is_read), 0)::bigint as rows_read,
    case when not bool_or(f.is_read) then 'not read'
        when bool_or(c.file_id is not null) then 'several pupils a row'
        when bool_and(f.is_read) then '' else 'read in part' end as note
from file f left join line l on l.source = f.source and l.file = f.file
    left join crowded c on c.file_id = f.file_id
group by f.source order by f.source
"""

_FATES = """
with counted as (
    select source, sum(rows)::bigint as of_rows, sum(rows_conformed)::bigint as conformed,
        sum(rows_superseded)::bigint as superseded, sum(rows_repeated)::bigint as repeated,
        sum(rows_excluded)::bigint as excluded, sum(rows_quarantined)::bigint as quarantined,
        sum(rows - rows_conformed - rows_superseded - rows_repeated - rows_excluded
            - rows_quarantined)::bigint as no_fate
    from release_delivery where status = 'landed' group by rollup (source)
)
select source, fate, rows, of_rows
from (unpivot counted on conformed, superseded, repeated, excluded, quarantined, no_fate
    into name fate value rows)
where rows <> 0 order by source nulls last, rows desc, fate
"""


def find_files(tables: Tables) -> None:
    """Make ``file``, ``spot`` and ``crowded``.

    ``file`` has one row per file the key names, an entry of a bundle being a file: its delivery
    (null when no delivery has its bytes), whether that landed, and of all files with the same bytes
    the first by name: it stands in for them. ``spot`` leads from the release's delivery and file
    name to it. ``crowded`` lists the files whose rows name several pupils.
    """
    find_delivered(tables)
    tables.make(_SPOT)


def find_delivered(tables: Tables) -> None:
    """Make ``file`` and ``crowded`` of `find_files`; of a release only the deliveries are used."""
    tables.load("hashed", _hashed(tables.inbox))
    for statement in (_FILE, _CROWDED):
        tables.make(statement)


def coverage(tables: Tables) -> list[Row]:
    """Return files and rows delivered and read, one row per source.

    A source is not read when no delivery of the release is one of its files.
    """
    return tables.rows(_COVERAGE)


def fates(tables: Tables) -> list[Row]:
    """Return rows by source and fate, the most first and all sources last; none has ``no_fate``."""
    return total_named(tables.rows(_FATES), "source")


def _hashed(inbox: Path) -> pa.Table:
    rows = []
    for path in sorted(path for path in inbox.glob("*/**/*") if path.is_file()):
        source, *below = path.relative_to(inbox).parts
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        rows.append({"source": source, "path": "/".join(below), "sha256": digest})
    kinds = [(name, pa.string()) for name in ("source", "path", "sha256")]
    return pa.Table.from_pylist(rows, pa.schema(kinds))
