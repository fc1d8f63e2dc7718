"""The one small protocol every adapter speaks.

An adapter finds what arrived (`arrivals`) and reads it into text tables (`read`). It never
interprets a cell: every column it yields is text, null kept apart from the empty string.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Arrival, Finding, LandedFile


@dataclass(frozen=True)
class ReadFile:
    """One file of an arrival, read but not yet kept.

    Attributes:
        file: The contract's name of the file.
        entry: Its name as it arrived.
        header: Column names as they arrived, in order; those that become rows are left out.
        rows: Text columns under the contract's names, in file order; None when there are none.
        malformed: ``_line`` (integer), ``error`` and ``raw`` (text) of lines that could not be
            split into cells; None when there are none. ``error`` begins with a rule id.
        findings: What was noticed about it.
        excluded_rule: Set when the file has no table: its rows are kept and excluded.
        mode: OneRoster's ``bulk`` or ``delta``; else None.
        columns: Names the header's columns have in ``rows``, in the same order; empty: the same.
        count: How many rows there must be; landing checks it. None: not known beforehand.
        forbidden: Regular expressions of headers whose cells must not be kept, besides the
            defaults of `hit_pipeline.landing.scrub`.
        scrubbed: What the reader itself left out because it is forbidden, as paths.
        cursor: Of a file that was asked for: where the next increment begins, in the words of its
            protocol; None: it is asked for whole.
    """

    file: str
    entry: str
    header: tuple[str, ...]
    rows: ir.Table | None
    malformed: ir.Table | None
    findings: tuple[Finding, ...] = ()
    excluded_rule: str | None = None
    mode: str | None = None
    columns: tuple[str, ...] = ()
    count: int | None = None
    forbidden: tuple[str, ...] = ()
    scrubbed: tuple[str, ...] = ()
    cursor: str | None = None


class Adapter(Protocol):
    """One kind of source."""

    def arrivals(self, inbox: Path) -> Sequence[Arrival]:
        """Return what lies settled in a folder of the source, oldest first."""
        ...

    def is_whole(self, landed: LandedFile) -> bool:
        """Say whether a landed file states all there is, so that what it lacks is gone."""
        ...

    def read(self, engine: Engine, arrival: Arrival, workspace: Path) -> Iterator[ReadFile]:
        """Read an arrival; `workspace` is an empty folder for unpacked entries.

        Raises:
            DeliveryRefused: It cannot be taken as a whole.
        """
        ...
