"""The chance that two accounts are one tutor: names, e-mail and school, and what lies beside.

A name alone merges nobody, however rare: it must be borne out by an address, a school, an employer
or accounts that follow each other; and what speaks plainly against it leaves it to a steward.
Where several accounts of one source want the same partner and are not one tutor themselves, each
has its share of the chance.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from hit_pipeline.identity.linkage.clusters import deduplicate
from hit_pipeline.identity.linkage.comparing import LinkOptions
from hit_pipeline.identity.linkage.levels import COMPARISONS
from hit_pipeline.identity.linkage.model import Model
from hit_pipeline.identity.tutors.accounts import Accounts, Row
from hit_pipeline.identity.tutors.beside import Beside
from hit_pipeline.identity.tutors.descriptions import described, names_of
from hit_pipeline.identity.tutors.exchanged import SWAPPED, Exchanged
from hit_pipeline.identity.tutors.work import work_of

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

AUTO = 0.95
"""Least chance of a pair that may be merged, inclusive."""
REVIEW = 0.3
"""Least chance of a pair that a steward is asked about, inclusive."""

_ENOUGH = 100
"""Accounts from which parameters are learned."""
_TWICE, _FAMILY = 0.2, 0.01
_KEPT = 1e-4
_DOUBTED = 0.9
"""Greatest chance of a pair that names alone speak for, or something speaks plainly against."""
_BORNE = frozenset(("email=same", "email=near", "school=same", "employer=same", "account=next"))
_AGAINST = frozenset(("account=beside", "room=other", "mailbox=other"))
_EMAIL = "email=same"
_RATHER = 0.5
_MOST = 700.0


@dataclass(frozen=True)
class Judged:
    """Two accounts, and how likely they are one tutor.

    Attributes:
        left, right: The accounts, in alphabetical order.
        chance: Probability, to four digits.
        evidence: Codes of what agreed and disagreed; no values.
    """

    left: str
    right: str
    chance: float
    evidence: str


@dataclass(frozen=True)
class _Pair:
    left: str
    right: str
    odds: float
    codes: tuple[str, ...]


def judge(context: "BuildContext", accounts: Accounts) -> list[Judged]:
    """Return every pair of accounts that may be one tutor, in alphabetical order."""
    descriptions = described(context, accounts)
    count = len(set(descriptions["record"].to_pylist()))
    if count <= 1:
        return []
    found = deduplicate(
        context.engine,
        descriptions,
        options=LinkOptions(keep=_KEPT),
        model=None if count >= _ENOUGH else _shipped(),
    )
    others = max(found.clusters.num_rows - 1, 1)
    prior = min(2 * found.model.known_share / others, 0.5)
    compared = _in_order(found.pairs)
    names = [(row["record"], row["other"]) for row in compared]
    likely = [(row["record"], row["other"]) for row in compared if row["probability"] >= _RATHER]
    beside = Beside.of(accounts, work_of(context, accounts, names), likely)
    exchanged = Exchanged.of(names_of(context, descriptions), found.model)
    pairs = []
    for row in compared:
        pieces = beside.pieces(row["record"], row["other"])
        codes = (*row["evidence"].split(), *(code for code, _ in pieces))
        weight = row["pair_weight"] * math.log(2) + sum(value for _, value in pieces)
        if SWAPPED in codes:
            weight += exchanged.weight(row["record"], row["other"])
        logit = weight + math.log(prior / (1 - prior))
        pairs.append(
            _Pair(row["record"], row["other"], math.exp(min(max(logit, -_MOST), _MOST)), codes)
        )
    return _shared(accounts, pairs)


def _shipped() -> Model:
    """Return the shipped parameters, for tutors: a fifth known twice, hardly any of one family."""
    return replace(Model.shipped(COMPARISONS), known_share=_TWICE, siblings=_FAMILY)


def _in_order(pairs: pa.Table) -> list[Row]:
    rows: list[Row] = pairs.to_pylist()
    for row in rows:
        row["record"], row["other"] = sorted((row["record"], row["other"]))
    return sorted(rows, key=lambda row: (row["record"], row["other"]))


def _shared(accounts: Accounts, pairs: list[_Pair]) -> list[Judged]:
    """Turn odds into chances, shared among rivals."""
    sources: dict[str, set[str]] = defaultdict(set)
    for row in accounts.stated:
        if row["record"] in accounts.records:
            sources[accounts.records[row["record"]]].add(row["source"])
    wanting: dict[str, dict[str, float]] = defaultdict(dict)
    for pair in pairs:
        wanting[pair.left][pair.right] = wanting[pair.right][pair.left] = pair.odds

    def rivals(one: str, partner: str) -> float:
        """Return the odds of the others of the partner's sources that are not the partner."""
        return sum(
            odds
            for other, odds in sorted(wanting[one].items())
            if other != partner
            and sources[other] & sources[partner]
            and wanting[partner].get(other, 0.0) < 1
        )

    judged = []
    for pair in pairs:
        other = max(rivals(pair.left, pair.right), rivals(pair.right, pair.left))
        chance = pair.odds / (1 + pair.odds + other)
        chance = chance if _borne_out(pair.codes) else min(chance, _DOUBTED)
        codes = (*pair.codes, *(("name=shared",) if other > _RATHER else ()))
        judged.append(Judged(pair.left, pair.right, round(chance, 4), " ".join(codes)))
    return judged


def _borne_out(codes: tuple[str, ...]) -> bool:
    """Return whether something bears the names out, and nothing but an address outweighs it."""
    given = [code for code in codes if code.startswith("given=")]
    named = bool(given) and given != ["given=other"]
    doubted = _EMAIL not in codes and not _AGAINST.isdisjoint(codes)
    return named and not doubted and not _BORNE.isdisjoint(codes)
