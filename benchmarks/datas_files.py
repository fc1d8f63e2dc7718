"""Makes session and student files in the DATAS 1.0 shapes, of any size, from a seed."""

from pathlib import Path

import duckdb

STUDENT_HEADER = [
    "student_id",
    "district_id",
    "district_name",
    "school_id",
    "school_name",
    "current_grade_level",
    "gender",
    "ethnicity",
    "ell",
    "iep",
    "gifted_flag",
    "homeless_flag",
    "disability",
    "economic_disadvantage",
    "ela_outcome_measure_1",
    "ela_outcome_measure_2",
    "ela_outcome_measure_3",
    "math_outcome_measure_1",
    "math_outcome_measure_2",
    "math_outcome_measure_3",
    "performance_level_previous",
    "performance_level_most_recent",
    "performance_level_earliest",
]

_DRAW = "(hash({row} * 64 + {salt} + {seed}) % 1000000) / 1000000.0"


def write(folder: Path, *, sessions: int, students: int, seed: int = 1) -> tuple[Path, Path]:
    """Write ``session.csv`` and ``student.csv``; 40 % of the students are tutored.

    Returns:
        The session file and the student file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    session_file, student_file = folder / "session.csv", folder / "student.csv"
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(_students(students, seed, student_file))
        connection.execute(_sessions(sessions, students, seed, session_file))
    return session_file, student_file


def _draw(row: str, salt: int, seed: int) -> str:
    return _DRAW.format(row=row, salt=salt, seed=seed * 1_000_003)


def _student_id(number: str) -> str:
    return f"lpad((({number}) * 97003 % 9999999967)::VARCHAR, 10, '0')"


def _students(count: int, seed: int, target: Path) -> str:
    def flag(salt: int, share: float) -> str:
        drawn = _draw("i", salt, seed)
        return f"CASE WHEN {drawn} < {share} THEN 'TRUE' ELSE 'FALSE' END"

    measures = ", ".join(
        f"(650 + 80 * {_draw('i', 20 + place, seed)})::INT AS {STUDENT_HEADER[14 + place]}"
        for place in range(6)
    )
    levels = ", ".join(
        f"['Below', 'Basic', 'Proficient'][1 + (3 * {_draw('i', 30 + place, seed)})::INT % 3]"
        f" AS {STUDENT_HEADER[20 + place]}"
        for place in range(3)
    )
    return f"""
        COPY (
            SELECT {_student_id("i + 1")} AS student_id,
                '0100001' AS district_id, 'Example District' AS district_name,
                (100 + i % 60)::VARCHAR AS school_id, 'School ' || (i % 60) AS school_name,
                i % 9 AS current_grade_level,
                CASE WHEN i % 2 = 0 THEN 'Male' ELSE 'Female' END AS gender,
                ['White', 'Black', 'Asian', 'Hispanic or Latino'][1 + i % 4] AS ethnicity,
                {flag(11, 0.16)} AS ell, {flag(12, 0.15)} AS iep, {flag(13, 0.1)} AS gifted_flag,
                {flag(14, 0.03)} AS homeless_flag, {flag(15, 0.12)} AS disability,
                {flag(16, 0.46)} AS economic_disadvantage, {measures}, {levels}
            FROM range({count}) AS numbers(i)
        ) TO '{target}' (HEADER)
    """  # noqa: S608 (our own numbers and path)


def _sessions(count: int, students: int, seed: int, target: Path) -> str:
    tutored = max(1, int(students * 0.4))
    return f"""
        COPY (
            SELECT {_student_id(f"(hash(i + {seed}) % {tutored}) + 1")} AS student_id,
                CASE WHEN i % 2 = 0 THEN 'math' ELSE 'ela' END AS session_topic,
                strftime(TIMESTAMP '2025-08-18 08:00:00'
                    + to_days((hash(i * 3 + {seed}) % 260)::INT)
                    + to_minutes((hash(i * 5 + {seed}) % 480)::INT), '%Y-%m-%d %H:%M:%S')
                    AS session_date,
                (15 + hash(i * 7 + {seed}) % 60)::INT AS session_duration,
                '1:' || (1 + i % 5) AS session_ratio,
                'T' || (10000 + hash(i * 11 + {seed}) % 2000) AS tutor_id
            FROM range({count}) AS numbers(i)
        ) TO '{target}' (HEADER)
    """  # noqa: S608 (our own numbers and path)
