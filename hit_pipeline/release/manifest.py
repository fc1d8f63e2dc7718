"""The manifest of a release: what it holds, what it was made from, what was checked."""

from collections.abc import Sequence
from typing import Any

import duckdb

from hit_pipeline import inputs
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.landing.store import deliveries
from hit_pipeline.privacy.tiers import TIER_WORDS
from hit_pipeline.release.audit import Audited
from hit_pipeline.release.catalog import Release
from hit_pipeline.release.tier_files import File
from hit_pipeline.rules.catalog import dosage_rules

SCHEMA_VERSION = 1
"""Version of the manifest's own form and of the layout of a release."""

_NO_ANALYST = "Not in this release: the district has no pseudonym secret (HIT_PSEUDONYM_SECRET)."


def manifest(
    context: BuildContext,
    audited: Sequence[Audited],
    files: Sequence[File],
    before: Release | None,
    *,
    name: str,
    made_of: str,
) -> dict[str, Any]:
    """Return the manifest as JSON data.

    Args:
        context: What the release was made in; its instant is when it was created.
        audited: The files that were audited.
        files: Every Parquet file of the release.
        before: The release before; None for the first.
        name: Its name.
        made_of: Digest of everything it was made from.
    """
    present = {file["tier"] for file in files}
    return {
        "name": name,
        "created_at": context.now.isoformat(),
        "previous": before.name if before is not None else None,
        "schema_version": SCHEMA_VERSION,
        "tiers": {
            tier: words if tier in present else _NO_ANALYST for tier, words in TIER_WORDS.items()
        },
        "files": list(files),
        "verdicts": [_verdict(one) for one in audited],
        "inputs": made_of,
        **_made_of(context),
    }


def _made_of(context: BuildContext) -> dict[str, Any]:
    """Return what a release was made from, part by part."""
    rules = dosage_rules(context.district)
    return {
        "code_version": inputs.code_version(),
        "code": inputs.code_digest(),
        "engine": {"name": "duckdb", "version": duckdb.__version__},
        "settings": inputs.settings_digest(context.district),
        "registry": context.registry.fingerprint(),
        "pseudonym_secret_id": inputs.pseudonym_secret_id(context.district),
        "contracts": inputs.contracts(context.district),
        "rules": [{"id": rule.id, "version": rule.version} for rule in rules],
        "deliveries": [
            {
                "delivery_id": one.delivery_id,
                "source": one.source,
                "received_at": one.received_at.isoformat(),
                "sha256": one.sha256,
                "rows": one.rows,
                "status": one.status,
            }
            for one in deliveries(context.lake)
        ],
    }


def _verdict(one: Audited) -> dict[str, Any]:
    """Return what a verdict came to, in counts."""
    return {
        "table": one.table.name,
        "school_year": one.school_year,
        "rows": one.verdict.row_count,
        "rules": len(one.verdict.outcomes),
        "warnings": len(one.verdict.failures),
        "checked_at": one.verdict.checked_at.isoformat(),
    }
