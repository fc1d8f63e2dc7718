"""What a row takes over from lines above it: labelled values, another table's row, merged cells."""

import re
from collections.abc import Mapping, Sequence

from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.line_text import Cells, is_blank
from hit_pipeline.sources.reading.virtual_headers import PREAMBLE, of_other_table


class Context:
    """What holds for the rows of one table at the place reached.

    Attributes:
        only: What the text of a row matches; None: anything.
        used: Virtual headers the contract uses whose values stand in other lines.
        columns: Names of the table's columns, once its header was found.
        others: The same of the other tables in the file, by the contract's name.
        unclear: Rows that could not take over a cell because the other table has several rows.
    """

    def __init__(self, spec: FileSpec) -> None:
        self.only = re.compile(spec.only) if spec.only is not None else None
        self.used = tuple(
            one
            for one in spec.virtual_headers
            if one.startswith(PREAMBLE) or of_other_table(one) is not None
        )
        self.columns: Sequence[str] = ()
        self.others: Mapping[str, Context] = {}
        self.unclear = 0
        self._ends = re.compile(spec.ends_at) if spec.ends_at is not None else None
        self._labels = {name: re.compile(one) for name, one in spec.preamble.items()}
        self._labelled: dict[str, str] = {}
        self._rows = 0
        self._row: Cells = ()

    def label(self, text: str) -> bool:
        """Take the labelled values of a line; say whether it has any."""
        found = {name: hit[1] for name, one in self._labels.items() if (hit := one.search(text))}
        self._labelled |= {name: (value or "").strip() for name, value in found.items()}
        return bool(found)

    def is_end(self, text: str) -> bool:
        """Say whether the table ends before a line."""
        return self._ends is not None and self._ends.search(text) is not None

    def begin(self) -> None:
        """Forget the rows above: a header begins the table, or begins it anew."""
        self._rows = 0

    def row(self, cells: Cells) -> None:
        """Remember a row, which tables below may take over."""
        self._rows += 1
        self._row = cells

    def values(self) -> list[str | None]:
        """Return the values of ``used`` for a row at this place."""
        self.unclear += any(self._is_unclear(header) for header in self.used)
        return [self._value(header) for header in self.used]

    def _is_unclear(self, header: str) -> bool:
        other = self._other(header)
        return other is not None and other._rows > 1

    def _value(self, header: str) -> str | None:
        if header.startswith(PREAMBLE):
            return self._labelled.get(header.removeprefix(PREAMBLE)) or None
        other, (_, own) = self._other(header), of_other_table(header) or ("", "")
        if other is None or other._rows != 1 or own not in other.columns:
            return None
        at = list(other.columns).index(own)
        return other._row[at] if at < len(other._row) else None

    def _other(self, header: str) -> "Context | None":
        file, _ = of_other_table(header) or ("", "")
        return self.others.get(file)


class FillDown:
    """Blank cells that mean the cell above."""

    def __init__(self, headers: Sequence[str], columns: Sequence[str]) -> None:
        """Fill columns of a header, outer ones first."""
        self._places = [list(columns).index(one) for one in headers if one in columns]
        self._above: dict[int, str | None] = {}

    def begin(self) -> None:
        """Forget the rows above."""
        self._above = {}

    def row(self, cells: Cells) -> tuple[Cells, int]:
        """Return a row filled from above, and how many of its cells were filled."""
        if not self._places:
            return cells, 0
        row, filled = list(cells), 0
        for depth, place in enumerate(self._places):
            if place >= len(row):
                continue
            if is_blank(row[place]):
                row[place] = self._above.get(place)
                filled += row[place] is not None
            elif row[place] != self._above.get(place):
                self._above |= dict.fromkeys(self._places[depth + 1 :])
                self._above[place] = row[place]
        return row, filled
