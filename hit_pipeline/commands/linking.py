"""`hit link` and `hit dedupe`: the probabilistic tier on any two files, or on one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hit_pipeline.commands.terminal import AsJson, Terminal, errors_exit
from hit_pipeline.errors import HitError

if TYPE_CHECKING:
    import pyarrow as pa

    from hit_pipeline.identity.linkage.csv_files import Described

_AUTO = 0.99
_LIKELY = 0.5

Out = Annotated[
    Path | None, typer.Option("--out", help="CSV file to write; there must be none yet.")
]
Ids = Annotated[
    str | None,
    typer.Option("--id-column", help="Header of the column of ids; else the usual names."),
]
Memory = Annotated[str, typer.Option("--memory", help="The engine's memory limit.")]
Least = Annotated[
    float,
    typer.Option("--least", min=0.0, max=1.0, help="Least probability of what is written."),
]


def link(
    asked: Annotated[Path, typer.Argument(help="CSV file of records asked about.", exists=True)],
    known: Annotated[Path, typer.Argument(help="CSV file of known people.", exists=True)],
    one_to_one: Annotated[
        bool,
        typer.Option("--one-to-one", help="Each file has one row per person."),
    ] = False,
    out: Out = None,
    id_column: Ids = None,
    least: Least = 0.5,
    memory: Memory = "2GB",
    as_json: AsJson = False,
) -> None:
    """Link the records of one CSV file to the people of another, by names and birth dates."""
    from hit_pipeline.engine import Engine, EngineOptions
    from hit_pipeline.identity.linkage.csv_files import read_described
    from hit_pipeline.identity.linkage.linking import LinkOptions
    from hit_pipeline.identity.linkage.linking import link as link_records

    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        _writable(out)
        sides = read_described(asked, id_column), read_described(known, id_column)
        options = LinkOptions(one_to_one=one_to_one, keep=min(least, 0.02))
        with Engine.open(EngineOptions(memory=memory)) as engine:
            found = link_records(engine, sides[0].rows, sides[1].rows, options=options)
        _write(found.candidates, out, least)
    best = [row["probability"] for row in found.candidates.to_pylist() if row["rank"] == 1]
    _report(terminal, "Linked", sides, found.nobody.num_rows, best, found.pairs, out)


def dedupe(
    file: Annotated[Path, typer.Argument(help="CSV file with rows of one person.", exists=True)],
    out: Out = None,
    id_column: Ids = None,
    memory: Memory = "2GB",
    as_json: AsJson = False,
) -> None:
    """Find the rows of one CSV file that are one person."""
    from hit_pipeline.engine import Engine, EngineOptions
    from hit_pipeline.identity.linkage.clusters import deduplicate
    from hit_pipeline.identity.linkage.csv_files import read_described

    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        _writable(out)
        side = read_described(file, id_column)
        with Engine.open(EngineOptions(memory=memory)) as engine:
            found = deduplicate(engine, side.rows)
        _write(found.clusters, out, None)
    told = {
        "records": found.clusters.num_rows,
        "people": len(found.clusters["cluster"].unique()),
        "pairs_compared": found.compared,
        "compared_by": [name for name in side.columns if name != "record"],
        "file": str(out) if out else None,
    }
    terminal.show("Clusters", [told], told)


def _report(
    terminal: Terminal,
    title: str,
    sides: "tuple[Described, Described]",
    records: int,
    best: list[float],
    pairs: int,
    out: Path | None,
) -> None:
    both = set(sides[0].columns) & set(sides[1].columns) - {"record"}
    told = {
        "records": records,
        "sure": sum(chance >= _AUTO for chance in best),
        "likely": sum(_LIKELY <= chance < _AUTO for chance in best),
        "without": records - sum(chance >= _LIKELY for chance in best),
        "pairs_compared": pairs,
        "compared_by": [name for name in sides[0].columns if name in both],
        "file": str(out) if out else None,
    }
    terminal.show(title, [told], told)


def _writable(out: Path | None) -> None:
    if out is not None and out.exists():
        message = f"{out.name} is there already"
        raise HitError(message, remedy="Name another file, or move it away.")


def _write(rows: "pa.Table", out: Path | None, least: float | None) -> None:
    import pyarrow.compute as pc
    from pyarrow import csv

    if out is None:
        return
    if least is not None:
        rows = rows.filter(pc.greater_equal(rows["probability"], least))
    csv.write_csv(rows, out)
