"""Publishing: audit, write a staging folder, make it whole on disk, swap the pointer.

Each step leaves the previous release current and whole. Everything is written below a staging
folder, which gets the release's name by one rename; views, which bind to that name, follow, and
the manifest gets its name. A folder whose manifest never got it is no release, and the next publish
removes it. The pointer changes last; a whole release it was not swapped to before a crash is
swapped to next time.
"""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hit_pipeline import inputs
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import sync_folder
from hit_pipeline.errors import ReleaseRefused
from hit_pipeline.lake import Lake
from hit_pipeline.release import catalog, documents, staging, tier_files, views
from hit_pipeline.release.audit import Audited, Check, audit
from hit_pipeline.release.catalog import Release
from hit_pipeline.release.completeness import losses, orphans
from hit_pipeline.release.manifest import manifest


@dataclass(frozen=True)
class Published:
    """A release that was just made.

    Attributes:
        name: Its name.
        folder: Its folder.
        rows: Rows in the restricted tier.
        seconds: Time it took.
    """

    name: str
    folder: Path
    rows: int
    seconds: float


def publish(context: BuildContext, *, recheck: Check) -> Published | None:
    """Publish what the lake holds, or nothing when it is what was published before.

    Args:
        context: Engine, lake, district and registry; its instant is the release's.
        recheck: Judges a table that was changed after its verdict.

    Raises:
        ReleaseRefused: A check is missing, failed or older than its table, a table is older than
            what it is built from, rows were lost or references broke: all reasons at once. The
            lake is audited even when there is nothing new.
    """
    begun, lake, made_of = time.monotonic(), context.lake, inputs.release_inputs(context)
    audited, reasons = audit(context, recheck)
    if not reasons:
        reasons = [*losses(context), *orphans(context, audited)]
    if reasons:
        raise ReleaseRefused(reasons)
    if made_of in catalog.published_inputs(lake):
        return None
    before = catalog.current(lake)
    release = _unfinished(lake, before, made_of) or _write(context, audited, before, made_of)
    catalog.point_to(lake, release.name)
    return Published(release.name, release.folder, release.rows, time.monotonic() - begun)


def _unfinished(lake: Lake, before: Release | None, made_of: str) -> Release | None:
    """Return the whole release of these inputs that a crash kept the pointer from."""
    previous = before.name if before is not None else None
    for one in catalog.releases(lake):
        made_now = one.inputs == made_of and one.manifest["previous"] == previous
        if made_now and not catalog.damaged(one):
            return one
    return None


def _write(
    context: BuildContext, audited: Sequence[Audited], before: Release | None, made_of: str
) -> Release:
    """Write a release, whole and durable, without pointing to it."""
    releases = context.lake.releases
    draft = staging.open_staging(context.lake)
    files = tier_files.restricted(draft, audited, before)
    files += tier_files.analyst(context, draft, audited, before)
    folder = releases / _free_name(context, made_of)
    told = manifest(context, audited, files, before, name=folder.name, made_of=made_of)
    documents.write(draft, context.district, told, audited, before)
    staging.make_durable(draft)
    draft.rename(folder)
    views.write(folder, files)
    staging.secure([folder / views.DATABASE])
    (folder / catalog.UNFINISHED).rename(folder / catalog.MANIFEST)
    sync_folder(folder)
    sync_folder(releases)
    return Release(folder, told)


def _free_name(context: BuildContext, made_of: str) -> str:
    """Return the release's name: its minute and four hex digits, free in this lake."""
    stamp = context.now.strftime("%Y-%m-%dT%H%MZ")
    mark = hashlib.sha256(f"{stamp}{made_of}".encode()).hexdigest()[:4]
    while (context.lake.releases / f"{stamp}-{mark}").exists():
        mark = secrets.token_hex(2)
    return f"{stamp}-{mark}"
