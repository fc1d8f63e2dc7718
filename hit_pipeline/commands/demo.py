"""`hit demo`: a synthetic district, two nights of it, and a third with nothing new."""

import contextlib
import os
import shutil
import tomllib
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

import typer

from hit_pipeline.commands.run import closing, one_night
from hit_pipeline.commands.setup import write_secret
from hit_pipeline.commands.terminal import AsJson, Terminal, errors_exit, open_district
from hit_pipeline.errors import HitError
from hit_pipeline.synth.demo import NIGHTS, write_district, write_night

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
            planted = arrive(folder, number, now)
            terminal.say(f"Night {number}: {planted} faults are planted in the files.")
            nights.append(_night(folder, now, terminal))
        terminal.say("A third run, with nothing new.")
        nights.append(_night(folder, NIGHTS[-1], terminal))
    terminal.show("Tables of the second night", nights[1]["tables"], nights)
    terminal.say(f"release: {nights[1]['release_path']}")
    terminal.say(f"Look at it: hit query -d {into} 'from student_dosage limit 5'")


def demo_district(folder: Path) -> Path:
    """Return the demo district's folder, made with its first night's files where there is none."""
    if not (folder / "district.toml").exists():
        write_district(folder)
        write_secret(folder)
        arrive(folder, 1, NIGHTS[0])
    return folder


def arrive(folder: Path, number: int, now: datetime) -> int:
    """Write a night's files, as if they had come an hour before it; return the faults planted."""
    inbox = folder / "inbox"
    before = set(inbox.rglob("*")) if inbox.exists() else set()
    planted = write_night(folder, number)
    stamp = now.timestamp() - 3600
    for path in set(inbox.rglob("*")) - before:
        os.utime(path, (stamp, stamp))
    return len(planted)


def _night(folder: Path, now: datetime, terminal: Terminal) -> dict[str, Any]:
    told = one_night(open_district(folder), now, terminal)
    closing(told, terminal)
    return told


def _clear(folder: Path) -> None:
    """Remove an earlier demo; whatever else is there is left alone."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    demo_settings = resources.files("hit_pipeline.synth") / "district.toml"
    if _named(folder / "district.toml") != _named(demo_settings):
        message = f"{folder} is no demo district."
        raise HitError(message, remedy="Choose another folder with --into.")
    shutil.rmtree(folder)


def _named(settings: Traversable) -> object:
    """Return what a district says of itself; None when its file cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        return tomllib.loads(settings.read_text(encoding="utf-8")).get("district")
    return None
