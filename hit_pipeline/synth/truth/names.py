"""Names in vectors: drawn from ``names.toml`` and, for the long tail, put together from syllables.

Frequencies are of our own making: a name's share falls with its rank, so that common names collide
as they do in a real district, and a third of the families bear a rarer name.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

import numpy as np

from hit_pipeline.synth.truth.draws import Ints, Texts, choose, texts

ORIGIN_SHARES = {
    "anglo": 0.46,
    "hispanic": 0.24,
    "black": 0.14,
    "asian": 0.08,
    "african": 0.06,
    "native": 0.02,
}
ORIGINS = tuple(ORIGIN_SHARES)
_TAIL = 0.34
_ENDINGS = {
    "anglo": ("ton", "field", "ley", "worth", "man", "berg", "wood", "sen", "ford", "land"),
    "hispanic": ("ez", "ares", "ero", "illo", "ales", "ente", "ado", "ondo", "eda", "oza"),
    "black": ("ton", "field", "ley", "son", "man", "more", "wood", "well", "ford", "by"),
    "asian": ("ng", "nh", "m", "vong", "wa", "moto", "ra", "i", "ao", "uy"),
    "african": ("di", "le", "sa", "mo", "ye", "ba", "ro", "ne", "ga", "ta"),
    "native": ("cloud", "hawk", "stone", "river", "elk", "bear", "wind", "fire", "wolf", "star"),
}
_STEMS = {
    "anglo": "Hal Bar Wes Cran Thorn Lang Ash Kirk Mar El Brad Stan Win Har Dun Red Whit Lind Holm",
    "hispanic": "Mart Val Cast Gal Men Ribar Sal Bel Cam Olv Per Lor Mir Cort Sand Tor Arr Hin",
    "black": "Hal Bar Wes Cran Thorn Lang Ash Kirk Mar El Brad Stan Win Har Dun Red Whit Lind",
    "asian": "Ta Ka Su Ma Ho Phe Tri Sa Na Ba Che Fu Ki Mi Lu Xa Yo",
    "african": "Ada Abo Gele Ware Mahu Teke Wolde Ole Kama Nju Dira Samu Hila Beke Keme Oba",
    "native": "Red White Black Grey Swift Tall Little Bright Long Still Running Standing High",
}
_MIDDLES = ("", "a", "e", "i", "o", "ber", "der", "len", "ri", "mi", "den", "ner")


@dataclass(frozen=True)
class _Pool:
    girls: Texts
    boys: Texts
    last: Texts
    rare_last: Texts


@cache
def _tables() -> dict[str, dict[str, str]]:
    text = files("hit_pipeline.synth").joinpath("names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _pool(origin: str) -> _Pool:
    lists = {kind: _split(names) for kind, names in _tables()[origin].items()}
    parts = product(_STEMS[origin].split(), _MIDDLES, _ENDINGS[origin])
    rare = sorted({"".join(part) for part in parts} - set(lists["last"]))
    return _Pool(lists["girls"], lists["boys"], lists["last"], texts(rare))


def _split(names: str) -> Texts:
    return texts([name.strip() for name in names.split(",")])


@cache
def nicknames() -> dict[str, str]:
    """Return the usual short form of legal first names that have one."""
    return dict(_tables()["nicknames"])


def _ranked(rng: np.random.Generator, pool: Texts, size: int) -> Texts:
    """Draw from a pool ordered from common to rare: the share falls with the rank."""
    shares = 1.0 / (np.arange(len(pool)) + 4.0) ** 0.75
    return pool[choose(rng, list(shares), size)]


def first_names(rng: np.random.Generator, origin: Ints, girl: np.ndarray) -> Texts:
    """Draw first names; ``origin`` are positions in `ORIGINS`."""
    made = np.empty(len(origin), dtype=object)
    for n, name in enumerate(ORIGINS):
        pool = _pool(name)
        for wanted, source in ((True, pool.girls), (False, pool.boys)):
            at = np.flatnonzero((origin == n) & (girl == wanted))
            made[at] = _ranked(rng, source, len(at))
    return made


def last_names(rng: np.random.Generator, origin: Ints) -> Texts:
    """Draw family names; ``origin`` are positions in `ORIGINS`."""
    made = np.empty(len(origin), dtype=object)
    for n, name in enumerate(ORIGINS):
        pool = _pool(name)
        at = np.flatnonzero(origin == n)
        rare = rng.random(len(at)) < _TAIL
        common = _ranked(rng, pool.last, len(at))
        made[at] = np.where(
            rare, pool.rare_last[rng.integers(0, len(pool.rare_last), len(at))], common
        )
    return made
