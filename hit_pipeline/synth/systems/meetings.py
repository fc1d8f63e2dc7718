"""Meetings out of entries: for vendors whose rows, or deliveries, are whole meetings."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.truth.draws import Days, Flags, Ints


@dataclass(frozen=True)
class Gathered:
    """Entries of a log, those of one meeting side by side, and where each meeting begins.

    Attributes:
        entries: Positions in the log, in order of meeting and place.
        row: By entry, position of its meeting among those gathered.
        begins: By meeting, where its entries begin.
    """

    entries: Ints
    row: Ints
    begins: Ints

    @property
    def first(self) -> Ints:
        """Return, by meeting, the position in the log of its first entry."""
        return self.entries[self.begins]

    def any(self, flags: Flags) -> Flags:
        """Say of each meeting whether any of its entries has a flag of the log's set."""
        hits = np.bincount(self.row[flags[self.entries]], minlength=len(self.begins))
        return hits > 0

    def largest(self, values: Ints) -> Ints:
        """Return, by meeting, the largest of its entries' values."""
        return np.maximum.reduceat(values[self.entries], self.begins)

    def latest(self, instants: Days) -> Days:
        """Return, by meeting, the latest of its entries' instants."""
        return self.largest(instants.astype("datetime64[s]").astype(np.int64)).astype(
            "datetime64[s]"
        )

    def listed(self, words: pa.StringArray, between: str, wanted: Flags) -> pa.StringArray:
        """Join the words of each meeting's wanted entries; empty text where there is none."""
        counts = np.bincount(self.row[wanted], minlength=len(self.begins))
        ends = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
        lists = pa.ListArray.from_arrays(ends, words.filter(pa.array(wanted)))
        return pc.binary_join(lists, between)


def gather(log: Log, wanted: Flags) -> Gathered:
    """Gather the wanted entries of a log by meeting."""
    at = np.flatnonzero(wanted)
    at = at[np.lexsort((log.place[at], log.meeting[at]))]
    new = np.diff(log.meeting[at], prepend=-1) != 0
    return Gathered(at, np.cumsum(new) - 1, np.flatnonzero(new))


def touched(log: Log, night: Night) -> Flags:
    """Return the entries that are new, changed or gone since the night before."""
    gone = (log.gone_at <= night.at) & ~(log.gone_at <= night.at_before)
    return log.changed(night) | (gone & (log.known_at <= night.at_before))


def of_touched_meetings(log: Log, night: Night) -> Flags:
    """Return all visible entries of meetings of which any entry is new, changed or gone."""
    meetings = np.unique(log.meeting[touched(log, night)])
    return np.isin(log.meeting, meetings) & log.visible(night)
