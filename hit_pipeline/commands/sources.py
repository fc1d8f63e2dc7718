"""`hit source list|check|preview`."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

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
from hit_pipeline.errors import NotFound
from hit_pipeline.settings import District

app = typer.Typer(help="Sources of deliveries.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the source in district.toml.")]
OneOrAll = Annotated[str | None, typer.Argument(help="Name of the source; else every source.")]
Sample = Annotated[Path, typer.Argument(help="A file as the source would deliver it.", exists=True)]


@app.command("list")
def list_sources(district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """List the sources: adapter, contract, what they may do, what was landed."""
    from hit_pipeline.lake import Lake
    from hit_pipeline.landing.store import deliveries

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        lake = Lake.open(opened.lake_path)
        rows = []
        for name, source in opened.sources.items():
            landed = deliveries(lake, name)
            rows.append(
                {
                    "source": name,
                    "adapter": source.adapter,
                    "contract": source.contract,
                    "kind": source.kind,
                    "owner": source.owner,
                    "deliveries": len(landed),
                    "refused": sum(1 for one in landed if one.status == "refused"),
                    "newest": max((one.received_at.isoformat() for one in landed), default=None),
                }
            )
    Terminal(as_json).show("Sources", rows)


@app.command("check")
def check_source(
    name: OneOrAll = None, district: DistrictFolder = None, now: Now = None, as_json: AsJson = False
) -> None:
    """Look at sources: the folder, what waits in it and what the contract would make of it."""
    with errors_exit(as_json=as_json):
        opened = with_source(district, name) if name else open_district(district)
        found = [
            {"source": source, **row}
            for source in ([name] if name else opened.sources)
            for row in examine(opened, source, instant(now))
        ]
    Terminal(as_json).show("Check", found)
    if not all(one["ok"] for one in found):
        raise typer.Exit(ERROR_EXIT)


def examine(district: District, name: str, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield one row per thing looked at: what, whether it is well, and what was seen."""
    from hit_pipeline.landing.collect import waiting

    folder = district.inbox_path / (district.sources[name].path or name)
    there = folder.is_dir()
    yield {"what": "folder", "ok": there, "seen": str(folder) if there else f"no folder {folder}"}
    arrivals = waiting(district, name, now)
    unsettled = still_settling(district, name, now)
    seen = f"{len(arrivals)} settled" + (f", {unsettled}" if unsettled else "")
    yield {"what": "waiting", "ok": True, "seen": seen}
    for arrival in arrivals:
        told = preview(district, name, arrival.path, now)
        refused = told["refused"]
        words = refused or f"{told['rows']} rows, {told['quarantined']} would be quarantined"
        yield {"what": arrival.name, "ok": refused is None, "seen": words}


def still_settling(district: District, name: str, now: datetime) -> str:
    """Say how many arrivals of a source a run at `now` leaves for later; empty when none."""
    from hit_pipeline.landing.collect import waiting

    lake = district.lake.model_copy(update={"settle_seconds": 0})
    unhurried = district.model_copy(update={"lake": lake})
    count = len(waiting(unhurried, name, now)) - len(waiting(district, name, now))
    return f"{count} changed less than {district.lake.settle_seconds} s ago" if count else ""


@app.command("preview")
def preview_source(
    name: Name, sample: Sample, district: DistrictFolder = None, as_json: AsJson = False
) -> None:
    """Show what a file would come to, before anything is kept. Prints to the terminal only."""
    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        told = preview(with_source(district, name), name, sample, instant(None))
    if as_json:
        terminal.show("Preview", [], told)
    elif told["refused"]:
        terminal.say(told["refused"])
    else:
        for title in ("summary", "findings", "quarantine", "people"):
            terminal.show(title.capitalize(), told[title])
    if told["refused"]:
        raise typer.Exit(ERROR_EXIT)


def preview(district: District, name: str, sample: Path, now: datetime) -> dict[str, Any]:
    """Land, type and match a file in a lake of its own that is thrown away.

    People are matched against a copy of what the registry knows; nothing is written to it.
    """
    from hit_pipeline.preview import look_at

    with tempfile.TemporaryDirectory(prefix="hit-preview-") as folder:
        return look_at(district, name, sample, Path(folder), now)


def with_source(folder: Path | None, name: str) -> District:
    """Load the district a command is about, which must have the source.

    Raises:
        NotFound: It has no such source.
    """
    district = open_district(folder)
    if name not in district.sources:
        kind = "source"
        raise NotFound(kind, name, district.sources)
    return district
