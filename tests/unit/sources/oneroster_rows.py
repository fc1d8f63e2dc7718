"""The rows of a synthetic district's OneRoster, as CSV files and as what a service serves."""

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.oneroster import manifest
from hit_pipeline.synth.systems.oneroster_columns import columns, files
from hit_pipeline.synth.systems.oneroster_rows import Day
from hit_pipeline.synth.truth.build import District, build_zone, default_schools
from hit_pipeline.synth.truth.zone import Zone

Row = dict[str, str | None]
Tables = Mapping[str, list[Row]]
Objects = dict[str, list[dict[str, Any]]]

TODAY = np.datetime64("2025-11-14")
_BEGIN = datetime(2025, 8, 1, 5, tzinfo=UTC)
_LISTS = ("grades", "subjects", "subjectCodes", "periods")
_REFERENCES = {
    "parentSourcedId": "parent",
    "schoolYearSourcedId": "schoolYear",
    "orgSourcedId": "org",
    "courseSourcedId": "course",
    "schoolSourcedId": "school",
    "classSourcedId": "class",
    "userSourcedId": "user",
    "primaryOrgSourcedId": "primaryOrg",
}
_SEVERAL = {"termSourcedIds": "terms", "orgSourcedIds": "orgs", "agentSourcedIds": "agents"}
_NAMES = {"preferredGivenName": "preferredFirstName", "preferredFamilyName": "preferredLastName"}


@lru_cache
def zone(students: int, seed: int = 7) -> Zone:
    """Return a district of one zone."""
    return build_zone(District(seed, students, min(4, default_schools(students))), 0)


def tables(students: int, version: str, today: np.datetime64 = TODAY) -> Tables:
    """Return the files of a OneRoster, by the names of the binding."""
    found: dict[str, list[Row]] = {file: [] for file in files(version)}
    for part in Day(zone(students), today, version).parts():
        found[part.file] += part.rows.to_pylist()
    return found


def bundle(given: Tables, version: str, path: Path) -> None:
    """Write files as a bulk bundle."""
    night = Night(0, TODAY, np.datetime64("NaT"), np.datetime64("NaT"), np.datetime64("NaT"), True)
    stated = manifest(dict.fromkeys(given, "bulk"), night, version, path.name).rows.to_pylist()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.csv", _csv(("propertyName", "value"), stated))
        for file, rows in given.items():
            archive.writestr(f"{file}.csv", _csv(columns(file, version), rows))


def _csv(header: tuple[str, ...], rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def objects(given: Tables) -> Objects:
    """Return files as what a service lists, by resource; roles stand in their users.

    Every object has a moment of its own at which it was changed last.
    """
    made = {
        file: [_object(row, place) for place, row in enumerate(rows)]
        for file, rows in given.items()
        if file != "roles"
    }
    users = {one["sourcedId"]: one for one in made["users"]}
    for role in given.get("roles", []):
        users[role["sourcedId"] and role["userSourcedId"]].setdefault("roles", []).append(
            {
                "roleType": role["roleType"],
                "role": role["role"],
                "org": reference(role["orgSourcedId"], "org"),
                **{name: role[name] for name in ("beginDate", "endDate") if role[name]},
            }
        )
    return made


def reference(sourced_id: str | None, kind: str) -> dict[str, str | None]:
    """Return a reference, its keys in the order some servers give them."""
    return {"href": f"/{kind}s/{sourced_id}", "type": kind, "sourcedId": sourced_id}


def stamp(place: int) -> str:
    """Return the moment the n-th object of a file was changed."""
    return (_BEGIN + timedelta(minutes=place)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _object(row: Row, place: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "sourcedId": row["sourcedId"],
        "status": "active",
        "dateLastModified": stamp(place),
    }
    for name, cell in row.items():
        if cell in (None, "") or name in made:
            continue
        if name in _LISTS:
            made[name] = cell.split(",")
        elif name in _REFERENCES:
            made[_REFERENCES[name]] = reference(cell, _REFERENCES[name])
        elif name in _SEVERAL:
            kind = _SEVERAL[name].rstrip("s")
            made[_SEVERAL[name]] = [reference(one, kind) for one in cell.split(",")]
        elif name == "userIds":
            kind, _, number = cell.strip("{}").partition(":")
            made[name] = [{"type": kind, "identifier": number}]
        else:
            made[_NAMES.get(name, name)] = cell
    return made
