"""The folder a release is written in: opened empty, filled, forced to disk.

Files of a release are never written again, so that an unchanged one is the same file (hard link) in
the release before. What comes from the lake is copied: whatever happens to a table in the lake must
not reach what was published.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from hit_pipeline.engine import sync_file, sync_folder
from hit_pipeline.lake import Lake, digest
from hit_pipeline.release.catalog import UNFINISHED

_FOLDER_MODE = 0o750
_FILE_MODE = 0o640


def open_staging(lake: Lake) -> Path:
    """Return a new staging folder; what a crash left behind is removed, a release never."""
    staging = lake.releases / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    for unfinished in list(lake.releases.glob(f"*/{UNFINISHED}")):
        unfinished.parent.rename(staging)  # what is left when this dies as well is still known
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700, parents=True)
    return staging


def take(source: Path, sha256: str, target: Path, earlier: Path | None) -> None:
    """Put a file into the staging folder.

    Args:
        source: The file.
        sha256: Its digest.
        target: Where it goes.
        earlier: The same file in the release before, if it was published there; linked when it
            still has the digest, else the file is copied.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if earlier is None or not link(earlier, sha256, target):
        shutil.copyfile(source, target)


def link(earlier: Path, sha256: str, target: Path) -> bool:
    """Link a file of an earlier release into the staging folder.

    Returns:
        False when it is gone, does not have the digest, or the file system has no hard links.
    """
    if not earlier.exists() or digest(earlier) != sha256:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(earlier, target)
    except OSError:
        return False
    return True


def make_durable(folder: Path) -> None:
    """Set modes and force everything below a folder to disk, files before their folders."""
    for parent, _, files in os.walk(folder, topdown=False):
        secure(Path(parent) / name for name in files)
        Path(parent).chmod(_FOLDER_MODE)
        sync_folder(Path(parent))


def secure(files: Iterable[Path]) -> None:
    """Set the mode of files and force them to disk."""
    for path in files:
        path.chmod(_FILE_MODE)
        sync_file(path)
