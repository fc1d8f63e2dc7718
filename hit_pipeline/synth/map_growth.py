"""The fall test: NWEA MAP Growth in the layout of its ComboStudentAssessment export.

The 143 header names and their order are the product's; every value is made here, from norms
rounded by us. Growth columns are empty, as they are in a first fall export.
"""

from dataclasses import dataclass
from datetime import date
from random import Random
from statistics import NormalDist

from hit_pipeline.synth.draw import stream
from hit_pipeline.synth.nights import stamp
from hit_pipeline.synth.people import Spell, Student
from hit_pipeline.synth.plain_files import us_date
from hit_pipeline.synth.records import Row, Sheet
from hit_pipeline.synth.school_days import instructional_days
from hit_pipeline.synth.schools import BY_ID, DISTRICT_ID, DISTRICT_NAME, GRADES
from hit_pipeline.synth.world import World

SOURCE = "map_growth"
_TESTED_SHARE = 0.95
_LOWEST = 100
_WINDOW = (date(2026, 8, 31), date(2026, 9, 18))
_GOALS_LISTED = 8
_SEASONS = (
    "FallToFall",
    "FallToWinter",
    "FallToSpring",
    "WinterToWinter",
    "WinterToSpring",
    "SpringToSpring",
)
_GROWTH = (
    "ProjectedGrowth",
    "ObservedGrowth",
    "ObservedGrowthSE",
    "MetProjectedGrowth",
    "ConditionalGrowthIndex",
    "ConditionalGrowthPercentile",
    "GrowthQuintile",
)
_HEAD = (
    "TermName DistrictName District_StateID SchoolName School_StateID StudentID Student_StateID "
    "Subject Course GrowthMeasureYN NormsReferenceData WISelectedAYFall WISelectedAYWinter "
    "WISelectedAYSpring WIPreviousAYFall WIPreviousAYWinter WIPreviousAYSpring TestType TestName "
    "TestID TestStartDate TestStartTime TestDurationMinutes TestRITScore TestStandardError "
    "TestPercentile AchievementQuintile PercentCorrect RapidGuessingPercentage"
)
_READABILITY = "LexileScore LexileMin LexileMax QuantileScore QuantileMin QuantileMax"
COLUMNS: tuple[str, ...] = (
    *_HEAD.split(),
    *(f"{season}{figure}" for season in _SEASONS for figure in _GROWTH),
    *_READABILITY.split(),
    *(
        f"Goal{n}{part}"
        for n in range(1, _GOALS_LISTED + 1)
        for part in ("Name", "RitScore", "StdErr", "Range", "Adjective")
    ),
    *(f"Typical{season}Growth" for season in _SEASONS),
    *(f"ProjectedProficiency{part}{n}" for n in range(1, 11) for part in ("Study", "Level")),
)


@dataclass(frozen=True)
class _Test:
    """One subject's test: mean score per grade from KG to 08, spread, goal areas."""

    subject: str
    course: str
    name: str
    means: tuple[int, ...]
    spread: float
    goals: tuple[str, ...]


_TESTS = (
    _Test(
        "Mathematics",
        "Math K-12",
        "Growth: Math {band} CVPS 2023",
        (140, 161, 175, 188, 200, 209, 215, 220, 225),
        15.0,
        ("Operations and Algebra", "Number", "Measurement and Data", "Geometry"),
    ),
    _Test(
        "Reading",
        "Reading",
        "Growth: Reading {band} CVPS 2023",
        (137, 156, 172, 186, 197, 204, 210, 214, 218),
        16.0,
        ("Literary Text", "Informational Text", "Vocabulary"),
    ),
)
_QUINTILES = ((21, "Low"), (41, "LoAvg"), (61, "Avg"), (81, "HiAvg"), (100, "High"))
_TESTED_GRADES = GRADES[:9]


def assessment_file(world: World, night: int) -> Sheet:
    """Return the fall results: both subjects for pupils of KG to 08 who were there and tested."""
    rows = [
        _row(world.seed, test, student, spell)
        for student in world.students.values()
        for spell in student.spells_known(night)[:1]
        if spell.grade in _TESTED_GRADES and spell.entry <= _WINDOW[0]
        for test in _TESTS
        if stream(world.seed, "tested", test.subject, student.number).random() < _TESTED_SHARE
    ]
    blank = dict.fromkeys(COLUMNS, "")
    for nth, row in enumerate(rows):
        row["TestID"] = str(812_400_113 + nth * 7)
    name = f"ComboStudentAssessment_{stamp(night)}.csv"
    return Sheet(SOURCE, name, COLUMNS, [blank | row for row in rows], quoted=True)


def _row(seed: int, test: _Test, student: Student, spell: Spell) -> Row:
    rng = stream(seed, "map", test.subject, student.number)
    grade = GRADES.index(spell.grade)
    ability = student.math if test.subject == "Mathematics" else student.reading
    rit = max(_LOWEST, round(test.means[grade] + test.spread * (ability + rng.gauss(0, 0.25))))
    standing = NormalDist(test.means[grade], test.spread).cdf(rit)
    percentile = min(99, max(1, round(100 * standing)))
    return (
        _who(student, spell)
        | _when(rng, spell)
        | {
            "Subject": test.subject,
            "Course": test.course,
            "GrowthMeasureYN": "TRUE",
            "NormsReferenceData": "2025",
            "WISelectedAYFall": "4",
            "TestType": "Survey With Goals",
            "TestName": test.name.format(band="K-2" if grade < 3 else "2-5" if grade < 6 else "6+"),
            "TestRITScore": str(rit),
            "TestStandardError": f"{rng.uniform(2.9, 3.6):.2f}",
            "TestPercentile": str(percentile),
            "AchievementQuintile": _quintile(percentile),
            "PercentCorrect": str(rng.randint(44, 58)),
            "RapidGuessingPercentage": f"{max(0.0, rng.gauss(-2, 4)):.4f}",
        }
        | _goals(rng, test, rit, test.means[grade])
        | _readability(rng, test, rit)
    )


def _who(student: Student, spell: Spell) -> Row:
    return {
        "TermName": "Fall 2026-2027",
        "DistrictName": DISTRICT_NAME,
        "District_StateID": DISTRICT_ID,
        "SchoolName": BY_ID[spell.school_id].name,
        "School_StateID": spell.school_id,
        "StudentID": student.number,
        "Student_StateID": student.state_id,
    }


def _when(rng: Random, spell: Spell) -> Row:
    day = rng.choice(instructional_days(spell.school_id, *_WINDOW))
    start = rng.randint(8 * 3600 + 1800, 14 * 3600)
    return {
        "TestStartDate": us_date(day),
        "TestStartTime": f"{start // 3600:02d}:{start // 60 % 60:02d}:{start % 60:02d}",
        "TestDurationMinutes": str(rng.randint(22, 75)),
    }


def _quintile(percentile: int) -> str:
    """Name the fifth a percentile lies in; each bound belongs to the fifth above."""
    return next(name for below, name in _QUINTILES if percentile < below)


def _goals(rng: Random, test: _Test, rit: int, mean: int) -> Row:
    row: Row = {}
    for n, goal in enumerate(test.goals, start=1):
        score = rit + round(rng.gauss(0, 5))
        error = rng.uniform(5.6, 7.2)
        standing = NormalDist(mean, test.spread).cdf(score)
        row |= {
            f"Goal{n}Name": goal,
            f"Goal{n}RitScore": str(score),
            f"Goal{n}StdErr": f"{error:.1f}",
            f"Goal{n}Range": f"{round(score - error)}-{round(score + error)}",
            f"Goal{n}Adjective": _quintile(min(99, max(1, round(100 * standing)))),
        }
    return row


def _readability(rng: Random, test: _Test, rit: int) -> Row:
    """Return the Lexile (reading) or Quantile (mathematics) measure and its range."""
    kind = "Lexile" if test.subject == "Reading" else "Quantile"
    value = max(-400, round((rit - 165) * 19 + rng.gauss(0, 30)))
    ends = {"Score": value, "Min": value - 100, "Max": value + 50}
    letter = kind[0]
    return {
        f"{kind}{end}": f"BR{-number}{letter}" if number < 0 else f"{number}{letter}"
        for end, number in ends.items()
    }
