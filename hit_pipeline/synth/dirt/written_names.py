"""Faults of names: what a source writes in place of the legal name."""

import unicodedata

import numpy as np

from hit_pipeline.synth.dirt.bench import Bench, edit
from hit_pipeline.synth.truth.draws import stream, texts
from hit_pipeline.synth.truth.names import nicknames


def _nickname(work: Bench) -> None:
    short = texts([nicknames().get(name, "") for name in work.zone.students.first])
    usual = np.where(work.zone.students.preferred != "", work.zone.students.preferred, short)
    wanted = usual[work.student]
    at = work.hit("name_nickname", (wanted != "") & (wanted != work.first))
    work.first[at] = usual[work.student[at]]


def _changed(work: Bench) -> None:
    students = work.zone.students
    at = work.hit("name_changed", students.renamed_on[work.student] <= work.day)
    work.last[at] = students.last[work.student[at]]


def _hyphen_half(work: Bench) -> None:
    double = np.array([("-" in name or " " in name) for name in work.last], dtype=bool)
    at = work.hit("name_hyphen_half", double)
    halves = [work.last[n].replace("-", " ").split(" ") for n in at]
    for n, half in zip(at, halves, strict=True):
        work.last[n] = half[int(work.student[n]) % len(half)]


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _diacritics(work: Bench) -> None:
    able = np.array([not (f + n).isascii() for f, n in zip(work.first, work.last, strict=True)])
    at = work.hit("name_diacritics_lost", able)
    edit(work.first, at, _plain)
    edit(work.last, at, _plain)


def _typo(work: Bench) -> None:
    at = work.hit("name_typo", np.ones(len(work.student), dtype=bool))
    draws = stream(work.zone.seed, work.zone.number, "typos", work.source)
    how = draws.integers(0, 3, len(work.zone.students.person))
    place = draws.random(len(work.zone.students.person))
    for n in at:
        pupil = work.student[n]
        values = work.last if pupil % 2 else work.first
        values[n] = _with_typo(values[n], int(how[pupil]), float(place[pupil]))


def _with_typo(name: str, how: int, place: float) -> str:
    """Lose, double or exchange a letter behind the first; short names are doubled only."""
    at = 1 + int(place * max(len(name) - 2, 1))
    if len(name) < 4 or how == 0 or (how == 2 and name[at] == name[at + 1]):
        return name[: at + 1] + name[at : at + 1] + name[at + 1 :]
    if how == 1:
        return name[:at] + name[at + 1 :]
    return name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]


def _middle(work: Bench) -> None:
    at = work.hit("name_middle", (work.middle != "") & (work.middle != work.first))
    work.first[at] = work.middle[at]


def _swapped(work: Bench) -> None:
    at = work.hit("name_swapped", np.asarray(work.first != work.last))
    work.first[at], work.last[at] = work.last[at].copy(), work.first[at].copy()


def _capitals(work: Bench) -> None:
    at = work.hit("name_capitals", np.ones(len(work.student), dtype=bool))
    for values in (work.first, work.last):
        edit(values, at, str.upper)


NAME_FAULTS = (_changed, _hyphen_half, _diacritics, _nickname, _middle, _typo, _swapped, _capitals)
