"""Invented children whose linkage tests know beforehand."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

FIRSTS = (
    *("emma", "liam", "noah", "ava", "william", "sofia", "mateo", "grace", "henry", "chloe"),
    *("daniel", "ruby", "oscar", "hazel", "felix", "ingrid", "tariq", "mei", "anders", "zoe"),
)
_SYLLABLES = ("bar", "den", "fal", "gor", "hus", "kel", "lom", "mar", "nid", "pol", "rus", "tev")


def lasts(count: int) -> list[str]:
    """Return that many distinct family names."""
    made = [a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in ("son", "er", "ski", "ano")]
    return made[:count]


def children(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Return children of distinct families, with school and grade."""
    rng = np.random.default_rng(seed)
    families = lasts(500)
    return [
        {
            "record": f"k{number:05}",
            "given_name": str(rng.choice(FIRSTS)),
            "family_name": str(rng.choice(families)),
            "birth_date": date(2010, 1, 1) + timedelta(days=int(rng.integers(0, 3000))),
            "school": f"school {rng.integers(0, 8)}",
            "grade": str(rng.integers(1, 9)),
        }
        for number in range(count)
    ]


def described(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as descriptions; a column all of whose values are null stays text or a date."""
    names = {name: None for row in rows for name in row}
    kinds = {"birth_date": pa.date32()}
    return pa.table(
        {
            name: pa.array([row.get(name) for row in rows], kinds.get(name, pa.string()))
            for name in names
        }
    )


def asked(rows: Sequence[Mapping[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    """Return the same children as somebody else writes them, under records of their own."""
    return [{**row, "record": f"a{row['record'][1:]}", **changes} for row in rows]
