"""Headers no column of the file has: what stands around its table, usable in ``from``.

They begin with ``_``. Those a file's contract uses are landed with its rows, as cells like any
other; a file landed before its contract used one has no value for it, except where it lay.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath

from hit_pipeline.sources.contract.feed import LANDED_ROW, RECEIVED_SCHOOL_YEAR
from hit_pipeline.sources.contract.shape import FileShape

FILE_NAME = "_file_name"
"""Name of the file as it arrived, without its folder."""
FOLDER = "_folder"
"""Folder the file lay in, in the bundle or else in the drop folder; only the innermost."""
PLACES = (FILE_NAME, FOLDER)
SHEET = "_sheet"
"""Name of the sheet; Excel only."""
PREAMBLE = "_preamble."
"""Begins the name of a value that stands in a line of its own; see ``preamble``."""
ADDED_LATER = (RECEIVED_SCHOOL_YEAR, LANDED_ROW)
"""What is never landed: it is worked out when rows are typed."""
RESERVED = (FILE_NAME, FOLDER, SHEET, *ADDED_LATER)


def of_shape(shape: FileShape) -> list[str]:
    """Return the virtual headers a file has by itself, in words of its contract."""
    labels = [f"{PREAMBLE}{name}" for name in shape.preamble]
    sheet = [SHEET] if shape.format == "excel" else []
    return [*ADDED_LATER, FILE_NAME, FOLDER, *sheet, *labels]


def of_other_table(header: str) -> tuple[str, str] | None:
    """Return the file of the contract and its header that ``_<file>.<header>`` means.

    None: it does not mean a cell of another table.

    >>> of_other_table("_meeting.Start Time")
    ('meeting', 'Start Time')
    """
    if not header.startswith("_") or header.startswith(PREAMBLE):
        return None
    file, point, own = header[1:].partition(".")
    return (file, own) if point and file.isidentifier() and own else None


def place_cells(used: Iterable[str], entry: str, arrival: str) -> dict[str, str | None]:
    """Return the cells that say where a file lay, as far as they are used.

    Args:
        used: Virtual headers the contract uses.
        entry: Name of the file in its bundle; of a single file its name.
        arrival: Name of the arrival in the drop folder.
    """
    path, outer = PurePosixPath(entry), PurePosixPath(arrival)
    known = {FILE_NAME: path.name, FOLDER: path.parent.name or outer.parent.name or None}
    return {header: known[header] for header in used if header in known}
