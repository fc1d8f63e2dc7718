"""DATAS's load, prepare and metrics as a pandas script: what we are compared with.

Written from the standard's published rules and formulas. The reference toolkit cleans every cell
with a Python function, when it normalises, when it validates and when it coerces; ``cells`` does
that work the same way, ``columns`` does it once with pandas' column operations, as somebody who
cares for speed would. Run: ``python -m benchmarks.pandas_script FOLDER cells|columns``.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

TARGET_HOURS = 60.0
FLAGS = ("ell", "iep", "gifted_flag", "homeless_flag", "disability", "economic_disadvantage")
MEASURES = [
    f"{subject}_outcome_measure_{place}" for subject in ("ela", "math") for place in (1, 2, 3)
]
TOPICS = {"mathematics": "math", "reading": "ela", "literacy": "ela", "english": "ela"}
TRUE, FALSE = {"true", "yes", "y", "t", "1"}, {"false", "no", "n", "f", "0"}
Clean = Callable[[pd.Series], pd.Series]


def clean_cells(column: pd.Series) -> pd.Series:
    """Trim each cell; blank is missing. One Python call a cell."""

    def one(cell: object) -> object:
        if pd.isna(cell):
            return pd.NA
        text = str(cell).strip()
        return pd.NA if text == "" else text

    return column.map(one)


def clean_column(column: pd.Series) -> pd.Series:
    """Trim each cell; blank is missing. One call a column."""
    trimmed = column.astype("string").str.strip()
    return trimmed.mask(trimmed == "")


def load(path: Path, clean: Clean) -> pd.DataFrame:
    """Read a file as text and clean every column."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    return pd.DataFrame({name.strip().lower(): clean(raw[name]) for name in raw.columns})


def validate_sessions(sessions: pd.DataFrame, clean: Clean) -> dict[str, int]:
    """Count missing and unusable cells of every session column."""
    columns = (
        {name: clean(sessions[name]) for name in sessions.columns} if again(clean) else sessions
    )
    topics = columns["session_topic"].astype("string").str.lower().replace(TOPICS)
    dates = pd.to_datetime(columns["session_date"], errors="coerce")
    minutes = pd.to_numeric(columns["session_duration"], errors="coerce")
    missing = {f"missing {name}": int(columns[name].isna().sum()) for name in sessions.columns}
    return {
        **missing,
        "unknown topics": int((~topics.isin(["math", "ela"])).sum()),
        "unusable dates": int(dates.isna().sum()),
        "unusable minutes": int((minutes.isna() | (minutes < 0)).sum()),
    }


def again(clean: Clean) -> bool:
    """Return whether this way of working cleans anew in every stage, as the toolkit does."""
    return clean is clean_cells


def coerce(frame: pd.DataFrame, clean: Clean) -> pd.DataFrame:
    """Give every column its type."""
    typed = (
        {name: clean(frame[name]) for name in frame.columns}
        if again(clean)
        else dict(frame.items())
    )
    for name, column in typed.items():
        if name in FLAGS:
            lower = column.astype("string").str.lower()
            typed[name] = lower.map(lambda cell: cell in TRUE, na_action="ignore").astype("boolean")
        elif name in MEASURES or name == "session_duration":
            typed[name] = pd.to_numeric(column, errors="coerce").astype("Float64")
        elif name == "session_topic":
            topics = column.astype("string").str.lower()
            typed[name] = (
                topics.map(lambda cell: TOPICS.get(cell, cell), na_action="ignore").astype("string")
                if again(clean)
                else topics.replace(TOPICS)
            )
        else:
            typed[name] = column.astype("string")
    return pd.DataFrame(typed)


def prepare(sessions: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """Return students with their hours, gains and acceleration."""
    known = sessions[sessions["student_id"].isin(students["student_id"].dropna().unique())]
    hours = (known["session_duration"] / 60).groupby(known["student_id"]).sum()
    students["total_hours"] = students["student_id"].map(hours).fillna(0.0).astype(float)
    for subject in ("ela", "math"):
        first, second, third = (students[f"{subject}_outcome_measure_{n}"] for n in (1, 2, 3))
        students[f"{subject}_raw"] = third - first
        students[f"{subject}_va"] = (third - second) - (second - first)
    return students


def metrics(students: pd.DataFrame) -> dict[str, float]:
    """Return dosage, equity and outcome figures over tutored students."""
    tutored = students[students["total_hours"] > 0]
    hours = np.sort(tutored["total_hours"].to_numpy())
    count, share = len(hours), hours / TARGET_HOURS
    places = np.arange(1, count + 1)
    found = {
        "tutored_students": count,
        "total_tutoring_hours": float(hours.sum()),
        "mean_hours": float(hours.mean()),
        "median_hours": float(np.median(hours)),
        "q25": float(np.quantile(hours, 0.25)),
        "q75": float(np.quantile(hours, 0.75)),
        "pct_full_dosage": float((share >= 1).mean() * 100),
        "gini": float(2 * (places * hours).sum() / (count * hours.sum()) - (count + 1) / count),
    }
    for flag in ("ell", "iep", "economic_disadvantage"):
        means = tutored.groupby(flag)["total_hours"].mean()
        found[f"{flag}_gap"] = float(means.get(True, np.nan) - means.get(False, np.nan))
    for name in ("ela_raw", "ela_va", "math_raw", "math_va"):
        found[f"{name}_mean"] = float(tutored[name].mean())
    return found


def main() -> None:
    """Run it over a folder and print the figures as JSON."""
    folder, clean = Path(sys.argv[1]), {"cells": clean_cells, "columns": clean_column}[sys.argv[2]]
    sessions = load(folder / "session.csv", clean)
    validate_sessions(sessions, clean)
    students = coerce(load(folder / "student.csv", clean), clean)
    print(json.dumps(metrics(prepare(coerce(sessions, clean), students))))


if __name__ == "__main__":
    main()
