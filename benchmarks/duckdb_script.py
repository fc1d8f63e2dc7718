"""Hand-written DuckDB SQL that only reads, joins, aggregates and writes: the limit to compare with.

Run: ``python -m benchmarks.duckdb_script FOLDER OUTPUT``.
"""

import json
import sys
from pathlib import Path

import duckdb


def main() -> None:
    """Write sessions joined to students as Parquet, and hours per student; print the totals."""
    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1GB'")
        connection.execute(f"""
            CREATE TABLE student AS
            SELECT * FROM read_csv('{folder}/student.csv', all_varchar = true, header = true)
        """)  # noqa: S608 (our own path)
        connection.execute(f"""
            COPY (
                SELECT s.student_id, s.session_topic,
                    s.session_date::TIMESTAMP AS started_at,
                    s.session_duration::INT * 60 AS seconds,
                    s.session_ratio, s.tutor_id, p.school_id, p.current_grade_level
                FROM read_csv('{folder}/session.csv', all_varchar = true, header = true) AS s
                LEFT JOIN student AS p ON trim(s.student_id) = p.student_id
            ) TO '{output}/session.parquet' (COMPRESSION zstd)
        """)  # noqa: S608 (our own path)
        connection.execute(f"""
            COPY (
                SELECT student_id, sum(seconds) AS seconds, count(*) AS sessions
                FROM read_parquet('{output}/session.parquet') GROUP BY student_id
            ) TO '{output}/dosage.parquet' (COMPRESSION zstd)
        """)  # noqa: S608 (our own path)
        total = connection.execute(
            f"SELECT sum(seconds) / 3600.0, count(*) FROM '{output}/dosage.parquet'"  # noqa: S608
        ).fetchone()
    print(json.dumps({"total_tutoring_hours": float(total[0]), "tutored_students": total[1]}))


if __name__ == "__main__":
    main()
