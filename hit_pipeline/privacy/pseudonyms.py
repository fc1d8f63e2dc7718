"""Pseudonyms: keyed digests that stand in for durable keys outside the restricted tier.

HMAC-SHA-256 under a secret kept apart, separately for each audience, so that two audiences cannot
join what they were given. Without the secret a pseudonym cannot be guessed by trying keys.
"""

import contextlib
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.engine import Engine
from hit_pipeline.errors import LakeError

ANALYST: Final = "analyst"
"""The audience of the analyst tier."""

_HEX_DIGITS = 20
_MARKS = frozenset("STE")


def secret_id(secret: str, audience: str) -> str:
    """Return a digest that tells whether two releases used the same secret, and nothing of it."""
    return hmac.digest(secret.encode(), f"id:{audience}".encode(), hashlib.sha256).hex()[:16]


def pseudonym(secret: str, audience: str, value: str) -> str:
    """Return the pseudonym of one value: a letter and 20 hex digits.

    A durable key keeps its letter (S student, T tutor, E employee), anything else gets P.
    """
    mark = value[0] if value[:1] in _MARKS else "P"
    told = hmac.digest(secret.encode(), f"for:{audience}:{value}".encode(), hashlib.sha256)
    return mark + told.hex()[:_HEX_DIGITS]


@dataclass(frozen=True)
class Pseudonyms:
    """The pseudonyms one audience is given; each is digested once, however many tables name it.

    Attributes:
        secret: The secret.
        audience: Who gets them.
    """

    secret: str = field(repr=False)
    audience: str
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    @contextlib.contextmanager
    def replacing(
        self, engine: Engine, rows: ir.Table, columns: Iterable[str]
    ) -> Iterator[ir.Table]:
        """Hold, for a block, the rows with the values of text columns replaced; null stays null.

        Written in the block, the rows keep their order.

        Raises:
            LakeError: Two values came to one pseudonym.
        """
        given: list[ir.Table] = []
        replaced = rows
        try:
            for column in columns:
                named = engine.from_arrow(self._dictionary(engine, rows, column))
                given.append(named)
                joined = replaced.left_join(named, replaced[column] == named["_stated"])
                replaced = joined.mutate(**{column: joined["_name"]}).select(*rows.columns)
            with engine.joins_as_written():
                yield replaced
        finally:
            engine.drop(*given)

    def _dictionary(self, engine: Engine, rows: ir.Table, column: str) -> pa.Table:
        """Return ``_stated, _name`` of every distinct value of a column, ordered."""
        values = engine.collect(rows.select(value=rows[column]).distinct().drop_null())["value"]
        stated = sorted(values.to_pylist())
        for value in stated:
            if value not in self._known:
                self._known[value] = pseudonym(self.secret, self.audience, value)
        names = [self._known[value] for value in stated]
        if len(set(names)) != len(names):
            message = f"two values of {column} came to one pseudonym."
            raise LakeError(message, remedy="Change the pseudonym secret.")
        text = pa.string()
        return pa.table({"_stated": pa.array(stated, text), "_name": pa.array(names, text)})
