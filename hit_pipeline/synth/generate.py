"""Making a district: zones side by side, their sheets joined to files, the key beside them."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from hit_pipeline.synth.dirt.kinds import DIRT
from hit_pipeline.synth.joining import Joining, Made
from hit_pipeline.synth.nightly import DELIVERIES, MOST_STUDENTS_NIGHTLY
from hit_pipeline.synth.plan import SYSTEMS, Plan
from hit_pipeline.synth.settings_text import district_toml
from hit_pipeline.synth.spool import Spooled, spool_zone
from hit_pipeline.synth.systems import invoices
from hit_pipeline.synth.truth.build import PlanRefused, check_district

MARK = "synthetic.json"
"""Stands in a folder that this module made and may make anew."""


def check_plan(plan: Plan) -> None:
    """Refuse a plan that cannot be carried out.

    Raises:
        PlanRefused: A number or a word that is not possible; it says which are.
    """
    check_district(plan.district)
    for word, valid in ((plan.dirt, DIRT), (plan.deliveries, DELIVERIES)):
        if word not in valid:
            message = f"must be one of {', '.join(valid)}; received {word}"
            raise PlanRefused(message)
    unknown = sorted(set(plan.systems) - set(SYSTEMS))
    if unknown:
        message = f"systems must be of {', '.join(SYSTEMS)}; received {', '.join(unknown)}"
        raise PlanRefused(message)
    if plan.deliveries == "nightly" and plan.district.students > MOST_STUDENTS_NIGHTLY:
        message = (
            f"nightly deliveries hold {MOST_STUDENTS_NIGHTLY:,} students at most: a history sent "
            f"every night grows with nights times rows; received {plan.district.students:,}"
        )
        raise PlanRefused(message)


def generate(
    plan: Plan, folder: Path, *, told: Callable[[int, int], None] | None = None, workers: int = 0
) -> Made:
    """Make a district in a folder: ``district.toml``, ``inbox`` and ``key``.

    Args:
        plan: What to make; the same plan makes the same bytes.
        folder: Empty, not there, or made by this function before: then it is made anew.
        told: Called with zones done and zones in all.
        workers: Zones made side by side; 0 for as many as there are processors.

    Raises:
        PlanRefused: The plan is not possible, or the folder holds something else.
    """
    check_plan(plan)
    _clear(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text(mark(plan), encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as scratch:
        joining = Joining(folder)
        for done, spooled in enumerate(_zones(plan, Path(scratch), workers), start=1):
            joining.add(spooled)
            shutil.rmtree(spooled.folder)
            if told is not None:
                told(done, plan.district.zones)
        made = joining.finish(plan)
    (folder / "district.toml").write_text(district_toml(plan), encoding="utf-8")
    _date(plan, folder / "inbox")
    return made


def mark(plan: Plan) -> str:
    """Return what `MARK` says of a plan, as JSON."""
    district = plan.district
    return json.dumps(
        {
            "students": district.students,
            "schools": district.schools,
            "years": district.years,
            "seed": district.seed,
            "dirt": plan.dirt,
            "deliveries": plan.deliveries,
            "systems": list(plan.systems),
            "dates": list(plan.dates),
        },
        indent=1,
    )


def _clear(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / MARK).is_file():
            message = f"{folder} is not empty and no synthetic district; choose another folder"
            raise PlanRefused(message)
        shutil.rmtree(folder)


def _zones(plan: Plan, scratch: Path, workers: int) -> Iterator[Spooled]:
    """Yield zones in order, as many at work at once as there are processors."""
    count = plan.district.zones
    at_once = min(workers or os.cpu_count() or 1, count)
    if at_once == 1:
        for number in range(count):
            yield spool_zone(plan, number, scratch / str(number))
        return
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[Spooled]] = []
        for number in range(count):
            waiting.append(pool.submit(spool_zone, plan, number, scratch / str(number)))
            if len(waiting) > at_once:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _date(plan: Plan, inbox: Path) -> None:
    """Give every file the time of the night it arrives on, so that they land in order."""
    when = _landings(plan)
    last = max(when.values())
    for path in inbox.rglob("*"):
        if path.is_file():
            found = [at for stamp, at in when.items() if stamp in path.name]
            at = found[0] if found else last
            os.utime(path, (at, at))


def _landings(plan: Plan) -> dict[str, int]:
    """Return what names of files carry -> seconds since 1970: a night, or the month of a bill."""
    every = plan.nights
    made = {one.stamp: int(one.at.astype("datetime64[s]").astype(np.int64)) for one in every}
    first = every[0].today.astype("datetime64[M]") - np.timedelta64(12, "M")
    for month in np.arange(first, every[-1].today.astype("datetime64[M]")):
        night = next((one for one in every if one.today >= invoices.invoiced_on(month)), None)
        if night is not None:
            made[f"_{str(month).replace('-', '')}."] = made[night.stamp]
    return made
