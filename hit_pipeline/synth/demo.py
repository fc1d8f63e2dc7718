"""The public entry: write what arrives on a night, and the demo district's settings."""

from importlib.resources import files
from pathlib import Path

from hit_pipeline.synth import changes, nights
from hit_pipeline.synth.brightpath import meeting_files
from hit_pipeline.synth.faults import Bench, brightpath_faults, northstar_faults
from hit_pipeline.synth.map_growth import assessment_file
from hit_pipeline.synth.northstar import session_file
from hit_pipeline.synth.oneroster import bundle, bundle_name
from hit_pipeline.synth.plain_files import plain_files
from hit_pipeline.synth.planted import Mark, PlantedFault, settle_all
from hit_pipeline.synth.records import Sheet, put, zipped
from hit_pipeline.synth.world import World, build_world

DEFAULT_SEED = 20260822
DEFAULT_STUDENTS = 2000
NIGHTS = nights.NIGHTS
"""Instants (UTC) of the nights the demo has files for."""


def write_night(
    district: Path, night: int, *, seed: int = DEFAULT_SEED, students: int = DEFAULT_STUDENTS
) -> list[PlantedFault]:
    """Write the files that arrive on a night into ``district/inbox/<source>/``.

    The same arguments write the same bytes. Files of other nights are left alone.

    Args:
        district: The district folder; made when it is not there.
        night: 1 or 2.
        seed: Any number; it decides everything.
        students: Pupils on night 1, at least `hit_pipeline.synth.world.FEWEST_STUDENTS`.

    Returns:
        What was planted in the files on purpose: faults, and on night 2 also the changes.

    Raises:
        ValueError: There is no such night, or there are too few students.
    """
    nights.instant(night)
    world = build_world(seed, students)
    inbox = district / "inbox"
    planted: list[PlantedFault] = []
    put(inbox, "sis", bundle_name(night), zipped(bundle(world, night)))
    plain = plain_files(world, night)
    sheets = list(plain)
    if night == 1:
        sheets.append(assessment_file(world, night))
    else:
        planted += changes.mark_events(world, plain[0], night)
    for vendor in (_northstar, _brightpath):
        vendor_sheets, found = vendor(world, night)
        sheets += vendor_sheets
        planted += found
    for sheet in sheets:
        put(inbox, sheet.source, sheet.name, sheet.to_bytes())
    return planted


def write_district(district: Path) -> None:
    """Write the demo district's ``district.toml``, replacing one that is there."""
    district.mkdir(parents=True, exist_ok=True)
    template = files("hit_pipeline.synth").joinpath("district.toml")
    (district / "district.toml").write_bytes(template.read_bytes())


def _northstar(world: World, night: int) -> tuple[list[Sheet], list[PlantedFault]]:
    sheet = session_file(world, night)
    bench = Bench.of(world, sheet)
    marks = northstar_faults(bench)
    if night > 1:
        marks += changes.change_northstar(bench)
    return [sheet], settle_all(marks, sheet)


def _brightpath(world: World, night: int) -> tuple[list[Sheet], list[PlantedFault]]:
    restated = changes.restated_meeting(world) if night > 1 else None
    meetings, attendance = meeting_files(world, night, restated=restated)
    marks: list[Mark] = brightpath_faults(world, attendance)
    if restated is not None:
        marks.append(changes.mark_restated(restated, attendance))
    return [meetings, attendance], settle_all(marks, attendance)
