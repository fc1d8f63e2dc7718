"""The delivery store: takes an arrival in, whole or not at all, and finds what was taken in.

A delivery is made in a folder of its own (``landing/.incoming/<source>``), synced to disk file by
file, and becomes visible by one rename. Whatever a crash leaves there is removed when the source
is landed next. How its bytes are copied is in `original`, how its rows are written in `rows`.
"""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from hit_pipeline.engine import Engine, sync_file, sync_folder
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.lake import Lake, write_json
from hit_pipeline.landing.delivery import Arrival, Delivery, Finding
from hit_pipeline.landing.drift import drift
from hit_pipeline.landing.encrypted import opened
from hit_pipeline.landing.hold import judged, with_approval
from hit_pipeline.landing.original import Original, copy_original
from hit_pipeline.landing.rows import Kept, keep_rows
from hit_pipeline.landing.seen import last_under, remember, seen_as, stamp_of
from hit_pipeline.settings import District
from hit_pipeline.sources.base import Adapter

_RECORD = "delivery.json"
_DATA = TypeAdapter(Delivery)


def land(
    engine: Engine, lake: Lake, arrival: Arrival, adapter: Adapter, *, district: District
) -> Delivery:
    """Take an arrival in; the same bytes of the same source are taken in once, whatever the day.

    The exception is a whole that came back: when a later delivery put another whole in its place,
    the same bytes that arrive again, under a name under which they are not the last, are news and
    become a delivery of their own. Changes that were sent before are never news.

    A refused arrival is recorded as well, its bytes kept, so that it is not tried again. A roster's
    delivery that would change too much is landed and held (`hit_pipeline.landing.hold`).

    Args:
        engine: The table engine.
        lake: The lake.
        arrival: What waits; it is only read, never moved or removed.
        adapter: The source's adapter.
        district: Its zone dates the delivery.

    Returns:
        The delivery, or the one these bytes became before.

    Raises:
        TransientSourceError: It cannot be read just now, or is still being written.
        PermanentSourceError: It must not be read.
        LakeError: Its rows could not be read as they were counted.
    """
    seen = seen_as(lake.root, arrival)
    if seen is not None:
        return _read(seen)
    incoming = lake.landing / ".incoming" / arrival.source
    shutil.rmtree(incoming, ignore_errors=True)
    draft = incoming / "draft"
    (draft / "original").mkdir(parents=True)
    stamp = stamp_of(arrival)
    original = copy_original(arrival, draft / "original")
    same = _same_bytes(lake, arrival.source, original.sha256)
    folder = _standing(lake, arrival, same, adapter)
    if folder is None:
        zone = ZoneInfo(district.district.time_zone)
        day = arrival.received_at.astimezone(zone).date()
        about = _about(arrival, original, len(same) + 1, zone, draft)
        folder = lake.landing / arrival.source / day.isoformat() / about.delivery_id
        copied = replace(arrival, path=original.path, files=())
        whole = _take_in(engine, lake, about, adapter, copied, district)
        earlier = deliveries(lake, arrival.source)
        _publish(judged(engine, whole, earlier, district), folder)
    remember(lake.root, arrival, stamp, folder)
    shutil.rmtree(incoming)
    return _read(folder)


def _about(arrival: Arrival, original: Original, nth: int, zone: ZoneInfo, draft: Path) -> Delivery:
    """Return a delivery of which nothing is read yet; `nth` of those with the same bytes."""
    again = f"-{nth}" if nth > 1 else ""
    return Delivery(
        delivery_id=f"{arrival.source}-{original.sha256[:16]}{again}",
        source=arrival.source,
        name=arrival.name,
        received_at=arrival.received_at.astimezone(UTC),
        received_date=arrival.received_at.astimezone(zone).date(),
        status="landed",
        refused_rule=None,
        refused_message=None,
        bytes=original.bytes,
        sha256=original.sha256,
        mode=None,
        scrubbed=False,
        files=(),
        findings=(),
        folder=draft,
        changed_date=arrival.changed_at and arrival.changed_at.astimezone(zone).date(),
    )


def deliveries(lake: Lake, source: str | None = None) -> list[Delivery]:
    """Return every delivery (of one source), refused ones included, by time received, then id."""
    found = [
        _read(record.parent)
        for folder in ([lake.landing / source] if source else _sources(lake))
        for record in folder.glob(f"*/*/{_RECORD}")
    ]
    return sorted(found, key=lambda one: (one.received_at, one.delivery_id))


def _sources(lake: Lake) -> list[Path]:
    if not lake.landing.is_dir():
        return []
    return [folder for folder in lake.landing.iterdir() if not folder.name.startswith(".")]


def _same_bytes(lake: Lake, source: str, sha256: str) -> list[Delivery]:
    """Return the deliveries these bytes became, oldest first."""
    found = (lake.landing / source).glob(f"*/{source}-{sha256[:16]}*")
    return sorted(map(_read, found), key=lambda one: one.received_at)


def _standing(
    lake: Lake, arrival: Arrival, same: Sequence[Delivery], adapter: Adapter
) -> Path | None:
    """Return the folder of the delivery that holds for an arrival; None when it is news."""
    if not same:
        return None
    newest = same[-1]
    wholes = {file.file for file in newest.files if adapter.is_whole(file)}
    others = deliveries(lake, arrival.source)
    last = last_under(lake.root, arrival) or next(
        (one.folder for one in reversed(others) if one.name == arrival.name), None
    )
    replaced = any(
        one.received_at > newest.received_at and wholes & {file.file for file in one.files}
        for one in others
    )
    is_known = last in [one.folder for one in same]
    return None if replaced and not is_known else newest.folder


def _take_in(
    engine: Engine,
    lake: Lake,
    about: Delivery,
    adapter: Adapter,
    copied: Arrival,
    district: District,
) -> Delivery:
    """Write the rows of a delivery into its draft, or find out by which rule it is refused."""
    workspace = about.folder.with_name("workspace")
    workspace.mkdir()
    rows = about.folder / "rows"
    rows.mkdir()
    kept: list[Kept] = []
    try:
        with opened(copied, workspace.with_name("opened"), district) as readable:
            for number, read in enumerate(adapter.read(engine, readable, workspace)):
                kept.append(keep_rows(engine, read, about.delivery_id, rows, number))
    except DeliveryRefused as refusal:
        return _refuse(about, refusal, scrub=any(one.scrubbed for one in kept))
    finally:
        shutil.rmtree(workspace, ignore_errors=True)
    scrubbed = any(one.scrubbed for one in kept)
    if scrubbed:
        shutil.rmtree(about.folder / "original")
    modes = {one.landed.mode for one in kept} - {None}
    whole = replace(
        about,
        mode="mixed" if len(modes) > 1 else next(iter(modes), None),
        scrubbed=scrubbed,
        files=tuple(one.landed for one in kept),
        findings=tuple(finding for one in kept for finding in one.findings),
    )
    return replace(whole, findings=_summed([*whole.findings, *_drift(lake, whole)]))


def _summed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Make one finding of those about one file, rule and column; the first one's words stay."""
    found: dict[tuple[str, str, str], Finding] = {}
    for one in findings:
        key = (one.file, one.rule, one.column)
        before = found.get(key)
        found[key] = replace(before, count=before.count + one.count) if before else one
    return tuple(found.values())


def _refuse(about: Delivery, refusal: DeliveryRefused, *, scrub: bool) -> Delivery:
    shutil.rmtree(about.folder / "rows")
    findings: tuple[Finding, ...] = ()
    if scrub or refusal.forbidden:
        shutil.rmtree(about.folder / "original")
        detail = "it has columns that are never kept: the original was destroyed"
        count = max(len(refusal.forbidden), 1)
        findings = (Finding("", "landing.scrubbed", "warning", count, detail),)
    return replace(
        about,
        status="refused",
        refused_rule=refusal.rule,
        refused_message=str(refusal),
        scrubbed=bool(findings),
        findings=findings,
    )


def _drift(lake: Lake, whole: Delivery) -> list[Finding]:
    """Compare each file with the one of the newest earlier delivery that had it."""
    before = {
        file.file: file
        for one in deliveries(lake, whole.source)
        if one.received_at <= whole.received_at
        for file in one.files
    }
    return [
        finding
        for file in whole.files
        if file.file in before
        for finding in drift(before[file.file], file)
    ]


def _publish(whole: Delivery, folder: Path) -> None:
    """Make a finished draft the delivery in its folder, durably."""
    _write(whole)
    draft = whole.folder
    for path in draft.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        elif not path.is_symlink():
            sync_file(path)
    sync_folder(draft)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft.rename(folder)
    for parent in (folder.parent, folder.parent.parent, folder.parent.parent.parent):
        sync_folder(parent)


def _write(whole: Delivery) -> None:
    """Write the record of a delivery; paths in it are relative to its folder."""
    data = _DATA.dump_python(whole, mode="json", exclude={"folder"})
    for file in data["files"]:
        for key in ("path", "malformed_path"):
            if file[key] is not None:
                file[key] = Path(file[key]).relative_to(whole.folder).as_posix()
    write_json(whole.folder / _RECORD, data)


def _read(folder: Path) -> Delivery:
    data = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    delivery = _DATA.validate_python({**data, "folder": folder})
    files = tuple(
        replace(
            file,
            path=folder / file.path if file.path is not None else None,
            malformed_path=folder / file.malformed_path if file.malformed_path else None,
        )
        for file in delivery.files
    )
    return with_approval(replace(delivery, files=files))
