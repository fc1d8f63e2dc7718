"""Contracts as files: those shipped with the package and a district's own.

A contract is one TOML file, its name is ``<id>.toml``. What it may say is in `model`; here it is
found, read, and its mistakes are given their lines.
"""

import hashlib
import json
from functools import lru_cache
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from hit_pipeline.errors import ContractError, Misfit, Mistake
from hit_pipeline.located_toml import parse_toml, read_text
from hit_pipeline.mistakes import in_order, mistakes, placed
from hit_pipeline.settings import Source
from hit_pipeline.sources.contract.meaning import contract_misfits
from hit_pipeline.sources.contract.model import Contract

OF_ADAPTERS = {"oneroster_csv": "oneroster", "oneroster_rest": "oneroster", "edfi_rest": "edfi"}
"""Adapters that know the layout themselves, and the shipped contract of each."""


def shipped() -> dict[str, Path]:
    """Return the shipped contracts: id to file, ordered by id."""
    folder = Path(str(resources.files("hit_pipeline.contracts")))
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def contract_ref(source: Source) -> str:
    """Return the contract of a source: the one it names, or that of its adapter."""
    return source.contract or OF_ADAPTERS[source.adapter]


def load_contract(ref: str, folder: Path) -> Contract:
    """Return a contract.

    Args:
        ref: The id of a shipped contract, or the path of a ``.toml`` file relative to `folder`.
        folder: The district folder.

    Raises:
        ContractError: There is none of that name, or it holds mistakes: all of them, with lines.
    """
    path = folder / ref if ref.endswith(".toml") else shipped().get(ref)
    if path is None:
        problem = "no shipped contract has this id"
        valid = [*shipped(), "the path of a .toml file in the district folder"]
        raise ContractError(ref, [Mistake("contract", None, problem, f'"{ref}"', valid)])
    return _parsed(read_text(path, ref, ContractError), path.stem, ref)


def contract_digest(contract: Contract) -> str:
    """Return a digest of everything a contract says that bears on data: not its title and about.

    Equal contracts have equal digests, whatever the order of keys in their files.
    """
    meaning = contract.model_dump(mode="json", by_alias=True, exclude={"title", "about"})
    text = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def _parsed(text: str, own_id: str, name: str) -> Contract:
    """Return the contract of a text; every step of a night asks for those of all sources."""
    document = parse_toml(text, name, ContractError)
    found: list[Mistake] = []
    stated = document.values.get("id")
    if isinstance(stated, str) and stated != own_id:
        misfit = Misfit(("id",), "must be the name of the file", f'"{stated}"', [own_id])
        found.append(placed(misfit, document))
    try:
        contract = Contract.model_validate(document.values)
    except ValidationError as objections:
        found += mistakes(objections, document, Contract)
        raise ContractError(name, in_order(found)) from None
    found += [placed(misfit, document) for misfit in contract_misfits(contract)]
    if found:
        raise ContractError(name, in_order(found))
    return contract
