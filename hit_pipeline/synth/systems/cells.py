"""Vectors of cells: how dates, instants, numbers and lookups become Arrow text.

A null is an empty cell.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts


def text(values: Texts | Sequence[str]) -> pa.StringArray:
    """Return strings as cells; an empty string is an empty cell."""
    cells = pa.array(values, pa.string())
    return pc.if_else(pc.equal(cells, ""), None, cells)


def lookup(values: Texts | Sequence[str] | pa.StringArray, at: Ints) -> pa.StringArray:
    """Return ``values[at]``; an empty cell where ``at`` is -1 or the value is empty."""
    cells = values if isinstance(values, pa.Array) else text(values)
    return cells.take(pa.array(at, pa.int64(), mask=at < 0))


def constant(value: str | None, size: int) -> pa.StringArray:
    """Return one value in every cell."""
    return pa.array([value], pa.string()).take(pa.array(np.zeros(size, dtype=np.int64)))


def number(values: Ints, *, at_least: int = 1) -> pa.StringArray:
    """Return whole numbers, filled up with zeros to ``at_least`` digits."""
    cells = pa.array(values, pa.int64()).cast(pa.string())
    return pc.utf8_lpad(cells, at_least, "0") if at_least > 1 else cells


def moments(values: Days, pattern: str) -> pa.StringArray:
    """Return dates or instants in a `strftime` pattern; NaT is an empty cell.

    Each distinct value is formatted once: a log has few distinct days and starts.
    """
    values = values.astype("datetime64[s]")
    distinct, at = np.unique(values, return_inverse=True)
    words = ["" if np.isnat(moment) else moment.item().strftime(pattern) for moment in distinct]
    return lookup(words, at.astype(np.int64))


def joined(*parts: pa.StringArray | str) -> pa.StringArray:
    """Return cells joined end to end; empty where any of them is."""
    return pc.binary_join_element_wise(*parts, "")


def where(
    flags: Flags, yes: pa.StringArray | str | None, no: pa.StringArray | str | None
) -> pa.StringArray:
    """Return ``yes`` where a flag is set, else ``no``."""
    made = pc.if_else(pa.array(flags), _cells(yes), _cells(no))
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def _cells(value: pa.StringArray | str | None) -> pa.StringArray | pa.StringScalar:
    return pa.scalar(value, pa.string()) if value is None or isinstance(value, str) else value
