"""Faults of whole files of a log: new keys, a header, a break, a file sent twice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.columns import set_column, spoil_columns
from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.plan import Plan, Recorded
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.draws import DISTRICT, Flags, stream
from hit_pipeline.synth.truth.zone import Zone

_HEADERS = {
    "northstar": ("Student ID", "Student Number"),
    "brightpath": ("ExternalStudentId", "External ID"),
    "lakeside": ("Scholar ID", "ScholarID"),
    "harborlight": ("Students present", "Present"),
}
_KEYS = {"northstar": ("Session ID", "NS-", "NSX")}
_KEYS_FROM = np.datetime64("2026-02-01")


@dataclass(frozen=True)
class _Fate:
    """What happens to one vendor's files of one night, in every zone alike."""

    is_resent: bool
    header: bool
    cut: float


def spoil_file(one: Recorded, zone: Zone, plan: Plan) -> Iterator[Recorded]:
    """Yield a sheet of a log as it arrives, and once more when it is sent again."""
    rate = rates(plan.dirt)
    sheet = spoil_columns(one.sheet, one.log) if one.log is not None else one.sheet
    if not any(rate.values()):
        yield replace(one, sheet=sheet)
        return
    sheet = _keys(sheet, one.night)
    fate = _fate(sheet, one.night, rate, zone.seed)
    if fate.header:
        sheet = _header(sheet)
    if fate.cut < 1:
        sheet = _truncated(sheet, zone.number, plan.district.zones, fate.cut)
    yield replace(one, sheet=sheet)
    if fate.is_resent:
        again = replace(sheet, file=sheet.file.replace(".", "_resent.", 1))
        yield replace(one, sheet=_marked(again, "file_resent", _all(again)))


def _fate(sheet: Sheet, night: Night, rate: dict[str, float], seed: int) -> _Fate:
    rng = stream(seed, DISTRICT, "files", sheet.source, sheet.file)
    draw = rng.random(3)
    calm = night.is_last or sheet.form != "csv"
    return _Fate(
        is_resent=bool(draw[0] < rate["file_resent"]) and sheet.form == "csv",
        header=not calm and bool(draw[1] < rate["file_header_renamed"]),
        cut=float(rng.uniform(0.5, 0.95)) if not calm and draw[2] < rate["file_truncated"] else 1.0,
    )


def _all(sheet: Sheet) -> Flags:
    return np.ones(sheet.rows.num_rows, dtype=bool)


def _marked(sheet: Sheet, kind: str, flags: Flags) -> Sheet:
    return replace(sheet, faults={**sheet.faults, kind: flags})


def _keys(sheet: Sheet, night: Night) -> Sheet:
    """Change the vendor's keys from one night on; the night it happens is marked."""
    known = _KEYS.get(sheet.source)
    since = _KEYS_FROM
    if known is None or night.today < since or np.isnat(night.before):
        return sheet
    column, old, new = known
    cells = pc.replace_substring(sheet.rows[column].combine_chunks(), old, new, max_replacements=1)
    sheet = set_column(sheet, column, cells)
    return _marked(sheet, "file_keys_changed", _all(sheet)) if night.before < since else sheet


def _header(sheet: Sheet) -> Sheet:
    names = _HEADERS.get(sheet.source)
    if names is None or names[0] not in sheet.rows.column_names:
        return sheet
    columns = [names[1] if name == names[0] else name for name in sheet.rows.column_names]
    return _marked(
        replace(sheet, rows=sheet.rows.rename_columns(columns)), "file_header_renamed", _all(sheet)
    )


def _truncated(sheet: Sheet, zone: int, zones: int, cut: float) -> Sheet:
    """Keep the rows before the break: all of the zones before it, part of the zone it falls in."""
    share = min(1.0, max(0.0, cut * zones - zone))
    kept = int(sheet.rows.num_rows * share)
    lost = sheet.rows.num_rows - kept
    sheet = replace(
        sheet,
        rows=sheet.rows.slice(0, kept),
        person=sheet.person[:kept],
        seat=None if sheet.seat is None else sheet.seat[:kept],
        claim=None if sheet.claim is None else sheet.claim[:kept],
        members=_members_before(sheet, kept),
    )
    return replace(sheet, missing={"file_truncated": lost})


def _members_before(sheet: Sheet, kept: int) -> tuple[np.ndarray, np.ndarray] | None:
    if sheet.members is None:
        return None
    inside = sheet.members[0] < kept
    return sheet.members[0][inside], sheet.members[1][inside]
