"""JSON objects as vectors of text, put together without a Python object a row."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.systems.cells import constant, joined
from hit_pipeline.synth.truth.draws import Flags

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
Member: TypeAlias = Any
"""JSON text of a value: an Arrow array by row, or a string for every row; null leaves it out."""


def quoted(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return cells as JSON strings."""
    for plain, escaped in _ESCAPES:
        cells = pc.replace_substring(cells, plain, escaped)
    return joined('"', cells, '"')


def said(value: str) -> str:
    """Return one text as a JSON string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def booleans(flags: Flags) -> pa.Array:
    """Return flags as JSON ``true`` and ``false``."""
    return pc.if_else(pa.array(flags), "true", "false")


def objects(size: int, members: Mapping[str, Member], *, keeps_nulls: bool = False) -> pa.Array:
    """Return ``size`` JSON objects.

    Members that are null in a row are left out of it, or with ``keeps_nulls`` written ``null``.
    """
    if keeps_nulls:
        members = {name: pc.fill_null(value, "null") for name, value in members.items()}
    parts = [_member(size, name, value) for name, value in members.items()]
    return joined("{", _listed(parts), "}")


def _member(size: int, name: str, value: Member) -> pa.Array:
    cells = constant(value, size) if isinstance(value, str) else value
    return joined(f'"{name}":', cells)


def lists(*items: pa.Array) -> pa.Array:
    """Return JSON lists of the items that are not null; null where there is none."""
    inside = _listed(items)
    made = joined("[", inside, "]")
    return pc.if_else(pc.equal(inside, ""), pa.scalar(None, pa.string()), made)


def _listed(parts: Sequence[pa.Array]) -> pa.Array:
    """Join what is not null with commas; rows of nulls alone become empty."""
    # Arrow 26 drops such rows when it is asked to skip nulls.
    led = [pc.fill_null(joined(",", part), "") for part in parts]
    return pc.utf8_slice_codeunits(joined(*led), 1)


def present(flags: Flags, items: pa.Array) -> pa.Array:
    """Return items where a flag is set, else null."""
    return pc.if_else(pa.array(flags), items, pa.scalar(None, pa.string()))
