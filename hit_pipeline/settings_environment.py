"""What a district takes from outside its file: ``HIT_*`` variables and files of secrets.

The environment is a parameter; nothing here looks at the process's own.
"""

import os
import stat
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from hit_pipeline.errors import KeyPath, Mistake
from hit_pipeline.located_toml import LocatedToml, dotted
from hit_pipeline.mistakes import meant
from hit_pipeline.settings_remote import HIDDEN_KEYS, SECRET_KEYS

SHORT_NAMES: dict[str, KeyPath] = {
    "HIT_REGISTRY_URL": ("lake", "registry_url"),
    "HIT_PSEUDONYM_SECRET": ("pseudonym_secret",),
    "HIT_LAKE_PATH": ("lake", "path"),
    "HIT_INBOX": ("lake", "inbox"),
    "HIT_MEMORY": ("lake", "memory"),
    "HIT_THREADS": ("lake", "threads"),
}
"""Variables with a name of their own, and the key each sets."""

NOT_SETTINGS = ("HIT_DISTRICT", "HIT_HOME", "HIT_SAMPLES", "HIT_REGISTRY_TARGET")
"""Variables of another meaning: where a district or its registry is to be, and tests' samples."""

_SECRETS_OF_SOURCES = [
    f"sources.<name>.{table}.{key}" + (".<option>" if key == "secrets" else "")
    for table, keys in SECRET_KEYS.items()
    for key in keys
]
SECRET_FILES: dict[str, KeyPath] = {
    "pseudonym": ("pseudonym_secret",),
    "registry_url": ("lake", "registry_url"),
}
"""Files in the folder ``secrets`` of the district folder, and the key each sets."""


def secret_paths(values: Mapping[str, Any]) -> list[KeyPath]:
    """Return the keys of a document that must hold nothing, for secrets come from outside."""
    return [("pseudonym_secret",), *_of_sources(values, SECRET_KEYS)]


def secret_places(path: KeyPath) -> tuple[str, str]:
    """Return the variable and the file of ``secrets`` that set a secret.

    >>> secret_places(("sources", "sis", "rest", "token"))
    ('HIT_SOURCES__SIS__REST__TOKEN', 'sources.sis.rest.token')
    """
    for file, known in SECRET_FILES.items():
        if known == path:
            named = {key: variable for variable, key in SHORT_NAMES.items()}
            return named[path], file
    words = [str(word) for word in path]
    return f"HIT_{'__'.join(words).upper()}", ".".join(words)


def hidden_paths(values: Mapping[str, Any]) -> list[KeyPath]:
    """Return the keys whose value is never repeated: secrets, and where one may slip in."""
    hidden = _of_sources(values, HIDDEN_KEYS)
    return [*SECRET_FILES.values(), *_of_sources(values, SECRET_KEYS), *hidden]


def _of_sources(values: Mapping[str, Any], keys: Mapping[str, Sequence[str]]) -> list[KeyPath]:
    sources = values.get("sources")
    names = list(sources) if isinstance(sources, dict) else []
    return [
        ("sources", name, table, key)
        for name in names
        for table, found in keys.items()
        for key in found
    ]


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


def _secret_path(name: str) -> KeyPath | None:
    """Return the key a file of secrets sets; None when it is none.

    >>> _secret_path("sources.sis.rest.client_secret")
    ('sources', 'sis', 'rest', 'client_secret')
    """
    if name in SECRET_FILES:
        return SECRET_FILES[name]
    path = tuple(name.split("."))
    is_known = path[0] == "sources" and path[2:4] in {
        (table, key) for table, keys in SECRET_KEYS.items() for key in keys
    }
    longest = 5 if path[3:4] == ("secrets",) else 4
    return path if is_known and len(path) == longest and all(path) else None


def _secret_files(folder: Path) -> tuple[_Stated, list[Mistake]]:
    stated: _Stated = {}
    mistakes: list[Mistake] = []
    place = folder / "secrets"
    for file in sorted(place.iterdir()) if place.is_dir() else []:
        name = f"secrets/{file.name}"
        if file.name.startswith("."):
            continue
        path = _secret_path(file.name)
        if path is None:
            valid = [*SECRET_FILES, *_SECRETS_OF_SOURCES]
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
