"""One record of a delimited file as text: split into cells, and written again."""

import re
from dataclasses import dataclass, field
from typing import Literal

Cells = list[str | None]
"""Cells of a record as text; an empty one without quotes is None."""

Unsplit = Literal["open", "bad"]
"""``open``: a quoted cell is not closed yet; ``bad``: text stands after a closing quote."""


@dataclass(frozen=True)
class Split:
    """A record, split.

    Attributes:
        cells: Its cells, or why there are none.
        blanks: Quoted cells that had blanks around their quotes.
    """

    cells: Cells | Unsplit
    blanks: int = 0


@dataclass(frozen=True)
class Grammar:
    """How cells are told apart.

    Attributes:
        delimiter: Between cells.
        quote: Around cells, doubled inside; empty for none.
    """

    delimiter: str
    quote: str
    _cell: re.Pattern[str] = field(init=False, repr=False)
    _unclosed: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compile the patterns of a cell and of one that is not closed."""
        delimiter, quote = re.escape(self.delimiter), re.escape(self.quote)
        one = len(self.delimiter) == 1
        bare = rf"[^{delimiter}]*" if one else rf"(?:(?!{delimiter}).)*"
        blanks = " *" if self.delimiter == "\t" else "[ \t]*"
        inside = rf"{quote}(?P<quoted>[^{quote}]*(?:{quote}{quote}[^{quote}]*)*)"
        cell, unclosed = rf"(?P<bare>{bare})", r"(?!)"
        if quote:
            cell = (
                rf"(?P<before>{blanks}){inside}{quote}(?P<after>{blanks})(?={delimiter}|\Z)"
                rf"|(?P<bare>(?!{blanks}{quote}){bare})"
            )
            unclosed = rf"{blanks}{inside}\Z"
        object.__setattr__(self, "_cell", re.compile(cell, re.DOTALL))
        object.__setattr__(self, "_unclosed", re.compile(unclosed, re.DOTALL))

    def split(self, record: str) -> Split:
        """Split a record without its line end."""
        if not self.quote:
            return Split([cell or None for cell in record.split(self.delimiter)])
        cells: Cells = []
        at, blanks = 0, 0
        while match := self._cell.match(record, at):
            if match["bare"] is None:
                cells.append(match["quoted"].replace(self.quote * 2, self.quote))
                blanks += bool(match["before"] or match["after"])
            else:
                cells.append(match["bare"] or None)
            if match.end() == len(record):
                return Split(cells, blanks)
            at = match.end() + len(self.delimiter)
        return Split("open" if self._unclosed.match(record, at) else "bad")

    def join(self, cells: Cells) -> str:
        """Write cells so that `split` gives them back; a cell that is None as nothing at all."""
        return self.delimiter.join("" if cell is None else self._quoted(cell) for cell in cells)

    def _quoted(self, cell: str) -> str:
        inside = cell.replace(self.quote, self.quote * 2) if self.quote else cell
        return f"{self.quote}{inside}{self.quote}"
