"""`hit vendor corrections`: what a vendor has to correct, in a file of its own."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from hit_pipeline.commands.outgoing import refuse_taken_name
from hit_pipeline.commands.terminal import (
    AsJson,
    DistrictFolder,
    Now,
    Terminal,
    errors_exit,
    instant,
    open_district,
    open_lake,
)

app = typer.Typer(help="Files for vendors.", no_args_is_help=True)

_SUFFIXES = (".csv", ".xlsx")


@app.callback()
def vendor() -> None:
    """Files for vendors."""


@app.command("corrections")
def corrections(
    source: Annotated[str, typer.Argument(help="Source in district.toml; its vendor gets it.")],
    out: Annotated[Path, typer.Argument(help="The file to write: .csv or .xlsx.")],
    agreement: Annotated[
        str | None, typer.Option("--agreement", help="Agreement it stands on; else the one.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who asks for it; else who is logged in here.")
    ] = None,
    district: DistrictFolder = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Write the vendor's own records that lead to nobody or state a wrong number, on record."""
    from hit_pipeline.conform.context import BuildContext
    from hit_pipeline.exports.corrections import write_corrections
    from hit_pipeline.registry.database import Registry

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        refuse_taken_name(out, *_SUFFIXES)
        with open_lake(opened) as (lake, engine), Registry.open(opened.registry_url) as registry:
            context = BuildContext(engine, lake, opened, registry, instant(now))
            asked_by = by or getpass.getuser()
            written = write_corrections(
                context, source, out, agreement=agreement, asked_by=asked_by
            )
    told = {
        "file": str(out),
        "recipient": written.entry.recipient,
        "agreement": written.entry.agreement,
        "records": written.records,
        "with_right_number": written.with_number,
    }
    Terminal(as_json).show("Corrections", [told], told)
