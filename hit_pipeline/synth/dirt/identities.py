"""Faults of claims: identifiers, names and birth dates as sources spoil them."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hit_pipeline.synth.dirt.bench import Bench, bench
from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts, stream, texts
from hit_pipeline.synth.truth.names import nicknames
from hit_pipeline.synth.truth.zone import Zone

_NAT = np.datetime64("NaT", "D")


def spoil(zone: Zone, claims: Claims, day: Days, rates: dict[str, float]) -> Claims:
    """Return claims as a source's people and spreadsheets leave them.

    Args:
        zone: The zone.
        claims: Claims without a fault.
        day: Day of each entry.
        rates: Rate of every kind.
    """
    work = bench(zone, claims, day, rates)
    week = (day.astype("datetime64[D]").astype(np.int64) + 3) // 7
    work.begin(claims.student * 100_000 + week - week.min(initial=0))
    for fault in _IDS:
        fault(work)
    work.begin(claims.student)
    if work.has_names:
        for fault in _NAMES:
            fault(work)
    work.begin(claims.student)
    if not np.isnat(work.birth).all():
        for fault in _BIRTHS:
            fault(work)
    spoilt = replace(
        claims,
        id=work.id,
        second_id=work.second_id,
        first=work.first,
        middle=work.middle,
        last=work.last,
        birth=work.birth,
        kinds={**claims.kinds, **work.kinds},
    )
    return replace(spoilt, linkable=_linkable(zone, claims, spoilt))


_USELESS = ("id_blank", "id_sibling", "id_mistyped", "id_shared", "id_of_other_vendor")
_BENT = ("name_changed", "name_middle", "name_swapped", "name_typo", "name_nickname")


def _linkable(zone: Zone, clean: Claims, claims: Claims) -> Flags:
    """Say which entries a careful human could still link.

    One that names a pupil of a roster, and either holds an identifier that is right once repaired,
    or comes with the right birth date and a name, or bears the pupil's own name as no other pupil
    of the grade does.
    """

    def bears(*kinds: str) -> Flags:
        none = np.zeros(len(claims.student), dtype=bool)
        return np.logical_or.reduce([claims.kinds.get(kind, none) for kind in kinds])

    long_number = np.array([len(value) > 8 for value in clean.id], dtype=bool)
    useless = bears(*_USELESS) | (bears("id_scientific") & long_number)
    useless &= (claims.second_id == "") | (claims.second_id != clean.second_id)
    no_birth = np.isnat(claims.birth) | bears("birth_day_month", "birth_digit", "birth_year")
    unnamed = claims.first == ""
    doubtful = no_birth & (bears(*_BENT) | _shares_name(zone)[claims.student])
    return np.asarray((claims.person >= 0) & ~(useless & (unnamed | doubtful)))


def _shares_name(zone: Zone) -> Flags:
    """Say which pupils bear the first and last name of another in their grade."""
    pupils = zone.students
    names = pupils.first + "|" + pupils.last + "|" + pupils.grade_first.astype(str).astype(object)
    _, at, counts = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    return np.asarray(counts[at] > 1)


# ---- identifiers -----------------------------------------------------------------------------


def _edit(values: Texts, at: Ints, change: Callable[[str], str]) -> None:
    for n in at:
        values[n] = change(values[n])


def _filled(work: Bench) -> np.ndarray:
    return np.asarray(work.id != "")


def _lose_second(work: Bench, at: Ints) -> None:
    """Blank the second identifier too, where names stand beside it.

    Sources that know pupils by number alone take both numbers from a list of the district: there a
    fault is in one column, and the other contradicts it.
    """
    if work.has_names:
        work.second_id[at] = ""


def _lost_zeros(work: Bench) -> None:
    able = np.array([value.startswith("0") for value in work.id], dtype=bool)
    _edit(work.id, work.hit("id_lost_zeros", able), lambda value: value.lstrip("0"))


def _blank(work: Bench) -> None:
    at = work.hit("id_blank", _filled(work))
    work.id[at] = ""
    _lose_second(work, at)


def _decimal(work: Bench) -> None:
    at = work.hit("id_decimal", work.numeric)
    _edit(work.id, at, lambda value: f"{value.lstrip('0')}.0")


def _scientific(work: Bench) -> None:
    at = work.hit("id_scientific", work.numeric)
    digits = {7: 6, 10: 5}
    _edit(work.id, at, lambda value: f"{int(value):.{digits.get(len(value), 5)}E}")


def _state_in_local(work: Bench) -> None:
    at = work.hit("id_state_in_local", work.local)
    work.id[at] = work.zone.students.state_id[work.student[at]]


def _blanks(work: Bench) -> None:
    _edit(work.id, work.hit("id_blanks", work.numeric), lambda v: f" {v[:4]} {v[4:]} ")


def _prefixed(work: Bench) -> None:
    _edit(work.id, work.hit("id_prefixed", work.local), lambda value: f"S-{value}")


def _email(work: Bench) -> None:
    at = work.hit("id_email", work.numeric)
    work.id[at] = work.zone.students.email[work.student[at]]


def _sibling(work: Bench) -> None:
    sibling = _siblings(work.zone)
    at = work.hit("id_sibling", (sibling[work.student] >= 0) & _filled(work))
    _take_id(work, at, sibling[work.student[at]])


def _shared(work: Bench) -> None:
    other = np.roll(work.student, 1)
    at = work.hit("id_shared", (other != work.student) & _filled(work))
    _take_id(work, at, other[at])


def _take_id(work: Bench, at: Ints, owner: Ints) -> None:
    """Write another pupil's identifier, of the same system as the entry's own."""
    students = work.zone.students
    own = {name: getattr(students, name) for name in ("number", "state_id", "email")}
    for values in (work.id, work.second_id) if work.has_names else (work.id,):
        for n, other in zip(at, owner, strict=True):
            pupil = work.student[n]
            system = next((s for s, v in own.items() if v[pupil] == values[n]), "number")
            values[n] = own[system][other] if values[n] else ""


def _mistyped(work: Bench) -> None:
    at = work.hit("id_mistyped", work.numeric)
    rng = stream(work.zone.seed, work.zone.number, "typing", work.source)
    place, step = rng.integers(2, 6, len(at)), rng.integers(1, 10, len(at))
    for n, p, s in zip(at, place, step, strict=True):
        value = work.id[n]
        work.id[n] = f"{value[:p]}{(int(value[p]) + int(s)) % 10}{value[p + 1 :]}"
    _lose_second(work, at)


def _of_other_vendor(work: Bench) -> None:
    at = work.hit("id_of_other_vendor", _filled(work))
    person = work.zone.students.person[work.student[at]]
    work.id[at] = texts([f"U{n * 3 + 4_100_000_000}" for n in person])
    _lose_second(work, at)


def _siblings(zone: Zone) -> Ints:
    """Return a brother or sister of each pupil; -1 for none."""
    household = zone.students.household
    after = np.r_[household[1:] == household[:-1], False]
    before = np.r_[False, household[1:] == household[:-1]]
    at = np.arange(len(household))
    return np.where(after, at + 1, np.where(before, at - 1, -1))


_IDS = (
    _sibling,
    _mistyped,
    _shared,
    _of_other_vendor,
    _blank,
    _scientific,
    _email,
    _prefixed,
    _blanks,
    _state_in_local,
    _decimal,
    _lost_zeros,
)


# ---- names -----------------------------------------------------------------------------------


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
    _edit(work.first, at, _plain)
    _edit(work.last, at, _plain)


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
        _edit(values, at, str.upper)


_NAMES = (_changed, _hyphen_half, _diacritics, _nickname, _middle, _typo, _swapped, _capitals)


# ---- birth dates -----------------------------------------------------------------------------


def _day_month(work: Bench) -> None:
    day, month = _day_of(work.birth), _month_of(work.birth)
    at = work.hit("birth_day_month", (day <= 12) & (day != month))
    work.birth[at] = _date(_year_of(work.birth[at]), day[at], month[at])


def _digit(work: Bench) -> None:
    day = _day_of(work.birth)
    at = work.hit("birth_digit", (day % 10 != 9) & (day < 28))
    work.birth[at] += np.timedelta64(1, "D")
    far = at[(day[at] < 18) & (work.student[at] % 2 == 0)]
    work.birth[far] += np.timedelta64(9, "D")


def _year(work: Bench) -> None:
    day, month = _day_of(work.birth), _month_of(work.birth)
    at = work.hit("birth_year", day < 29)
    off = np.where(work.student[at] % 2 == 0, 1, -1)
    work.birth[at] = _date(_year_of(work.birth[at]) + off, month[at], day[at])


def _no_birth(work: Bench) -> None:
    work.birth[work.hit("birth_blank", ~np.isnat(work.birth))] = _NAT


def _year_of(days: Days) -> Ints:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def _month_of(days: Days) -> Ints:
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day_of(days: Days) -> Ints:
    return (days - days.astype("datetime64[M]")).astype(np.int64) + 1


def _date(year: Ints, month: Ints, day: Ints) -> Days:
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")


_BIRTHS = (_day_month, _digit, _year, _no_birth)
