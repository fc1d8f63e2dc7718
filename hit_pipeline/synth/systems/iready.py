"""i-Ready Diagnostic: one file for mathematics and one for reading, per school year and window.

Headers are the product's. The file begins with a byte order mark, which is part of the first
column's name here. Dates are M/D/YYYY and the year stands as "2025-2026". No column names the
subject. A domain that was not assessed says "Not Assessed" and has no score; one the pupil is past
says "Surpassed Level" and has a placement only. A row has the pupil's two numbers and name, but no
birth date. The user name is the account's that bears what is written: other writing, other account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

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
    earlier,
    of_subject,
    scatter,
    schools_at,
    short_dates,
    tabled,
    whole,
)
from hit_pipeline.synth.truth.draws import Flags, Floats, Ints, texts
from hit_pipeline.synth.truth.scores import WINDOWS
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "iready"
BOM = "\ufeff"
_WINDOWS = (
    "Fall (Beginning of Year - November 15)",
    "Winter (November 16 - March 1)",
    "Spring (March 2 - End of Year)",
)
_RELATIVE = (
    "Mid or Above Grade Level",
    "Early On Grade Level",
    "1 Grade Level Below",
    "2 Grade Levels Below",
    "3 or More Grade Levels Below",
)
_NO_DOMAIN = ("Not Assessed", "Surpassed Level")
_ASSESSED = -1


@dataclass(frozen=True)
class _Diagnostic:
    """One subject.

    Attributes:
        surpassed_at: Grade from which each domain is past for pupils above the average, two grades
            later for all; 99 is never.
        first_grade: Grade from which each domain is assessed.
    """

    subject: str
    file: str
    measure: str
    scale: Scale
    domains: tuple[str, ...]
    surpassed_at: tuple[int, ...]
    first_grade: tuple[int, ...]
    last_columns: tuple[str, ...]


_DIAGNOSTICS = (
    _Diagnostic(
        "math",
        "iready_math",
        "Quantile",
        Scale((348, 382, 410, 434, 456, 470, 480, 488, 496, 504, 511, 517, 522), 28.0, 100, 800),
        (
            "Number and Operations",
            "Algebra and Algebraic Thinking",
            "Measurement and Data",
            "Geometry",
        ),
        (99, 99, 99, 99),
        (0, 0, 0, 0),
        (),
    ),
    _Diagnostic(
        "ela",
        "iready_reading",
        "Lexile",
        Scale((352, 412, 465, 502, 530, 552, 570, 584, 597, 608, 617, 625, 632), 46.0, 100, 800),
        (
            "Phonological Awareness",
            "Phonics",
            "High-Frequency Words",
            "Vocabulary",
            "Comprehension: Overall",
            "Comprehension: Literature",
            "Comprehension: Informational Text",
        ),
        (1, 3, 2, 99, 99, 99, 99),
        (0, 0, 0, 0, 0, 0, 1),
        ("Reading Difficulty Indicator (Y/N)",),
    ),
)
_HEAD = (
    "Last Name,First Name,Student ID,Student Grade,Academic Year,School,Enrolled,District State ID,"
    "Account State ID,School State ID,Student State ID,User Name,Sex,Hispanic or Latino,Race,"
    "English Language Learner,Special Education,Economically Disadvantaged,Migrant,Class(es),"
    "Class Teacher(s),Report Group(s),Start Date,Completion Date,Norming Window,"
    "Baseline Diagnostic (Y/N),Most Recent Diagnostic YTD (Y/N),Duration (min),Rush Flag,"
    "Read Aloud,Tactile Graphics,Overall Scale Score,Overall Placement,Overall Relative Placement,"
    "Percentile,Grouping"
)
_TAIL = (
    "Diagnostic Gain,Annual Typical Growth Measure,Annual Stretch Growth Measure,"
    "Percent Progress to Annual Typical Growth (%),Percent Progress to Annual Stretch Growth (%),"
    "Mid On Grade Level Scale Score,Proficiency if Student Shows No Additional Growth,"
    "Projection if Student Achieves Typical Growth,Projection if Student Achieves Stretch Growth"
)


def columns(subject: str) -> tuple[str, ...]:
    """Return the headers of a subject's file without the byte order mark."""
    test = next(test for test in _DIAGNOSTICS if test.subject == subject)
    parts = ("Scale Score", "Placement", "Relative Placement")
    return (
        *_HEAD.split(","),
        f"{test.measure} Measure",
        f"{test.measure} Range",
        *(f"{domain} {part}" for domain in test.domains for part in parts),
        *_TAIL.split(","),
        *test.last_columns,
    )


def sheets(zone: Zone, entries: Ints, claims: Claims, night: Night) -> Iterator[Sheet]:
    """Return the files of each window that arrives, one per subject: one row per test."""
    for window in due_results(zone, entries, night):
        term = f"{zone.calendar.label(window.year)}_{WINDOWS[window.window]}"
        for test in _DIAGNOSTICS:
            results = of_subject(zone, window, test.subject)
            if len(results.entry):
                rows = _rows(zone, entries, claims, results, test)
                person = claims.person[results.entry]
                file = f"{test.file}_{term}_{night.stamp}.csv"
                yield Sheet(SOURCE, file, rows, person, "student", claim=results.entry)


def _rows(
    zone: Zone, entries: Ints, claims: Claims, results: Results, test: _Diagnostic
) -> pa.Table:
    names = columns(test.subject)
    made = (
        _who(claims, results)
        | _where(zone, results)
        | _sitting(zone, entries, results)
        | _result(zone, results, test)
        | _growth(zone, entries, results, test.scale)
    )
    for nth in range(len(test.domains)):
        made |= _domain(zone, results, test, nth)
    rows = tabled(names, made, len(results.entry))
    return rows.rename_columns([BOM + names[0], *names[1:]])


def _who(claims: Claims, results: Results) -> Cells:
    at = results.entry
    written = zip(claims.id[at], claims.first[at], claims.last[at], strict=True)
    accounts = [f"AUTO_{crc32('|'.join(words).encode()):010d}" for words in written]
    return {
        "Last Name": cells.lookup(claims.last, at),
        "First Name": cells.lookup(claims.first, at),
        "Student ID": cells.lookup(claims.id, at),
        "Student State ID": cells.lookup(claims.second_id, at),
        "User Name": cells.text(texts(accounts)),
    }


def _where(zone: Zone, results: Results) -> Cells:
    size, first = len(results.entry), zone.calendar.years[results.year]
    grade = zone.scores.grade[results.score]
    return {
        "Student Grade": cells.where(grade == 0, "K", cells.number(grade)),
        "Academic Year": cells.constant(f"{first}-{first + 1}", size),
        "School": cells.lookup(zone.schools.name, schools_at(zone, results.score)),
        "Enrolled": cells.constant("Enrolled", size),
    }


def _sitting(zone: Zone, entries: Ints, results: Results) -> Cells:
    score, size = results.score, len(results.entry)
    day = short_dates(zone.scores.taken[score])
    seen = np.zeros(size, dtype=bool)
    for window in range(results.window):
        seen |= earlier(zone, entries, score, years=0, window=window) >= 0
    rush = scatter(zone, score, "iready rush", 100)
    return {
        "Start Date": day,
        "Completion Date": day,
        "Norming Window": cells.constant(_WINDOWS[results.window], size),
        "Baseline Diagnostic (Y/N)": cells.where(seen, "N", "Y"),
        "Most Recent Diagnostic YTD (Y/N)": cells.constant("Y", size),
        "Duration (min)": cells.number(25 + scatter(zone, score, "iready minutes", 50)),
        "Rush Flag": cells.where(rush == 0, "Red", cells.where(rush < 3, "Yellow", None)),
        "Read Aloud": cells.constant("Off", size),
        "Tactile Graphics": cells.constant("Off", size),
    }


def _result(zone: Zone, results: Results, test: _Diagnostic) -> Cells:
    points = test.scale.scores(zone, results.score)
    grade = zone.scores.grade[results.score]
    z = (points - test.scale.norm(grade, results.window)) / test.scale.spread
    rank = percentile(z)
    value = np.maximum((points - 350) * 5, 0) // 5 * 5
    letter = test.measure[0]
    made = {
        "Overall Scale Score": cells.number(points),
        "Percentile": cells.number(rank),
        "Grouping": cells.number(1 + np.searchsorted((20, 40, 60, 80), rank).astype(np.int64)),
        f"{test.measure} Measure": cells.joined(cells.number(value), letter),
        f"{test.measure} Range": cells.joined(
            cells.number(np.maximum(value - 50, 0)), f"{letter}-", cells.number(value + 50), letter
        ),
    }
    if test.last_columns:
        low = cells.where(rank < 25, "N", "Not Provided")
        made[test.last_columns[0]] = cells.where(rank < 10, "Y", low)
    return made | _placed(test.scale, grade, points, "Overall")


def _placed(scale: Scale, grade: Ints, points: Ints, name: str) -> Cells:
    """Return the placement: the highest grade whose mean in fall the score has come near."""
    begins = np.asarray(scale.means, dtype=np.float64) - 0.3 * scale.spread
    level = np.searchsorted(begins, points, side="right").astype(np.int64) - 1
    middle = (points >= np.asarray(scale.means)[grade] + 0.3 * scale.spread) | (level > grade)
    words = np.where(level >= grade, np.where(middle, 0, 1), np.minimum(grade - level, 3) + 1)
    digit = cells.where(level == 0, "K", cells.number(np.maximum(level, 0)))
    own = cells.where(grade == 0, "K", cells.number(grade))
    on_grade = cells.joined(cells.where(middle, "Mid ", "Early "), own)
    lower = cells.where(level < 0, "Emerging K", cells.joined("Grade ", digit))
    return {
        f"{name} Placement": cells.where(level == grade, on_grade, lower),
        f"{name} Relative Placement": cells.lookup(_RELATIVE, words),
    }


def _domain(zone: Zone, results: Results, test: _Diagnostic, nth: int) -> Cells:
    name, grade = test.domains[nth], zone.scores.grade[results.score]
    points = test.scale.scores(zone, results.score)
    points += scatter(zone, results.score, f"iready {name}", 61) - 30
    state = _state(test, nth, grade, zone.scores.z[results.score])
    assessed, instead = state == _ASSESSED, cells.lookup(_NO_DOMAIN, state)
    made = _placed(test.scale, grade, points, name)
    scores = cells.where(state == 0, _NO_DOMAIN[0], None)
    return {
        f"{name} Scale Score": cells.where(assessed, cells.number(points), scores),
        **{column: cells.where(assessed, words, instead) for column, words in made.items()},
    }


def _state(test: _Diagnostic, nth: int, grade: Ints, z: Floats) -> Ints:
    """Return the position in `_NO_DOMAIN` of why a domain was not assessed; -1 when it was."""
    past = test.surpassed_at[nth]
    surpassed: Flags = (grade >= past + 2) | ((grade >= past) & (z > 0.5))
    return np.where(surpassed, 1, np.where(grade < test.first_grade[nth], 0, _ASSESSED))


def _growth(zone: Zone, entries: Ints, results: Results, scale: Scale) -> Cells:
    """Return growth since the fall test; a pupil without one has the year's measures only."""
    score, grade = results.score, zone.scores.grade[results.score]
    first = earlier(zone, entries, score, years=0, window=0)
    there = first >= 0
    gain = scale.scores(zone, score) - scale.scores(zone, np.where(there, first, score))
    typical = np.maximum(whole(scale.norm(grade, 2) - scale.norm(grade, 0)), 3)
    stretch = typical * 3 // 2
    level = np.searchsorted((-0.6, 0.2, 1.0), zone.scores.z[score]).astype(np.int64) + 1
    levels = [cells.joined("Level ", cells.number(np.minimum(level + n, 4))) for n in (0, 1)]
    since_fall = {
        "Diagnostic Gain": cells.number(gain),
        "Percent Progress to Annual Typical Growth (%)": cells.number(gain * 100 // typical),
        "Percent Progress to Annual Stretch Growth (%)": cells.number(gain * 100 // stretch),
    }
    made = {name: cells.where(there, column, None) for name, column in since_fall.items()} | {
        "Annual Typical Growth Measure": cells.number(typical),
        "Annual Stretch Growth Measure": cells.number(stretch),
        "Mid On Grade Level Scale Score": cells.number(whole(scale.norm(grade, 1) + 10)),
        "Proficiency if Student Shows No Additional Growth": levels[0],
    }
    if results.window < len(WINDOWS) - 1:
        made["Projection if Student Achieves Typical Growth"] = levels[0]
        made["Projection if Student Achieves Stretch Growth"] = levels[1]
    return made
