"""Accounts: what the tiers before take for one tutor each.

An account is a person's key with its records or, of records no tier could place, those of one
source with one identifier of its own. Keys a steward declared the same are one account.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hit_pipeline.identity.answers import OPEN_AGAIN, SAME
from hit_pipeline.identity.candidates import SCOPED
from hit_pipeline.identity.collect import stated_by
from hit_pipeline.registry.database import ENGINE
from hit_pipeline.registry.merges import Merges, Pair
from hit_pipeline.tables.model import ID_SYSTEMS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

ROLE = "tutor"
TOGETHER = "tutor.together"
"""Rule of the merges and links made here."""
APART = "tutor.apart"
"""Rule of those taken back."""
POSSIBLE = "tutor.possible"
"""Kind of the questions about two tutors."""

_SHUT = ("id.shared", "steward.torn")
"""Rules that leave a record between several people; it is nobody's account."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Accounts:
    """The accounts of all tutors.

    Attributes:
        records: Record -> account.
        keys: Account -> its keys as they were given, the oldest first; none of records nobody
            could place.
        decided: Record -> its newest decision, by the keys of then.
        stated: What every record states: rows of `collect.stated_by`.
        merges: Merges in force, with the age of every key.
        joined: Pairs of keys whose merge in force a rule made.
        denied: Pairs of accounts that a steward said are not one.
        apart: These, and the pairs of which a steward could not tell.
    """

    records: dict[str, str]
    keys: dict[str, tuple[str, ...]]
    decided: dict[str, Row]
    stated: list[Row]
    merges: Merges
    joined: frozenset[Pair]
    denied: frozenset[Pair]
    apart: frozenset[Pair]

    def oldest(self, keys: set[str]) -> str:
        """Return the key that lives on of some that are one person."""
        return min(keys, key=lambda key: (self.merges.ages[key], key))


def read_accounts(context: "BuildContext") -> Accounts:
    """Read the accounts from the registry and the typed tables."""
    registry = context.registry
    decided = {row["person_record_id"]: row for row in registry.as_decided(ROLE).to_pylist()}
    merges, joined = _merges(context)
    answers = [row for row in registry.decisions(ROLE).to_pylist() if row["in_force"]]
    home = _homes(merges, joined, answers)
    stated = _stated(context, list(decided))
    records = _records(decided, stated, home)
    keys: dict[str, set[str]] = defaultdict(set)
    for key in merges.ages:
        keys[home.get(key, key)].add(key)
    order = merges.ages
    named = set(records.values())
    denied = frozenset(_denied(answers, records, stated, home))
    return Accounts(
        records,
        {
            account: tuple(sorted(keys.get(account, ()), key=lambda key: (order[key], key)))
            for account in sorted(named)
        },
        decided,
        stated,
        merges,
        joined,
        denied,
        denied | _untold(answers, home),
    )


def _merges(context: "BuildContext") -> tuple[Merges, frozenset[Pair]]:
    """Return the merges in force, and the pairs among them that no steward declared the same.

    A merge that came back when a steward took a split back is the rules' again.
    """
    events = context.registry.merges(ROLE).to_pylist()
    told = [(row["old_key"], row["new_key"], row["what"]) for row in events]
    merges = Merges.of(told, context.registry.ages(ROLE))
    why = {frozenset((row["old_key"], row["new_key"])): row["why"] for row in events}
    joined = {pair for pair, rule in why.items() if rule != SAME and pair in merges}
    return merges, frozenset(joined)


def _homes(merges: Merges, joined: frozenset[Pair], answers: list[Row]) -> dict[str, str]:
    """Return the account of every key that a steward made one with another."""
    firm = Merges(merges.ages)
    for key, others in merges.beside.items():
        for other in others:
            if frozenset((key, other)) not in joined:
                firm.apply(frozenset((key, other)), "merge")
    for row in answers:
        if row["answer"] == "same" and row["other_key"]:
            firm.apply(frozenset((row["person_key"], row["other_key"])), "merge")
    return firm.survivors()


def _home(home: dict[str, str], key: str) -> str:
    return home.get(key, key)


def _stated(context: "BuildContext", records: list[str]) -> list[Row]:
    wanted = context.engine.from_arrow(
        pa.table({"person_record_id": pa.array(records, pa.string())})
    )
    found = stated_by(context, ROLE, wanted)
    if found is None:
        return []
    rows: list[Row] = context.engine.collect(found.order_by("record")).to_pylist()
    return rows


def _records(decided: dict[str, Row], stated: list[Row], home: dict[str, str]) -> dict[str, str]:
    """Return the account of every record that has one."""
    records: dict[str, str] = {}
    loose: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in stated:
        record = row["record"]
        link = decided[record]
        if link["person_key"] and not made_here(link):
            records[record] = _home(home, link["person_key"])
        elif _is_open(link):
            loose[_own(row) or (record,)].append(record)
    for together in loose.values():
        records |= dict.fromkeys(together, min(together))
    return records


def made_here(link: Row) -> bool:
    """Return whether a link is one of those made here."""
    return bool(link["rule"] == TOGETHER and link["decided_by"] == ENGINE)


def _is_open(link: Row) -> bool:
    """Return whether a record without a person, or linked here, may be placed by comparison."""
    ruled = link["decided_by"] == ENGINE or link["rule"] in OPEN_AGAIN
    return ruled and link["rule"] not in _SHUT


def _own(row: Row) -> tuple[str, ...] | None:
    """Return source, system and value of a record's identifier at its own source."""
    for system in SCOPED:
        if value := row[f"id_{system}"]:
            return row["source"], system, value
    return None


def _untold(answers: list[Row], home: dict[str, str]) -> frozenset[Pair]:
    """Return the pairs of accounts of which a steward could not tell whether they are one."""
    asked = (row for row in answers if row["answer"] == "unsure" and row["other_key"])
    pairs = (
        frozenset((_home(home, row["person_key"]), _home(home, row["other_key"]))) for row in asked
    )
    return frozenset(pair for pair in pairs if len(pair) > 1)


def _denied(
    answers: list[Row], records: dict[str, str], stated: list[Row], home: dict[str, str]
) -> Iterator[Pair]:
    """Yield the pairs of accounts that answers say are not one.

    An answer about a record with an own identifier holds for all records with it.
    """
    bearing: dict[tuple[str | None, ...], set[str]] = defaultdict(set)
    for row in stated:
        if row["record"] in records:
            for system in ID_SYSTEMS:
                if value := row[f"id_{system}"]:
                    bearing[row["source"], system, value].add(records[row["record"]])
    for row in (one for one in answers if one["answer"] == "not_same"):
        key = _home(home, row["person_key"])
        if row["other_key"]:
            others = {_home(home, row["other_key"])}
        else:
            others = set(bearing.get((row["source"], row["own_system"], row["own_value"]), ()))
            others |= {records[one] for one in (row["person_record_id"],) if one in records}
        yield from (frozenset((key, other)) for other in others if other != key)
