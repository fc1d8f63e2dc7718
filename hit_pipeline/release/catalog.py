"""The releases of a lake: what each holds, which is current, and going back to an earlier one.

`releases/current` is the pointer, the only truth about which release is current: its first line is
the release's name. After a rollback a second line names the newest release it stands in for, so
that the next night does not publish again what was just taken back.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hit_pipeline.engine import sync_file, sync_folder
from hit_pipeline.errors import LakeError, NotFound, ReleaseRefused
from hit_pipeline.lake import Lake, digest

POINTER = "current"
MANIFEST = "manifest.json"
UNFINISHED = "manifest.part"
"""Name of the manifest until the folder is whole."""
_POINTER_DRAFT = ".current.draft"


@dataclass(frozen=True)
class Release:
    """One release.

    Attributes:
        folder: Its folder.
        manifest: Its manifest, as JSON data.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name, which is the name of its folder."""
        return self.folder.name

    @property
    def created_at(self) -> datetime:
        """The instant of the run that made it."""
        return datetime.fromisoformat(self.manifest["created_at"])

    @property
    def inputs(self) -> str:
        """Digest of everything it was made from."""
        return str(self.manifest["inputs"])

    @property
    def files(self) -> list[dict[str, Any]]:
        """Its Parquet files: tier, table, school year, path, rows, bytes, sha256."""
        return list(self.manifest["files"])

    @property
    def tables(self) -> int:
        """Tables in the restricted tier."""
        return len({file["table"] for file in self.files if file["tier"] == "restricted"})

    @property
    def rows(self) -> int:
        """Rows in the restricted tier."""
        return sum(file["rows"] for file in self.files if file["tier"] == "restricted")

    def files_of(self, table: str, tier: str = "restricted") -> list[dict[str, Any]]:
        """Return the files of one table in one tier, in the order of their school years."""
        found = (file for file in self.files if (file["table"], file["tier"]) == (table, tier))
        return sorted(found, key=lambda file: str(file["path"]))


def releases(lake: Lake) -> list[Release]:
    """Return every whole release, newest first; a folder without a readable manifest is none."""
    folders = (path.parent for path in lake.releases.glob(f"[!.]*/{MANIFEST}"))
    found = [one for folder in folders if (one := _read(folder)) is not None]
    return sorted(found, key=lambda one: (one.created_at, one.name), reverse=True)


def current(lake: Lake) -> Release | None:
    """Return the release the pointer names; None before the first one.

    Raises:
        LakeError: The pointer names no release, or its manifest cannot be read.
    """
    names = _pointed(lake)
    if not names:
        return None
    found = _read(lake.releases / names[0])
    if found is None:
        message = f"the current release {names[0]} has no readable manifest."
        remedy = "Restore its folder, or go back to another: hit release rollback."
        raise LakeError(message, remedy=remedy)
    return found


def published_inputs(lake: Lake) -> set[str]:
    """Return what the current release was made from, and the one it stands in for if any."""
    found = (_read(lake.releases / name) for name in _pointed(lake))
    return {one.inputs for one in found if one is not None}


def named(lake: Lake, name: str) -> Release:
    """Return a release by name; ``current`` is the one the pointer names.

    Raises:
        NotFound: There is no such release.
        LakeError: As `current`.
    """
    if name == POINTER and (pointed := current(lake)) is not None:
        return pointed
    known = {one.name: one for one in releases(lake)}
    if name not in known:
        kind = "release"
        raise NotFound(kind, name, known)
    return known[name]


def point_to(lake: Lake, name: str, *, instead_of: str | None = None) -> None:
    """Swap the pointer to a release: before or after, never in between."""
    draft = lake.releases / _POINTER_DRAFT
    lines = [name] if instead_of is None else [name, instead_of]
    draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    draft.chmod(0o640)
    sync_file(draft)
    draft.replace(lake.releases / POINTER)
    sync_folder(lake.releases)


def rollback(lake: Lake, name: str, *, quick: bool = False) -> Release:
    """Make an earlier release current again; it stays so until there is something new to publish.

    Args:
        lake: The lake.
        name: The release.
        quick: Do not verify its files against its manifest.

    Raises:
        NotFound: There is no such release.
        ReleaseRefused: A file of it is gone or was changed.
    """
    wanted = named(lake, name)
    if not quick and (wrong := damaged(wanted)):
        raise ReleaseRefused(wrong)
    newest = _pointed(lake)[-1:]
    stands_in = next((one for one in newest if one != wanted.name), None)
    point_to(lake, wanted.name, instead_of=stands_in)
    return wanted


def damaged(release: Release) -> list[str]:
    """Return one sentence per file that is missing or does not have the digest of the manifest."""
    problems = []
    for file in release.files:
        path = release.folder / file["path"]
        if not path.exists():
            problems.append(f"{release.name}: {file['path']} is missing")
        elif digest(path) != file["sha256"]:
            problems.append(f"{release.name}: {file['path']} was changed after it was published")
    return problems


def _pointed(lake: Lake) -> list[str]:
    """Return the lines of the pointer; none before the first release."""
    pointer = lake.releases / POINTER
    return pointer.read_text(encoding="utf-8").split() if pointer.exists() else []


def _read(folder: Path) -> Release | None:
    try:
        return Release(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return None
