"""Shipped contracts of web services at work, over HTTP."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.synth.demo import NIGHTS, write_night
from tests.unit.sources.asked import Asked
from tests.unit.sources.serving import Asked as Request
from tests.unit.sources.serving import Reply, Served, as_json, serving

LOG = "typed_session_log"
Lesson = dict[str, Any]


@dataclass
class Quillwork:
    """The vendor of the synthetic district behind a service of ours.

    Attributes:
        lessons: Its lessons by id.
    """

    lessons: dict[str, Lesson]

    def __call__(self, asked: Request) -> Reply:
        if asked.path == "/oauth/token":
            return as_json({"access_token": "t", "token_type": "bearer", "expires_in": 60})
        assert asked.headers["Authorization"] == "Bearer t"
        since = asked.query.get("updated_since", "")
        rows = [one for _, one in sorted(self.lessons.items()) if one["updated_at"] >= since]
        size = int(asked.query["per_page"])
        begin = (int(asked.query["page"]) - 1) * size
        return as_json(rows[begin : begin + size], X_Total_Count=str(len(rows)))


def content(district: Asked) -> Counter[str]:
    """Return typed rows as they are said, without where they stood."""
    return Counter(
        json.dumps({k: str(v) for k, v in row.items() if not k.startswith("_")}, sort_keys=True)
        for row in district.table(LOG)
    )


def rest(served: Served, contract: str, **stated: Any) -> Mapping[str, Any]:
    settings = {"url": served.address, "retry_seconds": 0, "requests_per_minute": 10**6, **stated}
    return {"adapter": "vendor_rest", "contract": contract, "kind": "log", "rest": settings}


def test_lessons_asked_for_are_the_lessons_dropped(engine: Engine, tmp_path: Path) -> None:
    files = {"adapter": "files", "contract": "quillwork", "kind": "log"}
    lessons: dict[str, Lesson] = {}
    with serving(Quillwork(lessons)) as served:
        told = rest(served, "quillwork", client_id="us", client_secret="ours")
        (tmp_path / "dropped" / "inbox").mkdir(parents=True)
        (tmp_path / "asked").mkdir()
        by_file = Asked(engine, tmp_path / "dropped", {**files, "path": "quillwork"})
        by_rest = Asked(engine, tmp_path / "asked", told)
        for number, at in enumerate(NIGHTS, start=1):
            write_night(tmp_path / "dropped", number, students=200)
            lessons.update(newest(tmp_path / "dropped/inbox/quillwork"))
            for one in (by_file, by_rest):
                one.now = at
                one.landed()
        assert by_rest.modes()["lessons"][0][0] == "bulk"
        assert by_rest.modes()["lessons"][1][0] == "delta"
        assert content(by_rest) == content(by_file)
        assert content(by_rest)


def newest(folder: Path) -> dict[str, Lesson]:
    """Return every lesson the vendor told of so far, as it told it last."""
    rows = [
        row for path in sorted(folder.glob("*.json")) for row in json.loads(path.read_text("utf-8"))
    ]
    return {row["id"]: row for row in sorted(rows, key=lambda row: str(row["updated_at"]))}


@pytest.fixture
def district(engine: Engine, tmp_path: Path) -> Callable[..., Asked]:
    def make(served: Served, contract: str, **stated: Any) -> Asked:
        return Asked(engine, tmp_path, rest(served, contract, token="t", **stated))

    return make


def test_a_lesson_book_is_read_in_pages_of_twenty(district: Any) -> None:
    lessons: list[Lesson] = [
        {
            "id": i,
            "name": "Reading",
            "status": "Attended" if i % 2 else "Cancelled",
            "from_date": "2026-10-05",
            "from_time": "09:30",
            "duration_minutes": 30,
            "employee_id": 7,
            "employee_name": "Mo Day",
        }
        for i in range(1, 46)
    ]
    people: list[dict[str, Any]] = [
        {
            "id": 1000 + i,
            "lesson_id": i,
            "student_id": 5,
            "external_id": "0012345",
            "status": "Attended" if i % 2 else "Cancelled",
            "minutes_present": 25 if i % 2 else None,
        }
        for i in range(1, 46)
    ]

    def answer(asked: Request) -> Reply:
        assert asked.headers["Authorization"] == "Token token=t"
        rows = {"/lessons": lessons, "/lesson_participants": people}[asked.path]
        size, number = int(asked.query["per_page"]), int(asked.query["page"])
        return as_json(rows[size * (number - 1) : size * number])

    with serving(answer) as served:
        one = district(served, "lesson_book")
        one.landed()
        rows = one.table(LOG)
        assert len(served.asked) == 8
        assert {query["per_page"] for query in served.queries} == {"20"}
    came = [row for row in rows if row["record_level"] == "participant"]
    assert len(came) == 45
    assert {(row["attendance"], row["present_seconds"]) for row in came} == {
        ("present", 1500),
        ("not_expected", None),
    }
    assert {row["student_id_district"] for row in came} == {"0012345"}
    planned = {row["planned_seconds"] for row in rows if row["record_level"] == "meeting"}
    assert planned == {1800}


def test_a_meeting_room_is_asked_span_by_span_and_for_each_meeting(district: Any) -> None:
    meetings: dict[str, dict[str, Any]] = {
        f"m/{i}": {
            "id": f"m/{i}",
            "starts_at": f"2026-10-{i:02d}T15:00:00Z",
            "minutes": 30,
            "state": "ended",
            "host": {"email": "mo@tutors.example", "name": "Mo Day"},
        }
        for i in range(1, 29)
    }

    def answer(asked: Request) -> Reply:
        parts = asked.target.partition("?")[0].split("/")
        if parts[1] == "accounts":
            assert parts[2] == "ours"
            return listing(asked)
        joined = {"connection_id": "c1", "email": "ada@pupils.example", "first_name": "Ada"}
        is_empty = parts[2] == "m%2F3"
        return Reply(b"{}", 404) if is_empty else as_json({"participants": [joined]})

    def listing(asked: Request) -> Reply:
        begin, end = asked.query["from"], asked.query["to"]
        rows = [one for one in meetings.values() if begin <= one["starts_at"][:10] <= end]
        at = int(asked.headers.get("X-Page-Token") or 0)
        token = {"X_Page_Token": str(at + 5)} if at + 5 < len(rows) else {}
        return as_json({"meetings": rows[at : at + 5]}, **token)

    with serving(answer) as served:
        one = district(
            served, "meeting_room", parameters={"account": "ours", "first_day": "2026-10-01"}
        )
        one.landed()
        rows = one.table(LOG)
        assert len([path for path in served.paths if path.startswith("/meetings")]) == 28
        meetings["m/28"]["state"] = "cancelled"
        del meetings["m/1"]
        one.later(days=1)
        one.landed()
        assert one.modes()["meetings"] == [("bulk", 28), ("delta", 9)]
        assert one.modes()["participants"] == [("bulk", 27), ("delta", 9)]
    levels = Counter(row["record_level"] for row in rows)
    assert levels == {"meeting": 28, "participant": 27}
    assert {row["session_id_source"] for row in rows} == {f"m/{i}" for i in range(1, 29)}
