"""A TOML file that knows the line of every key.

Values come from `tomllib`; lines from the tree-sitter grammar, which keeps positions. What a file
means is not known here: models do that, and `hit_pipeline.mistakes` says where they object.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from hit_pipeline.errors import ConfigurationError, KeyPath, Misfit, Mistake

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")


@dataclass(frozen=True)
class LocatedToml:
    """A TOML document with the line of every key.

    Attributes:
        file: The file, as the user names it.
        values: The document.
        text: What the file holds; lines are looked up in it only when something is wrong.
        origins: Where values come from that the file does not hold, such as environment variables.
    """

    file: str
    values: dict[str, Any]
    text: str
    origins: Mapping[KeyPath, str]

    @cached_property
    def lines(self) -> Mapping[KeyPath, int]:
        """Line, 1-based, of every table, key and list item."""
        return dict(reversed(list(_positions(self.text))))

    def line(self, path: KeyPath) -> int | None:
        """Return the line of a value, or of the nearest thing around it that has one."""
        for length in range(len(path), 0, -1):
            if (found := self.lines.get(path[:length])) is not None:
                return found
        return None

    def mistake(self, misfit: Misfit) -> Mistake:
        """Return a misfit with its place: a line of the file, or the variable it came from."""
        where, line = dotted(misfit.path), self.line(misfit.path)
        for path, origin in self.origins.items():
            shorter = min(len(path), len(misfit.path)) if line is None else len(path)
            if misfit.path and path[:shorter] == misfit.path[:shorter]:
                where, line = origin, None
                break
        return Mistake(where, line, misfit.problem, misfit.received, misfit.valid)


def read_toml(path: Path, name: str, error: type[ConfigurationError]) -> LocatedToml:
    """Read a TOML file; see `read_text` and `parse_toml`."""
    return parse_toml(read_text(path, name, error), name, error)


def read_text(path: Path, name: str, error: type[ConfigurationError]) -> str:
    """Read a text file.

    Args:
        path: The file.
        name: How messages name it.
        error: What to raise when it cannot be read.

    Raises:
        ConfigurationError: It is not there or not UTF-8; of the class given.
    """
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise error(name, [Mistake(name, None, f"cannot be read: {problem.strerror}")]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise error(name, [Mistake(name, line, "is not UTF-8 text")]) from None


def parse_toml(text: str, name: str, error: type[ConfigurationError]) -> LocatedToml:
    """Parse the text of a TOML file.

    Raises:
        ConfigurationError: It is not TOML; of the class given, with the line.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        message = str(problem)
        found = _AT_LINE.search(message)
        line = int(found[1]) if found and found[1] else max(1, len(text.splitlines()))
        words = _AT_LINE.sub("", message)
        raise error(name, [Mistake(name, line, f"is not valid TOML: {words}")]) from None
    return LocatedToml(name, values, text, {})


def dotted(path: KeyPath) -> str:
    """Return a path as people write it; places in lists count from 1.

    >>> dotted(("files", "log", "columns", 0, "name"))
    'files.log.columns[1].name'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            key = step if _BARE_KEY.fullmatch(step) else f'"{step}"'
            text += f".{key}" if text else key
    return text


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


def _positions(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Yield every path with its line, in the order of the file; the first line of a path counts."""
    counts: dict[KeyPath, int] = {}
    for node in _parser().parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            yield from _pair(node, ())
        elif node.type in {"table", "table_array_element"}:
            key, *pairs = _parts(node)
            path: KeyPath = ()
            for step in _keys(key):
                path = (*_newest(path, counts), step)
                yield path, _line(node)
            if node.type == "table_array_element":
                counts[path] = counts.get(path, 0) + 1
            path = _newest(path, counts)
            yield path, _line(node)
            for pair in pairs:
                yield from _pair(pair, path)


def _newest(path: KeyPath, counts: Mapping[KeyPath, int]) -> KeyPath:
    """Return the path of the newest element when the path names an array of tables."""
    return (*path, counts[path] - 1) if path in counts else path


def _pair(node: Node, base: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    key, value = _parts(node)
    for step in _keys(key):
        base = (*base, step)
        yield base, _line(node)
    yield from _inside(value, base)


def _inside(value: Node, base: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    children = _parts(value)
    if value.type == "inline_table":
        for pair in children:
            yield from _pair(pair, base)
    elif value.type == "array":
        for place, item in enumerate(children):
            yield (*base, place), _line(item)
            yield from _inside(item, (*base, place))


def _parts(node: Node) -> list[Node]:
    """Return what a node is made of; the grammar marks as ERROR what only newer TOML allows."""
    return [child for child in node.named_children if child.type not in {"comment", "ERROR"}]


def _line(node: Node) -> int:
    return node.start_point.row + 1


def _keys(node: Node) -> list[str]:
    """Return the parts of a key, dotted or not, quotes and escapes resolved by `tomllib`."""
    rest: Any = tomllib.loads(f"{(node.text or b'').decode()} = 0")
    keys = []
    while isinstance(rest, dict):
        ((key, rest),) = rest.items()
        keys.append(key)
    return keys
