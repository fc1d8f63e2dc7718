"""What every asset shows: rows, columns, time, path, owner, description and the SQL it ran."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path

import dagster as dg

from hit_pipeline.tables.model import CAVEATS, Table

NOW_TAG = "hit/now"
"""Run tag with the instant a run stands for; without it the wall clock is asked, once per step."""
NIGHT_TAG = "hit/night"
"""Run tag of a whole night in one process; its value says nothing."""


def instant(context: dg.AssetExecutionContext) -> datetime:
    """Return the instant of a run."""
    stated = context.run.tags.get(NOW_TAG)
    return datetime.fromisoformat(stated) if stated else datetime.now(UTC)


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def owners(names: Iterable[str]) -> list[str]:
    """Return owners as Dagster wants them: the address of a name, or the name as a team."""
    addresses = {name: parseaddr(name)[1] for name in names}
    return [
        address if _ADDRESS.fullmatch(address) else f"team:{_slug(name)}"
        for name, address in addresses.items()
    ]


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.lower())


def columns_of(table: Table) -> dg.TableSchema:
    """Return a declaration's columns as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=column.description,
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required,
                    unique=table.key == (column.name,),
                    other=[f"privacy: {column.privacy}"],
                ),
            )
            for column in table.columns
        ]
    )


def about(table: Table) -> str:
    """Return the description of a table's asset."""
    caveats = "".join(f"\n\nCaveat: {CAVEATS[name]}" for name in table.caveats)
    return f"{table.description}\n\nOne row per {table.grain}.{caveats}"


def run_metadata(
    rows: int, path: Path, seconds: float, statements: Sequence[str] = ()
) -> dict[str, dg.MetadataValue]:
    """Return what one materialisation shows; the SQL holds rules, never a pupil's value."""
    shown: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(rows),
        "dagster/uri": dg.MetadataValue.path(str(path)),
        "seconds": dg.MetadataValue.float(round(seconds, 3)),
    }
    if statements:
        fences = "\n\n".join(f"```sql\n{statement}\n```" for statement in statements)
        shown["sql"] = dg.MetadataValue.md(fences)
    return shown
