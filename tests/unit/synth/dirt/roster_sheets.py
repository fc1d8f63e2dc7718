"""Sheets of the student information system without a fault and with some, side by side."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.dirt.roster import spoil_roster
from hit_pipeline.synth.systems import oneroster, plain_files
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.zone import Zone

Row = dict[str, str | None]
Change = Callable[[str], str | None]

NONE = rates("none")
SHARE = 0.2


def nothing(_: str) -> None:
    """Blank a cell."""
    return


def night_of(today: str, before: str = "NaT") -> Night:
    """Return a night that is not the last."""
    day, earlier = np.datetime64(today, "D"), np.datetime64(before, "D")
    return Night(
        number=0 if np.isnat(earlier) else 1,
        today=day,
        before=earlier,
        at=day.astype("datetime64[s]"),
        at_before=earlier.astype("datetime64[s]"),
        is_last=False,
    )


AUTUMN, SPRING = night_of("2025-11-03", "2025-09-03"), night_of("2026-04-20", "2026-01-12")


class RosterSpoiling:
    """Sheets of a night without a fault and with some, side by side."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.clean = cache(self._clean)

    def _clean(self, night: Night, version: str) -> list[Sheet]:
        name = f"oneroster_bulk{night.stamp}.zip"
        return [
            *oneroster.bulk(self.zone, night, version, name=name),
            *oneroster.delta(self.zone, night, version),
            *plain_files.sheets(self.zone, night),
        ]

    def pairs(
        self, rate: dict[str, float], night: Night = SPRING, version: str = "1.2"
    ) -> Iterator[tuple[Sheet, Sheet]]:
        """Yield every sheet without a fault and with those of some rates."""
        for sheet in self.clean(night, version):
            yield sheet, spoil_roster(sheet, night, self.zone, NONE | rate)


def rows_of(sheet: Sheet) -> list[Row]:
    """Return the rows of a sheet."""
    return list(sheet.rows.to_pylist())


def marks_of(sheet: Sheet, kind: str) -> np.ndarray:
    """Return the rows that bear a fault."""
    return np.flatnonzero(sheet.faults.get(kind, np.zeros(sheet.rows.num_rows, dtype=bool)))


def changed_row(changes: dict[str, Change], row: Row) -> Row:
    """Return a row whose filled cells are changed as a fault changes them."""
    return {
        name: changes[name](cell) if name in changes and cell is not None else cell
        for name, cell in row.items()
    }
