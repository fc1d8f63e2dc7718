"""Renaissance Star: one file for reading (SR) and one for mathematics (SM), per year and window.

Headers are the product's. Instants are UTC with milliseconds; ``CompletedDateLocal`` is the wall
clock although it too ends in Z. The school year's ends are midnights in the same form. A
deactivated test stands in the file with its score and a reason. Names, birth date and two numbers
(``StudentSourcedID``, ``StudentIdentifier`` and ``StudentUserID`` are the district's) are in each
row; the vendor's own id is of the account that bears what is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.map_growth import SEASONS, Scale, percentile
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import opaque, opaque_one
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.state_test import (
    Cells,
    Results,
    due_results,
    hundredths,
    of_subject,
    result_keys,
    scatter,
    schools_at,
    tabled,
    whole,
)
from hit_pipeline.synth.truth.calendar import to_utc
from hit_pipeline.synth.truth.draws import Days, Ints
from hit_pipeline.synth.truth.schools import DISTRICT_CODE, DISTRICT_NAME
from hit_pipeline.synth.truth.scores import WINDOWS, window_of
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "star"
_STUDENT = (
    "RenaissanceClientID SchoolYear SchoolYearStartDate SchoolYearEndDate StudentRenaissanceID "
    "StudentSourcedID StudentIdentifier StudentUserID StudentStateID StudentEmail "
    "StudentFirstName StudentMiddleName StudentLastName Gender BirthDate MultiRace "
    "HispanicOrLatino AmericanIndianOrAlaskaNative Asian BlackOrAfricanAmerican "
    "NativeHawaiianOrOtherPacificIslander White CurrentGrade EnrollmentStatus"
)
_PLACE = (
    "DistrictRenaissanceID DistrictSourcedID DistrictIdentifier DistrictStateID DistrictName "
    "SchoolRenaissanceID SchoolSourcedID SchoolIdentifier SchoolStateID SchoolName "
    "CourseRenaissanceID CourseSourcedID CourseCode CourseName ClassRenaissanceID ClassSourcedID "
    "ClassCode GroupID GroupOrClassName TeacherRenaissanceID TeacherSourcedID TeacherIdentifier "
    "TeacherUserID TeacherStateID TeacherEmail TeacherFirstName TeacherMiddleName TeacherLastName"
)
_TEST = (
    "AssessmentID LaunchDate CompletedDate CompletedDateLocal AssessmentNumber AssessmentType "
    "AssessmentStatus DeactivationReason GradePlacement Grade ExtraTime ScaledScore "
    "StandardErrorOfMeasurement RaschScore UnifiedScore "
    "PartnershipForAssessmentOfReadinessForCollegeAndCareers SmarterBalancedAssessmentConsortium "
    "OpenGrowthScore GradeEquivalent PercentileRank NormalCurveEquivalent"
)
_READING = (
    "InstructionalReadingLevel EstimatedOralReadingFluency LowerZoneOfProximalDevelopment "
    "UpperZoneOfProximalDevelopment Lexile LowerLexileZoneOfProximalDevelopment "
    "UpperLexileZoneOfProximalDevelopment"
)
_REST = (
    "TotalTimeInSeconds TotalCorrect TotalPossible StudentGrowthPercentileFallFall "
    "StudentGrowthPercentileFallSpring StudentGrowthPercentileFallWinter "
    "StudentGrowthPercentileSpringFall StudentGrowthPercentileSpringSpring "
    "StudentGrowthPercentileWinterSpring ScreeningPeriodWindowName ScreeningWindowStartDate "
    "ScreeningWindowEndDate RenaissanceBenchmarkCategoryName RenaissanceBenchmarkCategoryLevel "
    "RenaissanceBenchmarkCategoryNumberOfLevels RenaissanceBenchmarkCategoryMinPercentileRank "
    "RenaissanceBenchmarkCategoryMaxPercentileRank CurrentSGP TakenAt StudentDisplayID"
)
_BENCHMARKS = ("Urgent Intervention", "Intervention", "On Watch", "At/Above Benchmark")
_BENCHMARK_BEGINS = np.array([1, 10, 25, 40, 100])
"""Percentile ranks at which the categories begin; the last one ends before 100."""
_REASONS = (None, "Student did not finish", "Wrong student account")


@dataclass(frozen=True)
class _Star:
    """One test of the family: its scales, in unified and in Star's own points."""

    subject: str
    prefix: str
    unified: Scale
    own: Scale
    questions: int
    columns: tuple[str, ...]


_MATH = Scale(
    (735, 805, 875, 930, 975, 1005, 1030, 1045, 1060, 1070, 1078, 1084, 1088), 58.0, 600, 1400
)
_MATH_OWN = Scale((230, 320, 420, 510, 585, 645, 690, 725, 750, 765, 780, 790, 798), 85.0, 0, 1400)
_READ = Scale(
    (700, 785, 875, 940, 985, 1015, 1040, 1058, 1072, 1084, 1094, 1102, 1108), 66.0, 600, 1400
)
_READ_OWN = Scale((60, 95, 240, 365, 460, 555, 650, 745, 830, 905, 970, 1025, 1070), 150.0, 0, 1400)
_COMMON = (*_STUDENT.split(), *_PLACE.split(), *_TEST.split())
STARS = (
    _Star("ela", "SR", _READ, _READ_OWN, 34, (*_COMMON, *_READING.split(), *_REST.split())),
    _Star("math", "SM", _MATH, _MATH_OWN, 34, (*_COMMON, *_REST.split())),
)


def sheets(zone: Zone, entries: Ints, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Return the files of each window that arrives, one per subject: one row per test."""
    for window in due_results(zone, entries, night):
        term = f"{zone.calendar.label(window.year)}_{WINDOWS[window.window]}"
        for star in STARS:
            results = of_subject(zone, window, star.subject)
            if len(results.entry):
                rows = _rows(zone, claims, results, star)
                person = claims.person[results.entry]
                file = f"{star.prefix}_{term}_{night.stamp}.csv"
                yield Sheet(SOURCE, file, rows, person, "student", claim=results.entry)


def _rows(zone: Zone, claims: Claims, results: Results, star: _Star) -> pa.Table:
    made = (
        _who(zone, claims, results)
        | _where(zone, results)
        | _sitting(zone, results, star)
        | _result(zone, results, star)
    )
    return tabled(star.columns, made, len(results.entry))


def _instants(moments: Days, thousandths: Ints | None = None) -> pa.StringArray:
    """Return instants as the product writes them; days have no thousandths."""
    if thousandths is None:
        return cells.moments(moments, "%Y-%m-%dT%H:%M:%SZ")
    begin = cells.moments(moments, "%Y-%m-%dT%H:%M:%S")
    return cells.joined(begin, ".", cells.number(thousandths, at_least=3), "Z")


def _who(zone: Zone, claims: Claims, results: Results) -> Cells:
    at = results.entry
    number = cells.lookup(claims.id, at)
    written = zip(claims.id[at], claims.first[at], claims.last[at], strict=True)
    account = np.array([crc32("|".join(words).encode()) for words in written], dtype=np.int64)
    return {
        "StudentRenaissanceID": opaque(zone.seed, "star account", account),
        "StudentSourcedID": number,
        "StudentIdentifier": number,
        "StudentUserID": number,
        "StudentStateID": cells.lookup(claims.second_id, at),
        "StudentFirstName": cells.lookup(claims.first, at),
        "StudentMiddleName": cells.lookup(claims.middle, at),
        "StudentLastName": cells.lookup(claims.last, at),
        "BirthDate": _instants(claims.birth[at]),
        "StudentDisplayID": number,
    }


def _where(zone: Zone, results: Results) -> Cells:
    size, calendar = len(results.entry), zone.calendar
    school, first = schools_at(zone, results.score), calendar.years[results.year]
    ends = np.array([calendar.first_day(results.year), calendar.last_day(results.year)])
    begin, end = _instants(ends).to_pylist()
    code = cells.lookup(zone.schools.code, school)
    made = {
        "RenaissanceClientID": "4400100",
        "SchoolYear": f"{first}-{first + 1}",
        "SchoolYearStartDate": begin,
        "SchoolYearEndDate": end,
        "EnrollmentStatus": "Enrolled",
        "DistrictRenaissanceID": opaque_one(zone.seed, "star district", 0),
        "DistrictIdentifier": DISTRICT_CODE,
        "DistrictStateID": DISTRICT_CODE,
        "DistrictName": DISTRICT_NAME,
        "TakenAt": "school",
    }
    return {name: cells.constant(value, size) for name, value in made.items()} | {
        "CurrentGrade": cells.number(zone.scores.grade[results.score]),
        "SchoolRenaissanceID": opaque(zone.seed, "star school", zone.number, school),
        "SchoolSourcedID": cells.joined("vchSISSchoolID=", code),
        "SchoolIdentifier": code,
        "SchoolName": cells.lookup(zone.schools.name, school),
    }


def _sitting(zone: Zone, results: Results, star: _Star) -> Cells:
    score, size = results.score, len(results.entry)
    seconds = 480 + scatter(zone, score, "star seconds", 1300)
    launch = 8 * 3600 + 1800 + scatter(zone, score, "star launch", 19_800)
    start = zone.scores.taken[score].astype("datetime64[s]") + launch.astype("timedelta64[s]")
    finish = start + seconds.astype("timedelta64[s]")
    part = scatter(zone, score, "star thousandths", 1000)
    status = np.maximum(scatter(zone, score, "star status", 200) - 197, 0)
    dropped = status > 0
    first, last = window_of(zone.calendar, results.year, results.window)
    begin, end = _instants(np.array([first, last])).to_pylist()
    return {
        "AssessmentID": opaque(zone.seed, f"{star.prefix} test", result_keys(zone, score)),
        "LaunchDate": _instants(to_utc(start), part),
        "CompletedDate": _instants(to_utc(finish), part),
        "CompletedDateLocal": _instants(finish, part),
        "AssessmentNumber": cells.constant(str(results.window + 1), size),
        "AssessmentType": cells.constant("Enterprise", size),
        "AssessmentStatus": cells.where(dropped, "Deactivated", "Active"),
        "DeactivationReason": cells.where(
            dropped, cells.where(status == 1, _REASONS[1], _REASONS[2]), None
        ),
        "ExtraTime": cells.constant("No", size),
        "TotalTimeInSeconds": cells.number(seconds),
        "TotalPossible": cells.constant(str(star.questions), size),
        "ScreeningPeriodWindowName": cells.constant(SEASONS[results.window], size),
        "ScreeningWindowStartDate": cells.constant(begin, size),
        "ScreeningWindowEndDate": cells.constant(end, size),
    }


def _result(zone: Zone, results: Results, star: _Star) -> Cells:
    score, grade = results.score, zone.scores.grade[results.score]
    unified = star.unified.scores(zone, score)
    z = (unified - star.unified.norm(grade, results.window)) / star.unified.spread
    rank = percentile(z)
    category = np.searchsorted(_BENCHMARK_BEGINS, rank, side="right").astype(np.int64) - 1
    low, high = (_BENCHMARK_BEGINS[category + n] - n for n in (0, 1))
    tenths = np.clip(whole(10 * (grade + 0.4 * results.window + 1.1 * z)), 0, 129)
    placement = grade * 100 + (5, 45, 75)[results.window]
    right = np.clip(20 + whole(5 * z) + scatter(zone, score, "star right", 7), 4, star.questions)
    return {
        "GradePlacement": hundredths(placement),
        "Grade": cells.number(grade),
        "ScaledScore": cells.number(star.own.scores(zone, score)),
        "StandardErrorOfMeasurement": hundredths(1500 + scatter(zone, score, "star error", 900)),
        "RaschScore": hundredths(whole(130 * z + 60 * (grade - 4))),
        "UnifiedScore": cells.number(unified),
        "GradeEquivalent": cells.joined(cells.number(tenths // 10), ".", cells.number(tenths % 10)),
        "PercentileRank": cells.number(rank),
        "NormalCurveEquivalent": cells.number(np.clip(whole(50 + 21.06 * z), 1, 99)),
        "TotalCorrect": cells.number(right),
        "RenaissanceBenchmarkCategoryName": cells.lookup(_BENCHMARKS, category),
        "RenaissanceBenchmarkCategoryLevel": cells.number(4 - category),
        "RenaissanceBenchmarkCategoryNumberOfLevels": cells.constant("4", len(score)),
        "RenaissanceBenchmarkCategoryMinPercentileRank": cells.number(low),
        "RenaissanceBenchmarkCategoryMaxPercentileRank": cells.number(high),
    }
