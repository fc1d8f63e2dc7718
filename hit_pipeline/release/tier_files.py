"""The Parquet files of a release: the restricted tier as audited, the analyst tier derived from it.

Each file is told in the manifest by tier, table, school year, path, rows, bytes and digest; one of
the analyst tier also by the digest of the restricted file it was made from.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hit_pipeline import inputs
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.lake import digest
from hit_pipeline.privacy import tiers
from hit_pipeline.privacy.pseudonyms import ANALYST, Pseudonyms
from hit_pipeline.privacy.tiers import Tier
from hit_pipeline.release import staging
from hit_pipeline.release.audit import Audited
from hit_pipeline.release.catalog import Release

File = dict[str, Any]
"""What the manifest tells of one file."""


def restricted(folder: Path, audited: Sequence[Audited], before: Release | None) -> list[File]:
    """Put every audited file into the restricted tier of a staging folder."""
    known = {} if before is None else {one["path"]: one["sha256"] for one in before.files}
    files = []
    for one in audited:
        place = _place("restricted", one)
        same = before is not None and known.get(place) == one.sha256
        earlier = before.folder / place if before is not None and same else None
        staging.take(one.path, one.sha256, folder / place, earlier)
        files.append(_told("restricted", one, folder, one.sha256))
    return files


def analyst(
    context: BuildContext, folder: Path, audited: Sequence[Audited], before: Release | None
) -> list[File]:
    """Write the analyst tier into a staging folder; without a pseudonym secret there is none.

    A file made from the same restricted file, by the same secret and code, is that of the release
    before.
    """
    secret = context.district.pseudonym_secret
    if secret is None:
        return []
    names = Pseudonyms(secret.get_secret_value(), ANALYST)
    known = _analyst_files(context, before)
    files = []
    for one in audited:
        if not tiers.in_analyst_tier(one.table):
            continue
        target = folder / _place(ANALYST, one)
        earlier = known.get(_place(ANALYST, one), {})
        if (
            before is not None
            and earlier.get("from_sha256") == one.sha256
            and staging.link(before.folder / earlier["path"], earlier["sha256"], target)
        ):
            sha256 = str(earlier["sha256"])
        else:
            _write(context, one, names, target)
            sha256 = digest(target)
        files.append({**_told(ANALYST, one, folder, sha256), "from_sha256": one.sha256})
    return files


def _analyst_files(context: BuildContext, before: Release | None) -> dict[str, File]:
    """Return, by path, the analyst files of the release before that may stand again."""
    if before is None or before.manifest.get("code") != inputs.code_digest():
        return {}
    if before.manifest.get("pseudonym_secret_id") != inputs.pseudonym_secret_id(context.district):
        return {}
    return {file["path"]: file for file in before.files if file["tier"] == ANALYST}


def _write(context: BuildContext, one: Audited, names: Pseudonyms, target: Path) -> None:
    """Write one file of the analyst tier, its rows in the order of the restricted one."""
    rows = context.engine.read([one.path])
    kept = rows.select([column.name for column in tiers.analyst_columns(one.table)])
    replaced = [column.name for column in tiers.replaced_columns(one.table)] if one.rows else []
    with names.replacing(context.engine, kept, replaced) as named:
        context.engine.write(named, target)


def _place(tier: Tier, one: Audited) -> str:
    """Return where in a release a file lies."""
    year = f"/school_year={one.school_year}" if one.school_year else ""
    return f"{tier}/{one.table.name}{year}/part-0.parquet"


def _told(tier: Tier, one: Audited, folder: Path, sha256: str) -> File:
    place = _place(tier, one)
    return {
        "tier": tier,
        "table": one.table.name,
        "school_year": one.school_year,
        "path": place,
        "rows": one.rows,
        "bytes": (folder / place).stat().st_size,
        "sha256": sha256,
    }
