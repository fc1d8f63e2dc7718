"""NWEA MAP Growth: the ComboStudentAssessment export, one file per school year and window.

The 143 header names and their order are the product's; norms are rounded and ours. A row has two
numbers of the pupil, no name and no birth date. Growth columns are empty where the earlier term has
no test. The first half of this module is the scales all assessment recorders write in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.state_test import (
    Cells,
    Results,
    due_results,
    earlier,
    event_ids,
    hundredths,
    of_subject,
    scatter,
    schools_at,
    tabled,
    whole,
)
from hit_pipeline.synth.truth.draws import Floats, Ints
from hit_pipeline.synth.truth.schools import DISTRICT_CODE, DISTRICT_NAME
from hit_pipeline.synth.truth.scores import WINDOWS
from hit_pipeline.synth.truth.zone import Zone

SEASONS = tuple(name.capitalize() for name in WINDOWS)
_CDF = np.array([0.5 * (1 + erf(n / 100 / sqrt(2))) for n in range(-400, 401)])


def percentile(z: Floats) -> Ints:
    """Return percentile ranks of a normal distribution, 1 to 99; ``z`` is taken to two decimals."""
    at = np.clip(np.rint(z * 100), -400, 400).astype(np.int64) + 400
    return whole(np.clip(100 * _CDF[at], 1, 99))


@dataclass(frozen=True)
class Scale:
    """A linear scale: the grade's mean plus ``spread`` points for a standard deviation.

    Attributes:
        means: Mean in fall, by grade from kindergarten; by spring nine tenths of the way to the
            next grade's is covered.
        least, most: Bounds of the scale, both reached.
    """

    means: tuple[int, ...]
    spread: float
    least: int
    most: int

    def norm(self, grade: Ints, window: int) -> Floats:
        """Return the mean of grades in a window."""
        means = np.asarray([*self.means, self.means[-1]], dtype=np.float64)
        at = np.clip(grade, 0, len(self.means) - 1)
        return means[at] + (means[at + 1] - means[at]) * 0.45 * window

    def scores(self, zone: Zone, score: Ints) -> Ints:
        """Return the scale scores of tests, which may be of several windows."""
        truth = zone.scores
        grade, window = truth.grade[score], truth.window[score]
        norms = np.stack([self.norm(grade, n) for n in range(len(WINDOWS))])
        raw = norms[window, np.arange(len(score))] + self.spread * truth.z[score]
        return whole(np.clip(raw, self.least, self.most))


SOURCE = "map_growth"
_FIGURES = (
    "ProjectedGrowth",
    "ObservedGrowth",
    "ObservedGrowthSE",
    "MetProjectedGrowth",
    "ConditionalGrowthIndex",
    "ConditionalGrowthPercentile",
    "GrowthQuintile",
)
_SPANS = (
    ("FallToFall", 0, 0, 1),
    ("FallToWinter", 0, 1, 0),
    ("FallToSpring", 0, 2, 0),
    ("WinterToWinter", 1, 1, 1),
    ("WinterToSpring", 1, 2, 0),
    ("SpringToSpring", 2, 2, 1),
)
"""Name, first and second window, and years between them."""
_HEAD = (
    "TermName DistrictName District_StateID SchoolName School_StateID StudentID Student_StateID "
    "Subject Course GrowthMeasureYN NormsReferenceData WISelectedAYFall WISelectedAYWinter "
    "WISelectedAYSpring WIPreviousAYFall WIPreviousAYWinter WIPreviousAYSpring TestType TestName "
    "TestID TestStartDate TestStartTime TestDurationMinutes TestRITScore TestStandardError "
    "TestPercentile AchievementQuintile PercentCorrect RapidGuessingPercentage"
)
COLUMNS: tuple[str, ...] = (
    *_HEAD.split(),
    *(f"{span}{figure}" for span, *_ in _SPANS for figure in _FIGURES),
    *(f"{kind}{end}" for kind in ("Lexile", "Quantile") for end in ("Score", "Min", "Max")),
    *(
        f"Goal{n}{part}"
        for n in range(1, 9)
        for part in ("Name", "RitScore", "StdErr", "Range", "Adjective")
    ),
    *(f"Typical{span}Growth" for span, *_ in _SPANS),
    *(f"ProjectedProficiency{part}{n}" for n in range(1, 11) for part in ("Study", "Level")),
)
_QUINTILES = ("Low", "LoAvg", "Avg", "HiAvg", "High")
_GROWTH_SPREAD = 6.0


@dataclass(frozen=True)
class _Test:
    """One subject's test."""

    subject: str
    course: str
    name: str
    scale: Scale
    measure: str
    goals: tuple[str, ...]


_TESTS = {
    "math": _Test(
        "Mathematics",
        "Math K-12",
        "Growth: Math {} CVPS 2023",
        Scale((140, 161, 175, 188, 200, 209, 215, 220, 225, 227, 229, 232, 234), 15.0, 100, 320),
        "Quantile",
        ("Operations and Algebra", "Number", "Measurement and Data", "Geometry"),
    ),
    "ela": _Test(
        "Reading",
        "Reading",
        "Growth: Reading {} CVPS 2023",
        Scale((137, 156, 172, 186, 197, 204, 210, 214, 218, 219, 221, 223, 224), 16.0, 100, 310),
        "Lexile",
        ("Literary Text", "Informational Text", "Vocabulary"),
    ),
}


def sheets(zone: Zone, entries: Ints, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Return the export of each window that arrives: one row per test, mathematics first."""
    for results in due_results(zone, entries, night):
        term = f"{zone.calendar.label(results.year)}_{SEASONS[results.window].lower()}"
        parts = [(of_subject(zone, results, name), test) for name, test in _TESTS.items()]
        rows = pa.concat_tables([_rows(zone, entries, claims, *part) for part in parts])
        entry = np.concatenate([part.entry for part, _ in parts])
        file = f"ComboStudentAssessment_{term}_{night.stamp}.csv"
        yield Sheet(SOURCE, file, rows, claims.person[entry], "student", claim=entry)


def _rows(zone: Zone, entries: Ints, claims: Claims, results: Results, test: _Test) -> pa.Table:
    made = (
        _who(zone, claims, results)
        | _when(zone, results)
        | _result(zone, results, test)
        | _goals(zone, results, test)
    )
    for span in _SPANS:
        if span[2] == results.window:
            made |= _growth(zone, entries, results, test.scale, span)
    return tabled(COLUMNS, made, len(results.entry))


def _who(zone: Zone, claims: Claims, results: Results) -> Cells:
    size, school = len(results.entry), schools_at(zone, results.score)
    first = zone.calendar.years[results.year]
    return {
        "TermName": cells.constant(f"{SEASONS[results.window]} {first}-{first + 1}", size),
        "DistrictName": cells.constant(DISTRICT_NAME, size),
        "District_StateID": cells.constant(DISTRICT_CODE, size),
        "SchoolName": cells.lookup(zone.schools.name, school),
        "School_StateID": cells.lookup(zone.schools.code, school),
        "StudentID": cells.lookup(claims.id, results.entry),
        "Student_StateID": cells.lookup(claims.second_id, results.entry),
    }


def _when(zone: Zone, results: Results) -> Cells:
    start = (8 * 60 + 30 + scatter(zone, results.score, "map start", 330)) * 60
    start += scatter(zone, results.score, "map second", 60)
    minutes = 22 + scatter(zone, results.score, "map minutes", 54)
    taken = zone.scores.taken[results.score]
    clock = np.datetime64("2000-01-01T00:00:00") + start.astype("timedelta64[s]")
    return {
        "TestStartDate": cells.moments(taken, "%m/%d/%Y"),
        "TestStartTime": cells.moments(clock, "%H:%M:%S"),
        "TestDurationMinutes": cells.number(minutes),
    }


def _result(zone: Zone, results: Results, test: _Test) -> Cells:
    score, size = results.score, len(results.entry)
    grade = zone.scores.grade[score]
    rit = test.scale.scores(zone, score)
    rank = percentile((rit - test.scale.norm(grade, results.window)) / test.scale.spread)
    bands = cells.lookup(("K-2", "2-5", "6+"), np.searchsorted((2, 5), grade).astype(np.int64))
    rushed = np.maximum(scatter(zone, score, "map rapid", 2400) - 2000, 0)
    return {
        "Subject": cells.constant(test.subject, size),
        "Course": cells.constant(test.course, size),
        "GrowthMeasureYN": cells.constant("TRUE", size),
        "NormsReferenceData": cells.constant("2025", size),
        "WISelectedAYFall": cells.constant("4", size),
        "TestType": cells.constant("Survey With Goals", size),
        "TestName": cells.joined(*_around(test.name, bands)),
        "TestID": event_ids(zone, score),
        "TestRITScore": cells.number(rit),
        "TestStandardError": hundredths(290 + scatter(zone, score, "map error", 70)),
        "TestPercentile": cells.number(rank),
        "AchievementQuintile": cells.lookup(_QUINTILES, _fifth(rank)),
        "PercentCorrect": cells.number(44 + scatter(zone, score, "map correct", 15)),
        "RapidGuessingPercentage": hundredths(rushed),
    } | _measure(test.measure, (rit - 165) * 19)


def _around(pattern: str, middle: pa.StringArray) -> tuple[str, pa.StringArray, str]:
    before, after = pattern.split("{}")
    return before, middle, after


def _measure(kind: str, value: Ints) -> Cells:
    """Return the Lexile or Quantile measure and its range; below 0 it is written BR120L."""
    made = {}
    for end, shift in (("Score", 0), ("Min", -100), ("Max", 50)):
        at = np.maximum(value, -400) + shift
        begin = cells.where(at < 0, "BR", "")
        made[f"{kind}{end}"] = cells.joined(begin, cells.number(np.abs(at)), kind[0])
    return made


def _goals(zone: Zone, results: Results, test: _Test) -> Cells:
    rit = test.scale.scores(zone, results.score)
    norm = test.scale.norm(zone.scores.grade[results.score], results.window)
    made: Cells = {}
    for n, goal in enumerate(test.goals, start=1):
        area = rit + scatter(zone, results.score, f"map goal {n}", 15) - 7
        error = 56 + scatter(zone, results.score, f"map goal error {n}", 16)
        half = (error + 5) // 10
        low, high = area - half, area + half
        rank = percentile((area - norm) / test.scale.spread)
        made |= {
            f"Goal{n}Name": cells.constant(goal, len(area)),
            f"Goal{n}RitScore": cells.number(area),
            f"Goal{n}StdErr": cells.joined(
                cells.number(error // 10), ".", cells.number(error % 10)
            ),
            f"Goal{n}Range": cells.joined(cells.number(low), "-", cells.number(high)),
            f"Goal{n}Adjective": cells.lookup(_QUINTILES, _fifth(rank)),
        }
    return made


def _growth(
    zone: Zone,
    entries: Ints,
    results: Results,
    scale: Scale,
    span: tuple[str, int, int, int],
) -> Cells:
    """Return growth since an earlier window beside what is usual; a test without one has none."""
    name, window, _, years = span
    score, truth = results.score, zone.scores
    first = earlier(zone, entries, score, years=years, window=window)
    there = first >= 0
    begin = scale.scores(zone, np.where(there, first, score))
    usual = scale.norm(truth.grade[score], results.window)
    growth = whole(usual - scale.norm(truth.grade[score] - years, window))
    grown = scale.scores(zone, score) - begin
    index = (grown - growth) / _GROWTH_SPREAD
    rank = percentile(index)
    figures = (
        cells.number(growth),
        cells.number(grown),
        hundredths(420 + scatter(zone, score, "map growth error", 60)),
        cells.where(grown >= growth, "Yes", "No"),
        hundredths(whole(index * 100)),
        cells.number(rank),
        cells.lookup(_QUINTILES, _fifth(rank)),
    )
    made = {f"Typical{name}Growth": cells.number(growth)}
    for figure, column in zip(_FIGURES, figures, strict=True):
        made[f"{name}{figure}"] = cells.where(there, column, None)
    return made


def _fifth(rank: Ints) -> Ints:
    """Return the fifth a percentile rank lies in; 21, 41, 61 and 81 begin one."""
    return np.searchsorted((21, 41, 61, 81), rank, side="right").astype(np.int64)
