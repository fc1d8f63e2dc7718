"""What a district takes from outside its file: ``HIT_*`` variables and files of secrets.

The environment is a parameter; nothing here looks at the process's own.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from hit_pipeline.errors import KeyPath, Mistake
from hit_pipeline.located_toml import LocatedToml, dotted
from hit_pipeline.mistakes import meant

SHORT_NAMES: dict[str, KeyPath] = {
    "HIT_REGISTRY_URL": ("lake", "registry_url"),
    "HIT_PSEUDONYM_SECRET": ("pseudonym_secret",),
    "HIT_LAKE_PATH": ("lake", "path"),
    "HIT_INBOX": ("lake", "inbox"),
    "HIT_MEMORY": ("lake", "memory"),
    "HIT_THREADS": ("lake", "threads"),
}
"""Variables with a name of their own, and the key each sets."""

NOT_SETTINGS = ("HIT_DISTRICT", "HIT_HOME", "HIT_SAMPLES")
"""Variables that mean something else: where the district is, and where tests find samples."""

SECRET_FILES: dict[str, KeyPath] = {
    "pseudonym": ("pseudonym_secret",),
    "registry_url": ("lake", "registry_url"),
}
"""Files in the folder ``secrets`` of the district folder, and the key each sets."""

SECRETS: tuple[KeyPath, ...] = tuple(SECRET_FILES.values())
"""Keys whose value is never repeated."""


def with_outside(
    document: LocatedToml, folder: Path, environment: Mapping[str, str]
) -> tuple[LocatedToml, list[Mistake]]:
    """Lay secret files and then ``HIT_*`` variables over a document; a variable wins over a file.

    ``HIT_<SECTION>__<KEY>`` sets any other key, two underscores for each dot. A value that begins
    with ``[`` or ``{`` is read as TOML, any other is text. An empty variable counts as not set.

    Returns:
        The document, whose origins say what came from where, and what could not be laid over.
    """
    files, mistakes = _secret_files(folder)
    variables, more = _variables(environment)
    mistakes += more
    values = deepcopy(document.values)
    origins: dict[KeyPath, str] = {}
    for path, (origin, value) in {**files, **variables}.items():
        if _put(values, path, value):
            origins[path] = origin
        else:
            problem = f"{dotted(path[:-1])} is not a table that holds keys"
            mistakes.append(Mistake(origin, None, problem))
    return replace(document, values=values, origins=origins), mistakes


_Stated = dict[KeyPath, tuple[str, Any]]


def _variables(environment: Mapping[str, str]) -> tuple[_Stated, list[Mistake]]:
    stated: _Stated = {}
    mistakes: list[Mistake] = []
    for name, text in sorted(environment.items()):
        if not name.startswith("HIT_") or name in NOT_SETTINGS or not text:
            continue
        path = SHORT_NAMES.get(name)
        if path is None and "__" in name:
            path = tuple(name.removeprefix("HIT_").lower().split("__"))
        if path is None or "" in path:
            valid = [*SHORT_NAMES, "HIT_<SECTION>__<KEY>"]
            problem = f"unknown variable{meant(name, valid)}"
            mistakes.append(Mistake(name, None, problem, None, valid))
        elif path in stated:
            mistakes.append(Mistake(name, None, f"sets the same key as {stated[path][0]}"))
        else:
            value, mistake = _read(name, text)
            stated[path] = name, value
            mistakes += [mistake] if mistake else []
    return stated, mistakes


def _read(name: str, text: str) -> tuple[Any, Mistake | None]:
    if text[0] not in "[{":
        return text, None
    try:
        return tomllib.loads(f"value = {text}")["value"], None
    except tomllib.TOMLDecodeError:
        problem = "begins as a list or table of TOML and cannot be read as one"
        return text, Mistake(name, None, problem)


def _put(values: dict[str, Any], path: KeyPath, value: object) -> bool:
    """Set a value; False when something on the way to it is no table."""
    at: Any = values
    for step in path[:-1]:
        at = at.setdefault(step, {})
        if not isinstance(at, dict):
            return False
    at[path[-1]] = value
    return True


def _secret_files(folder: Path) -> tuple[_Stated, list[Mistake]]:
    stated: _Stated = {}
    mistakes: list[Mistake] = []
    place = folder / "secrets"
    for file in sorted(place.iterdir()) if place.is_dir() else []:
        name = f"secrets/{file.name}"
        if file.name.startswith("."):
            continue
        path = SECRET_FILES.get(file.name)
        if path is None:
            valid = list(SECRET_FILES)
            problem = f"unknown secret{meant(file.name, valid)}"
            mistakes.append(Mistake(name, None, problem, None, valid))
        elif os.name == "posix" and file.stat().st_mode & stat.S_IRWXO:
            problem = "everybody on this machine can use this file: chmod o-rwx it"
            mistakes.append(Mistake(name, None, problem))
        elif not (text := file.read_text(encoding="utf-8").strip()):
            mistakes.append(Mistake(name, None, "is empty"))
        else:
            stated[path] = name, text
    return stated, mistakes
