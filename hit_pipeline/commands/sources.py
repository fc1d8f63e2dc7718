"""`hit source list|new|check|preview|approve|refresh`."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hit_pipeline.commands.source_new import new_source
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
app.command("new")(new_source)
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
                    "held": ", ".join(one.delivery_id for one in landed if one.status == "held"),
                    "newest": max((one.received_at.isoformat() for one in landed), default=None),
                }
            )
    Terminal(as_json).show("Sources", rows)


@app.command("check")
def check_source(
    name: OneOrAll = None, district: DistrictFolder = None, now: Now = None, as_json: AsJson = False
) -> None:
    """Look at sources: connection, credentials, permissions and clock, or the drop folder.

    What lies here and was not landed yet is read as the contract would have it; nothing is kept.
    """
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
    from hit_pipeline.landing.delivery import shown_name
    from hit_pipeline.landing.seen import unseen
    from hit_pipeline.sources.adapters import transport

    for look in transport(district, name, now).look():
        yield {"what": look.what, "id": "", "ok": look.ok, "seen": look.seen}
    arrivals = waiting(district, name, now)
    unsettled = still_settling(district, name, now)
    new = unseen(district.lake_path, name, arrivals)
    seen = f"{len(arrivals)} settled, {len(new)} of them new"
    seen = ", ".join(filter(None, (seen, unsettled)))
    yield {"what": "waiting", "id": "", "ok": True, "seen": seen}
    for arrival in new:
        told = preview(district, name, arrival.path, now)
        refused = told["refused"]
        words = refused or f"{told['rows']} rows, {told['quarantined']} would be quarantined"
        known = {"what": arrival.name, "id": shown_name(arrival.name)}
        yield {**known, "ok": refused is None, "seen": words}


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
        tell(terminal, told)
    if told["refused"]:
        raise typer.Exit(ERROR_EXIT)


def tell(terminal: Terminal, told: dict[str, Any]) -> None:
    """Show what a file would come to, in the order one asks."""
    from hit_pipeline.preview import FATES

    rows = [{**one, "which": FATES[one["fate"]]} for one in told["summary"]]
    held = ("file", "column", "rule", "reason", "rows", "first_rows")
    terminal.show(f"{told['rows']} rows would land. Of these", rows)
    terminal.show("They would make", told["tables"])
    terminal.show("Noticed in the file", told["findings"])
    waiting = [{name: one[name] for name in held} for one in told["quarantine"]]
    terminal.show("Rows that would wait in quarantine", waiting)
    terminal.show("People it names, matched with those known", told["people"])
    terminal.say("Nothing was kept.")


def preview(district: District, name: str, sample: Path, now: datetime) -> dict[str, Any]:
    """Land, type and match a file in a lake of its own that is thrown away.

    People are matched against a copy of what the registry knows; nothing is written to it.
    """
    from hit_pipeline.preview import look_at

    with tempfile.TemporaryDirectory(prefix="hit-preview-") as folder:
        return look_at(district, name, sample, Path(folder), now)


@app.command("approve")
def approve_delivery(
    delivery: Annotated[str, typer.Argument(help="Id of the held delivery.")],
    by: Annotated[str, typer.Option("--by", help="Who says that it may go on.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it may.")],
    district: DistrictFolder = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Let a held delivery go on: the next run takes it in. It is recorded who said so and why."""
    from hit_pipeline.lake import Lake
    from hit_pipeline.landing.hold import approve
    from hit_pipeline.landing.store import deliveries

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        lake, at = Lake.open(opened.lake_path), instant(now)
        held = {one.delivery_id: one for one in deliveries(lake) if one.status == "held"}
        if delivery not in held:
            kind = "held delivery"
            raise NotFound(kind, delivery, held)
        with lake.lease("an approval", at, wait_seconds=opened.lake.lease_seconds):
            approve(held[delivery], by, reason, at)
    Terminal(as_json).show("Approved", [{"delivery": delivery, "by": by, "reason": reason}])


@app.command("refresh")
def refresh_source(
    name: Name,
    files: Annotated[
        list[str] | None, typer.Argument(help="Files of its contract; none: all.")
    ] = None,
    district: DistrictFolder = None,
    as_json: AsJson = False,
) -> None:
    """Have files of a source that is asked come whole in the next run; nothing landed is reset."""
    from hit_pipeline.lake import Lake
    from hit_pipeline.sources.contract.loading import contract_ref, load_contract
    from hit_pipeline.sources.pull.pulling import refresh

    with errors_exit(as_json=as_json):
        opened = with_source(district, name)
        contract = load_contract(contract_ref(opened.sources[name]), opened.folder)
        wanted = files or list(contract.files)
        for file in wanted:
            if file not in contract.files:
                kind = "file of the contract"
                raise NotFound(kind, file, contract.files)
        refresh(Lake.open(opened.lake_path), name, wanted)
    Terminal(as_json).show("Comes whole in the next run", [{"file": one} for one in wanted])


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
