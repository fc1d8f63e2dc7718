"""`hit score`: a release of a synthetic district held against its answer key."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from hit_pipeline.commands.terminal import AsJson, Terminal, errors_exit
from hit_pipeline.errors import HitError

Folder = Annotated[Path, typer.Argument(help="Folder of a district made by the generator.")]
FILE = "scorecard.json"
_SHARES = ("recall", "share", "exact_share", "total_error")


def score(folder: Folder, as_json: AsJson = False) -> None:
    """Hold the current release of a synthetic district against its answer key."""
    from hit_pipeline.synth.score.card import score as hold
    from hit_pipeline.synth.score.tables import NothingToScore

    terminal, path = Terminal(as_json), folder.resolve() / FILE
    with errors_exit(as_json=as_json):
        try:
            card = hold(folder.resolve())
        except NothingToScore as error:
            raise HitError(str(error), remedy=error.remedy) from error
    document = card.as_json()
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")
    if as_json:
        terminal.show("Scorecard", [], document)
        return
    for section in card.sections:
        terminal.show(section.title, [_shown(row) for row in section.rows])
    terminal.say(f"release: {card.release}")
    terminal.say(f"scorecard: {path}")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the table shows it: shares as percentages, and what fits 80 columns."""
    shares = ("value",) if row.get("kind") == "share" and "figure" in row else _SHARES
    shown = {
        name: f"{value:.3%}" if name in shares and value is not None else value
        for name, value in row.items()
    }
    if "figure" in row:
        del shown["kind"]
    if "review" in row:
        del shown["linked"]
    if "missed" in row and (note := shown.pop("note")):
        shown["found"] = note
    return shown
