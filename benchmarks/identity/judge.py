"""Links held against the answer key, per person record of the key."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from hit_pipeline.registry.database import Registry
from hit_pipeline.synth.score.answers import find_owners, gather_records
from hit_pipeline.synth.score.links import children, find_faults, record_counts
from hit_pipeline.synth.score.tables import Row, Tables

# A key's claims are its rosters'; whoever it stands for is worked out as for a release.
_LINK = """
create table link as
select n.source, n.file_id, n.row, n.seat_id, n.record_id, n.person_id, n.linkable,
    d.person_record_id,
    case when d.person_key is null and d.outcome = 'unsure' then '2 review'
        when d.person_key is null then '1 none'
        when o.person_id = n.person_id then '3 right'
        else '4 wrong' end as became,
    coalesce(list_contains(c.people, n.person_id), false) as candidate_right,
    o.person_id as answer
from named_now n
    left join decided d on d.person_record_id = n.person_record_id
    left join owner o on o.student_key = d.person_key
    left join candidate c on c.person_record_id = n.person_record_id
"""

_CANDIDATE = """
create table candidate as
select person_record_id, list(distinct o.person_id) as people
from asked a join owner o on o.student_key = a.person_key
group by person_record_id
"""

_MADE = ("link", "record", "record_fault", "identity_family", "owner", "candidate", "decided")


def judge(
    tables: Tables,
    decided: pa.Table,
    asked: pa.Table,
    identifiers: pa.Table,
    named: str = "named",
) -> None:
    """Make ``link``, ``record``, ``record_fault`` and ``record_kind`` of decisions.

    Args:
        tables: With ``named`` of `benchmarks.identity.truth`.
        decided: ``person_record_id, person_key, outcome`` and what is shown of a decision.
        asked: ``person_record_id, person_key``: whom records in review might be.
        identifiers: What the keys claim, as ``student_identifier`` of a release.
        named: Which table says what is true, see `benchmarks.identity.truth`.
    """
    for name in ("record_kind", "record_born", "about"):
        tables.make(f"drop view if exists {name}")
    for name in (*_MADE, "asked", "release_student_identifier"):
        tables.make(f"drop table if exists {name}")
    tables.load("decided", decided)
    tables.load("asked", asked)
    tables.load("release_student_identifier", identifiers)
    tables.make(f"create or replace view named_now as from {named}")
    find_owners(tables)
    tables.make(_CANDIDATE)
    tables.make(_LINK)
    gather_records(tables)
    find_faults(tables)


def judge_registry(tables: Tables, registry: Registry, named: str = "named") -> None:
    """Judge what a registry says now; see `judge`."""
    links = registry.links("student")
    judge(tables, links, asked_of(registry, links), identifiers_of(registry), named)


def asked_of(registry: Registry, links: pa.Table) -> pa.Table:
    """Return ``person_record_id, person_key`` of everybody whom a record in review might be."""
    one = pa.table(
        {
            "person_record_id": links["person_record_id"],
            "person_key": links["candidate_key"],
        }
    )
    listed = getattr(registry, "candidates", None)
    if listed is None:
        return one
    return pa.concat_tables([one, listed("student").select(one.column_names)])


def identifiers_of(registry: Registry) -> pa.Table:
    """Return the claims of students as a release's ``student_identifier``."""
    claims = registry.claims("student")
    return pa.table(
        {
            "student_key": claims["person_key"],
            "system": claims["system"],
            "value": claims["value"],
            "valid_to": claims["withdrawn_at"],
            "origin": claims["origin"],
        }
    )


def shares(row: Row) -> Mapping[str, object]:
    """Return counts of records with the shares the bars are set on; null without any."""
    linked, linkable = row["linked"], row["linkable"]
    return {
        "records": row["of_all"],
        "linkable": linkable,
        "linked": linked,
        "right": row["right_links"],
        "wrong": row["wrong_links"],
        "of nobody": row["linked_nobody"],
        "review": row["in_review"],
        "right in review": row["found"] - row["right_linkable"],
        "precision": row["right_links"] / linked if linked else None,
        "recall": row["right_linkable"] / linkable if linkable else None,
        "recall with review": row["found"] / linkable if linkable else None,
        "review share": row["in_review"] / row["of_all"] if row["of_all"] else None,
    }


def summary(tables: Tables) -> Sequence[Row]:
    """Return one line of all records."""
    (counted,) = record_counts(tables)
    return [shares(counted)]


def by_source(tables: Tables) -> Sequence[Row]:
    """Return one line per source."""
    found = record_counts(tables, by="source")
    return [{"source": row["source"], **shares(row)} for row in found]


def by_kind(tables: Tables) -> Sequence[Row]:
    """Return one line per dirt kind, ``none`` first; a record counts with each it bears."""
    found = record_counts(tables, "record_kind", by="kind")
    found.sort(key=lambda row: row["kind"] != "none")
    return [{"kind": row["kind"], **shares(row)} for row in found]


def by_rule(tables: Tables) -> Sequence[Row]:
    """Return per rule of the decisions how many rows' records it linked rightly and wrongly."""
    return tables.rows(
        """
        with decision as (
            select l.source, l.record_id, l.person_id, arg_max(d.rule, l.became) as rule
            from link l left join decided d on d.person_record_id = l.person_record_id
            where l.record_id is not null group by all
        )
        select coalesce(d.rule, 'not decided') as rule, count(*) as records,
            count(*) filter (r.linkable) as linkable,
            count(*) filter (r.became = '3 right') as "right",
            count(*) filter (r.became = '4 wrong') as wrong,
            count(*) filter (r.became = '2 review') as review,
            count(*) filter (r.became = '2 review' and r.candidate_right) as "right in review",
            count(*) filter (r.became = '1 none' and r.linkable) as "linkable, nobody"
        from record r join decision d on d.source = r.source and d.record_id = r.record_id
            and d.person_id is not distinct from r.person_id
        group by 1 order by 2 desc
        """
    )


def keyless(tables: Tables) -> Sequence[Row]:
    """Return how many linkable records are about pupils for whom no roster made a key."""
    return tables.rows(
        """
        select count(distinct r.person_id) as "pupils without a key", count(*) as records,
            count(*) filter (r.became = '2 review') as review,
            count(*) filter (r.became = '4 wrong') as wrong,
            (select count(*) from record where linkable) as "linkable records"
        from record r anti join (select unnest(all_people) as person_id from owner) o
            on o.person_id = r.person_id
        where r.linkable
        """
    )


_FALSE = """
with answered as (
    select source, record_id, person_id, arg_max(answer, became) as answer from link group by all
)
select case when r.person_id is null then 'nobody of a roster'
        when me.twin_id = a.answer then 'twin' when me.household = it.household then 'sibling'
        else 'other child' end as linked_to,
    count(*) as records
from record r
    join answered a on a.source = r.source and a.record_id = r.record_id
        and a.person_id is not distinct from r.person_id
    left join key_person me on me.person_id = r.person_id and me.role = 'student'
    left join key_person it on it.person_id = a.answer and it.role = 'student'
where r.became = '4 wrong' group by all
"""


def false_merges(tables: Tables) -> Row:
    """Return wrong links by whom the record was taken for."""
    found = {row["linked_to"]: row["records"] for row in tables.rows(_FALSE)}
    kinds = ("twin", "sibling", "other child", "nobody of a roster")
    return {f"to {kind}": found.get(kind, 0) for kind in kinds}


def merged_children(tables: Tables) -> Sequence[Row]:
    """Return keys that stand for two children, and children with two keys."""
    return children(tables)
