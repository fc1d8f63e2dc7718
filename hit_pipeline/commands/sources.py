"""`hit source list|check|preview`."""

import tempfile
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
    name: Name, district: DistrictFolder = None, now: Now = None, as_json: AsJson = False
) -> None:
    """Look at a source: its folder, what waits in it and what its contract would make of it."""
    from hit_pipeline.landing.collect import waiting

    with errors_exit(as_json=as_json):
        opened = _with_source(district, name)
        folder = opened.inbox_path / (opened.sources[name].path or name)
        found = [{"what": "folder", "ok": folder.is_dir(), "seen": str(folder)}]
        arrivals = waiting(opened, name, instant(now)) if folder.is_dir() else []
        seen = f"{len(arrivals)} settled arrivals"
        found.append({"what": "waiting", "ok": bool(arrivals), "seen": seen})
        for arrival in arrivals:
            told = preview(opened, name, arrival.path, instant(now))
            refused = told["refused"]
            words = refused or f"{told['rows']} rows, {told['quarantined']} would be quarantined"
            found.append({"what": arrival.name, "ok": refused is None, "seen": words})
    Terminal(as_json).show(f"Source {name}", found)
    if not all(one["ok"] for one in found):
        raise typer.Exit(ERROR_EXIT)


@app.command("preview")
def preview_source(
    name: Name, sample: Sample, district: DistrictFolder = None, as_json: AsJson = False
) -> None:
    """Show what a file would come to, before anything is kept. Prints to the terminal only."""
    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        told = preview(_with_source(district, name), name, sample, instant(None))
    if as_json:
        terminal.show("Preview", [], told)
        return
    for title in ("summary", "findings", "quarantine", "people"):
        terminal.show(title.capitalize(), told[title])


def preview(district: District, name: str, sample: Path, now: datetime) -> dict[str, Any]:
    """Land, type and match a file in a lake of its own that is thrown away.

    People are matched against a copy of what the registry knows; nothing is written to it.
    """
    from hit_pipeline.preview import look_at

    with tempfile.TemporaryDirectory(prefix="hit-preview-") as folder:
        return look_at(district, name, sample, Path(folder), now)


def _with_source(folder: Path | None, name: str) -> District:
    district = open_district(folder)
    if name not in district.sources:
        kind = "source"
        raise NotFound(kind, name, district.sources)
    return district
