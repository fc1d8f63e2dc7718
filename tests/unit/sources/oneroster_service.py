"""A small OneRoster service of our own, with the manners of servers met in the field to switch."""

import hmac
import json
import os
import random
import re
import signal
import threading
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from oauthlib.oauth1.rfc5849 import signature

from tests.unit.sources.oneroster_manners import Manners

KEY, SECRET = "key", "s3cret-of-ours"
_MOST_SKEW = 300
_FILTER = re.compile(r"(\w+)>'([^']*)'")


@dataclass
class Service:
    """A server and what it was asked.

    Attributes:
        objects: What it serves, by resource; tests change it between pulls.
        manners: How it behaves.
        asked: Resource and query of every request for a page.
        tokens: Scopes of every token given.
        when: Called with the number of each request before it is answered.
    """

    objects: dict[str, list[dict[str, Any]]]
    manners: Manners = field(default_factory=Manners)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    when: Callable[[int], None] = lambda _number: None
    address: str = ""
    number: int = 0
    _left: int = 0
    _orders: dict[str, tuple[tuple[int, ...], list[dict[str, Any]]]] = field(default_factory=dict)
    _chance: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311 - no secret
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def counts(self) -> Counter[str]:
        """Pages asked for, by resource."""
        return Counter(path for path, _ in self.asked)

    def queries(self, path: str) -> list[dict[str, str]]:
        """Return the queries for a resource."""
        return [query for one, query in self.asked if one == path]

    @contextmanager
    def running(self) -> Iterator["Service"]:
        """Serve on a free port of this machine."""
        service = self

        class Handler(_Handler):
            served = service

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            self.address = f"http://127.0.0.1:{server.server_port}"
            yield self
            server.shutdown()
            thread.join()

    def killing(self, process: int, at: int) -> None:
        """Kill a process when the n-th request from now comes in."""
        last = self.number + at

        def kill(number: int) -> None:
            if number == last:
                os.kill(process, signal.SIGKILL)

        self.when = kill

    def token(self, form: dict[str, str], given: str) -> tuple[int, dict[str, Any]]:
        """Answer a request for a token."""
        if given != f"{KEY}:{SECRET}":
            return 401, {"error": "invalid_client"}
        asked = set(form.get("scope", "").split())
        known = self.manners.scopes
        personal = {one for one in asked if "demographics" in one}
        if known is not None and (not asked or not asked <= known):
            return 400, {"error": "invalid_scope"}
        if not self.manners.together and personal and asked != personal:
            return 400, {"error": "invalid_scope"}
        self.tokens.append(" ".join(sorted(asked)))
        self._left = self.manners.token_lasts
        made = {"access_token": f"t{len(self.tokens) - 1}", "token_type": "bearer"}
        said = {} if self.manners.granted is None else {"scope": self.manners.granted}
        return 200, {**made, "expires_in": 3600, **said}

    def accepts(self, url: str, header: str) -> bool:
        """Say whether a request is signed as it must be."""
        if self.manners.auth == "oauth1":
            return _is_signed(url, header)
        if self.manners.auth == "oauth2":
            self._left -= 1
            kind, _, token = header.partition(" ")
            return kind == "Bearer" and token[1:].isdigit() and self._left >= 0
        return True

    def may_see(self, path: str, header: str) -> bool:
        """Say whether the holder of a token may see a resource."""
        if path in self.manners.forbidden:
            return False
        if self.manners.auth != "oauth2" or self.manners.scopes is None:
            return True
        scopes = self.tokens[int(header.partition(" t")[2])].split()
        personal = [one for one in scopes if "demographics" in one]
        return bool(personal) if path == "demographics" else len(scopes) > len(personal)

    def page(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        """Answer a request for a page: status, headers, body."""
        manners = self.manners
        self.asked.append((path, query))
        if path in manners.missing or path not in self.objects:
            return 404, {}, _failure("unknownobject")
        if query.get("sort") and manners.sort == "refused":
            return 400, {}, _failure("invalid_sort_field")
        refused = self._refused(query)
        if refused is not None:
            return refused
        rows = self._chosen(path, query)
        limit = min(int(query.get("limit", 100)), manners.most) if manners.limit else len(rows)
        offset = int(query.get("token", query.get("offset", 0))) if manners.offset else 0
        if manners.link == "token":
            offset = int(query.get("token", 0))
        if offset >= len(rows) and rows:
            if manners.past_end == "missing":
                return 404, {}, {"error": "no more"}
            offset = {"last": (len(rows) - 1) // limit * limit, "first": 0}.get(
                manners.past_end, offset
            )
        listed = rows[offset : offset + limit]
        headers = self._headers(path, query, len(rows), offset, len(listed))
        return 200, headers, {manners.keys.get(path, path): [self._shown(one) for one in listed]}

    def _refused(self, query: dict[str, str]) -> tuple[int, dict[str, str], Any] | None:
        if "filter" in query and self.manners.filter == "refused":
            return 400, {}, _failure("invalid_filter_field")
        if "filter" in query and self.manners.filter == "fails":
            return 500, {}, _failure("internal_server_error")
        return None

    def _chosen(self, path: str, query: dict[str, str]) -> list[dict[str, Any]]:
        rows = self.objects[path]
        if query.get("sort") and self.manners.sort == "honoured":
            rows = self._in_order(path, query["sort"])
        elif self.manners.order == "changing":
            rows = self._chance.sample(rows, len(rows))
        found = _FILTER.fullmatch(query.get("filter", ""))
        if found and self.manners.filter == "nothing":
            rows = []
        elif found and self.manners.filter == "honoured":
            rows = [one for one in rows if one.get(found[1], "") > found[2]]
        return rows

    def _in_order(self, path: str, key: str) -> list[dict[str, Any]]:
        """Return the rows of a resource by a key, worked out again when there are others."""
        rows = self.objects[path]
        mark = (len(rows), *(id(one) for one in (*rows[:1], *rows[-1:])))
        if self._orders.get(path, ((), []))[0] != mark:
            self._orders[path] = (mark, sorted(rows, key=lambda one: str(one[key])))
        return self._orders[path][1]

    def _headers(
        self, path: str, query: dict[str, str], count: int, offset: int, given: int
    ) -> dict[str, str]:
        manners, headers = self.manners, {}
        if manners.total is not None:
            every = len(self.objects[path]) if manners.counts_all else count
            headers["X-Total-Count"] = str(max(0, every + manners.total))
        if manners.link != "none" and offset + given < count:
            host = "http://inner:8080" if manners.link == "elsewhere" else self.address
            step = int(query.get("limit", 100)) if manners.link == "wrong" else given
            key = "token" if manners.link == "token" else "offset"
            asked = {name: value for name, value in query.items() if name != "offset"}
            following = urlencode({**asked, key: offset + step})
            headers["Link"] = f'<{host}{manners.base}/{path}?{following}>; rel="next"'
        return headers

    def _shown(self, one: dict[str, Any]) -> dict[str, Any]:
        absent = ("middleName", "identifier", "preferredFirstName", "grades", "metadata")
        return {**dict.fromkeys(absent), **one} if self.manners.nulls else one


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    served: Service

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        form = dict(parse_qsl(self.rfile.read(size).decode()))
        given = b64decode(self.headers.get("Authorization", " ").partition(" ")[2]).decode()
        self._send(*self._as_json(*self.served.token(form, given)))

    def do_HEAD(self) -> None:
        self._send(404, {}, b"")

    def do_GET(self) -> None:
        served, manners = self.served, self.served.manners
        with served._lock:
            served.number += 1
            number = served.number
        served.when(number)
        fault = manners.broken.get(number)
        if fault == "cut":
            self.connection.shutdown(2)
            self.close_connection = True
            return
        if isinstance(fault, tuple):
            self._send(fault[0], {"Content-Type": "application/json"}, fault[1])
            return
        if manners.busy and number % manners.busy == 0:
            self._send(429, {"Retry-After": "0", "Content-Type": "text/html"}, b"<h1>Slow</h1>")
            return
        header = self.headers.get("Authorization", "")
        if not served.accepts(served.address + self.path, header):
            self._send(*self._as_json(401, _failure("unauthorisedrequest")))
            return
        parts = urlsplit(self.path)
        base, _, path = parts.path.rpartition("/")
        if base != manners.base:
            self._send(*self._as_json(404, {"error": "no such address"}))
        elif not served.may_see(path, header):
            self._send(*self._as_json(403, _failure("forbidden")))
        else:
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, headers, data = served.page(path, query)
            self._send(*self._as_json(status, data, headers))

    def _as_json(
        self, status: int, data: Any, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        told = {"Content-Type": "application/json", **(headers or {})}
        return status, told, json.dumps(data, ensure_ascii=False).encode(errors="backslashreplace")

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _failure(code: str) -> dict[str, Any]:
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": "it failed",
        "imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldValue": code}]},
    }


def _is_signed(url: str, header: str) -> bool:
    """Check an OAuth 1.0a signature, worked out here from its base string."""
    sent = dict(
        signature.collect_parameters(
            headers={"Authorization": header}, exclude_oauth_signature=False
        )
    )
    if sent.get("oauth_consumer_key") != KEY:
        return False
    if abs(time.time() - int(sent["oauth_timestamp"])) > _MOST_SKEW:
        return False
    given = signature.collect_parameters(
        uri_query=urlsplit(url).query, headers={"Authorization": header}
    )
    listed = signature.normalize_parameters(given)  # type: ignore[arg-type] # it takes pairs
    base = signature.signature_base_string("GET", signature.base_string_uri(url), listed)
    made = hmac.digest(f"{SECRET}&".encode(), base.encode(), "sha256")
    return hmac.compare_digest(b64encode(made).decode(), sent["oauth_signature"])
