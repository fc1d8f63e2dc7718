"""A roster with families and a vendor's view of it, dirtied at known rates, with the truth.

Rates follow what districts meet: siblings in nearly half the homes and numbers one apart, twins,
lost zeros, a sibling's number, mistyped digits, nicknames, spelling, changed surnames, missing and
wrong birth dates, children no roster knows.
"""

import string
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from nicknames import name_triplets

Row = dict[str, Any]


@dataclass(frozen=True)
class Kid:
    """One child; ``family`` is the number of the household."""

    number: int
    family: int
    given: str
    last: str
    born: date


@dataclass
class DirtyDistrict:
    """Roster rows, vendor rows, and for each vendor row the child's number, None if unknown."""

    roster: list[Row] = field(default_factory=list)
    seen: list[Row] = field(default_factory=list)
    truth: list[int | None] = field(default_factory=list)
    kids: list[Kid] = field(default_factory=list)


_SURNAMES = 6000
_FLAT = 12  # the commonest name has rank 12 of a Zipf law: about 1.5 of 100 people


@cache
def _nicknames() -> dict[str, tuple[str, ...]]:
    forms: dict[str, list[str]] = {}
    for triplet in name_triplets():
        forms.setdefault(triplet.name1.title(), []).append(triplet.name2.title())
    return {name: tuple(forms[name]) for name in sorted(forms)}


@cache
def _given_names() -> tuple[list[str], list[float]]:
    names = list(_nicknames())
    Random(7).shuffle(names)  # noqa: S311 (test data)
    return names, [1 / (rank + _FLAT) for rank in range(len(names))]


@cache
def _surnames() -> tuple[list[str], list[float]]:
    shape, names = Random(8), dict[str, None]()  # noqa: S311 (test data)
    while len(names) < _SURNAMES:
        parts = [shape.choice("bcdfghklmnprstvwz") + shape.choice("aeiou") for _ in range(3)]
        end = shape.choice(["n", "s", "rd", "lez", "ez", "son", "ck", "", "ley"])
        names["".join(parts[: shape.choice([2, 2, 3])]).title() + end] = None
    return list(names), [1 / (rank + _FLAT) for rank in range(len(names))]


def _surname(rng: Random) -> str:
    """Draw a surname; a few are very common."""
    return rng.choices(*_surnames())[0]


def draw_kids(rng: Random, count: int) -> list[Kid]:
    """Draw children family by family; siblings have neighbouring numbers."""
    kids: list[Kid] = []
    number, family = 10_000, 0
    while len(kids) < count:
        family += 1
        last, taken = _surname(rng), set[str]()
        if rng.random() < 0.08:
            last += "-" + _surname(rng)
        size = rng.choices((1, 2, 3), (55, 33, 12))[0]
        born = date(2008, 9, 1) + timedelta(days=rng.randrange(4600))
        for child in range(size):
            given = rng.choices(*_given_names())[0]
            while given in taken:
                given = rng.choices(*_given_names())[0]
            taken.add(given)
            number += 1 if child else rng.randrange(1, 60)
            kids.append(Kid(number, family, given, last, born))
            twins = rng.random() < 0.03
            born += timedelta(days=0 if twins else rng.randrange(300, 1800))
    return kids[:count]


def draw_district(seed: int, children: int, records: int, *, ids: bool = True) -> DirtyDistrict:
    """Draw a district and what one vendor sends of it.

    Args:
        seed: Equal seeds give equal districts.
        children: Children on the roster.
        records: Vendor records.
        ids: False leaves every identifier out of the vendor's records.
    """
    rng = Random(seed)  # noqa: S311 (test data)
    made = DirtyDistrict(kids=draw_kids(rng, children + children // 20))
    kids = made.kids[:]
    rng.shuffle(kids)
    known, strangers = kids[:children], kids[children:]
    families: dict[int, list[Kid]] = {}
    for kid in known:
        families.setdefault(kid.family, []).append(kid)
    for kid in known:
        made.roster.append(
            {
                "student_id_source": f"u{kid.number}",
                "student_id_district": f"{kid.number:07d}",
                "student_id_state": _state(kid.number),
                "student_given_name": kid.given,
                "student_family_name": kid.last,
                "birth_date": kid.born,
            }
        )
    for _ in range(records):
        unknown = rng.random() < 0.03
        kid = rng.choice(strangers if unknown else known)
        made.seen.append(_seen(rng, kid, families.get(kid.family, []), ids=ids))
        made.truth.append(None if unknown else kid.number)
    return made


def _seen(rng: Random, kid: Kid, family: list[Kid], *, ids: bool) -> Row:
    row: Row = {"student_given_name": _given(rng, kid), "student_family_name": _last(rng, kid)}
    if rng.random() < 0.01:
        row["student_given_name"], row["student_family_name"] = kid.last, kid.given
    if rng.random() < 0.7:
        row["birth_date"] = _born(rng, kid) if rng.random() < 0.03 else kid.born
    if ids and rng.random() >= 0.12:
        system, stated = _identifier(rng, kid, [one for one in family if one != kid])
        row[f"student_id_{system}"] = stated
    return row


def _identifier(rng: Random, kid: Kid, siblings: list[Kid]) -> tuple[str, str]:
    swapped = siblings and rng.random() < 0.01
    number = rng.choice(siblings).number if swapped else kid.number
    system = rng.choices(("district", "state"), (75, 25))[0]
    text = f"{number:07d}" if system == "district" else _state(number)
    if rng.random() < 0.015:
        at = rng.randrange(3, len(text))
        text = text[:at] + rng.choice(string.digits) + text[at + 1 :]
    shape = rng.choices(("{}", "lost", "{}.0", "S{}"), (80, 10, 5, 5))[0]
    return system, text.lstrip("0") if shape == "lost" else shape.format(text)


def _state(number: int) -> str:
    return str(8_000_000_000 + number * 7919)


def _given(rng: Random, kid: Kid) -> str:
    if rng.random() < 0.15:
        return rng.choice(_nicknames()[kid.given])
    return _typo(rng, kid.given)


def _last(rng: Random, kid: Kid) -> str:
    if rng.random() < 0.015:
        return _surname(rng)
    parts = kid.last.split("-")
    return _typo(rng, rng.choice(parts) if rng.random() < 0.5 else kid.last)


def _typo(rng: Random, name: str) -> str:
    if rng.random() >= 0.04 or len(name) < 3:
        return name
    at = rng.randrange(1, len(name) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + rng.choice(string.ascii_lowercase) + name[at + 1 :]


def _born(rng: Random, kid: Kid) -> date:
    if kid.born.day <= 12 and rng.random() < 0.5:
        return kid.born.replace(month=kid.born.day, day=kid.born.month)
    return kid.born + timedelta(days=rng.choice([-10, -1, 1, 10, 365]))
