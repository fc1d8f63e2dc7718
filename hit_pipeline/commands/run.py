"""`hit run`: a night, in this process."""

import resource
import time
from datetime import datetime
from typing import Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hit_pipeline.commands.sources import still_settling
from hit_pipeline.commands.terminal import (
    ERROR_EXIT,
    AsJson,
    DistrictFolder,
    Now,
    Terminal,
    errors_exit,
    instant,
    open_district,
)
from hit_pipeline.settings import District


def run(district: DistrictFolder = None, now: Now = None, as_json: AsJson = False) -> None:
    """Land what arrived, rebuild what it touches, publish a release."""
    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        opened, begun = open_district(district), instant(now)
        told = one_night(opened, begun, terminal)
        left = {name: still_settling(opened, name, begun) for name in opened.sources}
    terminal.show("Steps", told["steps"], told)
    for name, words in left.items():
        if words:
            terminal.say(f"{name}: {words}, left for the next run")
    closing(told, terminal)


def one_night(district: District, now: datetime, terminal: Terminal) -> dict[str, Any]:
    """Run a night of a district and return what it did, as JSON data.

    Raises:
        LakeBusy: Another night is under way.
    """
    from hit_pipeline import definitions
    from hit_pipeline.lake import Lake

    begun = time.monotonic()
    lake = Lake.open(district.lake_path)
    with lake.lease("hit run", now, name="night"), _bar(terminal) as bar:
        task = bar.add_task("night", total=None, step="")

        def told(job: str, step: str) -> None:
            bar.update(task, advance=1, description=job, step=step.replace("__", "/"))

        night = definitions.run_night(district, now, told)
    return {**night, "seconds": round(time.monotonic() - begun, 1), "peak_mib": _peak_mib()}


def _bar(terminal: Terminal) -> Progress:
    return Progress(
        TextColumn("{task.description:>12}"),
        BarColumn(),
        TextColumn("{task.completed} steps"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[step]}"),
        console=terminal.console,
        transient=True,
    )


def closing(told: dict[str, Any], terminal: Terminal) -> None:
    """Say how a night ended; a failed one exits non-zero."""
    for line in told["failed"]:
        terminal.console.print(f"failed: {line}", style="red", soft_wrap=True)
    if told["failed"]:
        raise typer.Exit(ERROR_EXIT)
    published = told["release"]
    words = f"release {published}" if published else "nothing new: no release was published"
    terminal.say(f"{words} ({told['seconds']} s, peak {told['peak_mib']:.0f} MiB)")


def _peak_mib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
