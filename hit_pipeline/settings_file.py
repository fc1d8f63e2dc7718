"""Reading a district: ``district.toml``, ``HIT_*`` and secrets into one `District`.

Every mistake is reported at once, in the order of the file: those of the file itself, of variables
and secret files, of names that point nowhere, of dosage rules and of the contract of each source.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from hit_pipeline.errors import ContractError, KeyPath, Misfit, Mistake, SettingsError
from hit_pipeline.located_toml import LocatedToml, read_toml
from hit_pipeline.mistakes import in_order, mistakes, placed
from hit_pipeline.model_docs import json_schema
from hit_pipeline.rules.catalog import rule_misfits
from hit_pipeline.settings import District
from hit_pipeline.settings_environment import (
    hidden_paths,
    secret_paths,
    secret_places,
    with_outside,
)
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.meaning import override_misfits

FILE = "district.toml"
SHORTEST_SECRET = 16
"""Fewest characters of the secret that pseudonyms are made with."""


def load_district(folder: Path, environment: Mapping[str, str]) -> District:
    """Read the district in a folder.

    Args:
        folder: The district folder; it holds ``district.toml``.
        environment: Variables, usually ``os.environ``.

    Raises:
        SettingsError: The file cannot be read or holds mistakes; all of them are in the error.
    """
    file = folder / FILE
    written = read_toml(file, str(file), SettingsError)
    document, found = with_outside(written, folder, environment)
    found += [placed(misfit, written) for misfit in _misplaced(written.values)]
    found += [placed(misfit, document) for misfit in _misfits(document.values, folder)]
    try:
        district = District.model_validate({**document.values, "folder": folder.absolute()})
    except ValidationError as objections:
        found += mistakes(objections, document, District, hidden_paths(document.values))
        raise _error(document, found) from None
    if found:
        raise _error(document, found)
    return district


def district_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``district.toml``, for editors."""
    return json_schema(District, FILE)


def _error(document: LocatedToml, found: list[Mistake]) -> SettingsError:
    """Return the error of everything found; what two checks found alike stands once."""
    unique = {(one.where, one.problem): one for one in found}
    return SettingsError(document.file, in_order(unique.values()))


def _misplaced(written: Mapping[str, Any]) -> Iterator[Misfit]:
    """Yield what does not belong in the file: secrets, and what the loader sets itself."""
    if "folder" in written:
        yield Misfit(("folder",), "unknown key: the folder is that of this file")
    for path in secret_paths(written):
        if _at(written, path) is not None:
            variable, file = secret_places(path)
            problem = f"a secret does not belong here: set {variable} or write secrets/{file}"
            yield Misfit(path, problem)
    url = _url(_at(written, ("lake", "registry_url")))
    if url is not None and url.password is not None:
        problem = "holds a password: set HIT_REGISTRY_URL or write secrets/registry_url instead"
        yield Misfit(("lake", "registry_url"), problem)


def _misfits(values: Mapping[str, Any], folder: Path) -> Iterator[Misfit]:
    """Yield what no single key shows, though other keys may hold mistakes of their own."""
    yield from _secret_values(values)
    yield from _references(values)
    yield from _shared_names(values)
    names = values.get("dosage_rules", District.model_fields["dosage_rules"].default)
    own = values.get("own_dosage_rules", [])
    yield from rule_misfits(
        [one if isinstance(one, str) else "" for one in _list(names)],
        [(one.get("id"), one.get("version")) for one in _list(own) if isinstance(one, dict)],
    )
    for name, source in _tables(values, "sources"):
        yield from _contract(("sources", name), source, folder)


def _secret_values(values: Mapping[str, Any]) -> Iterator[Misfit]:
    secret = values.get("pseudonym_secret")
    if isinstance(secret, str) and len(secret) < SHORTEST_SECRET:
        problem = f"must have at least {SHORTEST_SECRET} characters, chosen at random"
        yield Misfit(("pseudonym_secret",), problem)
    stated = _at(values, ("lake", "registry_url"))
    if isinstance(stated, str) and _url(stated) is None:
        valid = ["sqlite:////path/to/registry.db", "postgresql+psycopg://user@host/name"]
        yield Misfit(("lake", "registry_url"), "is no SQLAlchemy URL", None, valid)


def _url(stated: object) -> URL | None:
    """Return a SQLAlchemy URL; None when it is none."""
    try:
        return make_url(stated) if isinstance(stated, str) else None
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        return None


def _references(values: Mapping[str, Any]) -> Iterator[Misfit]:
    """Yield names of owners and programs that point nowhere."""
    for kind, key, table in (
        ("sources", "owner", "owners"),
        ("programs", "owner", "owners"),
        ("sources", "program", "programs"),
    ):
        known = values.get(table, {})
        valid = list(known) if isinstance(known, dict) else []
        for name, item in _tables(values, kind):
            stated = item.get(key)
            if isinstance(stated, str) and stated not in valid:
                yield Misfit((kind, name, key), f"is not in `{table}`", f'"{stated}"', valid)


def _shared_names(values: Mapping[str, Any]) -> Iterator[Misfit]:
    """Yield names that would leave open which program or which source is meant."""
    seen: dict[str, str] = {}
    for program, table in _tables(values, "programs"):
        stated: list[tuple[KeyPath, object]] = [((), program), (("name",), table.get("name"))]
        stated += [(("aliases", i), one) for i, one in enumerate(_list(table.get("aliases")))]
        for path, word in stated:
            if not isinstance(word, str):
                continue
            other = seen.setdefault(word.strip().casefold(), program)
            if other != program:
                problem = f"is also a name of the program {other}; case does not matter"
                yield Misfit(("programs", program, *path), problem, f'"{word}"')
    folders: dict[object, str] = {}
    for name, source in _tables(values, "sources"):
        wanted = str(source.get("pattern", "*")).casefold()
        other = folders.setdefault((source.get("path", name), wanted), name)
        if other != name:
            yield Misfit(("sources", name), f"has the same folder of the inbox as {other}")


def _contract(at: KeyPath, source: Mapping[str, Any], folder: Path) -> Iterator[Misfit]:
    """Yield the mistakes of the contract a source names, and of the constants that override it."""
    ref, overrides = source.get("contract"), source.get("settings", {})
    if not isinstance(ref, str):
        return
    try:
        contract = load_contract(ref, folder)
    except ContractError as error:
        for one in error.mistakes:
            own = one.where == "contract" and one.line is None
            told = Misfit((), one.problem, one.received, one.valid)
            told = told if own else Misfit((), f"in {error.file}, {one}")
            yield replace(told, path=(*at, "contract"))
        return
    if isinstance(overrides, dict):
        texts = {key: text for key, text in overrides.items() if isinstance(text, str)}
        for misfit in override_misfits(contract, texts):
            yield replace(misfit, path=(*at, "settings", *misfit.path))


def _at(values: Mapping[str, Any], path: KeyPath) -> object:
    found: Any = values
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _tables(values: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tables = values.get(key)
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if isinstance(table, dict):
            yield name, table
