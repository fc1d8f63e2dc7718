"""`hit demo`: a synthetic district, two nights of it, and a third with nothing new."""

import contextlib
import json
import shutil
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hit_pipeline.commands.run import closing, one_night
from hit_pipeline.commands.setup import write_secret
from hit_pipeline.commands.terminal import AsJson, Terminal, errors_exit, open_district
from hit_pipeline.errors import HitError
from hit_pipeline.synth.demo import DATES, NIGHTS, write_district, write_night
from hit_pipeline.synth.generate import MARK
from hit_pipeline.synth.truth.schools import DISTRICT_CODE, DISTRICT_NAME

Into = Annotated[Path, typer.Option("--into", help="Folder of the demo district; made anew.")]


def demo(into: Into = Path(".demo/district"), as_json: AsJson = False) -> None:
    """Make a synthetic district, run two nights and a third with nothing new."""
    terminal, folder = Terminal(as_json), into.resolve()
    nights: list[dict[str, Any]] = []
    with errors_exit(as_json=as_json):
        _clear(folder)
        write_district(folder)
        write_secret(folder)
        for number, now in enumerate(NIGHTS, start=1):
            planted = write_night(folder, number)
            terminal.say(f"Night {number}: {planted:,} faults are planted in the files.")
            nights.append(_night(folder, now, terminal))
        terminal.say("A third run, with nothing new.")
        nights.append(_night(folder, NIGHTS[-1], terminal))
    terminal.show("Tables of the second night", nights[1]["tables"], nights)
    terminal.say(f"release: {nights[1]['release_path']}")
    for line in right_links(folder):
        terminal.say(line)
    terminal.say(f"Look at it: hit query -d {into} 'from student_dosage limit 5'")


def demo_district(folder: Path) -> Path:
    """Return the demo district's folder, made with its first night's files where there is none."""
    if not (folder / "district.toml").exists():
        write_district(folder)
        write_secret(folder)
        write_night(folder, 1)
    return folder


def _night(folder: Path, now: datetime, terminal: Terminal) -> dict[str, Any]:
    told = one_night(open_district(folder), now, terminal)
    closing(told, terminal)
    return told


def right_links(folder: Path) -> list[str]:
    """Say how many links of students are right, and how many there could be, by the answer key."""
    from hit_pipeline.synth.score.answers import find_answers
    from hit_pipeline.synth.score.deliveries import find_files
    from hit_pipeline.synth.score.links import student_links
    from hit_pipeline.synth.score.tables import open_tables

    with open_tables(folder) as tables:
        find_files(tables)
        find_answers(tables)
        precision, recall, *_ = student_links(tables)
    return [
        f"{one['figure']}: {one['numerator']:,} of {one['denominator']:,} ({one['value']:.1%})"
        for one in (precision, recall)
    ]


def _clear(folder: Path) -> None:
    """Remove an earlier demo; whatever else is there is left alone."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not _is_demo(folder):
        message = f"{folder} is no demo district."
        raise HitError(message, remedy="Choose another folder with --into.")
    shutil.rmtree(folder)


def _is_demo(folder: Path) -> bool:
    """Say whether a folder bears the demo's name, and is no district made by ``hit synth``."""
    with contextlib.suppress(OSError, ValueError):
        text = (folder / "district.toml").read_text(encoding="utf-8")
        stated = tomllib.loads(text).get("district", {})
        if (stated.get("name"), stated.get("id")) != (DISTRICT_NAME, DISTRICT_CODE):
            return False
        mark = folder / MARK
        return not mark.exists() or json.loads(mark.read_bytes()).get("dates") == list(DATES)
    return False
