"""What was planted on purpose, so that a test can ask whether the pipeline found it."""

from collections.abc import Iterable
from dataclasses import dataclass

from hit_pipeline.synth.records import Row, Sheet


@dataclass(frozen=True)
class PlantedFault:
    """One fault, or one change of the second night, that was put into a file on purpose.

    Attributes:
        name: Its name, unique within a night.
        source: Folder under ``inbox``.
        file: File in that folder; for a file inside a bundle ``bundle.zip/entry.csv``.
        what: What was done, in plain words without any pupil's value.
        rows: The rows it stands in, 1 for the first below the header; empty when rows are missing.
    """

    name: str
    source: str
    file: str
    what: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Mark:
    """A fault while its sheet is still being edited: the touched rows themselves."""

    name: str
    what: str
    rows: tuple[Row, ...]

    def settle(self, sheet: Sheet, *, inside: str = "") -> PlantedFault:
        """Return the fault with the places its rows have in the finished sheet.

        Args:
            sheet: The finished sheet.
            inside: Name of the bundle the sheet is an entry of; empty when it stands alone.
        """
        place = {id(row): n for n, row in enumerate(sheet.rows, start=1)}
        file = f"{inside}/{sheet.name}" if inside else sheet.name
        rows = tuple(sorted(place[id(row)] for row in self.rows))
        return PlantedFault(self.name, sheet.source, file, self.what, rows)


def settle_all(marks: Iterable[Mark], sheet: Sheet) -> list[PlantedFault]:
    """Settle several marks of one sheet."""
    return [mark.settle(sheet) for mark in marks]
