"""From the clusters of accounts to what must be written: merges, splits, links and links undone."""

from collections import defaultdict

from hit_pipeline.identity.probable import PROBABLE
from hit_pipeline.identity.tutors.accounts import (
    APART,
    ROLE,
    TOGETHER,
    Accounts,
    Row,
    made_here,
)
from hit_pipeline.identity.tutors.judging import Judged
from hit_pipeline.registry.merges import Merges, Pair

Clusters = dict[str, str]
"""Account -> the first account of its cluster."""


def merges_needed(accounts: Accounts, clusters: Clusters) -> list[Row]:
    """Return the splits, then the merges, that lead from the merges in force to the clusters.

    Every key is merged with the oldest of its cluster, so that a steward can split it from there.
    """
    of_key = {key: clusters[account] for account, keys in accounts.keys.items() for key in keys}
    parted = {pair for pair in accounts.joined if _parts(pair, of_key)}
    standing = Merges(accounts.merges.ages)
    for pair in _pairs(accounts.merges) - parted:
        standing.apply(pair, "merge")
    together: dict[str, set[str]] = defaultdict(set)
    for key, cluster in of_key.items():
        together[cluster].add(key)
    wanted = []
    for keys in together.values():
        oldest = accounts.oldest(keys)
        for key in sorted(keys):
            if key not in (joined := standing.group_of(oldest)):
                pair = frozenset((accounts.oldest(standing.group_of(key) - joined), oldest))
                standing.apply(pair, "merge")
                wanted.append(_merge(accounts, pair, "merge", TOGETHER))
    splits = [_merge(accounts, pair, "split", APART) for pair in parted]
    return [*sorted(splits, key=_order), *sorted(wanted, key=_order)]


def _pairs(merges: Merges) -> set[Pair]:
    return {frozenset((one, other)) for one, others in merges.beside.items() for other in others}


def _parts(pair: Pair, of_key: dict[str, str]) -> bool:
    """Return whether two keys are of two clusters; one that no record bears stays where it is."""
    return pair <= of_key.keys() and len({of_key[key] for key in pair}) > 1


def _merge(accounts: Accounts, pair: Pair, what: str, why: str) -> Row:
    old, new = accounts.merges.oriented(pair)
    return {"role": ROLE, "old_key": old, "new_key": new, "what": what, "why": why}


def _order(row: Row) -> tuple[str, str]:
    return row["old_key"], row["new_key"]


def links_needed(accounts: Accounts, judged: list[Judged], clusters: Clusters) -> list[Row]:
    """Return the links of records nobody could place that differ from those in force."""
    people: dict[str, set[str]] = defaultdict(set)
    for account, keys in accounts.keys.items():
        people[clusters[account]].update(keys)
    best = _best(accounts, judged, clusters)
    rows = []
    for record, account in sorted(accounts.records.items()):
        if accounts.keys[account]:
            continue
        link, known = accounts.decided[record], people[clusters[account]]
        if not known and made_here(link):
            rows.append(_unlink(link))
        elif known and not (made_here(link) and link["person_key"] in known):
            rows.append(_link(link, accounts.oldest(known), best.get(account)))
    return rows


def _best(accounts: Accounts, judged: list[Judged], clusters: Clusters) -> dict[str, Judged]:
    """Return per account the likeliest pair with one of its cluster that has a key."""
    best: dict[str, Judged] = {}
    for one in sorted(judged, key=lambda pair: -pair.chance):
        if clusters[one.left] == clusters[one.right]:
            for mine, other in ((one.left, one.right), (one.right, one.left)):
                if accounts.keys[other]:
                    best.setdefault(mine, one)
    return best


def _link(link: Row, key: str, why: Judged | None) -> Row:
    told = {"evidence": why.evidence, "probability": why.chance} if why else {}
    decided = {"person_key": key, "outcome": "match", "tier": PROBABLE, "rule": TOGETHER}
    return {**_about(link), **decided, **told}


def _unlink(link: Row) -> Row:
    """Return the decision that opens a record again that was linked here."""
    return {**_about(link), "candidate_key": link["person_key"], "outcome": "unsure", "rule": APART}


def _about(link: Row) -> Row:
    return {name: link[name] for name in ("role", "source", "person_record_id")}
