"""A night of a district in tests: written, run in process, and asked questions in SQL."""

import contextlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from hit_pipeline.commands.setup import write_secret
from hit_pipeline.definitions import run_night
from hit_pipeline.lake import Lake
from hit_pipeline.release.views import query
from hit_pipeline.settings_file import load_district

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def lay(folder: Path, settings: str, inbox: Mapping[str, bytes], now: datetime = NOW) -> Path:
    """Write a district with a secret and what lies in its inbox, by path; return its folder."""
    folder.mkdir(exist_ok=True)
    (folder / "district.toml").write_text(settings, encoding="utf-8")
    write_secret(folder)
    for name, data in inbox.items():
        drop(folder, name, data, now)
    return folder


def drop(folder: Path, name: str, data: bytes, now: datetime = NOW) -> None:
    """Put a file into a district's inbox as if it had come an hour before an instant."""
    path = folder / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (now.timestamp() - 3600,) * 2)


def night(folder: Path, now: datetime = NOW) -> dict[str, Any]:
    """Run a night of a district; its Dagster instance lies in its folder."""
    with contextlib.chdir(folder):  # else the repository's Dagster instance would be used
        told: dict[str, Any] = run_night(load_district(folder, {}), now, lambda *_step: None)
    return told


def ask(folder: Path, sql: str, tier: str = "restricted") -> pa.Table:
    """Ask the current release of a district."""
    return query(Lake.open(load_district(folder, {}).lake_path), sql, tier=tier)


def one_row(folder: Path, sql: str) -> dict[str, Any]:
    """Ask the current release for one row."""
    (row,) = ask(folder, sql).to_pylist()
    found: dict[str, Any] = row
    return found
