"""Which deliveries of a roster wait for a person's word, and the word once it is given.

A delivery is held when it would remove or change more than a configured share of the people the
source lists now, or when it arrives on a day of a blackout. Held rows are landed and touch nothing.
An approval is a file beside the delivery; it is not taken back: a later delivery puts things right.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.current import not_standing
from hit_pipeline.conform.history import compare
from hit_pipeline.conform.source_job import statements
from hit_pipeline.engine import Engine
from hit_pipeline.lake import write_json
from hit_pipeline.landing.delivery import Delivery, LandedFile
from hit_pipeline.settings import District
from hit_pipeline.sources.contract.loading import contract_ref, load_contract
from hit_pipeline.sources.contract.model import Contract, FileSpec

APPROVAL = "approval.json"
"""Name of the file in a delivery's folder that says that it may go on."""
_PEOPLE = ("typed_student", "typed_user")
_RESTLESS = {"status", "dateLastModified"}
"""Columns that change without the person changing."""

Landed = Sequence[tuple[Delivery, LandedFile]]


@dataclass(frozen=True)
class Change:
    """What a delivery would do to the people of one file.

    Attributes:
        known: People the source lists before it.
        removed: Those it would remove.
        changed: Those whose row it would change, apart from its status and time of change.
    """

    known: int
    removed: int
    changed: int


def judged(
    engine: Engine, draft: Delivery, earlier: Sequence[Delivery], district: District
) -> Delivery:
    """Return a delivery that is about to be kept, held where it must wait.

    Args:
        engine: The engine.
        draft: The delivery, its rows written.
        earlier: Every delivery of its source before it.
        district: The district; a source it does not know, or that is no roster, is never held.
    """
    source = district.sources.get(draft.source)
    if source is None or source.kind != "roster" or draft.status != "landed":
        return draft
    for blackout in district.blackouts:
        if blackout.start <= draft.received_date <= blackout.end:
            why = f": {blackout.reason}" if blackout.reason else ""
            return _held(draft, "hold.blackout", f"it arrived within a blackout{why}")
    contract, standing = load_contract(contract_ref(source), district.folder), _landed(earlier)
    for change in _changes(engine, contract, standing, draft):
        if change.known < source.hold.minimum:
            continue
        if change.removed > source.hold.removed_share * change.known:
            told = f"it would remove {change.removed} of {change.known} people known"
            return _held(draft, "hold.removed_share", told)
        if change.changed > source.hold.changed_share * change.known:
            told = f"it would change {change.changed} of {change.known} people known"
            return _held(draft, "hold.changed_share", told)
    return draft


def approve(delivery: Delivery, by: str, reason: str, now: datetime) -> None:
    """Let a held delivery go on in the next run.

    Args:
        delivery: The delivery.
        by: Who says so.
        reason: Why.
        now: When, UTC.
    """
    said = {"by": by, "reason": reason, "at": now.isoformat(), "rule": delivery.refused_rule}
    write_json(delivery.folder / APPROVAL, said)


def with_approval(delivery: Delivery) -> Delivery:
    """Return a delivery as landed when it was held and somebody approved."""
    if delivery.status != "held" or not (delivery.folder / APPROVAL).exists():
        return delivery
    return replace(delivery, status="landed", refused_rule=None, refused_message=None)


def approval(folder: Path) -> dict[str, str] | None:
    """Return who approved a delivery, why and when; None when nobody had to."""
    path = folder / APPROVAL
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _held(draft: Delivery, rule: str, told: str) -> Delivery:
    remedy = f"Look at it, then: hit source approve {draft.delivery_id} --by NAME --reason TEXT"
    message = f"[{rule}] {told}. {remedy}"
    return replace(draft, status="held", refused_rule=rule, refused_message=message)


def _landed(deliveries: Sequence[Delivery]) -> list[Delivery]:
    return sorted(
        (one for one in deliveries if one.status == "landed"),
        key=lambda one: (one.received_at, one.delivery_id),
    )


def _changes(
    engine: Engine, contract: Contract, earlier: Sequence[Delivery], draft: Delivery
) -> Iterator[Change]:
    """Yield what a delivery would do to each file of people it has."""
    for file in draft.files:
        spec = contract.files.get(file.file)
        is_of_people = spec is not None and any(one.table in _PEOPLE for one in spec.feeds)
        if spec is None or not is_of_people or not spec.natural_key or file.path is None:
            continue
        before = [
            (one, known)
            for one in earlier
            for known in one.files
            if known.file == file.file and known.path is not None
        ]
        if before:
            yield _change(engine, spec, before, [*before, (draft, file)])


def _change(engine: Engine, spec: FileSpec, before: Landed, after: Landed) -> Change:
    old, new = (_standing(engine, spec, landed) for landed in (before, after))
    both = old.inner_join(new, "key", rname="{name}_new")
    return Change(
        known=engine.scalar(old.count()),
        removed=engine.scalar(old.anti_join(new, "key").count()),
        changed=engine.scalar(both.filter(both.content != both.content_new).count()),
    )


def _standing(engine: Engine, spec: FileSpec, landed: Landed) -> ir.Table:
    """Return ``key`` and ``content`` of the rows that stand after some deliveries, kept."""
    rows = engine.read([file.path for _, file in landed if file.path is not None])
    history = compare(engine, rows, spec, statements(spec, landed))
    nothing = history.rows.select(content=ibis.null("binary")).limit(0)
    gone = not_standing(engine, history, nothing)
    standing = rows.anti_join(gone, ["_delivery_id", "_row"])
    restless = _RESTLESS | ({spec.query.since} if spec.query and spec.query.since else set())
    told = [one for one in rows.columns if not one.startswith("_") and one not in restless]
    return engine.keep(
        standing.select(
            key=_joined(standing, spec.natural_key), content=_joined(standing, told)
        ).distinct(on="key")
    )


def _joined(rows: ir.Table, columns: Sequence[str]) -> ir.StringValue:
    present = [one for one in columns if one in rows.columns]
    cells = [rows[one].strip().fill_null("") for one in present]
    return ibis.literal("\x1f").join(cells)
