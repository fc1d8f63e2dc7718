"""DIBELS 8th Edition as mCLASS exports it: one benchmark file per school year and period.

Headers are the product's; cut points are ours. A measure has a level, a score, a national
percentile and two growth cells, of which the export leaves the growth blank; a measure that is not
given in a grade is blank. ``Client Date`` is the day of the assessment in ISO form; now and then it
is blank and only ``Device Date`` says the day. A row has both numbers of the pupil, name and birth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.map_growth import Scale, percentile
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.state_test import (
    Cells,
    Results,
    due_results,
    scatter,
    schools_at,
    tabled,
    whole,
)
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.schools import DISTRICT_CODE, DISTRICT_NAME
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "dibels"
PERIODS = ("BOY", "MOY", "EOY")
LEVELS = ("Well Below Benchmark", "Below Benchmark", "At Benchmark", "Above Benchmark")
_BEGINS = (-0.84, -0.25, 0.67)
"""The levels after the first begin here, in standard deviations of the grade and period."""
_BLANK_DATES = 40
"""One date in so many is blank."""
_COMPOSITE = Scale((300, 340, 352, 358, 362, 366, 370, 374, 378), 38.0, 180, 620)


@dataclass(frozen=True)
class _Measure:
    """A measure: the grades it is given in and its points, by a mean that grows with the year.

    Attributes:
        accuracy: True when the points are a percentage, which the year does not raise.
    """

    name: str
    grades: tuple[int, int]
    mean: tuple[int, ...]
    spread: float
    most: int = 250
    accuracy: bool = False


_MEASURES = (
    _Measure("Letter Names (LNF)", (0, 1), (24, 45), 14.0),
    _Measure("Phonemic Awareness (PSF)", (0, 1), (16, 36), 13.0),
    _Measure("Letter Sounds (NWF-CLS)", (0, 3), (18, 45, 70, 90), 18.0),
    _Measure("Decoding (NWF-WRC)", (0, 3), (3, 11, 20, 28), 7.0),
    _Measure("Word Reading (WRF)", (0, 3), (4, 18, 36, 48), 12.0),
    _Measure("Reading Accuracy (ORF-Accu)", (1, 8), (0, 80, 93, 96), 6.0, 100, accuracy=True),
    _Measure("Reading Fluency (ORF)", (1, 8), (0, 26, 62, 88, 108, 122, 132, 138, 142), 26.0),
    _Measure("Reading Comprehension (Maze)", (2, 8), (0, 0, 6, 10, 14, 17, 19, 21, 22), 5.0, 60),
)
_PARTS = ("Level", "Score", "National Norm Percentile", "Semester Growth", "Year Growth")
_HEAD = (
    "School Year,State,Account Name,Municipality Name,Municipality Primary ID,District Name,"
    "District Primary ID,Internal Program,External Program,School Name,Primary School ID,"
    "Secondary School ID,Student Last Name,Student First Name,Student Middle Name,Enrollment Date,"
    "Enrollment Grade,Date of Birth,Gender,Race,Special Education,Disability,Specific Disability,"
    "Section 504,Economically Disadvantaged,Meal Status,Title 1,Migrant,English Proficiency,"
    "ELL Status,Home Language,Alternate Assessment,Approved Accommodations,Classed,"
    "Reporting Class Name,Reporting Class ID,Official Teacher Name,Official Teacher Staff ID,"
    "Assessing Teacher Name,Assessing Teacher Staff ID,Assessment,Assessment Edition,"
    "Assessment Grade,Benchmark Period,Composite Level,Composite Score,"
    "Composite - National Norm Percentile,Composite - Semester Growth,Composite - Year Growth"
)
_TAIL = (
    "Correct Responses (Maze) - Score,Incorrect Responses (Maze) - Score,Client Date,Device Date,"
    "Sync Date,Student Primary ID,Primary ID - Student ID (State ID),Administration Type,"
    "Vocabulary - Level,Vocabulary - Score,Spelling - Level,Spelling - Score,RAN - Level,"
    "RAN - Score,Risk Indicator - Level,DIBELS Composite Score - Lexile"
)


def _columns() -> Iterator[str]:
    yield from _HEAD.split(",")
    for measure in _MEASURES:
        if measure.name.startswith("Reading Comprehension"):
            yield "Error Rate (ORF) - Score"
        yield from (f"{measure.name} - {part}" for part in _PARTS)
    yield from _TAIL.split(",")


COLUMNS = tuple(_columns())


def sheets(zone: Zone, entries: Ints, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Return the file of each benchmark period that arrives: one row per pupil assessed."""
    for results in due_results(zone, entries, night):
        rows = _rows(zone, claims, results)
        period = PERIODS[results.window]
        file = f"dibels8_{zone.calendar.label(results.year)}_{period}_{night.stamp}.csv"
        person = claims.person[results.entry]
        yield Sheet(SOURCE, file, rows, person, "student", claim=results.entry)


def _rows(zone: Zone, claims: Claims, results: Results) -> pa.Table:
    made = _who(claims, results) | _where(zone, results) | _when(zone, results)
    made |= _composite(zone, results)
    for measure in _MEASURES:
        made |= _measure(zone, results, measure)
    return tabled(COLUMNS, made, len(results.entry))


def _who(claims: Claims, results: Results) -> Cells:
    at = results.entry
    return {
        "Student Last Name": cells.lookup(claims.last, at),
        "Student First Name": cells.lookup(claims.first, at),
        "Student Middle Name": cells.lookup(claims.middle, at),
        "Date of Birth": cells.moments(claims.birth[at], "%Y-%m-%d"),
        "Student Primary ID": cells.lookup(claims.id, at),
        "Primary ID - Student ID (State ID)": cells.lookup(claims.second_id, at),
    }


def _where(zone: Zone, results: Results) -> Cells:
    first, size = zone.calendar.years[results.year], len(results.entry)
    school, grade = schools_at(zone, results.score), zone.scores.grade[results.score]
    words = cells.where(grade == 0, "K", cells.number(grade))
    made = {
        "School Year": f"{first}-{first + 1}",
        "Account Name": DISTRICT_NAME,
        "District Name": DISTRICT_NAME,
        "District Primary ID": DISTRICT_CODE,
        "Classed": "Y",
        "Assessment": "mCLASS",
        "Assessment Edition": "DIBELS 8th Edition",
        "Benchmark Period": PERIODS[results.window],
    }
    return {name: cells.constant(value, size) for name, value in made.items()} | {
        "School Name": cells.lookup(zone.schools.name, school),
        "Primary School ID": cells.lookup(zone.schools.code, school),
        "Enrollment Grade": words,
        "Assessment Grade": words,
    }


def _when(zone: Zone, results: Results) -> Cells:
    score = results.score
    day = cells.moments(zone.scores.taken[score], "%Y-%m-%d")
    blank = scatter(zone, score, "dibels date", _BLANK_DATES) == 0
    offline = scatter(zone, score, "dibels offline", 8) == 0
    return {
        "Client Date": cells.where(blank, None, day),
        "Device Date": day,
        "Sync Date": day,
        "Administration Type": cells.where(offline, "Offline", "Online"),
    }


def _composite(zone: Zone, results: Results) -> Cells:
    points = _COMPOSITE.scores(zone, results.score)
    norm = _COMPOSITE.norm(zone.scores.grade[results.score], results.window)
    z = (points - norm) / _COMPOSITE.spread
    value = whole(180 * z) + 260 * zone.scores.grade[results.score] - 150
    lexile = cells.joined(cells.where(value < 0, "BR", ""), cells.number(np.abs(value)), "L")
    return {
        "Composite Level": _level(z),
        "Composite Score": cells.number(points),
        "Composite - National Norm Percentile": cells.number(percentile(z)),
        "DIBELS Composite Score - Lexile": lexile,
    }


def _level(z: np.ndarray) -> pa.StringArray:
    return cells.lookup(LEVELS, np.searchsorted(_BEGINS, z, side="right").astype(np.int64))


def _measure(zone: Zone, results: Results, measure: _Measure) -> Cells:
    """Return a measure's cells; blank in grades it is not given in."""
    score, grade = results.score, zone.scores.grade[results.score]
    given = (grade >= measure.grades[0]) & (grade <= measure.grades[1])
    z = zone.scores.z[score] + (scatter(zone, score, measure.name, 101) - 50) / 100
    means = np.asarray(measure.mean, dtype=np.float64)[np.minimum(grade, len(measure.mean) - 1)]
    grown = 0.0 if measure.accuracy else 0.3 * results.window * means
    points = np.clip(whole(means + grown + measure.spread * z), 0, measure.most)
    made = {
        "Level": _level(z),
        "Score": cells.number(points),
        "National Norm Percentile": cells.number(percentile(z)),
    }
    return {f"{measure.name} - {part}": cells.where(given, c, None) for part, c in made.items()}
