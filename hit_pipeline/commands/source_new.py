"""`hit source new SAMPLE...`: a first draft of a contract, from files as they are delivered."""

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hit_pipeline.commands.terminal import (
    AsJson,
    DistrictFolder,
    Terminal,
    errors_exit,
    open_district,
)
from hit_pipeline.errors import HitError
from hit_pipeline.settings import District

if TYPE_CHECKING:
    from hit_pipeline.drafting.draft import ColumnDraft, Draft, FileDraft
    from hit_pipeline.drafting.products import Product

Samples = Annotated[
    list[Path], typer.Argument(help="Files as the source would deliver them.", exists=True)
]
DraftName = Annotated[
    str | None, typer.Option("--name", help="Name of source and contract; else from the file's.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="File to write; else contracts/<name>.toml in the district folder."),
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Draft even when a shipped contract fits the files.")
]


def new_source(
    samples: Samples,
    name: DraftName = None,
    out: Out = None,
    force: Force = False,
    anyway: Anyway = False,
    district: DistrictFolder = None,
    as_json: AsJson = False,
) -> None:
    """Draft a contract from sample files: what it can tell, and every doubt at its line.

    Ids are compared with the roster of the district, where one has landed. No cell of the files is
    written or printed, but for the codes of closed lists such as statuses.
    """
    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        opened = _district(district)
        stated = name or _name_of(samples[0])
        path = _where(out, opened, stated)
        if path.exists() and not force:
            message = f"{path} is there already."
            raise HitError(message, remedy="Choose another --out, or write over it with --force.")
        with tempfile.TemporaryDirectory(prefix="hit-draft-") as folder:
            made = _drafted(opened, samples, path.stem, Path(folder))
            products = _products(made)
            if products and not anyway:
                _tell_products(terminal, products, made.name)
                return
            text = _checked_text(made, Path(folder))
        _write(path, text)
    _tell(terminal, made, path, opened)


def _district(stated: Path | None) -> District | None:
    """Return the district; None when the command is not about one."""
    from hit_pipeline.settings_file import FILE

    named = stated or os.environ.get("HIT_DISTRICT")
    if named is None and not Path(FILE).is_file():
        return None
    return open_district(stated)


def _name_of(sample: Path) -> str:
    """Return a name for source and contract from that of a file: words without dates."""
    words = re.findall(
        r"[a-z]+[a-z0-9]*", re.sub(r"\d{4,}", " ", sample.name.split(".")[0].lower())
    )
    return "_".join(words) or "vendor"


def _where(out: Path | None, district: District | None, name: str) -> Path:
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) is None:
        message = f"{name!r} cannot be the name of a contract."
        raise HitError(message, remedy="Use lower-case letters, digits and underscores.")
    if out is None:
        return (district.folder if district else Path()) / "contracts" / f"{name}.toml"
    if out.suffix != ".toml" or re.fullmatch(r"[a-z][a-z0-9_]*", out.stem) is None:
        message = f"{out} cannot be a contract."
        raise HitError(message, remedy="Name it <name>.toml, lower case: the name is its id.")
    return out


def _drafted(
    district: District | None, samples: Sequence[Path], name: str, folder: Path
) -> "Draft":
    from hit_pipeline.drafting.draft import draft
    from hit_pipeline.drafting.knowledge import knowledge
    from hit_pipeline.drafting.people import roster
    from hit_pipeline.engine import Engine, EngineOptions
    from hit_pipeline.lake import Lake
    from hit_pipeline.preview import registry_copy
    from hit_pipeline.registry.database import Registry

    lake = Lake.open(district.lake_path) if district and district.lake_path.is_dir() else None
    with Engine.open(EngineOptions(spill=folder / "spill")) as engine:
        url = registry_copy(district, folder) if district else f"sqlite:///{folder}/registry.db"
        with Registry.open(url, upgrade=True) as registry:  # a copy
            known = roster(engine, lake, registry)
            return draft(engine, samples, name, known, knowledge(), folder)


def _checked_text(made: "Draft", folder: Path) -> str:
    """Return the contract, which must load without a mistake."""
    from hit_pipeline.drafting.writing import contract_text
    from hit_pipeline.sources.contract.loading import load_contract

    text = contract_text(made)
    (folder / f"{made.name}.toml").write_text(text, encoding="utf-8")
    load_contract(f"{made.name}.toml", folder)
    return text


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
        raise HitError(message, remedy="Choose another --out.") from None


def _products(made: "Draft") -> list["Product"]:
    """Return the shipped contract of every file; empty when any file looks like none."""
    found = [one.product for one in made.files if one.product is not None]
    return found if len(found) == len(made.files) else []


def _tell_products(terminal: Terminal, products: Sequence["Product"], name: str) -> None:
    rows = [
        {
            "contract": one.contract,
            "file": one.file,
            "headers_known": f"{one.share:.0%}",
            "title": one.title,
        }
        for one in products
    ]
    contract = products[0].contract
    lines = f'[sources.{name}]\nadapter = "files"\ncontract = "{contract}"\nkind = "log"'
    terminal.show("Shipped contract", rows, {"recognised": rows, "source": lines, "written": None})
    if not terminal.as_json:
        terminal.say(
            f"This looks like the shipped contract {contract}. Use it in district.toml: "
            f'contract = "{contract}"'
        )
        terminal.say("To draft one anyway: --anyway")


def _tell(terminal: Terminal, made: "Draft", path: Path, district: District | None) -> None:
    from hit_pipeline.drafting.writing import doubts_of, source_text

    programs = tuple(district.programs) if district else ()
    owners = tuple(district.owners) if district else ()
    lines = source_text(made, _relative(path, district), programs, owners)
    files = [_file_row(one) for one in made.files]
    columns = [_column_row(one.name, column) for one in made.files for column in one.columns]
    doubts = doubts_of(made)
    if terminal.as_json:
        told = {"name": made.name, "written": str(path), "compared_with_roster": made.compared}
        data = {**told, "files": files, "columns": columns, "doubts": doubts, "source": lines}
        terminal.show("Draft", [], data)
        return
    terminal.show("Files", files)
    for one in made.files:
        terminal.show(f"Columns of {one.name}", [_short_row(column) for column in one.columns])
    terminal.show("Doubts", doubts)
    terminal.say(
        f"Wrote {path}: read it, settle the doubts in it. Then add to district.toml:\n\n{lines}\n"
    )
    terminal.say(f"and look what a file would come to: hit source preview {made.name} FILE")


def _relative(path: Path, district: District | None) -> str:
    """Return a path as ``district.toml`` would say it."""
    if district and path.resolve().is_relative_to(district.folder):
        return path.resolve().relative_to(district.folder).as_posix()
    return str(path.resolve()) if district else path.as_posix()


def _file_row(one: "FileDraft") -> dict[str, Any]:
    found = one.samples[0].layout
    return {
        "file": one.name,
        "pattern": one.pattern,
        "format": found.format,
        "encoding": found.encoding,
        "delimiter": found.delimiter if found.format == "delimited" else None,
        "header_row": found.header_row,
        "rows": one.rows,
        "table": one.choice.table.name if one.choice.table else None,
        "natural_key": list(one.key.headers),
        "delivers": one.delivers.mode,
    }


def _short_row(column: "ColumnDraft") -> dict[str, Any]:
    return {
        "column": column.header,
        "looks_like": column.looks_like,
        "goes_to": column.goes_to,
        "how_sure": column.certainty,
        "why": column.why,
    }


def _column_row(file: str, column: "ColumnDraft") -> dict[str, Any]:
    return {
        "file": file,
        "column": column.header,
        "looks_like": column.looks_like,
        "goes_to": list(column.goes_to),
        "certainty": column.certainty,
        "why": column.why,
        "doubts": list(column.doubts),
    }
