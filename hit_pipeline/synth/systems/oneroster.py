"""The SIS's nightly OneRoster bundle of the active school year: bulk, or what changed since.

A bulk bundle is the whole and says nothing of status and time; a delta says both, and marks what
is gone ``tobedeleted``. Rows of one file come as several sheets, one for each kind of person; rows
of the district as a whole stand in zone 0.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.systems.cells import constant, moments
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.oneroster_columns import Part, files
from hit_pipeline.synth.systems.oneroster_rows import Day
from hit_pipeline.synth.systems.opaque import mixed
from hit_pipeline.synth.systems.roster_view import active_year
from hit_pipeline.synth.systems.sheet import Sheet, nobody
from hit_pipeline.synth.truth.draws import Days, Flags, Ints
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "sis"
_OTHERS = {
    "1.1": "categories,classResources,courseResources,lineItems,resources,results",
    "1.2": "categories,classResources,courseResources,lineItemLearningObjectiveIds,lineItems,"
    "lineItemScoreScales,resources,resultLearningObjectiveIds,results,resultScoreScales,"
    "scoreScales,userProfiles,userResources",
}
_BY_YEAR = ("academicSessions", "courses", "classes")
TIME = "%Y-%m-%dT%H:%M:%S.000Z"
"""`strftime` pattern of an instant in a bundle."""


def bundle_name(night: Night) -> str:
    """Return the usual name of the bundle of a night."""
    return f"oneroster_{night.stamp}.zip"


def bulk(
    zone: Zone, night: Night, version: str = "1.2", name: str | None = None
) -> Iterator[Sheet]:
    """Yield a zone's part of a bulk bundle: everything the SIS has in the active school year.

    Args:
        zone: The zone; the manifest and the district's own rows come with zone 0.
        night: As of which night.
        version: ``1.1`` or ``1.2``.
        name: Of the zip, when it is not the usual one.
    """
    bundle = name or bundle_name(night)
    if zone.number == 0:
        yield manifest(dict.fromkeys(files(version), "bulk"), night, version, bundle)
    for part in Day(zone, night.today, version).parts():
        yield _sheet(bundle, part.file, part.rows, part)


def delta(
    zone: Zone, night: Night, version: str = "1.2", name: str | None = None
) -> Iterator[Sheet]:
    """Yield a zone's part of a delta bundle: rows new, changed or gone since the night before.

    On the first night everything is new. Files without a change in the zone have no sheet; the
    manifest names every file that may have one in any zone.
    """
    bundle = name or bundle_name(night)
    if zone.number == 0:
        yield manifest(_delta_modes(zone, night, version), night, version, bundle)
    today = list(Day(zone, night.today, version).parts())
    if night.is_first:
        before = [_emptied(part) for part in today]
    else:
        before = list(Day(zone, night.before, version).parts())
    for old, new in zip(before, today, strict=True):
        yield from _changes(zone, night, bundle, old, new)


def manifest(modes: Mapping[str, str], night: Night, version: str, bundle: str) -> Sheet:
    """Return the manifest: file to ``bulk`` or ``delta``; all files not named are ``absent``."""
    absent = (*files(version), *_OTHERS[version].split(","))
    values = {"manifest.version": "1.0", "oneroster.version": version}
    values |= {f"file.{file}": modes.get(file, "absent") for file in sorted(absent)}
    values |= {"source.systemName": "Cedar Valley SIS", "source.systemCode": night.stamp}
    rows = pa.table({"propertyName": list(values), "value": list(values.values())})
    return Sheet(SOURCE, f"{bundle}/manifest.csv", rows, nobody(rows))


def _delta_modes(zone: Zone, night: Night, version: str) -> dict[str, str]:
    """Return the files a night's delta may have rows in: classes change with the school year."""
    calendar = zone.calendar
    turned = night.is_first or (
        active_year(calendar, night.before) != active_year(calendar, night.today)
    )
    still = set() if turned else set(_BY_YEAR)
    still |= set() if night.is_first else {"orgs"}
    return {file: "delta" for file in files(version) if file not in still}


def _sheet(bundle: str, file: str, rows: pa.Table, part: Part) -> Sheet:
    return Sheet(SOURCE, f"{bundle}/{file}.csv", rows, part.person, part.role)


def _emptied(part: Part) -> Part:
    return Part(part.file, part.rows.slice(0, 0), part.person[:0], part.role)


def _changes(zone: Zone, night: Night, bundle: str, old: Part, new: Part) -> Iterator[Sheet]:
    """Compare the rows of a file by sourcedId: first what is new or changed, then what is gone."""
    changed, gone = compare(old.rows, new.rows)
    rows = pa.concat_tables(
        [
            _marked(new.rows.filter(pa.array(changed)), "active"),
            _marked(old.rows.filter(pa.array(gone)), "tobedeleted"),
        ]
    )
    if rows.num_rows:
        person = np.r_[new.person[changed], old.person[gone]]
        dated = _dated(rows, _modified(zone, night, new.file, rows.num_rows))
        yield Sheet(SOURCE, f"{bundle}/{new.file}.csv", dated, person, new.role)


def compare(old: pa.Table, new: pa.Table) -> tuple[Flags, Flags]:
    """Return the rows of ``new`` that are new or differ, and the rows of ``old`` that are gone."""
    at = pc.index_in(new["sourcedId"], value_set=old["sourcedId"])
    before = _content(old).take(at)
    same = pc.fill_null(pc.equal(before, _content(new)), fill_value=False)
    stays = pc.is_in(old["sourcedId"], value_set=new["sourcedId"])
    return ~_flags(same), ~_flags(stays)


def _content(rows: pa.Table) -> pa.ChunkedArray:
    cells = [pc.fill_null(rows[name], "") for name in rows.column_names]
    return pc.binary_join_element_wise(*cells, "\x1f")


def _flags(values: pa.Array | pa.ChunkedArray) -> Flags:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)


def _marked(rows: pa.Table, status: str) -> pa.Table:
    at = rows.column_names.index("status")
    return rows.set_column(at, "status", constant(status, rows.num_rows))


def _modified(zone: Zone, night: Night, file: str, size: int) -> Days:
    """Return instants between this night and the one before at which rows were touched."""
    earliest = night.at - np.timedelta64(1, "D") if night.is_first else night.at_before
    span = max(1, int((night.at - earliest).astype("timedelta64[s]").astype(np.int64)))
    rows: Ints = np.arange(size)
    moment = mixed(zone.seed, f"modified/{file}", zone.number, night.number, rows)
    back = (moment % np.uint64(span)).astype(np.int64).astype("timedelta64[s]")
    return np.asarray(night.at.astype("datetime64[s]") - back)


def _dated(rows: pa.Table, at: Days) -> pa.Table:
    place = rows.column_names.index("dateLastModified")
    return rows.set_column(place, "dateLastModified", moments(at, TIME))
