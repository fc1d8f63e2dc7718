"""What a file would come to, landed, typed and matched in a lake that is thrown away.

People are matched against a copy of the registry, so nothing is remembered. What is returned holds
counts, rules and row numbers; no cell of the file.
"""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import build_source
from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.identity.collect import naming_tables
from hit_pipeline.identity.resolve import resolve
from hit_pipeline.identity.wording import rule_in_words
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Delivery
from hit_pipeline.landing.store import land
from hit_pipeline.quarantine.listing import entries
from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.move import look
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter
from hit_pipeline.tables.vocabulary import PERSON_ROLES

Rows = list[dict[str, Any]]

FATES = {
    "conformed": "go on to the tables",
    "superseded": "are replaced by another row of the same key",
    "repeated": "say the same as an earlier row",
    "excluded": "are left out by a rule of the contract",
    "quarantined": "wait in quarantine until a map or a correction arrives",
    "refused": "are refused with the whole file",
}
"""What becomes of rows, in words."""


def look_at(
    district: District, source: str, sample: Path, workspace: Path, now: datetime
) -> dict[str, Any]:
    """Return what a file of a source would come to.

    Args:
        district: The district.
        source: Name of the source.
        sample: The file, as the source would deliver it.
        workspace: An empty folder; everything made here is written to it.
        now: Instant of the run, UTC.

    Returns:
        ``refused`` (the refusal in words, or None), ``rows``, ``quarantined``, and as tables
        ``summary`` (rows by fate), ``tables`` (rows of each typed table), ``findings``,
        ``quarantine`` (rows by what is wrong with them) and ``people`` (how many records it names
        would be linked, or are already, by tier and rule).
    """
    lake = Lake.open(workspace / "lake")
    options = EngineOptions(district.lake.memory, district.lake.threads, workspace / "spill")
    url = registry_copy(district, workspace)
    with Registry.open(url, upgrade=True) as registry, Engine.open(options) as engine:
        context = BuildContext(engine, lake, district, registry, now)
        arrival = Arrival(source, sample.name, sample, now)
        reader = adapter(district, source, now)
        landed = land(engine, lake, arrival, reader, district=district)
        if landed.status == "refused":
            return _told(landed, {}, {}, [], [])
        state = build_source(context, source, [landed])
        resolve(context)
        held = entries(engine, lake, source).to_pylist()
        return _told(landed, state.fates, state.tables, held, _people(context))


def _people(context: BuildContext) -> Rows:
    """Return how many of the records the file names are linked or not, by role and rule."""
    found: Rows = []
    for role in PERSON_ROLES:
        links = context.engine.from_arrow(context.registry.links(role))
        for name in naming_tables(context, role):
            rows = context.typed(name)
            named = links.semi_join(rows, links.person_record_id == rows[f"{role}_record_id"])
            by = ("outcome", "tier", "rule")
            counted = named.group_by(*by).aggregate(records=named.count()).order_by(*by)
            found += [
                {"role": role, **row, "meaning": rule_in_words(row["rule"])}
                for row in context.engine.collect(counted).to_pylist()
            ]
    return found


def registry_copy(district: District, workspace: Path) -> str:
    """Return the URL of a copy of the registry, empty where there is none yet."""
    copy = workspace / "registry.db"
    url = make_url(district.registry_url)
    if url.get_backend_name() != "sqlite":
        look(district.registry_url, f"sqlite:///{copy}")
    elif url.database and Path(url.database).exists():
        shutil.copyfile(url.database, copy)
    return f"sqlite:///{copy}"


def _told(
    landed: Delivery,
    fates: Mapping[str, int],
    tables: Mapping[str, int],
    quarantine: Rows,
    people: Rows,
) -> dict[str, Any]:
    findings = [
        {
            "file": one.file,
            "severity": one.severity,
            "rule": one.rule,
            "count": one.count,
            "detail": one.detail,
        }
        for one in landed.findings
    ]
    return {
        "refused": landed.refused_message,
        "rows": landed.rows,
        "quarantined": fates.get("quarantined", 0),
        "summary": [{"fate": fate, "rows": count} for fate, count in fates.items()]
        or [{"fate": "refused", "rows": landed.rows}],
        "tables": [{"table": name, "rows": count} for name, count in sorted(tables.items())],
        "findings": findings,
        "quarantine": quarantine,
        "people": people,
    }
