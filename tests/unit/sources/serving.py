"""A web server on this machine that behaves as a test wants it to, in the clear or with TLS."""

import datetime as dt
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Asked:
    """One request as it came.

    Attributes:
        method: Its method.
        target: Path and query as they were sent.
        headers: Its headers, found without regard to case.
        body: Its body.
    """

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        """The path."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """An answer and its manners.

    Attributes:
        body: What is sent.
        status: Its status.
        headers: Further headers; a ``Date`` replaces the server's own.
        cut: Bytes of the body after which the line goes dead; None: all come.
        drip: Seconds before each byte; 0: the body comes at once.
        silent: Seconds before anything is said.
        chunked: The body comes in chunks, without a length.
    """

    body: bytes = b"[]"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0
    silent: float = 0
    chunked: bool = False


Answering = Callable[[Asked], Reply]


def as_json(data: Any, status: int = 200, /, **headers: str) -> Reply:
    """Return an answer of JSON; ``_`` in the names of headers stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps(data).encode(), status, {"Content-Type": "application/json", **named})


def busy(status: int = 429, after: str | None = None) -> Reply:
    """Return a refusal for the moment, as HTML, as gateways write it."""
    wait = {} if after is None else {"Retry-After": after}
    return Reply(b"<html>too many</html>", status, {"Content-Type": "text/html", **wait})


def in_turn(*replies: Reply) -> Answering:
    """Answer with one after the other, the last one for ever."""
    left = list(replies)
    return lambda _asked: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class Served:
    """A running server.

    Attributes:
        address: Where it is.
        asked: Every request so far.
    """

    address: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query of every request so far."""
        return [one.query for one in self.asked]

    @property
    def paths(self) -> list[str]:
        """The path of every request so far."""
        return [one.path for one in self.asked]


@dataclass(frozen=True)
class Certificates:
    """Files for TLS.

    Attributes:
        ca: Certificate of an authority made for the test.
        chain: The server's own, signed by it, and its key.
    """

    ca: Path
    chain: Path


@contextmanager
def serving(answer: Answering, tls: Certificates | None = None) -> Iterator[Served]:
    """Serve on a free port of this machine until the block ends."""
    served = Served("")

    class Handler(_Handler):
        def answered(self, asked: Asked) -> Reply:
            served.asked.append(asked)
            return answer(asked)

    with _Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.chain)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        served.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        yield served
        server.shutdown()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answered(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.answered(Asked(self.command, self.path, self.headers, body))
        time.sleep(reply.silent)
        self.send_response_only(reply.status)
        self.send_header("Date", reply.headers.get("Date", self.date_time_string()))
        for name, value in reply.headers.items():
            if name != "Date":
                self.send_header(name, value)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self._send(reply)

    do_GET = do_POST = do_HEAD = _serve  # noqa: N815 (names of the standard library)

    def _send(self, reply: Reply) -> None:
        sent = reply.body if reply.cut is None else reply.body[: reply.cut]
        for piece in [sent[i : i + 1] for i in range(len(sent))] if reply.drip else [sent]:
            time.sleep(reply.drip)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.chunked else piece)
            self.wfile.flush()
        if reply.cut is not None:
            self.close_connection = True
            self.connection.close()
        elif reply.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def certificates(
    folder: Path, *, name: str = "127.0.0.1", ended: bool = False, names: Sequence[str] = ()
) -> Certificates:
    """Make an authority and a server's certificate.

    Args:
        folder: Where the files go.
        name: Address the certificate is for.
        ended: It ended yesterday.
        names: Host names it is for as well.
    """
    now = dt.datetime.now(dt.UTC)
    last = now + dt.timedelta(days=-1 if ended else 1)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of the test")])
    ours = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A server of the test")])
    begun = now - dt.timedelta(days=9)
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    ca = _builder(authority, authority, ca_key, begun, now + dt.timedelta(days=9))
    ca_cert = ca.add_extension(constraints, critical=True).sign(ca_key, hashes.SHA256())
    known: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(name))]
    known += [x509.DNSName(one) for one in names]
    mine = _builder(ours, authority, key, begun, last)
    mine = mine.add_extension(x509.SubjectAlternativeName(known), critical=False)
    cert = mine.sign(ca_key, hashes.SHA256())
    made = Certificates(folder / "ca.pem", folder / "server.pem")
    made.ca.write_bytes(ca_cert.public_bytes(serialization.Encoding.PEM))
    made.chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + cert.public_bytes(serialization.Encoding.PEM)
    )
    return made


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begun: dt.datetime,
    last: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(last)
    )
