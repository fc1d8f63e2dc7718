"""A line of cells as the one text that patterns of a contract look at."""

from collections.abc import Sequence

Cells = Sequence[str | None]
"""Cells of a line as text; blank ones are None or blanks."""


def line_text(cells: Cells) -> str:
    """Return the cells that are not blank, trimmed and joined with ``|``.

    >>> line_text(["School:", None, " Lincoln "])
    'School:|Lincoln'
    """
    stripped = [cell.strip() for cell in cells if cell is not None]
    return "|".join(filter(None, stripped))


def is_blank(cell: str | None) -> bool:
    """Say whether a cell holds nothing but blanks."""
    return cell is None or not cell.strip()
