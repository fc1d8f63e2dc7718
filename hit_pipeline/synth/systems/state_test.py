"""The state test: fixed-width records, one per pupil and subject, on a layout of each year's own.

There is no header and no delimiter; `layout` says where each field stands in an administration.
Names are upper case letters of ASCII, birth and test dates MMDDYYYY, numbers filled up with zeros;
a pupil who was absent (score code A) or tested otherwise (O) has no score. The first half of this
module is what all assessment recorders share: which window's file arrives, and who was tested.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import mixed
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.draws import Days, Floats, Ints, Texts, texts
from hit_pipeline.synth.truth.scores import WINDOWS, window_of
from hit_pipeline.synth.truth.zone import Zone

Cells = dict[str, pa.StringArray]
"""Cells by the product's column."""
DELIVERED_AFTER = np.timedelta64(5, "D")
"""Days from the end of a window to its file."""


@dataclass(frozen=True)
class Results:
    """Tests of one instrument in one window of one school year, in the order of the claims.

    Attributes:
        entry: Position among the source's entries, which is that of the claim.
        score: Position in the zone's `Scores`.
    """

    year: int
    window: int
    entry: Ints
    score: Ints


def arrives(night: Night, day: np.datetime64) -> bool:
    """Return whether a night is the first on or after a date."""
    return bool(night.today >= day and not night.before >= day)


def due_results(zone: Zone, entries: Ints, night: Night) -> Iterator[Results]:
    """Return the windows whose files arrive on a night and that hold any result of the zone."""
    scores = zone.scores
    for year in range(len(zone.calendar.years)):
        for window in range(len(WINDOWS)):
            _, end = window_of(zone.calendar, year, window)
            if arrives(night, end + DELIVERED_AFTER):
                held = (scores.year[entries] == year) & (scores.window[entries] == window)
                at = np.flatnonzero(held)
                if len(at):
                    yield Results(year, window, at, entries[at])


def of_subject(zone: Zone, results: Results, subject: str) -> Results:
    """Return the results in one subject."""
    hit = zone.scores.subject[results.score] == subject
    return Results(results.year, results.window, results.entry[hit], results.score[hit])


def result_keys(zone: Zone, score: Ints) -> Ints:
    """Return a number for each test, unique in the district among those of its instrument."""
    scores = zone.scores
    person = zone.students.person[scores.student[score]]
    term = scores.year[score] * len(WINDOWS) + scores.window[score]
    keys: Ints = (person * 64 + term) * 2 + (scores.subject[score] == "math")
    return keys


def scatter(zone: Zone, score: Ints, salt: str, size: int) -> Ints:
    """Return whole numbers from 0 below ``size`` that look drawn but hang on test and salt."""
    bits = mixed(zone.seed, salt, result_keys(zone, score))
    return (bits % np.uint64(size)).astype(np.int64)


def whole(values: Floats) -> Ints:
    """Return the nearest whole numbers, halves to the even one."""
    rounded: Ints = np.rint(values).astype(np.int64)
    return rounded


def event_ids(zone: Zone, score: Ints) -> pa.StringArray:
    """Return a number for each test that tells nothing of the pupil, as unique as its key."""
    return cells.number((result_keys(zone, score) * 7_368_787 + 811_400_113) % 1_000_000_000_039)


def spell_on(zone: Zone, students: Ints, days: Days) -> Ints:
    """Return the position in `Spells` of what pupils entered last by a date; -1 before the first.

    A second school beside the main one does not count.
    """
    spells = zone.spells
    main = np.flatnonzero(spells.kind != "co_enrolled")
    stamps = spells.student[main] * 100_000 + spells.entry[main].astype(np.int64)
    order = np.argsort(stamps, kind="stable")
    wanted = students * 100_000 + days.astype("datetime64[D]").astype(np.int64)
    at = np.searchsorted(stamps[order], wanted, side="right") - 1
    found = main[order[np.maximum(at, 0)]]
    return np.where((at >= 0) & (spells.student[found] == students), found, -1)


def schools_at(zone: Zone, score: Ints) -> Ints:
    """Return the position of the school a test was taken in; -1 when the pupil was in none."""
    spell = spell_on(zone, zone.scores.student[score], zone.scores.taken[score])
    return np.where(spell >= 0, zone.spells.school[spell], -1)


def tabled(columns: Sequence[str], made: Cells, size: int) -> pa.Table:
    """Put cells into a product's columns; a column without any is empty."""
    blank = cells.constant(None, size)
    return pa.table([made.get(name, blank) for name in columns], names=list(columns))


def earlier(zone: Zone, entries: Ints, score: Ints, *, years: int, window: int) -> Ints:
    """Return, for each score, the same pupil's score in the subject ``years`` before in a window.

    Positions in `Scores` among those of ``entries``; -1 when there is none.
    """
    scores = zone.scores
    wanted = result_keys(zone, score)
    wanted += (window - scores.window[score] - years * len(WINDOWS)) * 2
    have = result_keys(zone, entries)
    order = np.argsort(have, kind="stable")
    at = np.minimum(np.searchsorted(have[order], wanted), len(have) - 1)
    found = entries[order[at]]
    there = (have[order[at]] == wanted) & (scores.year[score] >= years)
    return np.where(there, found, -1)


def hundredths(values: Ints) -> pa.StringArray:
    """Return whole hundredths as numbers with two decimals."""
    size = np.abs(values)
    sign = cells.where(values < 0, "-", "")
    return cells.joined(sign, cells.number(size // 100), ".", cells.number(size % 100, at_least=2))


def short_dates(moments: Days) -> pa.StringArray:
    """Return dates as M/D/YYYY, without leading zeros."""
    month, day = (
        cells.number((moments.astype(f"M8[{unit}]") - moments.astype(f"M8[{of}]")).astype(int) + 1)
        for unit, of in (("M", "Y"), ("D", "M"))
    )
    return cells.joined(month, "/", day, "/", cells.moments(moments.astype("M8[Y]"), "%Y"))


SOURCE = "state_test"


@dataclass(frozen=True)
class Field:
    """A field of the record: where it begins, counted from 1, and how many characters it has."""

    name: str
    start: int
    width: int


_ADMINISTRATION = (("administration", 4), ("district", 6), ("campus", 6), ("campus_name", 30))
_PUPIL = (
    ("last_name", 25),
    ("first_name", 20),
    ("middle_initial", 1),
    ("birth_date", 8),
    ("grade", 2),
)
_IDS = (("state_id", 10), ("local_id", 10))
_RESULT = (
    ("subject_code", 2),
    ("score_code", 1),
    ("test_date", 8),
    ("scale_score", 4),
    ("performance_level", 1),
)
_EVEN = (*_ADMINISTRATION, *_IDS, *_PUPIL, ("filler", 12), *_RESULT)
_ODD = (*_ADMINISTRATION, *_PUPIL, ("filler", 7), *_IDS, *_RESULT, ("filler_2", 5))
_SUBJECT_CODES = {"math": "MA", "ela": "RL"}
_ABOVE = (-0.45, 0.35, 1.15)
"""Performance levels 2, 3 and 4 begin here, in standard deviations."""
_MEAN, _PER_GRADE, _SPREAD = 1330, 45, 130


def layout(administration: int) -> tuple[Field, ...]:
    """Return the fields of a spring administration, by the calendar year it was in."""
    fields, start = [], 1
    for name, width in _ODD if administration % 2 else _EVEN:
        fields.append(Field(name, start, width))
        start += width
    return tuple(fields)


def sheets(zone: Zone, entries: Ints, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Return the records of each administration that arrives: one per pupil and subject."""
    for results in due_results(zone, entries, night):
        administration = zone.calendar.years[results.year] + 1
        made = _who(claims, results) | _where(zone, results) | _result(zone, results)
        columns = {
            field.name: _filled(made.get(field.name), field.width, len(results.entry))
            for field in layout(administration)
        }
        yield Sheet(
            SOURCE,
            f"state_test_{administration}_{night.stamp}.txt",
            pa.table(columns),
            claims.person[results.entry],
            "student",
            claim=results.entry,
            form="fixed",
        )


def _filled(made: pa.StringArray | None, width: int, size: int) -> pa.StringArray:
    """Fill cells up with blanks at the end; what does not fit is cut off."""
    if made is None:
        return cells.constant(" " * width, size)
    cut = pc.utf8_slice_codeunits(pc.fill_null(made, ""), 0, width)
    return pc.utf8_rpad(cut, width)


def _who(claims: Claims, results: Results) -> Cells:
    at = results.entry
    return {
        "state_id": cells.lookup(claims.id, at),
        "local_id": cells.lookup(claims.second_id, at),
        "last_name": cells.text(plain(claims.last[at])),
        "first_name": cells.text(plain(claims.first[at])),
        "middle_initial": cells.text(plain(claims.middle[at])),
        "birth_date": cells.moments(claims.birth[at], "%m%d%Y"),
    }


def plain(names: Texts) -> Texts:
    """Return names in upper case letters of ASCII; letters that have no plain form are left out."""
    return texts(
        [
            unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
            for name in names
        ]
    )


def _where(zone: Zone, results: Results) -> Cells:
    school, size = schools_at(zone, results.score), len(results.entry)
    year = zone.calendar.years[results.year] + 1
    return {
        "administration": cells.constant(str(year), size),
        "district": cells.constant("010000", size),
        "campus": cells.joined("01", cells.lookup(zone.schools.code, school)),
        "campus_name": cells.lookup(plain(zone.schools.name), school),
        "grade": cells.number(zone.scores.grade[results.score], at_least=2),
    }


def _result(zone: Zone, results: Results) -> Cells:
    score, scores = results.score, zone.scores
    odd = scatter(zone, score, "state score code", 400)
    code = np.where(odd < 4, 1, np.where(odd < 6, 2, 0))
    points = _MEAN + _PER_GRADE * scores.grade[score] + _SPREAD * scores.z[score]
    level = np.searchsorted(_ABOVE, scores.z[score], side="right") + 1
    subjects = cells.where(
        scores.subject[score] == "math", _SUBJECT_CODES["math"], _SUBJECT_CODES["ela"]
    )
    return {
        "subject_code": subjects,
        "score_code": cells.lookup(("S", "A", "O"), code),
        "test_date": cells.moments(scores.taken[score], "%m%d%Y"),
        "scale_score": cells.where(
            code == 0, cells.number(whole(np.clip(points, 900, 2200)), at_least=4), None
        ),
        "performance_level": cells.where(code == 0, cells.number(level), None),
    }
