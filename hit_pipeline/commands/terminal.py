"""What every command shares: options, tables for people, JSON for programs, errors."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable

from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.errors import HitError
from hit_pipeline.lake import Lake
from hit_pipeline.settings import District

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DistrictFolder = Annotated[
    Path | None,
    typer.Option(
        "--district", "-d", help="Folder with district.toml; else HIT_DISTRICT, else here."
    ),
]
Now = Annotated[
    datetime | None,
    typer.Option(
        "--now",
        help="Instant the run stands for, UTC; else the clock is asked.",
        formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"],
    ),
]

ERROR_EXIT = 1
_BOUNDLESS = 100_000  # columns of a terminal on which nothing is folded


@dataclass(frozen=True)
class Terminal:
    """Where a command's words go.

    Attributes:
        as_json: True: one JSON document on standard output, everything else on standard error.
    """

    as_json: bool

    @property
    def console(self) -> Console:
        """The console for people; text is printed as it is, brackets and colons too."""
        return Console(stderr=self.as_json, highlight=False, markup=False, emoji=False)

    def say(self, text: str) -> None:
        """Print a line for people; it is not folded, so that paths in it can be copied."""
        self.console.print(text, soft_wrap=True)

    def show(self, title: str, rows: Sequence[Mapping[str, Any]], data: Any = None) -> None:
        """Print rows as a table, or `data` (else the rows) as JSON.

        Where the longest words of all columns do not fit side by side, every row is a table of its
        own, a column a line.
        """
        if self.as_json:
            sys.stdout.write(
                json.dumps(rows if data is None else data, indent=1, default=str) + "\n"
            )
            return
        if not rows:
            self.say(f"{title}: none")
            return
        table = RichTable(title=title, title_justify="left")
        for name in rows[0]:
            numeric = all(isinstance(row[name], int | float) for row in rows)
            table.add_column(
                _heading(name), justify="right" if numeric else "left", overflow="fold"
            )
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        boundless = self.console.options.update_width(_BOUNDLESS)
        if Measurement.get(self.console, boundless, table).minimum <= self.console.width:
            self.console.print(table)
            return
        for number, row in enumerate(rows, start=1):
            record = RichTable(
                title=f"{title}, row {number}", title_justify="left", show_header=False
            )
            for name, value in row.items():
                record.add_row(_heading(name), _cell(value))
            self.console.print(record)


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
    return f"{value:.2f}" if isinstance(value, float) else str(value)


@contextlib.contextmanager
def errors_exit(*, as_json: bool = False) -> Iterator[None]:
    """Turn an error the core raises on purpose into its message and a non-zero exit."""
    try:
        yield
    except HitError as error:
        if as_json:
            told = {"error": type(error).__name__, "message": str(error)}
            sys.stdout.write(json.dumps(told) + "\n")
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        console.print(f"error: {error}", style="red", soft_wrap=True)
        raise typer.Exit(ERROR_EXIT) from error


def open_district(folder: Path | None) -> District:
    """Load the district a command is about.

    Raises:
        HitError: There is none in the folder.
        SettingsError: Its file holds mistakes.
    """
    from hit_pipeline.settings_file import FILE, load_district

    stated = (folder or Path(os.environ.get("HIT_DISTRICT") or ".")).resolve()
    if not (stated / FILE).is_file():
        message = f"there is no {FILE} in {stated}."
        remedy = "Name its folder with --district or HIT_DISTRICT, or make one: hit init FOLDER."
        raise HitError(message, remedy=remedy)
    return load_district(stated, dict(os.environ))


@contextlib.contextmanager
def open_lake(district: District) -> Iterator[tuple[Lake, Engine]]:
    """Open the lake for reading, with an engine beside it."""
    lake = Lake.open(district.lake_path)
    options = EngineOptions(district.lake.memory, district.lake.threads, lake.root / "spill")
    with Engine.open(options) as engine:
        yield lake, engine


def instant(now: datetime | None) -> datetime:
    """Return the instant a command stands for: the one given, read as UTC, else the clock's."""
    return now.replace(tzinfo=UTC) if now else datetime.now(UTC)
