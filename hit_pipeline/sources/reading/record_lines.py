"""A delimited file record by record, for files whose lines must be looked at one by one."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from hit_pipeline.sources.reading.cells import Cells, Grammar

_LOOK_AHEAD = 1_000


@dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
        line: Number of its first line, 1-based.
        lines: How many lines it takes.
        raw: Its bytes without the last line end.
        cells: Its cells; None when it cannot be split.
    """

    line: int
    lines: int
    raw: bytes
    cells: Cells | None


def records(handle: IO[bytes], grammar: Grammar) -> Iterator[Record]:
    """Yield the records of the rest of a file.

    A quote that is never closed costs one line, as in `hit_pipeline.sources.reading.mend`.
    """
    waiting: deque[bytes] = deque()
    number = 1
    while line := waiting.popleft() if waiting else handle.readline():
        record = _record(line, number, waiting, handle, grammar)
        yield record
        number += record.lines


def _record(
    line: bytes, number: int, waiting: deque[bytes], handle: IO[bytes], grammar: Grammar
) -> Record:
    text, taken = text_of(line), [line]
    if grammar.quote not in text:
        return Record(
            number, 1, _bare(line), [one or None for one in text.split(grammar.delimiter)]
        )
    split = grammar.split(text).cells
    while split == "open" and len(taken) < _LOOK_AHEAD:
        more = waiting[len(taken) - 1] if len(waiting) >= len(taken) else handle.readline()
        if not more:
            break
        if len(waiting) < len(taken):
            waiting.append(more)
        taken.append(more)
        if grammar.quote.encode() in more:
            split = grammar.split(text_of(b"".join(taken))).cells
    if not isinstance(split, list):
        return Record(number, 1, _bare(line), None)
    for _ in taken[1:]:
        waiting.popleft()
    return Record(number, len(taken), _bare(b"".join(taken)), split)


def text_of(raw: bytes) -> str:
    """Return a record as text; bytes that are no UTF-8 come back when it is encoded again."""
    return _bare(raw).decode("utf-8", "surrogateescape")


def _bare(raw: bytes) -> bytes:
    return raw.removesuffix(b"\n").removesuffix(b"\r")
