"""`hit registry upgrade|check|rebuild|move`: the database that remembers who is who."""

import os
import stat
from pathlib import Path
from typing import Annotated, Any

import typer

from hit_pipeline.commands.terminal import (
    ERROR_EXIT,
    AsJson,
    DistrictFolder,
    Terminal,
    errors_exit,
    instant,
    open_district,
)
from hit_pipeline.errors import HitError
from hit_pipeline.lake import Lake

TARGET_VARIABLE = "HIT_REGISTRY_TARGET"

app = typer.Typer(help="The registry: who is who, remembered.", no_args_is_help=True)
Url = Annotated[
    str | None,
    typer.Argument(help=f"Where to; with a password only as {TARGET_VARIABLE} or --url-file."),
]
UrlFile = Annotated[
    Path | None,
    typer.Option("--url-file", help="A file that holds the URL, readable by you alone."),
]


@app.command()
def upgrade(district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """Migrate the registry to the tables of this version; `hit run` does so, too."""
    from hit_pipeline.registry.connecting import connect
    from hit_pipeline.registry.schema import prepare
    from hit_pipeline.registry.tables import SCHEMA_VERSION

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        with Lake.open(opened.lake_path).lease("hit registry upgrade", instant(None)):
            found = prepare(connect(opened.registry_url), upgrade=True)
    row = {"found": found or "none", "now": SCHEMA_VERSION, "changed": found != SCHEMA_VERSION}
    Terminal(as_json).show("Registry", [row])


@app.command()
def check(district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """See whether what is asked every night is what the events say."""
    from hit_pipeline.registry.database import Registry

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        Lake.open(opened.lake_path)
        with Registry.open(opened.registry_url) as registry:
            rows = _as_rows(registry.strays(), "table", "wrong_rows")
    terminal = Terminal(as_json)
    terminal.show("Registry", rows)
    if any(row["wrong_rows"] for row in rows):
        terminal.say("make them anew: hit registry rebuild")
        raise typer.Exit(ERROR_EXIT)


@app.command()
def rebuild(district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """Make what is asked every night anew from the events, which stay as they are."""
    from hit_pipeline.registry.database import Registry

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        Lake.open(opened.lake_path)
        with Registry.open(opened.registry_url) as registry:
            found = registry.strays()
            registry.rebuild()
    Terminal(as_json).show("Made anew", _as_rows(found, "table", "wrong_rows"))


@app.command()
def move(
    url: Url = None,
    url_file: UrlFile = None,
    district: DistrictFolder = None,
    as_json: AsJson = False,
) -> None:
    """Copy the registry to another database, for example from SQLite to PostgreSQL.

    The old one stays; the district uses it until its `registry_url` is changed.
    """
    from hit_pipeline.registry.move import move as move_registry

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        target = _target(url, url_file)
        with Lake.open(opened.lake_path).lease("hit registry move", instant(None)):
            counts = move_registry(opened.registry_url, target)
    terminal = Terminal(as_json)
    terminal.show("Moved", _as_rows(counts, "table", "rows"))
    terminal.say("now set the district's registry_url to the new address (HIT_REGISTRY_URL)")


def _as_rows(counts: dict[str, int], name: str, count: str) -> list[dict[str, Any]]:
    return [{name: one, count: number} for one, number in counts.items()]


def _target(url: str | None, file: Path | None) -> str:
    """Return the address to move to, from the one place that states it.

    Raises:
        HitError: No place or several state it, or it holds a password on the command line, which
            everybody on the machine can read; nothing of it is repeated.
    """
    stated = [one for one in (url, _of_file(file), os.environ.get(TARGET_VARIABLE)) if one]
    if len(stated) != 1:
        message = "where to move the registry is stated by none or by several of: the argument"
        message += f", --url-file and {TARGET_VARIABLE}."
        raise HitError(message, remedy="State it once.")
    if url is not None and _has_password(url):
        message = "the URL holds a password."
        raise HitError(message, remedy=f"Set {TARGET_VARIABLE} or use --url-file instead.")
    return stated[0]


def _has_password(url: str) -> bool:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        return False  # opening it tells that it is no URL, without repeating it
    return parsed.password is not None or "password" in parsed.query


def _of_file(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        is_open = os.name == "posix" and file.stat().st_mode & stat.S_IRWXO
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        message = f"{file} cannot be read."
        raise HitError(message) from None
    if is_open:
        message = f"everybody on this machine can use {file}."
        raise HitError(message, remedy=f"chmod o-rwx {file}")
    if not text:
        message = f"{file} is empty."
        raise HitError(message)
    return text
