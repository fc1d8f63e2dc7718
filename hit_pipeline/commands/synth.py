"""`hit synth`: make a synthetic district with an answer key."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hit_pipeline.commands.setup import write_secret
from hit_pipeline.commands.synth_database import check_database, database_url, fill_database
from hit_pipeline.commands.terminal import AsJson, Terminal, errors_exit
from hit_pipeline.errors import HitError
from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.joining import Made
from hit_pipeline.synth.plan import SYSTEMS, Plan
from hit_pipeline.synth.truth.build import District, PlanRefused, default_schools

Folder = Annotated[Path, typer.Argument(help="Folder of the district; empty, or made by this.")]
Students = Annotated[int, typer.Option(help="Pupils in school in one year.")]
Schools = Annotated[int, typer.Option(help="Schools; one for 600 students when not given.")]
Years = Annotated[int, typer.Option(help="School years, the last is 2025-26.")]
Seed = Annotated[int, typer.Option(help="Decides everything: same seed, same bytes.")]
Dirt = Annotated[str, typer.Option(help="none, typical or nasty.")]
Deliveries = Annotated[str, typer.Option(help="final, weekly or nightly.")]
Systems = Annotated[
    list[str] | None,
    typer.Option("--sis", help=f"Forms of the SIS, repeatable: {', '.join(SYSTEMS)}."),
]
Database = Annotated[
    str | None,
    typer.Option(
        help="SQLAlchemy URL of an empty database to fill with the form sql, which is made then."
    ),
]


def synth(
    folder: Folder,
    students: Students = 5000,
    schools: Schools = 0,
    years: Years = 1,
    seed: Seed = 1,
    dirt: Dirt = "typical",
    deliveries: Deliveries = "weekly",
    sis: Systems = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a synthetic district with an answer key."""
    terminal, begun = Terminal(as_json), time.monotonic()
    district = District(seed, students, schools or default_schools(students), years)
    forms = [*(sis or ["oneroster"]), *(["sql"] if database else [])]
    plan = Plan(district, dirt, deliveries, tuple(dict.fromkeys(forms)))
    home = folder.resolve()
    with errors_exit(as_json=as_json):
        target = database_url(database) if database else None
        if target is not None:
            check_database(target, home)
        made = _made(plan, home, terminal)
        write_secret(home)
        loaded = fill_database(target, home) if target is not None else {}
    seconds = time.monotonic() - begun
    told = {
        "folder": str(folder),
        "files": made.files,
        "rows": made.rows,
        "seats": made.seats,
        "seconds": round(seconds, 1),
        "faults": made.faults,
        "database": loaded,
    }
    lines = [{"kind": kind, "injected": count} for kind, count in sorted(made.faults.items())]
    terminal.show("Faults injected", lines, told)
    terminal.say(
        f"{made.files:,} files, {made.rows:,} rows, {made.seats:,} seats of meetings in "
        f"{seconds:.1f} s: {folder}"
    )
    if loaded:
        terminal.say(f"{sum(loaded.values()):,} rows in {len(loaded)} tables of the database")
    terminal.say(f"Run it: hit run -d {folder}; then: hit score {folder}")


def _made(plan: Plan, folder: Path, terminal: Terminal) -> Made:
    bar = Progress(
        TextColumn("zones"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=terminal.console,
        transient=True,
        disable=not terminal.console.is_terminal,
    )
    try:
        with bar:
            task = bar.add_task("zones", total=plan.district.zones)
            return generate(
                plan,
                folder,
                told=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except PlanRefused as error:
        raise HitError(str(error), remedy="See hit synth --help for what is possible.") from error
