"""The demo district: a small synthetic district of fixed seed, and two nights of its files."""

import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from hit_pipeline.synth.generate import MARK, generate, mark
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.settings_text import district_toml
from hit_pipeline.synth.truth.build import District, default_schools

DEFAULT_SEED = 20261522
DEFAULT_STUDENTS = 1600
DATES = ("2025-11-13", "2025-11-14")
"""Local dates of the nights, a Thursday and a Friday of the fall term."""
NIGHTS: tuple[datetime, ...] = (
    datetime(2025, 11, 14, 5, 0, tzinfo=UTC),
    datetime(2025, 11, 15, 5, 0, tzinfo=UTC),
)
"""Instants (UTC) of the nights the demo has files for."""
RULES = ("datas_60h", "nssa", "louisiana_act771")
TESTS = ("map_growth",)
VENDORS = ("northstar", "brightpath")
"""Dosage rules in force in the demo, tests and vendors it reads: few, for a short night."""
_DELIVERED_BEFORE = timedelta(hours=1)


def demo_plan(seed: int = DEFAULT_SEED, students: int = DEFAULT_STUDENTS) -> Plan:
    """Return what is made: the first night holds everything so far, the second is a day later."""
    district = District(seed, students, default_schools(students))
    return Plan(district, "typical", "final", ("oneroster",), DATES)


def write_district(
    district: Path, *, seed: int = DEFAULT_SEED, students: int = DEFAULT_STUDENTS
) -> None:
    """Write the demo's ``district.toml`` and what it is made from, replacing those there are."""
    plan = demo_plan(seed, students)
    district.mkdir(parents=True, exist_ok=True)
    (district / "district.toml").write_text(
        district_toml(plan, RULES, TESTS, VENDORS, lists=(), surveys=()), encoding="utf-8"
    )
    (district / MARK).write_text(mark(plan), encoding="utf-8")


def write_night(
    district: Path, night: int, *, seed: int = DEFAULT_SEED, students: int = DEFAULT_STUDENTS
) -> int:
    """Write the files that arrive on a night into ``district/inbox``, dated an hour before it.

    The same arguments write the same bytes. Files of other nights are left alone. The answer key
    of all nights is written into ``district/key``.

    Args:
        district: The district folder; made when it is not there.
        night: 1 or 2.
        seed: Any whole number; it decides everything.
        students: Pupils in school in one year.

    Returns:
        How many faults there are in the files.

    Raises:
        ValueError: There is no such night, or there are too few students.
    """
    if not 1 <= night <= len(DATES):
        message = f"night must be one of {list(range(1, len(DATES) + 1))}; received {night}"
        raise ValueError(message)
    plan = demo_plan(seed, students)
    at = NIGHTS[night - 1]
    with tempfile.TemporaryDirectory(prefix="demo-") as scratch:
        made = Path(scratch) / "district"
        generate(plan, made)
        inbox = made / "inbox"
        files = [path for path in inbox.rglob("*") if path.is_file()]
        arrived = [path for path in files if path.stat().st_mtime == at.timestamp()]
        for path in arrived:
            _arrive(path, district / path.relative_to(made), at)
        shutil.copytree(made / "key", district / "key", dirs_exist_ok=True)
        return _faults(made / "key", {path.relative_to(inbox) for path in arrived})


def _arrive(path: Path, target: Path, at: datetime) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)
    when = (at - _DELIVERED_BEFORE).timestamp()
    os.utime(target, (when, when))


def _faults(key: Path, arrived: set[Path]) -> int:
    """Count the lines of the key on faults in files that arrived, entries of archives included."""
    lines = pq.read_table(key / "fault.parquet", columns=["source", "file"])
    files = lines.group_by(["source", "file"]).aggregate([([], "count_all")]).to_pylist()
    places = [(Path(one["source"], one["file"]), one["count_all"]) for one in files]
    return sum(count for place, count in places if arrived & {place, place.parent})
