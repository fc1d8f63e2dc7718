"""Decide from votes in which unit a source wrote a column, week by week.

A week is judged as a whole; where it is unclear, each of its days by itself, for an export changes
from one day to the next, or not at all. What was decided before is never looked at: the same rows
give the same units, in whatever order they came.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from hit_pipeline.conform.unit_evidence import Votes
from hit_pipeline.rules.units import AS_STATED, HOURS, KIND_OF, PROOFS, START, UnitRules
from hit_pipeline.school_year import monday

UNCLEAR, UNPROVED = "unclear", "stated"
_WEAKEST = PROOFS[-1]


@dataclass(frozen=True)
class Verdict:
    """The unit of a column of a source from one day to another of a week.

    Attributes:
        source: The source.
        column: The column.
        first_date: First day with values.
        last_date: Last day with values, inclusive.
        reading: ``as_stated``, or the other unit that was proved.
        proof: What proved it, one of `PROOFS`; ``stated``: nothing, the contract's word holds;
            ``unclear``: the contract's word holds, although another unit fits some rows.
        rows: Rows that were asked.
        rows_fitting_stated: Of them those that fit the unit stated.
        rows_fitting_proved: Of them those that fit the unit proved, and no other.
    """

    source: str
    column: str
    first_date: date
    last_date: date
    reading: str
    proof: str
    rows: int
    rows_fitting_stated: int
    rows_fitting_proved: int


@dataclass
class _Tally:
    """Votes of some days by one proof: rows, those for the unit stated, and by other unit."""

    rows: int = 0
    stated: int = 0
    other: Counter[str] = field(default_factory=Counter)

    @property
    def best(self) -> str:
        """The other unit that fits most rows; of several the first by name."""
        return min(self.other, key=lambda reading: (-self.other[reading], reading))


_Tallies = Mapping[str, _Tally]
"""By proof."""


def verdicts(found: Iterable[Votes], rules: UnitRules) -> list[Verdict]:
    """Return the unit of every column, source and week, in the order of their names and days.

    Args:
        found: The votes of one school year.
        rules: The parameters.
    """
    by_column: dict[tuple[str, str], dict[date, list[Votes]]] = {}
    for one in found:
        days = by_column.setdefault((one.source, one.column), {})
        days.setdefault(one.local_date, []).append(one)
    return [
        verdict
        for (source, column), days in sorted(by_column.items())
        for verdict in _of_column(source, column, days, rules)
    ]


def _of_column(
    source: str, column: str, days: Mapping[date, list[Votes]], rules: UnitRules
) -> list[Verdict]:
    year = _tallies(days.values())
    weeks: defaultdict[date, list[date]] = defaultdict(list)
    for day in sorted(days):
        weeks[monday(day)].append(day)

    def judged(chosen: Sequence[date]) -> Verdict:
        own = _tallies(days[day] for day in chosen)
        proof, reading, asked = _judge(own, year, column, rules)
        fitting = asked.stated if reading == AS_STATED else asked.other[reading]
        rows = (asked.rows, asked.stated, fitting)
        return Verdict(source, column, chosen[0], chosen[-1], reading, proof, *rows)

    found: list[Verdict] = []
    for week in weeks.values():
        whole = judged(week)
        parts = [judged([day]) for day in week] if whole.proof == UNCLEAR else []
        found += parts if any(one.reading != AS_STATED for one in parts) else [whole]
    return found


def _tallies(days: Iterable[Sequence[Votes]]) -> dict[str, _Tally]:
    """Add up the votes of some days, by proof, the strongest first."""
    found: dict[str, _Tally] = {}
    for votes in days:
        counted: dict[str, tuple[int, int]] = {}
        for one in votes:
            tally = found.setdefault(one.proof, _Tally())
            tally.other[one.reading] += one.other
            counted[one.proof] = (one.rows, one.stated)  # the same for each other unit
        for proof, (rows, stated) in counted.items():
            found[proof].rows += rows
            found[proof].stated += stated
    return {proof: found[proof] for proof in PROOFS if proof in found}


def _judge(own: _Tallies, year: _Tallies, column: str, rules: UnitRules) -> tuple[str, str, _Tally]:
    """Return proof, unit and the votes that decided, of some days of a column."""
    enough = {proof for proof, tally in own.items() if tally.rows >= _fewest(proof, rules)}
    proof = next((one for one in own if one in enough), next(iter(own)))
    tally = own[proof]
    if proof not in enough and not _follows(proof, tally, year, column, rules):
        return _kept(UNPROVED, tally, column, rules)
    if _is_proved(proof, tally, year, column, rules):
        return proof, tally.best, tally
    if column == START and _is_partly_off(tally, rules):
        return proof, tally.best, tally
    fits = tally.stated >= rules.shares(column).fitting_share * tally.rows
    return _kept(proof if fits else UNPROVED, tally, column, rules)


def _follows(proof: str, tally: _Tally, year: _Tallies, column: str, rules: UnitRules) -> bool:
    """Say whether the whole year proves for too few rows what most of them say."""
    whole = year[proof]
    enough = proof != _WEAKEST and whole.rows >= rules.fewest_rows
    return enough and whole.best == tally.best and _is_proved(proof, whole, year, column, rules)


def _kept(proof: str, tally: _Tally, column: str, rules: UnitRules) -> tuple[str, str, _Tally]:
    """Leave the unit as stated; unclear where another one fits too many rows, or none is stated."""
    fits_other = tally.other[tally.best] >= rules.unclear_share * tally.rows
    unclear = fits_other or KIND_OF[column] == "number"
    return UNCLEAR if unclear else proof, AS_STATED, tally


def _is_proved(proof: str, tally: _Tally, year: _Tallies, column: str, rules: UnitRules) -> bool:
    """Say whether votes prove the other unit that fits most of them."""
    fit = rules.distribution if proof == _WEAKEST else rules.shares(column)
    most = max(tally.other.values())
    alone = sorted(tally.other.values())[-2:] != [most, most]
    clear = most >= fit.fitting_share * tally.rows and tally.stated <= fit.stated_share * tally.rows
    if proof != _WEAKEST:
        return alone and clear
    others = year[proof].rows - tally.rows
    stated = year[proof].stated - tally.stated
    return alone and clear and others > 0 and stated >= rules.distribution.others_share * others


def _is_partly_off(tally: _Tally, rules: UnitRules) -> bool:
    """Say whether some starts are an hour off after the clocks changed, and the rest right."""
    off = tally.other[tally.best]
    fits = tally.stated + off >= rules.clock.fitting_share * tally.rows
    return tally.best in HOURS and off >= rules.fewest_rows and fits


def _fewest(proof: str, rules: UnitRules) -> int:
    return rules.distribution.fewest_rows if proof == _WEAKEST else rules.fewest_rows
