"""Cells of JSON: objects put together in vectors, with no Python object for any."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.truth.draws import Flags

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


def quoted(words: pa.StringArray) -> pa.StringArray:
    """Return text as JSON strings; an empty cell is ``null``."""
    for plain, escaped in _ESCAPES:
        words = pc.replace_substring(words, plain, escaped)
    return bare(cells.joined('"', words, '"'))


def bare(words: pa.StringArray) -> pa.StringArray:
    """Return numbers, or JSON already written, as JSON; an empty cell is ``null``."""
    return pc.fill_null(words, "null")


def truth(flags: Flags) -> pa.StringArray:
    """Return flags as ``true`` and ``false``."""
    return cells.where(flags, "true", "false")


def objects(fields: Mapping[str, pa.StringArray]) -> pa.StringArray:
    """Return one JSON object per row: each field's key and JSON cells, in order."""
    parts: list[pa.StringArray | str] = []
    for key, values in fields.items():
        parts += [f'{"," if parts else "{"}"{key}":', values]
    return cells.joined(*parts, "}")
