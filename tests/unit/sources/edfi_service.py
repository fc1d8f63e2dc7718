"""An Ed-Fi ODS/API of our own on loopback; every request is kept for a test to look at."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.unit.sources.edfi_ods import Ods, Request, answer


@contextmanager
def serving(ods: Ods) -> Iterator[Ods]:
    """Serve an ODS on a free port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(ods))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    ods.url = f"http://127.0.0.1:{server.server_port}{ods.manners.prefix}"
    try:
        yield ods
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(ods: Ods) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"ods": ods})


class _Handler(BaseHTTPRequestHandler):
    ods: Ods
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._send(200, b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(length).decode())
        self._note("POST", {key: one[0] for key, one in form.items()})
        if self._faulty():
            return
        wanted = base64.b64encode(f"{self.ods.key}:{self.ods.secret}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            self._send(401, b'{"error": "invalid_client"}')
            return
        token = uuid.uuid4().hex
        self.ods.tokens.append(token)
        self.ods.valid_tokens.add(token)
        told = {"access_token": token, "expires_in": self.ods.manners.token_seconds}
        self._send(200, json.dumps({**told, "token_type": "bearer"}).encode())

    def do_GET(self) -> None:
        query = {
            key: one[0]
            for key, one in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()
        }
        self._note("GET", query)
        if self._faulty():
            return
        with self.ods.lock:
            status, body, headers = answer(self.ods, self._path, query, dict(self.headers))
        self._send(status, body, headers)

    @property
    def _path(self) -> str:
        return urlsplit(self.path).path.removeprefix(self.ods.manners.prefix)

    def _note(self, method: str, query: dict[str, str]) -> None:
        headers = {key.casefold(): one for key, one in self.headers.items()}
        self.ods.requests.append(Request(method, self._path, query, headers))

    def _faulty(self) -> bool:
        for at, (end, fault) in enumerate(self.ods.faults):
            if self._path.endswith(end):
                del self.ods.faults[at]
                self._fail(fault)
                return True
        return False

    def _fail(self, fault: object) -> None:
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'[{"id": "1"')
            self.close_connection = True
        elif fault == "malformed":
            self._send(200, b'[{"id": "1", ]')
        elif fault == "no list":
            self._send(200, b'{"message": "hello"}')
        elif isinstance(fault, int):
            headers = {"Retry-After": "0"} if fault == 429 else {}
            self._send(fault, b"<html>no</html>", {**headers, "Content-Type": "text/html"})
        elif callable(fault):
            fault()
            self._send(503, b"")

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        told = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for key, one in {**told, **(headers or {})}.items():
            self.send_header(key, one)
        self.end_headers()
        self.wfile.write(body)


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)
