"""What each source writes of tutors: names and addresses of its own, and second accounts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts, stream, texts
from hit_pipeline.synth.truth.names import ORIGIN_SHARES, last_names, nicknames
from hit_pipeline.synth.truth.zone import Tutors, Zone

HR = "hr"
WITH_IDS = ("northstar", "brightpath", "lakeside", "quillwork")
"""Vendors that write ids of their own for tutors."""
WITH_EMAILS = ("northstar", "harborlight", "quillwork", HR)
"""Sources that write e-mail addresses of tutors."""
NAME_COLUMNS = ("HostName", "Legal First")
"""Columns that hold the name in sheets about tutors."""
_AGAIN = 5_000_000
"""From an account number to that of the same tutor hired again: a zone has room for ten million."""
_ROOM = 10_000_000
_HIRED_AGAIN = np.datetime64("2025-11-15")
_SPAN = 90
"""Days after that on which tutors are hired again."""
_MOST = 0.9


@dataclass(frozen=True)
class TutorClaims:
    """Tutors as one source has them: one entry per tutor of the zone, then second accounts.

    Attributes:
        tutor: Position in the zone's `Tutors`.
        account: Number the source's ids are made from; that of the human, but for second accounts.
        first, last, email: As written; the address is empty where the source writes none.
        works: True where the tutor is one of the source's.
        since: Day from which a second account is used; NaT for first ones.
        kinds: Fault -> entries that bear it; an entry bears one at most.
    """

    source: str
    tutor: Ints
    account: Ints
    first: Texts
    last: Texts
    email: Texts
    works: Flags
    since: Days
    kinds: Mapping[str, Flags]


@dataclass
class _Work:
    """Names under way; vectors are edited in place."""

    zone: Zone
    source: str
    rates: Mapping[str, float]
    works: Flags
    first: Texts
    last: Texts
    email: Texts
    taken: Flags
    kinds: dict[str, Flags] = field(default_factory=dict)

    def hit(self, kind: str, able: Flags) -> Ints:
        """Draw the tutors a fault hits and mark them.

        The rate is a share of the source's tutors: where few are able to bear the fault, more of
        those are hit, up to nine in ten.
        """
        able = able & self.works & ~self.taken
        if not able.any() or self.rates[kind] == 0:
            return np.empty(0, dtype=np.int64)
        rate = min(_MOST, self.rates[kind] * int(self.works.sum()) / int(able.sum()))
        chosen: Flags = able & (self.draws(kind).random(len(able)) < rate)
        self.taken |= chosen
        self.kinds[kind] = chosen
        return np.flatnonzero(chosen)

    def draws(self, kind: str) -> np.random.Generator:
        """Return the random stream of a fault in this source."""
        return stream(self.zone.seed, self.zone.number, "tutors", self.source, kind)


def tutor_names(zone: Zone, source: str, rates: Mapping[str, float]) -> TutorClaims:
    """Return the tutors of a zone as a vendor, or HR, has them.

    Tutors who do not work for the vendor stand as they are.
    """
    tutors, size = zone.tutors, len(zone.tutors.person)
    work = _Work(
        zone=zone,
        source=source,
        rates=rates,
        works=_works(zone, source),
        first=tutors.first.copy(),
        last=tutors.last.copy(),
        email=tutors.email.copy() if source in WITH_EMAILS else texts([""] * size),
        taken=np.zeros(size, dtype=bool),
    )
    for fault in _HR_FAULTS if source == HR else _FAULTS:
        fault(work)
    claims = TutorClaims(
        source=source,
        tutor=np.arange(size),
        account=tutors.person,
        first=work.first,
        last=work.last,
        email=work.email,
        works=work.works,
        since=np.full(size, np.datetime64("NaT", "D")),
        kinds=work.kinds,
    )
    return _hired_again(work, claims) if source in WITH_IDS else claims


def with_tutors(zone: Zone, claims: TutorClaims) -> Zone:
    """Return a zone whose tutors are those of a source; ``person`` is the account."""
    tutors, at = zone.tutors, claims.tutor
    own = Tutors(
        person=claims.account,
        kind=tutors.kind[at],
        first=claims.first,
        last=claims.last,
        email=claims.email,
        birth=tutors.birth[at],
        vendors=tutors.vendors[at],
        student=tutors.student[at],
        staff=tutors.staff[at],
        recruited=tutors.recruited[at],
        screened=tutors.screened[at],
        trained=tutors.trained[at],
        started=tutors.started[at],
        left=tutors.left[at],
    )
    return replace(zone, tutors=own)


def by_account(log: Log, claims: TutorClaims) -> Log:
    """Return a log whose tutors are accounts: the second one from the day it is used."""
    second = np.flatnonzero(~np.isnat(claims.since))
    if not len(second):
        return log
    places = np.arange(len(claims.tutor))
    places[claims.tutor[second]] = second
    day = log.start_local.astype("datetime64[D]")

    def moved(tutor: Ints) -> Ints:
        again = (tutor >= 0) & (claims.since[places[tutor]] <= day)
        return np.where(again, places[tutor], tutor)

    return replace(log, tutor=moved(log.tutor), led_by=moved(log.led_by))


def about_tutors(sheet: Sheet, claims: TutorClaims) -> Sheet:
    """Return a sheet about accounts as one about humans; rows that bear a fault are marked."""
    if sheet.role != "tutor":
        return sheet
    known = sheet.person >= 0
    person = np.where(known & (sheet.person % _ROOM >= _AGAIN), sheet.person - _AGAIN, sheet.person)
    marks = dict(sheet.faults)
    if not set(NAME_COLUMNS).isdisjoint(sheet.rows.column_names):
        for kind, flags in claims.kinds.items():
            marks[kind] = np.isin(sheet.person, claims.account[flags])
    return replace(sheet, person=person, faults=marks)


def _works(zone: Zone, source: str) -> Flags:
    if source == HR:
        return np.ones(len(zone.tutors.person), dtype=bool)
    program = next(n for n, one in enumerate(zone.programs) if one.source == source)
    return np.asarray((zone.tutors.vendors >> program) & 1, dtype=bool)


def _hired_again(work: _Work, claims: TutorClaims) -> TutorClaims:
    """Add second accounts, under the same name, of tutors hired again in the last year."""
    at = work.hit("tutor_two_ids", work.works)
    wait = work.draws("hired again").integers(0, _SPAN, len(at)).astype("timedelta64[D]")
    kinds = {name: np.r_[flags, flags[at]] for name, flags in work.kinds.items()}
    second = np.r_[np.zeros(len(claims.tutor), dtype=bool), np.ones(len(at), dtype=bool)]
    return replace(
        claims,
        tutor=np.r_[claims.tutor, at],
        account=np.r_[claims.account, claims.account[at] + _AGAIN],
        first=np.r_[claims.first, claims.first[at]],
        last=np.r_[claims.last, claims.last[at]],
        email=np.r_[claims.email, claims.email[at]],
        works=np.r_[claims.works, claims.works[at]],
        since=np.r_[claims.since, _HIRED_AGAIN + wait],
        kinds=kinds | ({"tutor_two_ids": second} if len(at) else {}),
    )


# ---- names -------------------------------------------------------------------------------------


def _edit(values: Texts, at: Ints, change: Callable[[str], str]) -> None:
    for n in at:
        values[n] = change(values[n])


def _nickname(work: _Work) -> None:
    short = texts([nicknames().get(name, "") for name in work.first])
    at = work.hit("tutor_nickname", (short != "") & (short != work.first))
    work.first[at] = short[at]


def _renamed(work: _Work) -> None:
    """Write another surname: the one before a marriage, or after it. It is the same everywhere."""
    rng = stream(work.zone.seed, work.zone.number, "tutors", "other surnames")
    origin = rng.integers(0, len(ORIGIN_SHARES), len(work.last))
    other = last_names(rng, origin)
    at = work.hit("tutor_renamed", other != work.last)
    work.last[at] = other[at]


def _initial(work: _Work) -> None:
    at = work.hit("tutor_initial", work.works)
    _edit(work.first, at, lambda name: f"{name[0]}.")


def _typo(work: _Work) -> None:
    able = np.array([len(n) > 3 and n[1] != n[2] for n in work.last], dtype=bool)
    at = work.hit("tutor_typo", able)
    _edit(work.last, at, lambda name: name[0] + name[2] + name[1] + name[3:])


def _swapped(work: _Work) -> None:
    at = work.hit("tutor_swapped", work.first != work.last)
    work.first[at], work.last[at] = work.last[at].copy(), work.first[at].copy()


def _capitals(work: _Work) -> None:
    at = work.hit("tutor_capitals", work.works)
    for values in (work.first, work.last):
        _edit(values, at, str.upper)


# ---- addresses ---------------------------------------------------------------------------------


def _private(work: _Work) -> None:
    at = work.hit("tutor_email_private", work.email != "")
    for n in at:
        letters = "".join(letter for letter in work.last[n].lower() if "a" <= letter <= "z")
        work.email[n] = f"{letters}{work.zone.tutors.person[n] * 7 % 89_989}@mail.example"


def _other_domain(work: _Work) -> None:
    at = work.hit("tutor_email_other", work.email != "")
    _edit(work.email, at, lambda email: f"{email.partition('@')[0]}@{work.source}.example")


def _no_email(work: _Work) -> None:
    work.email[work.hit("tutor_email_blank", work.email != "")] = ""


_FAULTS = (
    _nickname,
    _renamed,
    _initial,
    _typo,
    _swapped,
    _capitals,
    _private,
    _other_domain,
    _no_email,
)
_HR_FAULTS = tuple(fault for fault in _FAULTS if fault not in (_nickname, _initial))
"""HR writes legal names."""
