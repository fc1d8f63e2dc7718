"""Files of products that have a shipped contract already, known by their headers."""

from collections.abc import Sequence
from dataclasses import dataclass

from hit_pipeline.drafting.knowledge import Knowledge
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.headers import plain_name

_ENOUGH = 0.8
_FEWEST = 4


@dataclass(frozen=True)
class Product:
    """A shipped contract a file looks like.

    Attributes:
        contract: Its id.
        file: Its file.
        share: Share of the file's headers that the contract declares.
        title: What it is, for people.
    """

    contract: str
    file: str
    share: float
    title: str


def recognise(headers: Sequence[str], known: Knowledge) -> Product | None:
    """Return the shipped contract a file looks like; None when it looks like none.

    It has every required header, four known ones at least, and either the contract knows four
    fifths of its headers, or it has four fifths of the contract's. Of several the one that knows
    most of its headers, then the one of whose headers it has most.
    """
    mine = {plain_name(header) for header in headers}
    found = [
        (*weighed, Product(name, file, weighed[0], contract.title))
        for name, contract in known.contracts.items()
        for file, spec in contract.files.items()
        if (weighed := _weighed(mine, spec)) is not None
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None


def _weighed(mine: set[str], spec: FileSpec) -> tuple[float, float] | None:
    """Return the share of the file's headers that are known, and of the contract's it has.

    None: it is not this file.
    """
    names = [{plain_name(name) for name in (one.name, *one.aliases)} for one in spec.columns]
    required = [name for name, one in zip(names, spec.columns, strict=True) if one.required]
    hits = sum(bool(name & mine) for name in names)
    if hits < _FEWEST or not all(name & mine for name in required):
        return None
    known, there = len(mine & set().union(*names)) / len(mine), hits / len(names)
    return (known, there) if known >= _ENOUGH or (required and there >= _ENOUGH) else None
