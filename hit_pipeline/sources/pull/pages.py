"""The answers of a pull on disk: a page a line, written as they come, so that a crash costs one.

What is asked for, and when a part is whole, is in `hit_pipeline.sources.pull.pulling`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Pages:
    """Answers of one part, one line each: what was asked, and the body as it came.

    A line is ``{"page": {...}, "body": ...}``. Line breaks between the tokens of a JSON body become
    blanks, and it is written as UTF-8; nothing else of it is touched. What a crash left broken, and
    whatever stands behind it, is dropped.

    Attributes:
        path: The file.
        asked: What was asked for in each page so far.
    """

    path: Path
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take up what is there."""
        if not self.path.exists():
            return
        kept = 0
        with self.path.open("rb") as handle:
            for line in handle:
                page = _page_of(line)
                if page is None:
                    break
                self.asked.append(page)
                kept += len(line)
        with self.path.open("r+b") as handle:
            handle.truncate(kept)

    def add(self, asked: Mapping[str, Any], body: bytes) -> None:
        """Append a page; `body` is JSON."""
        head = json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()
        flat = _as_utf8(body).replace(b"\r", b" ").replace(b"\n", b" ")
        with self.path.open("ab") as handle:
            handle.write(b'{"page":' + head + b',"body":' + flat + b"}\n")
        self.asked.append(dict(asked))

    def bodies(self) -> Iterator[Any]:
        """Yield the bodies so far, parsed."""
        for _, body in read_pages(self.path):
            yield body

    def keep(self, count: int) -> None:
        """Forget every page but the first ones."""
        if count == len(self.asked):
            return
        with self.path.open("r+b") as handle:
            for _ in range(count):
                handle.readline()
            handle.truncate(handle.tell())
        del self.asked[count:]

    def clear(self) -> None:
        """Forget every page."""
        self.path.unlink(missing_ok=True)
        self.asked.clear()


def _page_of(line: bytes) -> dict[str, Any] | None:
    """Return what was asked for in the page of a line; None when the line is not whole."""
    if not line.endswith(b"\n"):
        return None
    try:
        page: dict[str, Any] = json.loads(line)["page"]
    except (ValueError, KeyError, TypeError):
        return None
    return page


def _as_utf8(body: bytes) -> bytes:
    """Return JSON in UTF-8 without a byte order mark; it may come in UTF-16 or UTF-32."""
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return body
    return body.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")


def read_pages(path: Path) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield what was asked and the body of every page of a file of pages."""
    if not path.exists():
        return
    with path.open("rb") as handle:
        for line in handle:
            page = json.loads(line)
            yield page["page"], page["body"]
