"""What a draft knows before it sees a file: words of headers and codes, and the shipped contracts.

The words are ``vocabulary.toml``; a shipped contract adds the headers it declares, where each goes
and what its codes mean. Nothing here looks at a sample.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from hit_pipeline.sources.contract.feed import Feed
from hit_pipeline.sources.contract.loading import load_contract, shipped
from hit_pipeline.sources.contract.model import Contract, FileSpec
from hit_pipeline.sources.reading.headers import plain_name

SCORE = "score"
"""Stands for a column of scores, where otherwise a target column is named."""


@dataclass(frozen=True)
class Fed:
    """A typed table as the vocabulary knows it.

    Attributes:
        name: The typed table.
        noun: What a file of it is called.
        kind: Kind of a source that feeds it.
        delivers: What such files usually are: ``full`` or ``increment``.
        values: Targets that are constants.
        weights: How much a role among the headers speaks for the table.
        against: How much it speaks against it.
        needs: Roles without which it is not this table.
        keys: Sets of targets that may identify a row, the surest first.
        targets: Target column to roles, the preferred one first.
    """

    name: str
    noun: str
    kind: str
    delivers: str
    targets: Mapping[str, list[str]]
    keys: list[list[str]]
    weights: Mapping[str, int]
    against: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatusWord:
    """What a code says of session and student; `sure` False: the draft asks."""

    words: re.Pattern[str]
    session_state: str
    attendance: str
    sure: bool


@dataclass(frozen=True)
class Knowledge:
    """Everything known beforehand.

    Attributes:
        who: Kind of person to the word that names it in a header.
        parts: Part of a person (``id.state``, ``given_name``) to patterns of what is left.
        roles: Role to patterns of the whole header.
        score: Patterns of what is a score: ``words``, ``never``, ``seasons``.
        tables: The typed tables a draft may feed.
        statuses: Status words, the first that fits holds.
        code_words: Beginnings of words a code may have that stands in one row only.
        codes: Vocabulary of a target column to code in lower case to our word.
        nothing: Cells that mean nothing, in lower case.
        headers: Plain header to how often shipped contracts send it to ``(table, target)``.
        contracts: The shipped contracts by id.
    """

    who: Mapping[str, re.Pattern[str]]
    parts: Mapping[str, list[re.Pattern[str]]]
    roles: Mapping[str, list[re.Pattern[str]]]
    score: Mapping[str, re.Pattern[str]]
    tables: Mapping[str, Fed]
    statuses: tuple[StatusWord, ...]
    code_words: frozenset[str]
    codes: Mapping[str, Mapping[str, str]]
    nothing: frozenset[str]
    headers: Mapping[str, Counter[tuple[str, str]]]
    contracts: Mapping[str, Contract]


def knowledge(*, without: Collection[str] = ()) -> Knowledge:
    """Return what is known; `without` leaves shipped contracts out, by id."""
    return _knowledge(tuple(sorted(without)))


@lru_cache(maxsize=16)
def _knowledge(without: tuple[str, ...]) -> Knowledge:
    words = vocabulary()
    contracts = {name: load_contract(name, Path()) for name in shipped() if name not in without}
    return Knowledge(
        {
            name: re.compile(rf"(?<![a-z])(?:{one})(?![a-z])|^(?:{one})")
            for name, one in words["who"].items()
        },
        {name: _patterns(many) for name, many in words["part"].items()},
        {name: _patterns(many) for name, many in words["role"].items()},
        {name: re.compile(one) for name, one in words["score"].items()},
        {name: Fed(name, **_tuple(one, "needs")) for name, one in words["tables"].items()},
        tuple(
            StatusWord(
                re.compile(one["words"]),
                one["session_state"],
                one["attendance"],
                one.get("sure", True),
            )
            for one in words["status"]
        ),
        _code_words(words),
        _codes(words["codes"], contracts),
        frozenset(words["nothing"]["words"]),
        _headers(contracts),
        contracts,
    )


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Any]:
    """Return ``vocabulary.toml`` as it stands."""
    file = resources.files("hit_pipeline.drafting") / "vocabulary.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def feeds(contract: Contract) -> Iterator[tuple[FileSpec, Feed]]:
    """Yield every feed of a contract with its file."""
    for spec in contract.files.values():
        yield from ((spec, feed) for feed in spec.feeds)


def targets_of(feed: Feed) -> Iterator[tuple[str, str]]:
    """Yield each header a feed uses with the target column it fills, or `SCORE`."""
    for column, target in feed.columns.items():
        yield from ((header, column) for header in target.from_)
    for score in feed.scores:
        yield score.from_, SCORE
        for column, target in score.columns.items():
            yield from ((header, column) for header in target.from_)


def _patterns(many: list[str]) -> list[re.Pattern[str]]:
    """Compile patterns of whole headers; a blank may be missing in what they match."""
    return [re.compile(re.sub(r" (?!\?)", " ?", one)) for one in many]


def _code_words(words: Mapping[str, Any]) -> frozenset[str]:
    patterns = " ".join(one["words"] for one in words["status"]).replace("\\b", " ")
    return frozenset(re.findall(r"[a-z]+", f"{patterns} {words['codes_of_words']['words']}"))


def _tuple(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {**table, key: tuple(table.get(key, ()))}


def _codes(
    ours: Mapping[str, Mapping[str, str]], contracts: Mapping[str, Contract]
) -> dict[str, dict[str, str]]:
    """Join our codes with those that all shipped contracts with the code agree on."""
    found: dict[str, dict[str, set[str]]] = {}
    for contract in contracts.values():
        for _, feed in feeds(contract):
            for column, target in feed.columns.items():
                key = (
                    "attendance_of_school"
                    if feed.table == "typed_school_attendance" and column == "attendance"
                    else column
                )
                for code, word in (target.map or {}).items():
                    found.setdefault(key, {}).setdefault(code.casefold(), set()).add(word)
    agreed = {
        column: {code: next(iter(words)) for code, words in codes.items() if len(words) == 1}
        for column, codes in found.items()
    }
    return {
        column: {**agreed.get(column, {}), **ours.get(column, {})} for column in {*agreed, *ours}
    }


def _headers(contracts: Mapping[str, Contract]) -> dict[str, Counter[tuple[str, str]]]:
    known: dict[str, Counter[tuple[str, str]]] = {}
    for contract in contracts.values():
        for spec, feed in feeds(contract):
            aliases = {column.name: (column.name, *column.aliases) for column in spec.columns}
            for header, target in targets_of(feed):
                for name in aliases.get(header, (header,)):
                    known.setdefault(plain_name(name), Counter())[feed.table, target] += 1
    return known
