"""The ledger of disclosures: one line for every file with pupils that went out, never changed.

``disclosures/ledger.jsonl`` of the lake, JSON a line, appended and synced before the file it is
about can be seen. It names students by key, so it is readable by its owner only.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hit_pipeline.engine import sync_folder
from hit_pipeline.errors import LakeError
from hit_pipeline.lake import Lake


@dataclass(frozen=True)
class Entry:
    """One disclosure: one file.

    Attributes:
        at: When, UTC, ISO 8601.
        recipient: Who got it: ``district``, or the recipient of the agreement.
        agreement: Name of the agreement it stands on.
        purpose: What for.
        program: Program it is about; None: none in particular.
        term: Its term; None likewise.
        fields: Columns of students in it.
        students: How many students are in it.
        student_keys: Their durable keys, sorted.
        held_back: Reason to number of students who were asked for and are not in it.
        file: Name of the file.
        sha256: Digest of its bytes.
        asked_by: Who asked for it.
    """

    at: str
    recipient: str
    agreement: str
    purpose: str
    program: str | None
    term: str | None
    fields: tuple[str, ...]
    students: int
    student_keys: tuple[str, ...]
    held_back: Mapping[str, int]
    file: str
    sha256: str
    asked_by: str


def folder_of(lake: Lake) -> Path:
    """Return the folder of disclosures, made for its owner only."""
    folder = lake.root / "disclosures"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def append(lake: Lake, entry: Entry) -> None:
    """Write an entry durably; a line that a crash left torn before it stays a line of its own."""
    path = folder_of(lake) / "ledger.jsonl"
    line = json.dumps(asdict(entry), sort_keys=True).encode() + b"\n"
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        _write_all(handle, b"\n" + line if torn else line)
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def entries(lake: Lake) -> Iterator[Entry]:
    """Yield every entry, oldest first; a line torn by a crash is none: its file never went out.

    Raises:
        LakeError: A line is JSON but no entry: somebody changed the ledger.
    """
    path = lake.root / "disclosures" / "ledger.jsonl"
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    for number, line in enumerate(lines, start=1):
        with contextlib.suppress(json.JSONDecodeError):
            yield _entry(json.loads(line), number)


def _entry(told: Any, number: int) -> Entry:
    if not isinstance(told, dict) or told.keys() != Entry.__dataclass_fields__.keys():
        message = f"line {number} of disclosures/ledger.jsonl is no entry"
        raise LakeError(message, remedy="Restore the ledger from a backup of the lake.")
    lists = {name: tuple(told[name]) for name in ("fields", "student_keys")}
    return Entry(**{**told, **lists})
