"""`hit explain` and `hit quarantine list`. What they print may name a pupil: the terminal only."""

import getpass
from typing import Annotated

import typer

from hit_pipeline.commands.sources import with_source
from hit_pipeline.commands.terminal import (
    AsJson,
    DistrictFolder,
    Terminal,
    errors_exit,
    instant,
    open_district,
    open_lake,
)

quarantine_app = typer.Typer(help="Rows that could not be typed or mapped.", no_args_is_help=True)
Record = Annotated[str, typer.Argument(help="A person record id, a durable key or a stated id.")]
Source = Annotated[str | None, typer.Option("--source", help="Only this source.")]


def explain(record: Record, district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """Say in words why a record is linked or not, what was tried and what would settle it."""
    from hit_pipeline.conform.context import BuildContext
    from hit_pipeline.identity.explain import explain as ask
    from hit_pipeline.registry.database import Registry
    from hit_pipeline.review.desk import Desk

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        with open_lake(opened) as (lake, engine), Registry.open(opened.registry_url) as registry:
            context = BuildContext(engine, lake, opened, registry, instant(None))
            waiting = Desk(lake, registry, getpass.getuser(), lambda: context.now).state.open
            places = {case.id: place for place, case in enumerate(waiting, start=1)}
            told = ask(context, record, places)
    terminal = Terminal(as_json)
    terminal.show("Explanation", told.as_rows())


@quarantine_app.command("list")
def list_quarantine(
    source: Source = None, district: DistrictFolder = None, as_json: AsJson = False
) -> None:
    """List quarantined rows by rule, with the deliveries and rows they stand in."""
    from hit_pipeline.quarantine.listing import entries

    with errors_exit(as_json=as_json):
        opened = with_source(district, source) if source else open_district(district)
        with open_lake(opened) as (lake, engine):
            rows = entries(engine, lake, source).to_pylist()
    Terminal(as_json).show("Quarantine", rows)
