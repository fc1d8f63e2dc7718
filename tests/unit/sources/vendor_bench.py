"""A vendor of a test: its contract, its service, and what a district landed of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hit_pipeline.errors import SourceError
from hit_pipeline.landing.store import deliveries
from hit_pipeline.sources.adapters import transport
from tests.unit.sources.asked import Asked
from tests.unit.sources.serving import Answering, Reply, Served, as_json
from tests.unit.sources.serving import Asked as Request

HEAD = """
id = "vendor"
version = 1
title = "A vendor of the test"
bare_id_system = "vendor"
tutor_id_system = "vendor"
"""
FILE = """
[files.{name}]
format = "json"
records = "{records}"
natural_key = ["id"]
delivers = "full"
absence = "removed"
empty = "nothing_happened"
columns = [{{ name = "id", required = true }}, {{ name = "changed" }}, {{ name = "{more}" }}]

[[files.{name}.feeds]]
table = "typed_session_log"

[files.{name}.feeds.columns]
record_level = {{ value = "participant" }}
session_id_source = {{ from = "id" }}
session_state = {{ value = "completed" }}
attendance = {{ value = "present" }}
"""

CHILD = 'path = "rows/{parents.id}/children"\nnothing = [404]'
"""The request of the file `children`."""


def contract(rest: str, *requests: str, records: str = "", names: Sequence[str] = ("rows",)) -> str:
    """Return a contract of one service; each request belongs to the file at its place."""
    text = f"{HEAD}\n[rest]\n{rest}\n"
    for name, request in zip(names, requests, strict=True):
        more = "parents.id" if name == "children" else "note"
        text += FILE.format(name=name, records=records, more=more)
        text += f"\n[files.{name}.request]\n{request}\n"
    return text


@dataclass
class Vendor:
    """A source asked by a contract of the test, and what it landed."""

    asked: Asked
    served: Served
    serves: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, file: str = "rows") -> list[dict[str, Any]]:
        """Return the rows of the newest delivery of a file, in their order."""
        newest = [
            one
            for delivery in deliveries(self.asked.lake, "sis")
            for one in delivery.files
            if one.file == file
        ][-1]
        assert newest.path is not None
        rows = self.asked.engine.read([newest.path])
        return list(self.asked.engine.collect(rows).to_pylist())

    def ids(self, file: str = "rows") -> list[str]:
        return [row["id"] for row in self.rows(file)]

    def failed(self) -> SourceError:
        failure = self.asked.bring()
        assert failure is not None
        assert not (self.asked.lake.landing / ".pulls/sis/pull/pull.json").exists()
        return failure

    def look(self) -> dict[str, bool]:
        way = transport(self.asked.district, "sis", self.asked.now)
        return {one.what: one.ok for one in way.look()}


Make = Callable[..., Any]


def numbered(count: int) -> list[dict[str, Any]]:
    return [{"id": f"{i:03d}", "note": None} for i in range(count)]


def paged(
    rows: Sequence[Mapping[str, Any]], *, first: int = 1, total: bool = False, most: int = 10**6
) -> Answering:
    """Serve numbered pages."""

    def answer(asked: Request) -> Reply:
        size = min(int(asked.query.get("size", 10)), most)
        begin = (int(asked.query.get("page", first)) - first) * size
        counted = {"X_Total": str(len(rows))} if total else {}
        return as_json(rows[begin : begin + size], **counted)

    return answer


PAGE = """paging = { by = "page", parameter = "page", size_parameter = "size", size = 10%s }"""
