"""Which rows of a file are current: against a replay in plain Python, one row at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.conform.current import not_standing
from hit_pipeline.conform.history import Statement, compare, representatives, with_content
from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.model import FileSpec

Row = tuple[str, str, str]
"""Group, key and value."""
Place = tuple[str, int]
Fate = tuple[str, str, str | None, int | None]
BAD, GONE = "bad", "gone"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.open() as opened:
        yield opened


@dataclass(frozen=True)
class Sent:
    """One delivery: its rows, and what is known of it."""

    rows: list[Row]
    is_full: bool = True
    is_complete: bool = True


def spec(**given: Any) -> FileSpec:
    columns = [{"name": "Group"}, {"name": "Key"}, {"name": "Value"}]
    told = {"pattern": "*", "columns": columns, "feeds": [], "delivers": "full", **given}
    return FileSpec.model_validate(told)


def outcomes(engine: Engine, sent: list[Sent], how: FileSpec) -> dict[Place, Fate]:
    """What the code says became of every row that does not stand."""
    flat = [(f"d{n}", at, *row) for n, one in enumerate(sent) for at, row in enumerate(one.rows, 1)]
    names = ["_delivery_id", "_row", "Group", "Key", "Value"]
    types = [pa.string(), pa.int64(), pa.string(), pa.string(), pa.string()]
    arrays = [pa.array([row[i] for row in flat], kind) for i, kind in enumerate(types)]
    rows = ibis.memtable(pa.table(arrays, names))
    told = [Statement(f"d{n}", one.is_full, one.is_complete) for n, one in enumerate(sent)]
    history = compare(engine, rows, how, told)
    asked = representatives(history)
    bad = asked.filter(asked.Value == BAD).select("_delivery_id", "_row")
    unreadable = engine.keep(with_content(history, bad).select("content"))
    found = engine.collect(not_standing(engine, history, unreadable)).to_pylist()
    told_of = {(row["_delivery_id"], row["_row"]): row for row in found}
    assert len(told_of) == len(found), "a row has two outcomes"
    return {
        place: (row["fate"], row["rule"], row["by_delivery_id"], row["by_row"])
        for place, row in told_of.items()
    }


@dataclass
class Replay:
    """The same told by a loop: what stands for each key, and every row's fate."""

    how: FileSpec
    by_group: bool = False
    standing: dict[str, tuple[Place, str]] = field(default_factory=dict)
    fates: dict[Place, Fate] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    stated: dict[str, list[int]] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    trail: dict[str, list[tuple[Place, str]]] = field(default_factory=dict)

    def key(self, row: Row, nth: int) -> str:
        if self.by_group:
            return f"{row[0]} {row[1].strip()}"
        named = bool(self.how.natural_key) and row[1].strip() != ""
        return row[1].strip() if named else f"{row} {nth}"

    def run(self, sent: list[Sent]) -> dict[Place, Fate]:
        for n, one in enumerate(sent):
            self.deliver(n, one)
        self.follow_bad()
        self.remove()
        self.miss(sent)
        for place, fate in self.fates.items():
            _, _, by, row = fate
            if fate[0] == "repeated" and by is not None and row is not None:
                first = self.fates.get((by, row), fate)
                self.fates[place] = first if first[0] == "repeated" else fate
        return self.fates

    def deliver(self, n: int, one: Sent) -> None:
        speaking: dict[str, tuple[Place, str]] = {}
        count: dict[Row, int] = {}
        for at, row in enumerate(one.rows, 1):
            count[row] = count.get(row, 0) + 1
            key, place, content = self.key(row, count[row]), (f"d{n}", at), str(row)
            self.seen[key] = n
            self.scopes[key] = row[0]
            if one.is_complete:
                self.stated.setdefault(row[0], []).append(n)
            self.trail.setdefault(key, []).append((place, content))
            if row[2] != BAD:
                self.say(speaking, key, place, content, "key.duplicate")
        for key, (place, content) in speaking.items():
            self.say(self.standing, key, place, content, "row.superseded")

    def say(
        self, known: dict[str, tuple[Place, str]], key: str, place: Place, content: str, rule: str
    ) -> None:
        before = known.get(key)
        if before and before[1] == content:
            self.fates[place] = ("repeated", "row.repeated", *before[0])
            return
        if before:
            self.fates[before[0]] = ("superseded", rule, *place)
        known[key] = (place, content)

    def follow_bad(self) -> None:
        """A row that cannot be typed is followed by whatever comes after it."""
        for key, trail in self.trail.items():
            head, said = trail[0]
            for place, content in trail[1:]:
                if content == said:
                    if f"'{BAD}'" in content:
                        self.fates[place] = ("repeated", "row.repeated", *head)
                    continue
                if f"'{BAD}'" in said:
                    self.fates[head] = ("superseded", "row.superseded", *place)
                head, said = place, content
            if f"'{BAD}'" in said:
                self.standing[f"bad {key}"] = (head, said)
                self.seen[f"bad {key}"] = self.seen[key]
                self.scopes[f"bad {key}"] = self.scopes[key]

    def remove(self) -> None:
        if self.how.removes is None:
            return
        rule = self.how.removes.rule
        for key, (place, content) in list(self.standing.items()):
            if f"'{GONE}'" in content:
                del self.standing[key]
                removed = [one for one, said in self.trail[key] if f"'{BAD}'" not in said]
                for other in removed:
                    if self.fates.get(other) == ("superseded", "row.superseded", *place):
                        self.fates[other] = ("excluded", rule, *place)
                self.fates[place] = ("excluded", rule, None, None)

    def miss(self, sent: list[Sent]) -> None:
        complete = [n for n, one in enumerate(sent) if one.is_full and one.is_complete]
        for key, (place, _) in self.standing.items():
            wholes = complete if self.how.absence == "removed" else []
            if self.how.restates:
                wholes = self.stated.get(self.scopes[key], [])
            lacking = [n for n in wholes if n > self.seen[key]]
            if lacking:
                self.fates[place] = ("excluded", "absence.removed", f"d{lacking[0]}", None)


def row_lists(values: list[str]) -> st.SearchStrategy[list[Row]]:
    row = st.tuples(
        st.sampled_from(["g", "h"]), st.sampled_from(["1", "2", " 2", ""]), st.sampled_from(values)
    )
    return st.lists(row, max_size=5)


def deliveries(values: list[str]) -> st.SearchStrategy[list[Sent]]:
    one = st.builds(Sent, row_lists(values), st.booleans(), st.booleans())
    return st.lists(one, min_size=1, max_size=4)


@settings(max_examples=12)
@given(sent=deliveries(["a", "b", BAD]), keyed=st.booleans(), removed=st.booleans())
def test_agrees_with_a_replay(engine: Engine, sent: list[Sent], keyed: bool, removed: bool) -> None:
    how = spec(natural_key=["Key"] if keyed else [], absence="removed" if removed else "nothing")
    assert outcomes(engine, sent, how) == Replay(how).run(sent)


@settings(max_examples=8)
@given(sent=deliveries(["a", "b", GONE, BAD]))
def test_a_removing_row_takes_its_key_away(engine: Engine, sent: list[Sent]) -> None:
    rule = {"rule": "test.gone", "from": "Value", "matches": f"^{GONE}$"}
    how = spec(natural_key=["Key"], absence="removed", removes=rule)
    assert outcomes(engine, sent, how) == Replay(how).run(sent)


@settings(max_examples=8)
@given(sent=deliveries(["a", "b", BAD]), keyed=st.booleans())
def test_a_restated_group_is_whole(engine: Engine, sent: list[Sent], keyed: bool) -> None:
    key = {"natural_key": ["Group", "Key"], "optional_key": ["Key"]} if keyed else {}
    how = spec(**key, restates=["Group"], delivers="increment")
    assert outcomes(engine, sent, how) == Replay(how, by_group=keyed).run(sent)
