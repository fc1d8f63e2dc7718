"""A sheet: the rows of one file about one zone, and what each row is truly about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.truth.draws import Flags, Ints

UNQUOTED_COMMA = "\ue000"
"""Stands in a cell of a ``csv`` file for a comma that is written without quotes around the cell."""


@dataclass(frozen=True)
class Sheet:
    """Rows of one file about one zone; the file of the district is the zones' rows in order.

    Attributes:
        source: Folder under ``inbox``.
        file: Path in that folder. ``bundle.zip/users.csv`` is an entry of a zip archive.
        rows: Text columns in the file's order; null is an empty cell. The columns' names are the
            header of a delimited file and the keys of a JSON object.
        person: True person (answer key) of each row; -1 where the row names nobody on a roster.
        role: What kind of person that is: ``student``, ``tutor`` or ``staff``; empty for rows that
            name nobody.
        seat: Position in the zone's `Seats` of what the row reports; -1 for none. None when the
            file does not report sessions.
        claim: Position in the source's `hit_pipeline.synth.dirt.claims.Claims` the row's identity
            was taken from, which knows its faults; None when there are no claims.
        members: For rows that each name several pupils: position of the row, and of the claim, of
            every pupil named. ``person`` and ``seat`` are then -1 and None.
        faults: Kind of fault -> rows that bear it, beside those the claims know.
        missing: Kind of fault -> how many rows are missing because of it.
        form: How rows become bytes: ``csv``, ``fixed`` (columns joined without delimiter or
            header), ``lines`` (each row's only column is a line, no header), ``json`` (each row's
            only column is a JSON object, the file one list of them) or ``lost`` (an entry of a
            bundle that its manifest names and that is not there).
        delimiter: Between the cells of a ``csv`` file.
    """

    source: str
    file: str
    rows: pa.Table
    person: Ints
    role: str = ""
    seat: Ints | None = None
    claim: Ints | None = None
    members: tuple[Ints, Ints] | None = None
    faults: Mapping[str, Flags] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    form: str = "csv"
    delimiter: str = ","


def nobody(rows: pa.Table) -> Ints:
    """Return the ``person`` of rows that name nobody."""
    return np.full(rows.num_rows, -1, dtype=np.int64)
