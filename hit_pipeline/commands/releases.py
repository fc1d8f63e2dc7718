"""`hit release list|diff|rollback` and `hit query`."""

import math
from collections.abc import Sequence
from typing import Annotated

import typer

from hit_pipeline.commands.terminal import (
    AsJson,
    DistrictFolder,
    Terminal,
    errors_exit,
    instant,
    open_district,
    open_lake,
)
from hit_pipeline.lake import Lake

app = typer.Typer(help="Published releases.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of a release, or `current`.")]
Sql = Annotated[str, typer.Argument(help="SQL over the tables of the release, read only.")]
Tier = Annotated[str, typer.Option(help="restricted or analyst.")]


@app.command("list")
def list_releases(district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """List releases, newest first; the current one is marked."""
    from hit_pipeline.release.catalog import current, releases

    with errors_exit(as_json=as_json):
        lake = Lake.open(open_district(district).lake_path)
        now_current = current(lake)
        rows = [
            {
                "release": one.name,
                "current": now_current is not None and one.name == now_current.name,
                "created_at": one.created_at.isoformat(),
                "tables": one.tables,
                "rows": one.rows,
            }
            for one in releases(lake)
        ]
    Terminal(as_json).show("Releases", rows)


@app.command("diff")
def diff_releases(
    before: Name, after: Name = "current", district: DistrictFolder = None, as_json: AsJson = False
) -> None:
    """Count rows added, removed and changed between two releases, table by table."""
    from hit_pipeline.release.diff import diff

    with errors_exit(as_json=as_json), open_lake(open_district(district)) as (lake, engine):
        rows = [one.as_json() for one in diff(engine, lake, before, after)]
    Terminal(as_json).show(f"{before} to {after}", rows)


@app.command("rollback")
def rollback_release(name: Name, district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """Make an earlier release current again, after its files were verified."""
    from hit_pipeline.release.catalog import rollback

    with errors_exit(as_json=as_json):
        lake = Lake.open(open_district(district).lake_path)
        with lake.lease("hit release rollback", instant(None)):
            one = rollback(lake, name)
    Terminal(as_json).show("Rolled back", [{"release": one.name, "current": True}])


def query(
    sql: Sql,
    tier: Tier = "restricted",
    release: Annotated[str, typer.Option(help="Name of a release.")] = "current",
    district: DistrictFolder = None,
    as_json: AsJson = False,
) -> None:
    """Ask the published tables in SQL. May print pupils' values: to the terminal only."""
    from hit_pipeline.release.views import query as ask

    with errors_exit(as_json=as_json):
        found = ask(Lake.open(open_district(district).lake_path), sql, tier=tier, release=release)
    rows = [
        {name: _finite(value) for name, value in row.items()}
        for row in found.rename_columns(_told_apart(found.column_names)).to_pylist()
    ]
    Terminal(as_json).show("Result", rows)


def _finite(value: object) -> object:
    """Return a value as JSON can hold it: what is no number or endless becomes null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return names of columns, one that was there before with a number: `n`, `n_2`.

    Rows are mappings, which would keep only the last of them.
    """
    told: list[str] = []
    for name in names:
        free, number = name, 1
        while free in told:
            number += 1
            free = f"{name}_{number}"
        told.append(free)
    return told
