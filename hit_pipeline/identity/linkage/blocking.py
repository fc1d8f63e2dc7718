"""Which pairs are compared at all: rules by equal keys, never all with all.

Rules are tried from the narrowest meaning to the widest, and every rule is counted before it is
used: it comes in only while the sum of pairs stays within what is allowed. A key that too many
share (10,000 children of one name) brings no pair together; a narrower rule may.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from hit_pipeline.engine import Engine
from hit_pipeline.engine_functions import first_letters
from hit_pipeline.identity.linkage.block_rules import RULES, Key, Rule
from hit_pipeline.identity.linkage.prepared import Prepared


@dataclass(frozen=True)
class Blocks:
    """Both sides with their keys.

    Attributes:
        mine: The asking side's rows with a column per key.
        told: The known side's.
        keys: The key columns, in the order of the rules.
        pairs: How many pairs the rules bring together at most; a pair of two rules counts twice.
    """

    mine: ir.Table
    told: ir.Table
    keys: tuple[str, ...]
    pairs: int


@dataclass(frozen=True)
class Allowed:
    """How many pairs may be compared.

    Attributes:
        lean: By all rules that are not wide.
        wide: By all rules together; wide ones come in only up to here.
        key: By one key.
    """

    lean: int
    wide: int
    key: int


def allowed(most_pairs: int, records: int) -> Allowed:
    """Return how many pairs may be compared for so many asking records."""
    return Allowed(
        lean=most_pairs,
        wide=min(most_pairs // 4, max(20_000, 100 * records)),
        key=max(2_500, most_pairs // 50),
    )


def block(engine: Engine, mine: Prepared, told: Prepared | None, limits: Allowed) -> Blocks:
    """Choose rules and add their keys.

    Args:
        engine: Counts and keeps.
        mine: The asking side.
        told: The known side; None: the asking side is compared with itself.
        limits: How many pairs may be compared.
    """
    chooser = _Chooser(engine, mine, told, limits)
    chooser.take([rule for rule in RULES if not rule.wide], limits.lean)
    if chooser.pairs < limits.wide:
        chooser.take([rule for rule in RULES if rule.wide], limits.wide)
    left, right = chooser.sides()
    return Blocks(left, right, tuple(chooser.chosen), chooser.pairs)


@dataclass
class _Chooser:
    """Takes rules while the sum of their pairs allows it.

    Attributes:
        pairs: Sum of the pairs of the rules taken.
        chosen: Their keys.
    """

    engine: Engine
    mine: Prepared
    told: Prepared | None
    limits: Allowed
    pairs: int = 0
    chosen: list[str] = field(default_factory=list)
    _keys: list[tuple[ir.Table, ir.Table]] = field(default_factory=list)
    _crowds: dict[str, ir.Table] = field(default_factory=dict)

    def take(self, rules: Sequence[Rule], most: int) -> None:
        """Take the rules that fit: lean ones as they stand, wide ones by the pairs they bring."""
        alone = self.told is None
        other = self.told or self.mine
        names = {
            f"key_{RULES.index(rule)}": rule
            for rule in rules
            if _applies(rule, self.mine, other, alone=alone)
        }
        if not names:
            return
        left = _with_keys(self.engine, self.mine, {n: rule.mine for n, rule in names.items()})
        right = left
        if self.told is not None:
            right = _with_keys(self.engine, self.told, {n: rule.told for n, rule in names.items()})
        self._keys.append((left, right))
        mine = self.engine.collect(left)
        told = mine if alone else self.engine.collect(right)
        counted = [
            _count(name, mine[name], None if alone else told[name], self.limits.key)
            for name in names
        ]
        if any(rule.wide for rule in rules):
            counted.sort(key=lambda one: one.pairs)
        for one in counted:
            if 0 < one.pairs <= most - self.pairs:
                self.pairs += one.pairs
                self.chosen.append(one.name)
                if len(one.crowd):
                    crowd = pa.table({one.name: pa.array(one.crowd, pa.uint64())})
                    self._crowds[one.name] = self.engine.from_arrow(crowd)

    def sides(self) -> tuple[ir.Table, ir.Table]:
        """Return both sides with the keys of the rules taken; the keys' own tables go."""
        left = self._side(self.mine, [pair[0] for pair in self._keys])
        if self.told is None:
            right = left
        else:
            right = self._side(self.told, [pair[1] for pair in self._keys])
        tables = {one.get_name(): one for pair in self._keys for one in pair}
        self.engine.drop(*tables.values(), *self._crowds.values())
        return left, right

    def _side(self, side: Prepared, keys: Sequence[ir.Table]) -> ir.Table:
        """Return a side with its keys, null where a key is crowded."""
        free = side.rows.select("unique_id")
        for table in keys:
            here = [name for name in self.chosen if name in table.columns]
            free = free.join(table.select("unique_id", *here), "unique_id")
        for name, crowd in self._crowds.items():
            marked = free.left_join(crowd.mutate(crowded=True), name)[[*free.columns, "crowded"]]
            key = marked.crowded.isnull().ifelse(marked[name], ibis.null("uint64"))
            free = marked.mutate(**{name: key}).drop("crowded")
        return self.engine.keep(side.rows.join(free, "unique_id"))


@dataclass(frozen=True)
class _Counted:
    """The pairs a key brings, and the values too many share."""

    name: str
    pairs: int
    crowd: np.ndarray


def _count(name: str, mine: pa.ChunkedArray, told: pa.ChunkedArray | None, most: int) -> _Counted:
    """Count the pairs of one key; of a side with itself where there is no other."""
    values, left = _tally(mine)
    if told is None:
        pairs = left * (left - 1) // 2
    else:
        others, right = _tally(told)
        values, at, there = np.intersect1d(values, others, assume_unique=True, return_indices=True)
        pairs = left[at] * right[there]
    crowded = pairs > most
    return _Counted(name, int(pairs[~crowded].sum()), values[crowded])


def _tally(keys: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct keys that are stated, and how often."""
    return np.unique(keys.drop_null().to_numpy(), return_counts=True)


def _applies(rule: Rule, mine: Prepared, told: Prepared, *, alone: bool) -> bool:
    there = all(_column(part) in mine.filled for part in rule.mine) and all(
        _column(part) in told.filled for part in rule.told
    )
    mirrored = alone and rule.mine > rule.told
    return there and not mirrored and (alone or not rule.alone)


_PARTS = {"year": "born", "month_day": "born", "turned": "born", "names": "last"}


def _column(part: str) -> str:
    stem = part.split(":")[0]
    return _PARTS.get(stem, stem)


def _with_keys(engine: Engine, side: Prepared, keys: dict[str, Key]) -> ir.Table:
    rows = side.rows
    hashed = {name: _hashed(rows, key) for name, key in keys.items()}
    return engine.keep(rows.select("unique_id", **hashed))


@ibis.udf.scalar.builtin(name="hash")  # type: ignore[untyped-decorator]
def _hash(text: str) -> ibis.dtype("uint64"):  # type: ignore[valid-type] # DuckDB's own
    """Return a number for a text."""


def _hashed(rows: ir.Table, key: Key) -> ir.IntegerValue:
    """Return a number for a key; null where a part is not stated."""
    parts = [_part(rows, part) for part in key]
    text = parts[0]
    for part in parts[1:]:
        text = text + "\x1f" + part
    number: ir.IntegerValue = text.notnull().ifelse(_hash(text), ibis.null("uint64"))
    return number


def _part(rows: ir.Table, part: str) -> ir.StringValue:
    """Return a part of a key: a column, its first letters (``last:2``) or part of the birth date.

    ``turned`` is the birth date with the smaller of month and day first: equal for two dates whose
    day and month are exchanged. ``names`` are given and family name in alphabetical order.
    """
    stem, _, letters = part.partition(":")
    if letters:
        return first_letters(rows[stem], int(letters))
    if stem == "names":
        return ibis.least(rows.given, rows["last"]) + " " + ibis.greatest(rows.given, rows["last"])
    if stem == "year":
        return rows.born.substr(0, 4)
    if stem == "month_day":
        return rows.born.substr(4, 4)
    if stem == "turned":
        month, day = rows.born.substr(4, 2), rows.born.substr(6, 2)
        turned = rows.born.substr(0, 4) + ibis.least(month, day) + ibis.greatest(month, day)
        exchangeable: ir.StringValue = (day <= "12").ifelse(turned, ibis.null("string"))
        return exchangeable
    if stem == "fam_end":  # alike in both parts, it is found by the first
        return (rows.fam_end != rows.fam).ifelse(rows.fam_end, ibis.null("string"))
    return rows[stem].cast("string")
