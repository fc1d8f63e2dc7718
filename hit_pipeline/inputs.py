"""What tables and releases are built from, as digests: how a run knows what it must touch.

A school year's digest covers the typed rows of that year (and, for the open year, those without a
date), the registry's decisions, the settings and the code; that of a table without partitions
covers the typed rows of all years. Contracts count through the typed rows. The wall clock is no
part of it: a night with nothing new rebuilds nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.programs import years_crossing_into
from hit_pipeline.conform.typed import contract_of
from hit_pipeline.lake import Lake
from hit_pipeline.landing.store import deliveries
from hit_pipeline.privacy import pseudonyms
from hit_pipeline.rules.catalog import dosage_rules
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import NOT_OF_ROWS
from hit_pipeline.sources.contract.loading import contract_digest
from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from hit_pipeline.tables.model import Table
from hit_pipeline.verdict import Verdict


def code_version() -> str:
    """Return the version of this package."""
    return version("hit-pipeline")


@cache
def code_digest() -> str:
    """Return a digest of this package's code and data, as the process found them."""
    root, told = Path(str(resources.files("hit_pipeline"))), hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.suffix in {".py", ".toml", ".csv"}):
        told.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()


def settings_digest(district: District) -> str:
    """Return a digest of everything configured that can change a published row; secrets apart."""
    told = district.model_dump(
        mode="json",
        exclude={
            **dict.fromkeys(("folder", "lake", "schedule", "blackouts", "pseudonym_secret"), True),
            "sources": {"__all__": NOT_OF_ROWS},
        },
    )
    rules = [rule.model_dump(mode="json") for rule in dosage_rules(district)]
    return _digest({"settings": told, "rules": rules})


def contracts(district: District) -> list[dict[str, Any]]:
    """Return the contract of every source: source, id, version and a digest of what it means.

    Raises:
        ContractError: One cannot be used.
    """
    by_source = {name: contract_of(district, name) for name in sorted(district.sources)}
    return [
        {"source": name, "id": one.id, "version": one.version, "digest": contract_digest(one)}
        for name, one in by_source.items()
    ]


def pseudonym_secret_id(district: District) -> str | None:
    """Return what tells one pseudonym secret from another; None when the district has none."""
    secret = district.pseudonym_secret
    if secret is None:
        return None
    return pseudonyms.secret_id(secret.get_secret_value(), pseudonyms.ANALYST)


def open_year(context: BuildContext) -> str:
    """Return the school year in progress: configured, else that of the run's instant."""
    stated = context.district.district.open_year
    return stated or context.district.district.year_start.of(context.today)


def school_years(context: BuildContext) -> list[str]:
    """Return the school years with tables: those typed rows lie in, were built for, or are open."""
    found = {open_year(context)}
    for state in _states(context.lake).values():
        found |= set(state["years"]) - {""}
    for table in _yearly():
        found |= set(context.lake.years(table))
    return sorted(found)


def year_inputs(context: BuildContext, school_year: str) -> str:
    """Return the digest of everything one school year's tables are built from."""
    undated = school_year == open_year(context)
    rows = {
        source: [state["years"].get(school_year), state["years"].get("") if undated else None]
        for source, state in _states(context.lake).items()
    }
    return _digest({"rows": rows, **_beside_rows(context)})


def table_inputs(context: BuildContext, table: Table, school_year: str | None) -> str:
    """Return the digest of everything a table, or one partition of it, is built from."""
    if table.partitioned and school_year is not None:
        return year_inputs(context, school_year)
    rows = {source: state["inputs"] for source, state in _states(context.lake).items()}
    return _digest({"rows": rows, **_beside_rows(context)})


def touched_years(context: BuildContext) -> list[str]:
    """Return the school years to build, in the order to build them in.

    Those of which some table is missing or was built from other inputs; and last, because they read
    the others, those in which a term began that crosses into one of these.
    """
    touched = {
        year
        for year in school_years(context)
        if (digest := year_inputs(context, year))
        and any(_built_from(context.lake, table, year) != digest for table in _yearly())
    }
    crossing = years_crossing_into(context.district, touched)
    return [*sorted(touched - crossing), *sorted(crossing, reverse=True)]


def release_inputs(context: BuildContext) -> str:
    """Return the digest of everything a release is made from.

    Deliveries, contracts, the registry's decisions, settings, rules, code and the pseudonym secret;
    never the wall clock.
    """
    return _digest(
        {
            "deliveries": [[one.delivery_id, one.status] for one in deliveries(context.lake)],
            "contracts": contracts(context.district),
            "pseudonyms": pseudonym_secret_id(context.district),
            **_beside_rows(context),
        }
    )


def promote(context: BuildContext, table: Table, verdict: Verdict) -> Path:
    """Promote a checked candidate with its verdict and what both were made from.

    Beside the digest of its inputs the verdict keeps, as ``against``, the digests of the files its
    critical references were looked up in.
    """
    said = verdict.as_json()
    said["inputs"] = table_inputs(context, table, context.school_year)
    said["against"] = {
        reference.table: found
        for reference in table.references
        if reference.critical
        and (found := _said(context.lake, TABLES[reference.table], context.school_year, "sha256"))
    }
    return context.lake.promote(table, context.school_year, said)


def _yearly() -> list[Table]:
    return [table for table in PUBLISHED if table.partitioned]


def _beside_rows(context: BuildContext) -> dict[str, str]:
    """Return the digests of what decides, beside its rows, what a table holds."""
    return {
        "registry": context.registry.fingerprint(),
        "settings": settings_digest(context.district),
        "code": code_digest(),
    }


def _built_from(lake: Lake, table: Table, school_year: str) -> str | None:
    if not lake.part(table, school_year).exists():
        return None
    return _said(lake, table, school_year, "inputs")


def _said(lake: Lake, table: Table, school_year: str | None, word: str) -> str | None:
    """Return one word of the verdict on a promoted file; None when it cannot be read."""
    path = lake.verdict_path(table, school_year if table.partitioned else None)
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return said.get(word)


def _states(lake: Lake) -> dict[str, dict[str, Any]]:
    """Return what each source's typed tables were built from, by source."""
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((lake.root / "typed").glob("*/state.json"))
    }


def _digest(data: Mapping[str, Any]) -> str:
    told = json.dumps(data, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()
