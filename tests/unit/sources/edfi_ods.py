"""An Ed-Fi ODS in memory: its resources, how a version of the API behaves, what it answers.

It is strict where real ones are: a parameter it does not know, a limit above its most, or a page
token beside an offset is a bad request.
"""

import base64
import copy
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_PAGING = {"offset", "limit", "totalCount"}


@dataclass
class Manners:
    """How a server behaves.

    Attributes:
        version: Version of the ODS/API: cursor paging from 7.3.
        standard: Version of the data standard.
        change_queries: Whether it has them.
        deletes_allowed: Whether the key may see what was deleted.
        totals: Whether it counts when asked.
        most: Rows of one page at most; what is above is refused.
        clamps: Instead of refusing a limit above ``most``, give ``most``.
        prefix: Path all addresses begin with.
        year: School year in the addresses; empty for none.
        discovery: Whether the base address has the discovery document.
        token_seconds: How long a token lasts, as told.
        forbidden: Resources the key may not see.
    """

    version: str = "7.3"
    standard: str = "5.2.0"
    change_queries: bool = True
    deletes_allowed: bool = True
    totals: bool = True
    most: int = 500
    clamps: bool = False
    prefix: str = "/api"
    year: str = ""
    discovery: bool = True
    token_seconds: int = 1800
    forbidden: frozenset[str] = frozenset()

    @property
    def has_cursors(self) -> bool:
        return tuple(map(int, self.version.split("."))) >= (7, 3)


@dataclass
class Request:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class State:
    """What the database holds: rows in the order they were made, and what became of others."""

    newest: int = 0
    rows: dict[str, dict[str, tuple[int, Record]]] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    deletes: dict[str, list[tuple[int, Record]]] = field(default_factory=dict)
    key_changes: dict[str, list[tuple[int, Record]]] = field(default_factory=dict)


class Ods:
    """An ODS: what is in it, how it behaves, and what was asked of it."""

    key, secret = "our-key", "our-secret"

    def __init__(self, manners: Manners | None = None) -> None:
        self.manners = manners or Manners()
        self.state = State()
        self.requests: list[Request] = []
        self.tokens: list[str] = []
        self.valid_tokens: set[str] = set()
        self.faults: list[tuple[str, object]] = []
        self.after_page: Callable[[str, int], None] = lambda _resource, _nth: None
        self.pages: Counter[str] = Counter()
        self.lock = threading.RLock()
        self.snapshot: State | None = None
        self.url, self.repeats = "", False

    def put(self, resource: str, *records: Record) -> None:
        """Make or change rows, by their ``id``; without one it is made up."""
        rows = self.state.rows.setdefault(resource, {})
        for record in records:
            self.state.newest += 1
            made = f"{resource}{self.state.newest}"
            name = record.get("id") or uuid.uuid5(uuid.NAMESPACE_OID, made).hex
            rows[name] = (self.state.newest, {**record, "id": name})
            self.state.made.setdefault(name, len(self.state.made))

    def delete(self, resource: str, record_id: str) -> None:
        self.state.newest += 1
        _, record = self.state.rows[resource].pop(record_id)
        gone = {"id": str(uuid.UUID(record_id)), "changeVersion": self.state.newest}
        gone["keyValues"] = {key: one for key, one in record.items() if isinstance(one, str)}
        self.state.deletes.setdefault(resource, []).append((self.state.newest, gone))

    def change_key(
        self, resource: str, record_id: str, *, shown: bool = True, **values: object
    ) -> None:
        """Give a row another natural key; `shown`: it is among the changed rows, too."""
        version, old = self.state.rows[resource][record_id]
        self.state.newest += 1
        at = self.state.newest if shown else version
        self.state.rows[resource][record_id] = (at, {**old, **values})
        told = {"id": record_id, "changeVersion": self.state.newest, "newKeyValues": values}
        self.state.key_changes.setdefault(resource, []).append((self.state.newest, told))

    def find(self, resource: str, **values: object) -> Record:
        """Return the one row with some values."""
        (found,) = (
            record
            for _, record in self.state.rows[resource].values()
            if all(record.get(key) == one for key, one in values.items())
        )
        return found

    def freeze(self) -> None:
        self.snapshot = copy.deepcopy(self.state)

    def fail(self, path_end: str, *faults: object) -> None:
        """Answer the next requests of a path with faults: a status, ``cut``, ``malformed``, ..."""
        self.faults += [(path_end, one) for one in faults]

    def asked(self, resource: str) -> list[Request]:
        """Return the requests of a resource's rows so far."""
        return [one for one in self.requests if one.path.endswith(f"/ed-fi/{resource}")]

    def load(self, folder: Path) -> None:
        """Take in an export of the synthetic district: one file per resource and zone."""
        for path in sorted(folder.glob("*.json")):
            self.put(path.stem.partition("_")[0], *_plain(json.loads(path.read_text("utf-8"))))


def _plain(records: Iterable[Record]) -> list[Record]:
    return [{**one, "id": one["id"].replace("-", "")} for one in records]


Told = tuple[int, bytes, dict[str, str]]


def answer(ods: Ods, path: str, query: dict[str, str], headers: Mapping[str, str]) -> Told:
    if path in ("", "/"):
        return _discovery(ods)
    token = headers.get("Authorization", "").removeprefix("Bearer ")
    if token not in ods.valid_tokens:
        return 401, b"", {}
    state: State | None = ods.state
    if headers.get("Use-Snapshot") == "true" and tuple(map(int, ods.manners.version.split("."))) > (
        6,
        0,
    ):
        state = ods.snapshot
    if state is None:
        return 404, b"", {}
    year = f"/{ods.manners.year}" if ods.manners.year else ""
    if path == f"/changeQueries/v1{year}/availableChangeVersions":
        if not ods.manners.change_queries:
            return 404, b"", {}
        capital = ods.manners.version < "6"
        names = ("oldestChangeVersion", "newestChangeVersion")
        told = [name[0].upper() + name[1:] if capital else name for name in names]
        return 200, json.dumps({told[0]: 0, told[1]: state.newest}).encode(), {}
    if path.startswith(f"/data/v3{year}/ed-fi/"):
        return _resource(ods, state, path.removeprefix(f"/data/v3{year}/ed-fi/"), query)
    return 404, b"", {}


def _discovery(ods: Ods) -> Told:
    if not ods.manners.discovery:
        return 404, b"", {}
    base, place = ods.url, "/{schoolYearFromRoute}" if ods.manners.year else ""
    return (
        200,
        json.dumps(
            {
                "version": ods.manners.version,
                "suite": "3",
                "apiMode": "Year Specific" if ods.manners.year else "Sandbox",
                "dataModels": [{"name": "Ed-Fi", "version": ods.manners.standard}],
                "urls": {
                    "dependencies": f"{base}/metadata/data/v3/dependencies",
                    "oauth": f"{base}/oauth/token",
                    "dataManagementApi": f"{base}/data/v3{place}/",
                    "changeQueries": f"{base}/changeQueries/v1{place}/",
                },
            }
        ).encode(),
        {},
    )


def _resource(ods: Ods, state: State, rest: str, query: dict[str, str]) -> Told:
    resource, _, below = rest.partition("/")
    if resource in ods.manners.forbidden:
        return 403, b'{"message": "Access to the resource could not be authorized."}', {}
    if resource not in state.rows and resource not in state.deletes:
        return 404, b"", {}
    rows = sorted_rows(state, resource)
    if below == "deletes" or below == "keyChanges":
        if not ods.manners.change_queries:
            return 404, b"", {}
        if below == "deletes" and not ods.manners.deletes_allowed:
            return 403, b"", {}
        rows = (state.deletes if below == "deletes" else state.key_changes).get(resource, [])
    elif below:
        found = state.rows[resource].get(below)
        return (200, json.dumps(found[1]).encode(), {}) if found else (404, b"", {})
    return _page(ods, rest, _within(rows, query), query, with_cursor=not below)


def sorted_rows(state: State, resource: str) -> list[tuple[int, Record]]:
    return list(state.rows.get(resource, {}).values())


def _within(rows: list[tuple[int, Record]], query: Mapping[str, str]) -> list[Record]:
    low, high = int(query.get("minChangeVersion", 0)), query.get("maxChangeVersion")
    return [one for at, one in rows if at >= low and (high is None or at <= int(high))]


def _page(
    ods: Ods, rest: str, rows: list[Record], query: dict[str, str], *, with_cursor: bool
) -> Told:
    manners = ods.manners
    has_cursor = with_cursor and manners.has_cursors
    if not _is_understood(manners, query, has_cursor=has_cursor):
        return 400, b'{"message": "bad request"}', {}
    size = int(query.get("pageSize", query.get("limit", 25)))
    if size > manners.most and not manners.clamps:
        return 400, b'{"message": "limit"}', {}
    size = min(size, manners.most)
    start = 0 if ods.repeats else _start(ods, rows, query)
    page = rows[start : start + size]
    headers = {}
    if query.get("totalCount") == "true" and manners.totals:
        headers["Total-Count"] = str(len(rows))
    elif has_cursor and page and start + size < len(rows):
        headers["Next-Page-Token"] = _token(ods, page[-1])
    body = json.dumps(page).encode()
    if size:
        ods.pages[rest] += 1
        ods.after_page(rest, ods.pages[rest])
    return 200, body, headers


def _is_understood(manners: Manners, query: Mapping[str, str], *, has_cursor: bool) -> bool:
    known = _PAGING | (
        {"minChangeVersion", "maxChangeVersion"} if manners.change_queries else set()
    )
    known |= {"pageToken", "pageSize"} if has_cursor else set()
    both = "pageToken" in query and bool(_PAGING & set(query))
    alone = ("pageSize" in query) != ("pageToken" in query)
    return not (set(query) - known or both or alone)


def _start(ods: Ods, rows: list[Record], query: Mapping[str, str]) -> int:
    if "pageToken" not in query:
        return int(query.get("offset", 0))
    last = int(base64.urlsafe_b64decode(query["pageToken"]))
    return sum(ods.state.made[one["id"]] <= last for one in rows)


def _token(ods: Ods, last: Record) -> str:
    """Return a token for the rows made after one; it holds whatever becomes of that one."""
    return base64.urlsafe_b64encode(str(ods.state.made[last["id"]]).encode()).decode()
