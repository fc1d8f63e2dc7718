"""JSON and JSON lines to rows of text.

A row is an object: its nested objects become columns with dotted names, its lists stay JSON text.
Numbers keep the digits they were written with; null stays apart from the empty string.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ibis

from hit_pipeline.engine import Engine
from hit_pipeline.sources.reading.encoding import to_utf8
from hit_pipeline.sources.reading.headers import RESERVED, header_findings, unique_names
from hit_pipeline.sources.reading.malformed import MalformedLines
from hit_pipeline.sources.reading.text_rows import RowBatches, TextRows, Unread

_CELLS_A_LINE = 64
_DEEPEST = 32


@dataclass(frozen=True)
class JsonShape:
    """How rows lie in a JSON file.

    Attributes:
        lines: True: one object a line. False: one document.
        records: Path to the list of rows in the document, dotted; empty for a list at the top.
        encoding: Text encoding.
        forbidden: Says of a key whether its value must never be kept; asked of keys inside lists,
            all others become columns.
        pages: True: a page of a web service a line, as `hit_pipeline.sources.pull.pages`
            writes them: a document each. What the page was asked for by is a column of its rows.
    """

    lines: bool
    records: str
    encoding: str
    forbidden: Callable[[str], bool]
    pages: bool = False


class _Digits(str):
    """A number, as it was written."""

    __slots__ = ()


class _Repeated(dict[str, Any]):
    """An object with a key twice."""


class _BadRowError(Exception):
    """A row that cannot be taken, by a rule."""

    def __init__(self, *, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def read_json(engine: Engine, given: Unread, shape: JsonShape) -> TextRows:
    """Read a JSON file.

    A row that is no object, is empty, has a key twice, objects in objects beyond 32 levels or a
    value above ``max_cell_bytes`` is malformed; its line is that of JSON lines, else its place in
    the list.

    Raises:
        DeliveryRefused: ``landing.unreadable``: the document is no JSON or has no list of rows
            where it should be. ``landing.empty_file``: there is nothing in it.
    """
    stem = ibis.util.gen_name(given.path.stem)
    flat = _Flattener(shape.forbidden, given.thresholds.max_cell_bytes)
    batches = RowBatches(given.workspace, stem, ())
    with MalformedLines(given.workspace / f"{stem}.malformed.parquet") as malformed:
        for number, raw, parsed in _rows(given, shape, stem):
            try:
                batches.add(flat.row(parsed()))
            except _BadRowError as fault:
                malformed.add(number, fault.rule, raw)
    paths = batches.paths()
    header, names = tuple(flat.names), tuple(flat.names.values())
    return TextRows(
        header,
        names,
        engine.read(paths).select(*names) if paths else None,
        batches.count,
        engine.read([malformed.path]) if malformed.counts else None,
        (*header_findings(given.file, header, names), *malformed.findings(given.file)),
        tuple(flat.scrubbed),
    )


Row = tuple[int, bytes, Callable[[], object]]
"""Number of a row, its text, and how to parse it."""


def _rows(given: Unread, shape: JsonShape, stem: str) -> Iterator[Row]:
    if shape.pages:
        yield from _pages(given, shape.records)
        return
    utf8 = to_utf8(given, shape.encoding, given.workspace / f"{stem}.utf8")
    if utf8.path.stat().st_size == utf8.bom:
        raise given.refused(rule="empty_file", message="is empty", remedy="Send the file again.")
    if shape.lines:
        longest = _CELLS_A_LINE * given.thresholds.max_cell_bytes
        yield from _lines(utf8.path, utf8.bom, longest)
    else:
        yield from _document(given, shape.records, utf8.path.read_bytes()[utf8.bom :])


def _lines(path: Path, bom: int, longest: int) -> Iterator[Row]:
    with path.open("rb") as handle:
        handle.seek(bom)
        number = 0
        while line := handle.readline(longest):
            number += 1
            whole = line.endswith(b"\n") or len(line) < longest
            while not whole and (more := handle.readline(longest)):
                whole = more.endswith(b"\n")
                line = line[:longest]
            if line.strip():
                yield number, line, partial(_parse, line) if len(line) < longest else _too_large


def _too_large() -> object:
    raise _BadRowError(rule="landing.cell_too_large")


def _parse(text: bytes) -> object:
    try:
        return json.loads(
            text.decode("utf-8"),
            parse_int=_Digits,
            parse_float=_Digits,
            parse_constant=_Digits,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise _BadRowError(rule="landing.encoding") from None
    except (ValueError, RecursionError):
        raise _BadRowError(rule="landing.not_json") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeated(found)


def _document(given: Unread, records: str, text: bytes) -> Iterator[Row]:
    rows = _list_at(given, records, _whole(given, text))
    for number, row in enumerate(rows, start=1):
        yield number, b"", partial(_itself, row)


def _whole(given: Unread, text: bytes) -> object:
    try:
        return _parse(text)
    except _BadRowError as fault:
        message = f"is no JSON document ({fault.rule})"
        raise given.refused(
            rule="unreadable", message=message, remedy="Send the file again."
        ) from None


def _pages(given: Unread, records: str) -> Iterator[Row]:
    """Yield the rows of every page, numbered through; a page without a body has none."""
    done = 0
    with given.path.open("rb") as handle:
        for line in handle:
            page = _whole(given, line)
            place, body = at_path(page, "page.parents"), at_path(page, "body")
            rows = [] if body is None else _list_at(given, records, body)
            for number, row in enumerate(rows, start=done + 1):
                yield number, b"", partial(_with_place, row, place)
            done += len(rows)


def _with_place(row: object, place: object) -> object:
    """Give a row the columns of the row it was asked for by, where it has none of its own."""
    if not isinstance(row, dict) or isinstance(row, _Repeated) or not isinstance(place, dict):
        return row
    return {**{name: cell for name, cell in place.items() if name.split(".")[0] not in row}, **row}


def _list_at(given: Unread, records: str, document: object) -> list[object]:
    found = at_path(document, records)
    if isinstance(found, list):
        return found
    message = f"has no list of rows at {records!r}"
    raise given.refused(
        rule="unreadable", message=message, remedy="Correct `records` in the contract."
    )


def at_path(document: object, path: str) -> object:
    """Return what stands at a dotted path of a JSON document; None when nothing does."""
    for key in filter(None, path.split(".")):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _itself(value: object) -> object:
    return value


class _Flattener:
    """Turns objects into rows, and remembers the columns they brought: path to name."""

    def __init__(self, forbidden: Callable[[str], bool], limit: int) -> None:
        self.names: dict[str, str] = {}
        self.scrubbed: dict[str, None] = {}
        self._forbidden, self._limit = forbidden, limit

    def row(self, value: object) -> dict[str, str | None]:
        if not isinstance(value, dict) or not value:
            raise _BadRowError(rule="landing.not_json")
        cells: dict[str, str | None] = {}
        try:
            self._add(cells, "", value)
        except RecursionError:
            raise _BadRowError(rule="landing.not_json") from None
        return {self._name(path): text for path, text in cells.items()}

    def _add(self, cells: dict[str, str | None], path: str, value: object, depth: int = 0) -> None:
        if isinstance(value, _Repeated) or path in cells or depth > _DEEPEST:
            raise _BadRowError(rule="landing.not_json")
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                self._add(cells, f"{path}.{key}" if path else key, inner, depth + 1)
        else:
            cells[path] = self._checked(self._text(path, value))

    def _text(self, path: str, value: object) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        return self._as_json(path, value)

    def _checked(self, text: str | None) -> str | None:
        if text is not None and "\0" in text:
            raise _BadRowError(rule="landing.nul_byte")
        try:
            size = len(text.encode()) if text else 0
        except UnicodeEncodeError:
            raise _BadRowError(rule="landing.encoding") from None
        if size > self._limit:
            raise _BadRowError(rule="landing.cell_too_large")
        return text

    def _as_json(self, path: str, value: object) -> str:
        """Write a list or what is in it as JSON, forbidden keys left out and remembered."""
        if isinstance(value, _Digits):
            return value
        if isinstance(value, _Repeated):
            raise _BadRowError(rule="landing.not_json")
        if isinstance(value, list):
            return f"[{', '.join(self._as_json(f'{path}[]', inner) for inner in value)}]"
        if isinstance(value, dict):
            kept = [key for key in value if not self._forbidden(key)]
            self.scrubbed.update(dict.fromkeys(f"{path}.{key}" for key in value if key not in kept))
            pairs = (f"{json.dumps(k)}: {self._as_json(f'{path}.{k}', value[k])}" for k in kept)
            return f"{{{', '.join(pairs)}}}"
        return json.dumps(value, ensure_ascii=False)

    def _name(self, path: str) -> str:
        if path not in self.names:
            taken = (*RESERVED, *self.names.values())
            self.names[path] = unique_names([path], taken=taken)[0]
        return self.names[path]
