"""Rows as a system sends them, and the bytes they become: CSV files and zip bundles.

The same rows give the same bytes: entries of a zip carry a fixed time.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str]

_ZIP_TIME = (2026, 8, 1, 0, 0, 0)


@dataclass(frozen=True)
class Sheet:
    """One CSV file before it is written; faults are planted by editing its rows.

    Attributes:
        source: Folder under ``inbox``.
        name: File name.
        columns: Header, in order.
        rows: One dictionary per line, every cell text.
        quoted: True to quote every cell (never the header); False to quote where needed.
    """

    source: str
    name: str
    columns: tuple[str, ...]
    rows: list[Row]
    quoted: bool = False

    def to_bytes(self) -> bytes:
        """Return the file: UTF-8 without a byte order mark, lines ended by CR LF."""
        out = io.StringIO(newline="")
        csv.writer(out).writerow(self.columns)
        lines = ([row[column] for column in self.columns] for row in self.rows)
        csv.writer(out, quoting=csv.QUOTE_ALL if self.quoted else csv.QUOTE_MINIMAL).writerows(
            lines
        )
        return out.getvalue().encode()


def zipped(sheets: Iterable[Sheet]) -> bytes:
    """Return a zip with the sheets at its root."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for sheet in sheets:
            entry = zipfile.ZipInfo(sheet.name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, sheet.to_bytes())
    return out.getvalue()


def put(inbox: Path, source: str, name: str, content: bytes) -> None:
    """Write one file of a source; it appears under its name only when it is whole."""
    folder = inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    part.write_bytes(content)
    part.replace(folder / name)
