"""A vendor's log: what its people and its system took note of, before any layout is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.truth.draws import Days, Flags, Ints


@dataclass(frozen=True)
class Log:
    """Entries of one vendor's log: one per pupil expected at a meeting, and whatever else got in.

    An entry has three ages: from ``known_at`` it is scheduled, from ``logged_at`` it has a result,
    from ``revised_at`` a corrected one. From ``withdrawn_at`` it is scheduled again, its result
    lost; from ``gone_at`` the vendor no longer has it. The n-th entry is about the n-th of the
    source's claims.

    Attributes:
        program: Position among the programs.
        seat: Position in the zone's `Seats`; -1 for an entry that reports none.
        meeting: Position in the zone's `Meetings`: what the vendor's system takes for one meeting
            has one. Entries made into meetings of their own have numbers above every true one.
        place: Which seat of its meeting an entry has, from 0.
        key: Number from which the vendor's ids of the row are made; unique within the program's
            log of a zone.
        group: Position in `Groups`.
        start_local: Start as written, ``datetime64[s]``, the vendor's wall clock.
        planned: Planned seconds as written.
        outcome: Position in `OUTCOMES`; likewise ``attendance`` in `ATTENDANCE`.
        present: Seconds present as written; 0 when absent or not held.
        joined, left: Seconds after the start at which the pupil came and went; equal when absent.
        first_attendance, first_present: As written before ``revised_at``.
        tutor: Planned tutor, position in `Tutors`; ``led_by`` who led it, -1 for nobody.
        ratio: Pupils to a tutor as written.
        known_at, logged_at, revised_at, withdrawn_at, gone_at: Instants, UTC, ``datetime64[s]``;
            NaT for never.
        kinds: Fault -> entries that bear it.
    """

    program: int
    seat: Ints
    meeting: Ints
    place: Ints
    key: Ints
    group: Ints
    start_local: Days
    planned: Ints
    outcome: Ints
    attendance: Ints
    present: Ints
    joined: Ints
    left: Ints
    first_attendance: Ints
    first_present: Ints
    tutor: Ints
    led_by: Ints
    ratio: Ints
    known_at: Days
    logged_at: Days
    revised_at: Days
    withdrawn_at: Days
    gone_at: Days
    kinds: Mapping[str, Flags]

    def visible(self, night: Night) -> Flags:
        """Return the entries the vendor has on a night."""
        return (self.known_at <= night.at) & ~(self.gone_at <= night.at)

    def has_result(self, night: Night) -> Flags:
        """Return the entries whose result is logged by a night; the others are scheduled."""
        return (self.logged_at <= night.at) & ~(self.withdrawn_at <= night.at)

    def changed(self, night: Night) -> Flags:
        """Return the visible entries that are new or changed since the night before."""
        new = np.zeros(len(self.seat), dtype=bool)
        for instants in (self.known_at, self.logged_at, self.revised_at, self.withdrawn_at):
            new |= (instants <= night.at) & ~(instants <= night.at_before)
        return new & self.visible(night)

    def attendance_on(self, night: Night) -> Ints:
        """Return attendance as written on a night (where there is a result)."""
        return np.where(self.revised_at > night.at, self.first_attendance, self.attendance)

    def present_on(self, night: Night) -> Ints:
        """Return seconds present as written on a night (where there is a result)."""
        return np.where(self.revised_at > night.at, self.first_present, self.present)

    def updated_at(self, night: Night) -> Days:
        """Return when each entry last changed, as known on a night."""
        at = np.where(self.has_result(night), self.logged_at, self.known_at)
        at = np.where(self.revised_at <= night.at, self.revised_at, at)
        return np.where(self.withdrawn_at <= night.at, self.withdrawn_at, at)
