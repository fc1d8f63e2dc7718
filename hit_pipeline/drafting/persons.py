"""Which columns name a student, a tutor or an employee, and in which identifier system.

A roster of the district decides where there is one: a header may call a number what it likes. Where
none is known the header is believed and asked about.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hit_pipeline.drafting.filled import Filled, doubted
from hit_pipeline.drafting.looks import Look
from hit_pipeline.drafting.people import Overlap, Roster
from hit_pipeline.drafting.roles import VAGUE, Meaning

_OPEN_ROLES = ("", "row_id", "score", "session_id", "unused")
_NAME_PARTS = ("given_name", "family_name", "middle_name", "preferred_name", "display_name")


@dataclass(frozen=True)
class Named:
    """A column that may name a person, and what speaks for it; the lowest order is the best."""

    column: str
    look: Look
    order: tuple[int, float, int]
    line: Filled


def person_lines(
    looks: Mapping[str, Look],
    found: Mapping[str, Meaning],
    overlaps: Mapping[str, Sequence[Overlap]],
    roster: Roster,
    targets: Sequence[str],
) -> tuple[list[Filled], dict[str, str]]:
    """Return the targets that name persons, and headers left over with the reason.

    Args:
        looks: Columns as they look.
        found: What their headers say.
        overlaps: What the roster knows of them.
        roster: The roster, to tell whether there is one.
        targets: Columns the typed table has.
    """
    named = [one for one in _all(looks, found, overlaps, roster) if one.column in targets]
    taken: dict[str, Named] = {}
    left: dict[str, str] = {}
    for one in sorted(named, key=lambda one: one.order):
        if one.column in taken:
            other = taken[one.column].look.name
            left[one.look.name] = f'looks like {one.column} too, which is taken from "{other}"'
        else:
            taken[one.column] = one
    order = {name: at for at, name in enumerate(targets)}
    return [one.line for one in sorted(taken.values(), key=lambda one: order[one.column])], left


def _all(
    looks: Mapping[str, Look],
    found: Mapping[str, Meaning],
    overlaps: Mapping[str, Sequence[Overlap]],
    roster: Roster,
) -> Iterator[Named]:
    for place, (header, look) in enumerate(looks.items()):
        meaning = found[header]
        who, _, part = meaning.role.partition(".")
        best = _best(meaning, overlaps.get(header, ()))
        if best is not None:
            yield _proven(look, best, who, place)
        elif part.startswith("id."):
            yield _by_header(look, meaning, overlaps.get(header, ()), roster, place)
        elif part in _NAME_PARTS and not look.is_number:
            yield _name(look, meaning, who, part, place)
        elif part == "display_name":
            yield _by_header(look, Meaning(header, f"{who}.id.district", VAGUE), (), roster, place)


def _best(meaning: Meaning, overlaps: Sequence[Overlap]) -> Overlap | None:
    """Return the overlap that decides; None: there is none, or the header says something else."""
    who, _, part = meaning.role.partition(".")
    is_open = meaning.role in _OPEN_ROLES or bool(part)
    people = [one for one in overlaps if one.who != "school" and one.counts]
    if not is_open or not people:
        return None
    if who in ("student", "tutor", "staff") and part:
        same = [one for one in people if one.who == who or (who == "tutor" and one.who == "staff")]
        return same[0] if same else (people[0] if people[0].share >= 0.9 else None)
    return people[0] if people[0].share >= 0.8 else None


def _proven(look: Look, best: Overlap, who: str, place: int) -> Named:
    person = who if who == "tutor" and best.who == "staff" else best.who
    column = f"{person}_id_{best.what}"
    line = Filled(column, {"from": look.name}, best.described, "sure")
    if best.share < 0.9:
        rest = best.of - best.found
        line = doubted(
            column,
            {"from": look.name},
            best.described,
            f"{rest} ids no roster knows: who are they?",
        )
    return Named(column, look, (0, -best.share, place), line)


def _by_header(
    look: Look, meaning: Meaning, overlaps: Sequence[Overlap], roster: Roster, place: int
) -> Named:
    who, _, part = meaning.role.partition(".")
    system = "email" if look.kind == "e-mail" else part.removeprefix("id.")
    system = (
        "vendor" if system == "email" and look.kind not in ("e-mail", "nothing", "list") else system
    )
    if who == "tutor" and part == "id.district" and meaning.rank:
        system = "vendor"
    column = f"{who}_id_{system}"
    doubts = []
    if who == "student" and look.kind != "nothing":
        doubts += _asked(look, system, overlaps, roster)
    if meaning.rank >= VAGUE:
        doubts.append(f"is it an id of the {who}, and whose?")
    if look.kind == "nothing":
        doubts.append("the sample has no value in this column")
    why = "the header says so"
    line = (
        doubted(column, {"from": look.name}, why, *doubts)
        if doubts
        else Filled(column, {"from": look.name}, why)
    )
    blank = 1 if look.kind == "nothing" else 0
    return Named(column, look, (1 + blank, meaning.rank, place), line)


def _asked(look: Look, system: str, overlaps: Sequence[Overlap], roster: Roster) -> list[str]:
    if roster.known and system not in ("vendor", "source"):
        best = max((one.found for one in overlaps if one.who == "student"), default=0)
        return [f"the roster knows {best} of {look.distinct} of these: whose number is it?"]
    if system == "district":
        return [
            "whose number is it, the district's, the state's or the vendor's? No roster to compare"
        ]
    return []


def _name(look: Look, meaning: Meaning, who: str, part: str, place: int) -> Named:
    column = f"{who}_{part}"
    target = {"from": look.name}
    why = "the header says so"
    line = Filled(column, target, why)
    if look.kind == "nothing":
        line = doubted(column, target, why, "the sample has no value in this column")
    return Named(column, look, (1, meaning.rank, place), line)
