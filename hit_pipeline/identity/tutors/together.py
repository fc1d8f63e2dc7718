"""Which accounts are one tutor, written as the difference to what the registry says now.

Clusters are made anew from the accounts every time something changed, so that they do not depend
on the order in which deliveries came. Keys of one cluster are merged with its oldest; records
nobody could place are linked to it. What rules merged and the accounts bear out no more is split.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hit_pipeline.identity.linkage.clusters import average_link
from hit_pipeline.identity.tutors.accounts import Accounts, Row, read_accounts
from hit_pipeline.identity.tutors.difference import Clusters, links_needed, merges_needed
from hit_pipeline.identity.tutors.judging import AUTO, REVIEW, Judged, judge
from hit_pipeline.identity.tutors.work import LOG
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE
from hit_pipeline.registry.tables import LINK, MERGE_EVENT, arrow_schema

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

VERSION = 1
"""Raised with every change of a rule: accounts are then compared again."""
DOUBT = "tutor:doubt"
"""Note with the pairs of keys a steward is asked about: lists of two keys, chance, evidence."""

_SEEN = "tutor:seen"
_HALF = 0.5


@dataclass(frozen=True)
class Joined:
    """What one run did.

    Attributes:
        merged: Keys that lead to another one now.
        split: Merges taken back.
        linked: Records linked to somebody.
        unlinked: Links taken back.
        changed: False when nothing was written.
    """

    merged: int = 0
    split: int = 0
    linked: int = 0
    unlinked: int = 0
    changed: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """The counts that are not zero."""
        told = {
            "merged": self.merged,
            "split": self.split,
            "linked": self.linked,
            "unlinked": self.unlinked,
        }
        return {what: count for what, count in told.items() if count}


def join_tutors(context: "BuildContext") -> Joined:
    """Find the accounts that are one tutor, and write what changed.

    The same registry and the same tables write nothing.

    Raises:
        RegistryChanged: Somebody wrote to the registry in the meantime, again and again.
    """
    registry = context.registry
    changes = registry.write_anew(lambda: _changes(context), made_by=ENGINE, now=context.now)
    whats = changes.merges["what"].to_pylist()
    outcomes = changes.links["outcome"].to_pylist()
    return Joined(
        whats.count("merge"),
        whats.count("split"),
        outcomes.count("match"),
        outcomes.count("unsure"),
        not changes.empty,
    )


def _changes(context: "BuildContext") -> Changes:
    accounts = read_accounts(context)
    if not accounts.records:
        return Changes()
    seen = _mark(context, accounts)
    if context.registry.note(_SEEN) == seen:
        return Changes()
    judged = judge(context, accounts)
    clusters = clustered(accounts, judged)
    doubt = json.dumps(_doubts(accounts, judged, clusters))
    notes = {_SEEN: seen, DOUBT: doubt}
    known = {name: context.registry.note(name) for name in notes}
    return Changes(
        links=_table(links_needed(accounts, judged, clusters), LINK),
        merges=_table(merges_needed(accounts, clusters), MERGE_EVENT),
        notes={name: value for name, value in notes.items() if known[name] != value},
    )


def _mark(context: "BuildContext", accounts: Accounts) -> str:
    """Return a digest of what the comparison depends on.

    A record's id tells what it states; the number of sessions tells when there are new ones.
    """
    rows = context.typed(LOG)
    size = context.engine.scalar(rows.count())
    told = [
        VERSION,
        size,
        sorted(accounts.records.items()),
        sorted(sorted(pair) for pair in accounts.denied),
        sorted(sorted(pair) for pair in accounts.apart),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def clustered(accounts: Accounts, judged: list[Judged]) -> Clusters:
    """Cluster accounts by average link.

    A pair that may be merged counts as one human, any other as half its chance; those a steward
    keeps apart are never together.
    """
    names = sorted(accounts.keys)
    place = {name: at for at, name in enumerate(names)}
    free = [one for one in judged if frozenset((one.left, one.right)) not in accounts.apart]
    known = [sorted(pair) for pair in accounts.apart if pair <= place.keys()]
    apart = {(place[one], place[other]) for one, other in known}
    labels, _ = average_link(
        len(names),
        np.array([place[one.left] for one in free], dtype=np.int64),
        np.array([place[one.right] for one in free], dtype=np.int64),
        np.array([1.0 if one.chance >= AUTO else one.chance * _HALF for one in free]),
        apart,
    )
    return {name: names[label] for name, label in zip(names, labels, strict=True)}


def _doubts(accounts: Accounts, judged: list[Judged], clusters: Clusters) -> list[list[Any]]:
    """Return the pairs of keys that may be one tutor and are not, the best of two clusters."""
    best: dict[tuple[str, str], list[Any]] = {}
    denied = {tuple(sorted(clusters.get(one, one) for one in pair)) for pair in accounts.denied}
    for one in judged:
        two = sorted((clusters[one.left], clusters[one.right]))
        mine, theirs = accounts.keys[one.left], accounts.keys[one.right]
        if two[0] == two[1] or one.chance < REVIEW or not (mine and theirs):
            continue
        if tuple(two) in denied:
            continue
        known = best.get((two[0], two[1]))
        if known is None or one.chance > known[2]:
            best[two[0], two[1]] = [mine[0], theirs[0], one.chance, one.evidence]
    return [best[two] for two in sorted(best)]


def _table(rows: list[Row], table: Any) -> pa.Table:
    schema = arrow_schema(table)
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )
