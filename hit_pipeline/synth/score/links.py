"""How well the release links pupils: per person record, per row, and merged or split children."""

import pyarrow as pa

from hit_pipeline.synth.score.detectors import IDENTITY
from hit_pipeline.synth.score.figures import count, share
from hit_pipeline.synth.score.tables import Row, Tables

_RECORD_FAULT = """
create table record_fault as
select distinct l.source, l.record_id, l.person_id, k.kind
from key_fault k join key_fault_kind n on n.kind = k.kind and n.family in (from identity_family)
    join file f on f.source = k.source and f.file = k.file
    join link l on l.file_id = f.file_id and l.row = k.row
        and l.person_id is not distinct from k.person_id
where l.record_id is not null
"""

_COUNTS = """
    count(*) as of_all,
    count(*) filter (linkable) as linkable,
    count(*) filter (became in ('3 right', '4 wrong')) as linked,
    count(*) filter (became = '3 right') as right_links,
    count(*) filter (became = '3 right' and linkable) as right_linkable,
    count(*) filter (became = '4 wrong') as wrong_links,
    count(*) filter (became = '4 wrong' and person_id is null) as linked_nobody,
    count(*) filter (became = '2 review') as in_review,
    count(*) filter (linkable and (became = '3 right' or (became = '2 review' and candidate_right)))
        as found
"""

_KIND = """
create view record_kind as
select coalesce(r.kind, 'none') as kind, records.*
from record records left join record_fault r using (source, record_id, person_id)
"""

_HIDDEN = """
select count(distinct (t.source, t.record_id)) as records
from release_quarantine q
    join spot s on s.delivery_id = q.delivery_id and s.file = q.file
    join truth t on t.file_id = s.file_id and t.row = q.row and t.linkable
    anti join record r on r.source = t.source and r.record_id = t.record_id
where t.record_id is not null
"""

_MERGED = """
with pair as (
    select o.student_key, bool_or(a.twin_id = b.person_id) as twins,
        bool_or(a.household = b.household) as siblings
    from (from owner where people > 1) o,
        unnest(o.all_people) as first_of(person_id), unnest(o.all_people) as second_of(person_id)
        join key_person a on a.person_id = first_of.person_id and a.role = 'student'
        join key_person b on b.person_id = second_of.person_id and b.role = 'student'
            and b.person_id <> a.person_id
    group by o.student_key
)
select (select count(distinct student_key) from release_student_identifier) as keys,
    (select count(*) from owner) as owned, count(*) as merged,
    count(*) filter (twins) as twins, count(*) filter (siblings and not coalesce(twins, false))
        as siblings
from pair
"""

_SPLIT = """
with person as (select person_id, count(*) as keys from owner group by person_id)
select count(*) as people, count(*) filter (p.keys > 1) as split,
    count(*) filter (p.keys > 1 and k.number_new <> '') as renumbered
from person p join key_person k on k.person_id = p.person_id and k.role = 'student'
"""


def student_links(tables: Tables) -> list[Row]:
    """Return the figures of all records, then those of all rows, then merged and split children.

    Precision is right / linked, recall right / linkable; with review, a record in review counts as
    found when its one candidate is the true person.
    """
    (records,) = tables.counts("record", _COUNTS)
    (rows,) = tables.counts("link", _COUNTS)
    hidden = tables.row(_HIDDEN)["records"]
    return [
        *_figures(records, "records"),
        count("linkable records only in quarantined rows", hidden, records["linkable"] + hidden),
        *_figures(rows, "rows"),
        *children(tables),
    ]


def record_counts(tables: Tables, table: str = "record", by: str = "") -> list[Row]:
    """Return how many records (of a table like ``record``) were linked, rightly, wrongly, not.

    Args:
        tables: The release and the key.
        table: Name of the table.
        by: Column to count by; empty for one row of all.
    """
    return tables.counts(table, _COUNTS, by)


def links_by_source(tables: Tables) -> list[Row]:
    """Return counts of records and their links, one row per source."""
    found = tables.counts("record", _COUNTS, by="source")
    return [{"source": row["source"], **_told(row)} for row in found]


def links_by_fault(tables: Tables) -> list[Row]:
    """Return counts of records and their links by the identity fault they bear, `none` first.

    A record that bears two faults counts with both.
    """
    find_faults(tables)
    found = tables.counts("record_kind", _COUNTS, by="kind")
    found.sort(key=lambda row: row["kind"] != "none")
    return [{"kind": row["kind"], **_told(row)} for row in found]


def find_faults(tables: Tables) -> None:
    """Make ``record_fault``, the identity faults each record bears, and ``record_kind``."""
    tables.load("identity_family", pa.table({"family": pa.array(IDENTITY)}))
    tables.make(_RECORD_FAULT)
    tables.make(_KIND)


def _figures(row: Row, unit: str) -> list[Row]:
    return [
        share(f"precision of automatic links, {unit}", row["right_links"], row["linked"]),
        share(f"recall of automatic links, {unit}", row["right_linkable"], row["linkable"]),
        share(f"recall with review, {unit}", row["found"], row["linkable"]),
        share(f"in review, {unit}", row["in_review"], row["of_all"]),
        count(f"wrong links, {unit}", row["wrong_links"], row["linked"]),
        count(f"of them about nobody of a roster, {unit}", row["linked_nobody"], row["linked"]),
    ]


def _told(row: Row) -> Row:
    return {
        "records": row["of_all"],
        "linkable": row["linkable"],
        "linked": row["linked"],
        "wrong": row["wrong_links"],
        "review": row["in_review"],
        "recall": row["right_linkable"] / row["linkable"] if row["linkable"] else None,
    }


def children(tables: Tables) -> list[Row]:
    """Return how many keys stand for two children, and how many children have two keys."""
    merged, split = tables.row(_MERGED), tables.row(_SPLIT)
    return [
        count("student keys that stand for two children", merged["merged"], merged["keys"]),
        count("of them twins", merged["twins"], merged["merged"]),
        count("of them other siblings", merged["siblings"], merged["merged"]),
        count(
            "student keys that stand for nobody", merged["keys"] - merged["owned"], merged["keys"]
        ),
        count("children with two student keys", split["split"], split["people"]),
        count("of them renumbered at re-entry", split["renumbered"], split["split"]),
    ]
