"""Malformed OneRoster bundles: on few nights of a year the export goes wrong as a whole.

Such a bundle is an export somebody started by hand, a bulk, and so is the one after it, once
somebody called the office. A night has one such fault at most, never the first night or the last,
never one beside another, and never from June to September, when one school year makes way for the
next. Faults of single records are in `hit_pipeline.synth.dirt.roster`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.editing import words
from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.systems import oneroster
from hit_pipeline.synth.systems.cells import moments, where
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import opaque, opaque_one
from hit_pipeline.synth.systems.sheet import UNQUOTED_COMMA, Sheet
from hit_pipeline.synth.truth.draws import DISTRICT, Flags, stream
from hit_pipeline.synth.truth.zone import Zone

_OCTOBER, _MAY = 10, 5
_DELTA_FILE, _LOST_FILE = "demographics", "enrollments"
_INNER = "export.zip"
_BOM = "\ufeff"
_OF_SCHOOL = ("schoolSourcedId", "orgSourcedId", "orgSourcedIds", "primaryOrgSourcedId")


@cache
def malformed(plan: Plan) -> Mapping[int, str]:
    """Return number of night -> the fault of its bundle."""
    nights, rate = plan.nights, rates(plan.dirt)
    able = [night.number for night in nights[2:-1:2] if _may_fail(night)]
    order = stream(plan.district.seed, DISTRICT, "malformed bundles").permutation(len(able))
    found: dict[int, str] = {}
    for nth, kind in enumerate(_FAULTS):
        share = order[nth :: len(_FAULTS)][: int(rate[kind] * len(nights))]
        found |= {able[at]: kind for at in share}
    return found


def _may_fail(night: Night) -> bool:
    month = int(str(night.today)[5:7])
    return month >= _OCTOBER or month <= _MAY


def is_whole(plan: Plan, night: Night, *, due: bool) -> bool:
    """Say whether a night's bundle is a bulk.

    Args:
        plan: What is made.
        night: The night.
        due: Whether it would be one without malformed bundles.
    """
    return due or not malformed(plan).keys().isdisjoint({night.number, night.number - 1})


def spoil_bundle(sheet: Sheet, night: Night, zone: Zone, plan: Plan) -> Sheet:
    """Return a sheet of a bundle as that night's export leaves it."""
    kind = malformed(plan).get(night.number)
    return sheet if kind is None else _FAULTS[kind](sheet, night, zone, plan)


def _file(sheet: Sheet) -> str:
    return sheet.file.rpartition("/")[2].removesuffix(".csv")


def _put(sheet: Sheet, column: str, at: Flags, cells: pa.Array | str | None) -> Sheet:
    place = sheet.rows.column_names.index(column)
    made = where(at, cells, sheet.rows[column].combine_chunks())
    return replace(sheet, rows=sheet.rows.set_column(place, column, made))


def _marked(sheet: Sheet, kind: str, flags: Flags | None = None) -> Sheet:
    """Mark rows, all of them when no flags are given."""
    at = np.ones(sheet.rows.num_rows, dtype=bool) if flags is None else flags
    return replace(sheet, faults={**sheet.faults, kind: at}) if at.any() else sheet


def _nested(sheet: Sheet, _night: Night, _zone: Zone, _plan: Plan) -> Sheet:
    bundle, _, entry = sheet.file.rpartition("/")
    return _marked(replace(sheet, file=f"{bundle}/{_INNER}/{entry}"), "sis_bundle_nested")


def _mixed(sheet: Sheet, night: Night, _zone: Zone, _plan: Plan) -> Sheet:
    """Call one file a delta, and fill the columns that a delta fills."""
    every = np.ones(sheet.rows.num_rows, dtype=bool)
    if _file(sheet) == "manifest":
        names = sheet.rows["propertyName"].combine_chunks()
        return _put(sheet, "value", _true(pc.equal(names, f"file.{_DELTA_FILE}")), "delta")
    if _file(sheet) != _DELTA_FILE:
        return sheet
    touched = moments(np.array([night.at]), oneroster.TIME)[0].as_py()
    sheet = _put(_put(sheet, "status", every, "active"), "dateLastModified", every, touched)
    return _marked(sheet, "sis_bundle_mixed")


def _with_bom(sheet: Sheet, _night: Night, _zone: Zone, _plan: Plan) -> Sheet:
    first, *others = sheet.rows.column_names
    return _marked(
        replace(sheet, rows=sheet.rows.rename_columns([_BOM + first, *others])), "sis_bom"
    )


def _missing(sheet: Sheet, _night: Night, _zone: Zone, _plan: Plan) -> Sheet:
    if _file(sheet) != _LOST_FILE:
        return sheet
    return replace(
        sheet,
        rows=sheet.rows.slice(0, 0),
        person=sheet.person[:0],
        faults={},
        missing={**sheet.missing, "sis_file_missing": sheet.rows.num_rows},
        form="lost",
    )


def _unquoted(sheet: Sheet, _night: Night, _zone: Zone, _plan: Plan) -> Sheet:
    """Write commas inside cells as an export does that quotes nothing."""
    hit = np.zeros(sheet.rows.num_rows, dtype=bool)
    for column in sheet.rows.column_names:
        cells = sheet.rows[column].combine_chunks()
        has = _true(pc.match_substring(cells, ","))
        if has.any():
            sheet = _put(sheet, column, has, pc.replace_substring(cells, ",", UNQUOTED_COMMA))
            hit |= has
    return _marked(sheet, "sis_comma_unquoted", hit)


def _org_broken(sheet: Sheet, night: Night, zone: Zone, plan: Plan) -> Sheet:
    """Blank the sourcedId of one school; marked are its row and all rows that name it."""
    draws = stream(zone.seed, DISTRICT, "broken org", night.number).random(2)
    if zone.number != int(draws[0] * plan.district.zones):
        return sheet
    school = opaque_one(zone.seed, "org", zone.number, int(draws[1] * len(zone.schools.code)))
    if _file(sheet) == "orgs":
        own = _true(pc.equal(sheet.rows["sourcedId"].combine_chunks(), school))
        return _marked(_put(sheet, "sourcedId", own, None), "sis_org_broken", own)
    hit = np.zeros(sheet.rows.num_rows, dtype=bool)
    for column in {*_OF_SCHOOL} & {*sheet.rows.column_names}:
        hit |= _true(pc.match_substring(sheet.rows[column].combine_chunks(), school))
    return _marked(sheet, "sis_org_broken", hit)


def _org_cycle(sheet: Sheet, _night: Night, zone: Zone, _plan: Plan) -> Sheet:
    """Make the district the child of its first school; marked are both."""
    if _file(sheet) != "orgs" or zone.number:
        return sheet
    school = opaque_one(zone.seed, "org", 0, 0)
    district = _true(pc.equal(sheet.rows["type"].combine_chunks(), "district"))
    both = district | _true(pc.equal(sheet.rows["sourcedId"].combine_chunks(), school))
    return _marked(_put(sheet, "parentSourcedId", district, school), "sis_org_cycle", both)


def _invented(sheet: Sheet, night: Night, zone: Zone, _plan: Plan) -> Sheet:
    """Give enrollments ids the export made up; those without an id stay without."""
    if _file(sheet) != "enrollments":
        return sheet
    own = sheet.rows["sourcedId"].combine_chunks()
    filled = _true(own.is_valid())
    made = opaque(zone.seed, f"invented/{night.number}", *words(own))
    return _marked(_put(sheet, "sourcedId", filled, made), "sis_ids_invented", filled)


def _true(values: pa.Array) -> Flags:
    filled = pc.fill_null(values, fill_value=False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=bool)


_FAULTS: Mapping[str, Callable[[Sheet, Night, Zone, Plan], Sheet]] = {
    "sis_bundle_nested": _nested,
    "sis_bundle_mixed": _mixed,
    "sis_bom": _with_bom,
    "sis_file_missing": _missing,
    "sis_comma_unquoted": _unquoted,
    "sis_org_broken": _org_broken,
    "sis_org_cycle": _org_cycle,
    "sis_ids_invented": _invented,
}
