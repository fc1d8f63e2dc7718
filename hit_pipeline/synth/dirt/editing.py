"""A sheet under way: rows chosen by whom or what they are about, then changed, added or taken out.

Rows are chosen by mixing the seed with what the row is about, so that the same pupil or the same
record bears the same fault in the file of every night.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.systems.cells import constant, where
from hit_pipeline.synth.systems.opaque import mixed
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.draws import Flags, Floats, Ints
from hit_pipeline.synth.truth.zone import Zone

_WIDTH = 48
"""Bytes of a key that tell it from others; ids of the systems are shorter."""


def words(keys: pa.Array) -> list[Ints]:
    """Return keys, which are ASCII, as numbers: several for each, to be mixed."""
    raw = keys.fill_null("").to_numpy(zero_copy_only=False).astype(f"S{_WIDTH}")
    numbers: Ints = raw.view(np.int64).reshape(len(keys), _WIDTH // 8)
    return list(numbers.T)


class Editing:
    """A sheet under way. Of several faults put on one after another, all are marked.

    Attributes:
        sheet: The sheet as it stands.
    """

    def __init__(self, sheet: Sheet, zone: Zone, rates: Mapping[str, float]) -> None:
        self.sheet = sheet
        self.zone = zone
        self.rates = rates

    @property
    def size(self) -> int:
        """Rows of the sheet."""
        return self.sheet.rows.num_rows

    def has(self, column: str) -> bool:
        """Say whether the sheet has a column."""
        return column in self.sheet.rows.column_names

    def cells(self, column: str) -> pa.Array:
        """Return the cells of a column."""
        return self.sheet.rows[column].combine_chunks()

    def equal(self, column: str, value: str) -> Flags:
        """Say which rows have a value in a column."""
        return _flags(pc.equal(self.cells(column), value))

    def filled(self, column: str) -> Flags:
        """Say which rows have any value in a column."""
        return _flags(pc.is_valid(self.cells(column)))

    def borne(self, kind: str) -> Flags:
        """Say which rows bear a fault already."""
        return self.sheet.faults.get(kind, np.zeros(self.size, dtype=bool))

    def by_person(self, kind: str, able: Flags, *more: int) -> Flags:
        """Choose rows by the human they are about, among the able; rows of nobody are not."""
        able = able & (self.sheet.person >= 0)
        return self._chosen(kind, able, [self.sheet.person, *(np.asarray(one) for one in more)])

    def by_key(self, kind: str, able: Flags, column: str) -> Flags:
        """Choose rows by the key in a column, among the able."""
        return self._chosen(kind, able, words(self.cells(column)))

    def _chosen(self, kind: str, able: Flags, keys: list[Ints]) -> Flags:
        if self.rates[kind] == 0 or not able.any():
            return np.zeros(self.size, dtype=bool)
        return able & (share(self.zone, kind, keys) < self.rates[kind])

    def mark(self, kind: str, flags: Flags) -> None:
        """Mark rows as bearing a fault."""
        if flags.any():
            marks = {**self.sheet.faults, kind: self.borne(kind) | flags}
            self.sheet = replace(self.sheet, faults=marks)

    def put(self, column: str, flags: Flags, cells: pa.Array | str | None) -> None:
        """Write cells into a column of some rows."""
        if flags.any():
            at = self.sheet.rows.column_names.index(column)
            made = where(flags, cells, self.cells(column))
            self.sheet = replace(self.sheet, rows=self.sheet.rows.set_column(at, column, made))

    def forget(self, flags: Flags) -> None:
        """Let rows be about nobody."""
        self.sheet = replace(self.sheet, person=np.where(flags, -1, self.sheet.person))

    def add(self, kind: str, flags: Flags, changes: Mapping[str, pa.Array | str]) -> None:
        """Add copies of rows at the end, with other cells in some columns, and mark them.

        Args:
            kind: The fault.
            flags: Rows to copy.
            changes: Column to cells of all rows of the sheet, or to one value.
        """
        if not flags.any():
            return
        copies = self.sheet.rows.filter(pa.array(flags))
        for column, cells in changes.items():
            at = copies.column_names.index(column)
            one = constant(cells, self.size) if isinstance(cells, str) else cells
            copies = copies.set_column(at, column, one.filter(pa.array(flags)))
        marks = {name: np.r_[old, old[flags]] for name, old in self.sheet.faults.items()}
        added = np.r_[np.zeros(self.size, dtype=bool), np.ones(int(flags.sum()), dtype=bool)]
        self.sheet = replace(
            self.sheet,
            rows=pa.concat_tables([self.sheet.rows, copies]).combine_chunks(),
            person=np.r_[self.sheet.person, self.sheet.person[flags]],
            faults={**marks, kind: added},
        )

    def drop(self, kind: str, flags: Flags) -> None:
        """Take rows out and count them as missing."""
        count = int(flags.sum())
        if count:
            self.sheet = replace(
                self.sheet,
                rows=self.sheet.rows.filter(pa.array(~flags)),
                person=self.sheet.person[~flags],
                faults={name: old[~flags] for name, old in self.sheet.faults.items()},
                missing={**self.sheet.missing, kind: count},
            )


def share(zone: Zone, kind: str, keys: list[Ints]) -> Floats:
    """Return, for each combination of keys, a number from 0 to 1 that is its own for good."""
    bits = mixed(zone.seed, f"fault/{kind}", *keys) >> np.uint64(11)
    return np.asarray(bits.astype(np.float64) / 2.0**53)


def borne_by(zone: Zone, kind: str, person: Ints, rates: Mapping[str, float]) -> Flags:
    """Say which humans bear a fault that is chosen by human alone, where their rows can."""
    return share(zone, kind, [person]) < rates[kind]


def _flags(values: pa.Array) -> Flags:
    filled = pc.fill_null(values, fill_value=False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=bool)
