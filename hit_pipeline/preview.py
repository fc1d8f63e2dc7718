"""What a file would come to, landed, typed and matched in a lake that is thrown away.

People are matched against a copy of the registry, so nothing is remembered. What is returned may
name a pupil: it is for the terminal only.
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
from hit_pipeline.identity.registry import Registry
from hit_pipeline.identity.resolve import resolve
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Delivery
from hit_pipeline.landing.store import land
from hit_pipeline.quarantine.listing import entries
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter
from hit_pipeline.tables.vocabulary import PERSON_ROLES

Rows = list[dict[str, Any]]


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
        ``summary`` (rows by fate), ``findings``, ``quarantine`` and ``people`` (how many records
        it names would be linked, or are already, by rule).
    """
    lake = Lake.open(workspace / "lake")
    options = EngineOptions(district.lake.memory, district.lake.threads, workspace / "spill")
    url = _registry_copy(district, workspace)
    with Registry.open(url) as registry, Engine.open(options) as engine:
        context = BuildContext(engine, lake, district, registry, now)
        arrival = Arrival(source, sample.name, sample, now)
        reader = adapter(district, source, now)
        landed = land(engine, lake, arrival, reader, district=district)
        if landed.status == "refused":
            return _told(landed, {}, [], [])
        state = build_source(context, source, [landed])
        resolve(context)
        held = entries(engine, lake, source).to_pylist()
        return _told(landed, state.fates, held, _people(context))


def _people(context: BuildContext) -> Rows:
    """Return how many of the records the file names are linked or not, by role and rule."""
    found: Rows = []
    for role in PERSON_ROLES:
        links = context.engine.from_arrow(context.registry.links(role))
        for name in naming_tables(context, role):
            rows = context.typed(name)
            named = links.semi_join(rows, links.person_record_id == rows[f"{role}_record_id"])
            counted = named.group_by("outcome", "rule").aggregate(records=named.count())
            found += [
                {"role": role, **row}
                for row in context.engine.collect(counted.order_by("outcome", "rule")).to_pylist()
            ]
    return found


def _registry_copy(district: District, workspace: Path) -> str:
    """Return the URL of a copy of the registry; an empty one where it is not a SQLite file."""
    copy = workspace / "registry.db"
    url = make_url(district.registry_url)
    if url.get_backend_name() == "sqlite" and url.database and Path(url.database).exists():
        shutil.copyfile(url.database, copy)
    return f"sqlite:///{copy}"


def _told(
    landed: Delivery, fates: Mapping[str, int], quarantine: Rows, people: Rows
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
        "findings": findings,
        "quarantine": quarantine,
        "people": people,
    }
