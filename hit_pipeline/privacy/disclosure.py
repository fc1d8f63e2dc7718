"""The gate: every file that carries pupils outward is written by `disclose`, and by nothing else.

It asks for an agreement in force that allows the recipient, the purpose and every field; leaves out
students without consent or assignment; and writes one entry of the ledger before anybody can see
the file. A crash in between leaves an entry without a file, never a file without an entry.
"""

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hit_pipeline.conform.truth import holds
from hit_pipeline.engine import Engine, sync_file, sync_folder
from hit_pipeline.errors import DisclosureRefused
from hit_pipeline.lake import Lake, digest
from hit_pipeline.privacy.disclosure_ledger import Entry, append, folder_of
from hit_pipeline.privacy.standing import Asked, Reason, Standing, judged
from hit_pipeline.settings import District
from hit_pipeline.settings_agreements import OWN_STAFF, Agreement
from hit_pipeline.tables.catalog import TABLES

Rows = Sequence[Mapping[str, Any]]
Writer = Callable[[Rows, Path], None]
"""Writes the rows it is given, in their order, to a path; it must not keep or send them."""


@dataclass(frozen=True)
class Request:
    """Who wants which columns of students, what for, and when.

    Attributes:
        agreement: Name of the agreement in district.toml it stands on.
        purpose: What for.
        recipient: Who gets it; must be the agreement's.
        fields: Columns of students wanted.
        asked_by: Who asked for it.
        at: The instant, UTC.
        program: Program it is about; None: any.
        term: Its term; None: any.
    """

    agreement: str
    purpose: str
    recipient: str
    fields: tuple[str, ...]
    asked_by: str
    at: datetime
    program: str | None = None
    term: str | None = None


@dataclass(frozen=True)
class Gate:
    """The way out of one district.

    Attributes:
        engine: The table engine.
        lake: The lake; consents and assignments are read from it.
        district: Its settings, with the agreements.
    """

    engine: Engine
    lake: Lake
    district: District

    def day(self, at: datetime) -> date:
        """Return the date of an instant in the district's zone."""
        return at.astimezone(ZoneInfo(self.district.district.time_zone)).date()

    def disclose(
        self,
        request: Request,
        rows: Rows,
        write: Writer,
        target: Path,
        *,
        own: tuple[str, ...] = (),
        may_be_empty: bool = False,
    ) -> Entry:
        """Write a file with pupils for somebody.

        Args:
            request: Who wants what, what for and when.
            rows: Rows about students, with ``student_key`` and every field wanted; what else they
                hold is not given to the writer.
            write: Writes the rows that may go out; they have the fields and no key.
            target: Where the file goes; there must be none yet.
            own: Further columns the writer is given: what the recipient itself stated. No agreement
                has to allow what goes back to where it came from.
            may_be_empty: The file may go out although no student is in it: it then holds nothing
                but what the recipient stated.

        Returns:
            The entry written to the ledger.

        Raises:
            DisclosureRefused: No agreement allows it, no student is left, or the file is there.
        """
        allowed(self.district.agreements, request, self.day(request.at))
        if target.exists():
            message = f"{target.name} is there already: it may hold what somebody filled in"
            raise DisclosureRefused(message, remedy="Name another file, or move it away.")
        reasons = self.held_back(request, [row["student_key"] for row in rows])
        kept = [row for row in rows if reasons[row["student_key"]] is None]
        held_back: dict[str, int] = dict(
            Counter(why for why in reasons.values() if why is not None)
        )
        if not kept and not may_be_empty:
            raise _nobody(held_back)
        given = [{name: row[name] for name in (*request.fields, *own)} for row in kept]
        with _scratch(folder_of(self.lake)) as drafts, _scratch(target.parent) as near:
            draft = drafts / target.name
            write(given, draft)
            keys = tuple(sorted({row["student_key"] for row in kept}))
            entry = _entry(request, keys, held_back, target.name, digest(draft))
            append(self.lake, entry)
            _make_visible(draft, near, target)
        return entry

    def held_back(self, request: Request, keys: Iterable[str]) -> dict[str, Reason | None]:
        """Return for every student why the student may not be in a file; None: may be in it."""
        return judged(keys, self.standing(), self._asked(request))

    def standing(self) -> Standing:
        """Return what the lake knows of students, assignments and consents."""
        student = self._rows("student", "student_key", "is_active")
        needed = ("student_key", "program_id", "term", "start_date", "end_date", "status", "origin")
        said = (
            *("student_key", "purpose", "program_id", "program_source", "recipient"),
            *("effective_date", "expires_date", "status"),
        )
        return Standing(
            frozenset(one["student_key"] for one in student if one["is_active"]),
            self._rows("program_assignment", *needed),
            self._rows("consent", *said),
            {
                (program, name): term.end
                for program, one in self.district.programs.items()
                for name, term in one.terms.items()
            },
        )

    def unlinked_refusals(self) -> int:
        """Return how many refusals name nobody who is known, so that they hold nobody back."""
        consents = self.engine.read(self.lake.parts(TABLES["consent"]), TABLES["consent"])
        open_ones = consents.student_key.isnull() & consents.status.isin(["refused", "withdrawn"])
        return int(self.engine.scalar(consents.filter(holds(open_ones)).count()))

    def _rows(self, name: str, *columns: str) -> list[dict[str, Any]]:
        table = self.engine.read(self.lake.parts(TABLES[name]), TABLES[name])
        found: list[dict[str, Any]] = self.engine.collect(table.select(*columns)).to_pylist()
        return found

    def _asked(self, request: Request) -> Asked:
        usual = "share" if request.recipient == OWN_STAFF else "hold"
        return Asked(
            request.purpose,
            request.recipient,
            self.day(request.at),
            self.district.unknown_consent.get(request.purpose, usual),  # type: ignore[arg-type]
            request.program,
            request.term,
        )


def allowed(agreements: Mapping[str, Agreement], request: Request, day: date) -> Agreement:
    """Return the agreement that allows a request on a day, first and last day inclusive.

    Raises:
        DisclosureRefused: None does; the message says what would.
    """
    agreement = agreements.get(request.agreement)
    if agreement is None:
        known = ", ".join(sorted(agreements)) or "none"
        message = f"there is no agreement {request.agreement!r}; agreements are {known}"
        raise DisclosureRefused(message, remedy="Add [agreements.<name>] to district.toml.")
    for problem in _problems(agreement, request, day):
        message = f"the agreement {request.agreement} {problem}"
        raise DisclosureRefused(message, remedy="Change what is asked for, or the agreement.")
    return agreement


def _problems(agreement: Agreement, request: Request, day: date) -> list[str]:
    found = []
    if agreement.recipient != request.recipient:
        found.append(f"is with {agreement.recipient}, not with {request.recipient}")
    if not agreement.start <= day <= agreement.end:
        found.append(f"is in force from {agreement.start} to {agreement.end}, not on {day}")
    if request.purpose not in agreement.purposes:
        purposes = ", ".join(agreement.purposes)
        found.append(f"is for {purposes}, not for {request.purpose}")
    if not_allowed := [name for name in request.fields if name not in agreement.fields]:
        fields = ", ".join(agreement.fields)
        found.append(f"does not allow {', '.join(not_allowed)}; it allows {fields}")
    return found


def _nobody(held_back: Mapping[str, int]) -> DisclosureRefused:
    why = ", ".join(f"{reason}: {count}" for reason, count in held_back.items())
    message = f"no student may be in the file ({why or 'nobody was asked for'})"
    return DisclosureRefused(message, remedy="See the assignments and consents of the program.")


def _entry(
    request: Request, keys: tuple[str, ...], held_back: Mapping[str, int], file: str, sha256: str
) -> Entry:
    return Entry(
        at=request.at.isoformat(),
        recipient=request.recipient,
        agreement=request.agreement,
        purpose=request.purpose,
        program=request.program,
        term=request.term,
        fields=request.fields,
        students=len(keys),
        student_keys=keys,
        held_back=held_back,
        file=file,
        sha256=sha256,
        asked_by=request.asked_by,
    )


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Hold a folder of its own in another for a block, readable by its owner only.

    Raises:
        DisclosureRefused: Nothing can be written there.
    """
    try:
        made = tempfile.TemporaryDirectory(dir=folder, prefix=".hit-")
    except OSError as error:
        message = f"nothing can be written to {folder} ({error.strerror})"
        raise DisclosureRefused(message, remedy="Name another folder.") from None
    with made as path:
        yield Path(path)


def _make_visible(draft: Path, near: Path, target: Path) -> None:
    """Bring a draft to its place, whole or not at all, readable by its owner only.

    The name is taken first, by an empty file, so that what somebody else put there meanwhile is
    never replaced.

    Raises:
        DisclosureRefused: Somebody made a file of that name in the meantime.
    """
    copy = near / target.name
    shutil.copyfile(draft, copy)
    copy.chmod(0o600)
    sync_file(copy)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        message = f"{target.name} was made by somebody else in the meantime"
        raise DisclosureRefused(message, remedy="Name another file.") from None
    copy.replace(target)
    sync_folder(target.parent)
