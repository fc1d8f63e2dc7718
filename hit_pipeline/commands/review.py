"""`hit review`: stewards answer what the rules are unsure of, on pages or in a workbook."""

import contextlib
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from hit_pipeline.commands.outgoing import refuse_taken_name
from hit_pipeline.commands.templates import Out
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
from hit_pipeline.errors import HitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hit_pipeline.review.desk import Desk
    from hit_pipeline.review.rendering import Room
    from hit_pipeline.settings import District

app = typer.Typer(help="Answer who is who where the rules are unsure.", invoke_without_command=True)

Steward = Annotated[
    str | None, typer.Option("--as", help="Who decides; else who is logged in here.")
]


@app.callback()
def review(
    ctx: typer.Context,
    steward: Steward = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port on this machine; 0: a free one.")
    ] = 0,
    district: DistrictFolder = None,
    as_json: AsJson = False,
) -> None:
    """Open the pages of the review on this machine, until it is interrupted."""
    if ctx.invoked_subcommand is not None:
        return
    from hit_pipeline.review.guard import Keys
    from hit_pipeline.review.rendering import Room
    from hit_pipeline.review.serving import listening, serve

    with (
        errors_exit(as_json=as_json),
        _desk(district, steward) as (desk, opened),
        listening(port) as held,
    ):
        keys = Keys(held.getsockname()[1])
        zone = ZoneInfo(opened.district.time_zone)
        room = Room(desk, keys, opened.district.name, zone)
        serve(room, held, lambda: _invite(room, Terminal(as_json)))


def _invite(room: "Room", terminal: Terminal) -> None:
    """Print the address that opens the pages, once."""
    told = {
        "address": room.keys.address,
        "waiting": len(room.desk.state.open),
        "as": room.desk.steward,
    }
    if terminal.as_json:
        terminal.show("Review", [told], told)
        return
    terminal.say(f"{told['waiting']:,} questions wait. Open, as {told['as']}:")
    terminal.say(room.keys.address)
    terminal.say("Whoever has this address may decide. Control+C ends it.")


@app.command("export")
def export(
    out: Out,
    source: Annotated[
        str, typer.Option("--source", help="Only questions about records of this source.")
    ] = "",
    role: Annotated[str, typer.Option("--role", help="Only of students, tutors or staff.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Only those this rule asks.")] = "",
    district: DistrictFolder = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Write the questions into a workbook for stewards. It names pupils: only you may read it."""
    from hit_pipeline.review.choice import Choice
    from hit_pipeline.review.workbook import export as write

    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json), _desk(district, None) as (desk, opened):
        refuse_taken_name(out)
        cases = Choice(role, source, kind).among(desk.state)
        if not cases:
            message = "nothing waits that fits"
            raise HitError(message, remedy="Leave --source, --role and --kind out.")
        written = write(cases, out, district=opened.district.name, at=instant(now))
    told = {"file": str(out), "records": written.records, "questions": written.questions}
    terminal.show("Workbook", [told], told)
    terminal.say("It names pupils: keep it within the district, delete it when it was read in.")


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="A workbook of the review, filled in.", exists=True)],
    steward: Steward = None,
    district: DistrictFolder = None,
    as_json: AsJson = False,
) -> None:
    """Decide what a workbook answers; say row by row what was not taken, and why."""
    from hit_pipeline.review.taking_in import take_in as read

    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json), _desk(district, steward) as (desk, _):
        done = read(file, desk)
    told = {"decided": done.decided, "already": done.already, "refused": len(done.refused)}
    refused = [{"row": one.row, "column": one.column, "words": one.words} for one in done.refused]
    terminal.show("Answers", [told], {**told, "refused": refused})
    for one in () if as_json else done.refused:
        terminal.say(str(one))
    if done.refused:
        raise typer.Exit(ERROR_EXIT)


@contextlib.contextmanager
def _desk(folder: Path | None, steward: str | None) -> "Iterator[tuple[Desk, District]]":
    """Sit down at the desk of a district for a block."""
    from hit_pipeline.lake import Lake
    from hit_pipeline.registry.database import Registry
    from hit_pipeline.review.desk import Desk

    opened = open_district(folder)
    lake = Lake.open(opened.lake_path)
    with Registry.open(opened.registry_url) as registry:
        yield Desk(lake, registry, named(steward), lambda: datetime.now(UTC)), opened


def named(steward: str | None) -> str:
    """Return who decides: the name given, else the system user's.

    Raises:
        HitError: It is blank, or the name that stands for the rules.
    """
    from hit_pipeline.registry.database import ENGINE

    name = (getpass.getuser() if steward is None else steward).strip()
    if not name or name == ENGINE:
        message = f"{name!r} is nobody who could decide"
        raise HitError(message, remedy="Name yourself: --as 'Ana Day'.")
    return name
