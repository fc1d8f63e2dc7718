"""Columns of a wide file that become rows: the keys of a feed's ``unpivot``.

That it is done, and when, is in `hit_pipeline.conform.unpivot`. Nothing here reads a data file.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from hit_pipeline.settings_values import Model

HEADER = "_header."
"""Begins the name of a virtual header that holds part of a column's own header."""
CELL = "_cell"
"""The virtual header of the cell; followed by a point and a word when a block has several."""
VALUE = "value"
"""The group of a pattern that tells the columns of one block apart."""


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as problem:
        message = f"is not a regular expression: {problem}"
        raise ValueError(message) from None
    return pattern


class Unpivot(Model):
    """Columns that become rows, such as one column per date or one block of columns per month.

    A row of the file becomes one row for each column, or block of columns, with a cell that is not
    blank. The named groups of ``headers`` are headers of the feed: of ``(?P<date>...)`` the text is
    under ``_header.date``. The cell is under ``_cell``. Where each block has several columns, the
    group ``value`` tells them apart: ``^(?P<month>[A-Z]{3})_(?P<value>SCORE|TIER)$`` makes one row
    per month with ``_header.month``, ``_cell.SCORE`` and ``_cell.TIER``. Such columns need no entry
    in ``columns``.

    Attributes:
        headers: Regular expression that matches the whole header, with named groups.
    """

    headers: Annotated[str, AfterValidator(_expression)]

    @model_validator(mode="after")
    def _names_a_part(self) -> Self:
        if not set(re.compile(self.headers).groupindex) - {VALUE}:
            message = "`headers` needs a named group such as (?P<date>...)"
            raise ValueError(message)
        return self

    def parts(self, header: str) -> dict[str, str] | None:
        """Return the parts of a header by name; None when the column is not one of these."""
        found = re.fullmatch(self.headers, header)
        if found is None:
            return None
        return {name: part or "" for name, part in found.groupdict().items()}

    @property
    def names(self) -> list[str]:
        """The groups that tell one row from another, in the order of the pattern."""
        return [name for name in re.compile(self.headers).groupindex if name != VALUE]

    @property
    def has_blocks(self) -> bool:
        """Say whether a block has several columns, told apart by the group ``value``."""
        return VALUE in re.compile(self.headers).groupindex

    def known(self, used: str) -> bool:
        """Say whether a header used in a feed is one of those made here."""
        if used.startswith(HEADER):
            return used.removeprefix(HEADER) in self.names
        return used.startswith(f"{CELL}.") if self.has_blocks else used == CELL

    @property
    def made(self) -> Iterator[str]:
        """The virtual headers, as messages show them."""
        yield from (f"{HEADER}{name}" for name in self.names)
        yield f"{CELL}.<value>" if self.has_blocks else CELL
