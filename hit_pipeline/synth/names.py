"""Drawing names of people; the names themselves are in ``names.toml`` beside this module.

Names of schools, programs and vendors stand where those are made.
"""

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from hit_pipeline.synth.draw import ranked


@dataclass(frozen=True)
class NamePool:
    """First and last names usual in families of one origin, each from common to rare."""

    girls: tuple[str, ...]
    boys: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True)
class _Names:
    pools: dict[str, NamePool]
    nicknames: dict[str, str]


@cache
def _names() -> _Names:
    text = files("hit_pipeline.synth").joinpath("names.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    nicknames = tables.pop("nicknames")
    pools = {
        origin: NamePool(**{kind: _split(names) for kind, names in lists.items()})
        for origin, lists in tables.items()
    }
    return _Names(pools, nicknames)


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(","))


def origins() -> tuple[str, ...]:
    """Return the origins that have a name pool."""
    return tuple(_names().pools)


def nickname(first: str) -> str | None:
    """Return the usual short form of a legal first name; None when there is none."""
    return _names().nicknames.get(first)


def first_name(rng: Random, origin: str, gender: str) -> str:
    """Draw a first name; gender ``F``, ``M`` or ``X`` (either list)."""
    pool = _names().pools[origin]
    girl = gender == "F" or (gender == "X" and rng.random() < 0.5)
    return ranked(rng, pool.girls if girl else pool.boys)


def last_name(rng: Random, origin: str) -> str:
    """Draw a last name; one family in twenty-five joins two by a hyphen."""
    pool = _names().pools[origin].last
    name, other = ranked(rng, pool), ranked(rng, pool)
    joins = rng.random() < 0.04 and name != other and "-" not in name + other
    return f"{name}-{other}" if joins else name


def plain_letters(name: str) -> str:
    """Fold a name to the small unaccented letters an e-mail address may hold."""
    folded = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())
