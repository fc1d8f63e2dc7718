"""Where the columns of a fixed-width file stand: from a ruler below the header, or from gaps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hit_pipeline.sources.reading.headers import clean_header, unique_names

Positions = tuple[tuple[str, int, int], ...]
"""Name, first character (1-based) and width of each column."""

_RULER = re.compile(r"^\s*[-=]{2,}(\s+[-=]+)+\s*$")
_FEWEST_LINES = 3


@dataclass(frozen=True)
class Ruled:
    """Columns by position.

    Attributes:
        spans: The columns.
        header_row: Last line that is no row, 1-based; 0: there is none.
        ruled: True when a ruler says where columns stand, False when gaps do.
    """

    spans: Positions
    header_row: int
    ruled: bool


def positions(lines: Sequence[str]) -> Ruled | None:
    """Return the columns of lines of text; None when they have no common gaps.

    A ruler, a line of dashes in groups, says it itself. Without one a column ends where every line
    has a blank; two lines prove nothing. The first line is the header when it alone has no digit.
    """
    ruler = next((at for at, line in enumerate(lines[:20]) if _RULER.match(line)), None)
    if ruler is not None:
        bounds = [match.span() for match in re.finditer(r"[-=]+", lines[ruler])]
        bounds = _up_to_the_next(bounds)
        header = lines[ruler - 1] if ruler else ""
        return Ruled(_named(header, bounds), ruler + 1, ruled=True)
    full = [line for line in lines if line.strip()]
    if len(full) < _FEWEST_LINES:
        return None
    bounds = _gaps(full)
    if len(bounds) < 2:
        return None
    headed = not re.search(r"\d", full[0]) and all(re.search(r"\d", line) for line in full[1:])
    header_row = lines.index(full[0]) + 1 if headed else 0
    if headed:
        bounds = _by_header(full[0], full[1:]) or _words_joined(full[0], full[1:], bounds)
    return Ruled(_named(full[0] if headed else "", bounds), header_row, ruled=False)


def _up_to_the_next(bounds: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Widen each column up to the next one, so that nothing stands between columns."""
    starts = [start for start, _ in bounds]
    ends = [*starts[1:], bounds[-1][1]]
    return list(zip(starts, ends, strict=True))


def _gaps(lines: Sequence[str]) -> list[tuple[int, int]]:
    width = max(map(len, lines))
    filled = [any(line[at : at + 1].strip() for line in lines) for at in range(width)]
    starts = [at for at in range(width) if filled[at] and (at == 0 or not filled[at - 1])]
    return _up_to_the_next([(start, width) for start in starts]) if starts else []


def _by_header(header: str, rows: Sequence[str]) -> list[tuple[int, int]]:
    """Return columns that begin where names of the header do; empty when a cell crosses one.

    Names are two blanks apart, so that a blank inside a name or a cell parts nothing.
    """
    starts = [found.start() for found in re.finditer(r"\S+(?: \S+)*", header)]
    crossed = any(row[start - 1 : start].strip() for row in rows for start in starts[1:])
    ends = [*starts[1:], max(map(len, (header, *rows)))]
    return [] if crossed or len(starts) < 2 else list(zip(starts, ends, strict=True))


def _words_joined(
    header: str, rows: Sequence[str], bounds: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Join a word of the header, one blank behind another and with no cell below, to that one."""
    joined: list[tuple[int, int]] = []
    for start, end in bounds:
        one_blank = start > 1 and header[start - 1] == " " != header[start - 2]
        if joined and one_blank and not any(row[start:end].strip() for row in rows):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _named(header: str, bounds: Sequence[tuple[int, int]]) -> Positions:
    cells = [clean_header(header[start:end]) for start, end in bounds]
    names = unique_names(cells)
    return tuple(
        (name, start + 1, end - start) for name, (start, end) in zip(names, bounds, strict=True)
    )
