"""Small readers of the five vendors' layouts, written from their descriptions alone.

A delivery is file name -> rows of one night; a state is what a careful reader holds after it.
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow.csv as pa_csv

from hit_pipeline.synth.systems.sheet import Sheet

Row = dict[str, Any]
State = dict[tuple[str, ...], Row]


@dataclass(frozen=True)
class Attended:
    """One pupil at one meeting: identifier as written, seconds present; None when none is said."""

    pupil: str
    seconds: int | None


def rows_of(sheet: Sheet) -> list[Row]:
    """Return a sheet's rows after a round trip through the bytes of its form."""
    if sheet.form == "json":
        return list(json.loads("[" + ",".join(sheet.rows.column(0).to_pylist()) + "]"))
    sink = io.BytesIO()
    pa_csv.write_csv(sheet.rows, sink)
    return list(csv.DictReader(io.StringIO(sink.getvalue().decode())))


def latest(source: str, nights: Iterable[Iterable[Sheet]]) -> State:
    """Apply the deliveries of some nights in order."""
    state: State = {}
    for night in nights:
        for sheet in night:
            _apply(source, sheet.file, rows_of(sheet), state)
    return state


def _apply(source: str, file: str, rows: list[Row], state: State) -> None:
    if source == "northstar":
        state.clear()
        state.update({(row["Session ID"],): row for row in rows})
    elif source == "lakeside":
        state.update({(row["Record ID"],): row for row in rows})
    elif source == "quillwork":
        state.update({(row["id"],): row for row in rows})
    elif source == "harborlight":
        _replace(state, rows, ("Week Of", "School"), ("Week Of", "School", "Day", "Time", "Group"))
    elif file.startswith("meetings"):
        for row in rows:
            _forget(state, ("stay", row["MeetingKey"]))
        state.update({("meeting", row["MeetingKey"]): row for row in rows})
    else:
        for row in rows:
            state["stay", row["MeetingKey"], row["ParticipantId"], row["JoinTime"]] = row


def _replace(state: State, rows: list[Row], scope: tuple[str, ...], key: tuple[str, ...]) -> None:
    for part in {tuple(row[name] for name in scope) for row in rows}:
        _forget(state, part)
    state.update({tuple(row[name] for name in key): row for row in rows})


def _forget(state: State, beginning: tuple[str, ...]) -> None:
    for key in [key for key in state if key[: len(beginning)] == beginning]:
        del state[key]


def attended(source: str, state: State) -> list[Attended]:
    """Return who was at which held meeting, for how long; the absent are left out."""
    stays = [one for row in state.values() for one in _ATTENDED[source](row)]
    if source != "brightpath":
        return stays
    total: dict[tuple[str, ...], int] = {}
    pupil: dict[tuple[str, ...], str] = {}
    for key, row in state.items():
        for one in _brightpath(row):
            total[key[:3]] = total.get(key[:3], 0) + (one.seconds or 0)
            pupil[key[:3]] = one.pupil
    return [Attended(pupil[key], seconds) for key, seconds in total.items()]


def not_held(source: str, state: State) -> int:
    """Count the meetings, or rows where a row is a pupil, that were called off for any reason."""
    column, words = _CALLED_OFF[source]
    return sum(row.get(column, "") in words for row in state.values())


def _northstar(row: Row) -> list[Attended]:
    came = row["Attendance"] in {"Present", "Late", "Left Early"}
    return [Attended(row["Student ID"], int(row["Actual Minutes"]) * 60)] if came else []


def _brightpath(row: Row) -> list[Attended]:
    if row.get("Marked") != "ATTENDED":
        return []
    form = "%m/%d/%Y %I:%M:%S %p"
    begin, end = (datetime.strptime(row[k], form) for k in ("JoinTime", "LeaveTime"))  # noqa: DTZ007
    return [Attended(row["ExternalStudentId"], int((end - begin).total_seconds()))]


def _lakeside(row: Row) -> list[Attended]:
    if row["Period Status"] != "Active" or row["Attendance Percent"] == "0":
        return []
    seconds = int(row["Attendance Percent"]) * int(row["Period Minutes"]) * 60 // 100
    return [Attended(row["Scholar ID"], seconds)]


def _harborlight(row: Row) -> list[Attended]:
    if row["Held"] != "Y":
        return []
    hours, minutes = row["Length"].split(":")
    found = []
    for column in ("Students present", "Students late or left early"):
        for word in filter(None, row[column].split("|")):
            parts = re.fullmatch(
                r"(?P<name>[^#(]+?)(?: #(?P<id>\S+))?(?: \((?P<there>\d+)\))?", word
            )
            assert parts is not None, word
            there = int(parts["there"] or int(hours) * 60 + int(minutes))
            found.append(Attended(parts["id"] or parts["name"], there * 60))
    return found


def _quillwork(row: Row) -> list[Attended]:
    return [
        Attended(one["email"], one["seconds_present"])
        for one in row["participants"]
        if one["attended"]
    ]


_ATTENDED = {
    "northstar": _northstar,
    "brightpath": _brightpath,
    "lakeside": _lakeside,
    "harborlight": _harborlight,
    "quillwork": _quillwork,
}
_CALLED_OFF = {
    "northstar": (
        "Status",
        {"Canceled - Tutor", "Canceled - School", "Canceled - Student", "Tutor No-Show"},
    ),
    "brightpath": ("State", {"CANCELLED", "NOT_HELD"}),
    "lakeside": (
        "Period Status",
        {
            "Off - Fellow",
            "Off - School",
            "Off - Scholar",
            "Off - No Fellow",
            "Off - Rescheduled",
            "Off - Closed",
            "Off - Technical",
        },
    ),
    "harborlight": ("Held", {"N"}),
    "quillwork": ("status", {"canceled", "no_show_tutor"}),
}
