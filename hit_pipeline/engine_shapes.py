"""Expressions of one shape are compiled once: they differ in the tables they read, by name only.

Every night, table and school year asks the same of other tables. Compiling took a quarter of a
process that runs several nights.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.common.graph import Node

_MADE = re.compile(r'"(ibis_[a-z0-9_]+)"')
"""A name `ibis.util.gen_name` made, as it stands in SQL."""
_ROOM = 4096

Shape = tuple[Any, ...]


class Shapes:
    """SQL by the shape of its expression; forgets all of it when there is no room left."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[Shape, tuple[str, tuple[str, ...]]] = {}

    def sql(self, expression: ir.Expr, compiled: Callable[[ir.Expr], str]) -> str:
        """Return the SQL of an expression: compiled, or as one of its shape was with other names.

        Args:
            expression: What to compile.
            compiled: Compiles it. The SQL may depend on nothing but the expression.
        """
        shape, names = _shape(expression)
        try:
            known = self._known.get(shape)
        except TypeError:  # a part that cannot be compared
            return compiled(expression)
        if known is not None:
            query, before = known
            now = dict(zip(before, names, strict=True))
            return _MADE.sub(lambda found: f'"{now.get(found[1], found[1])}"', query)
        if len(self._known) >= _ROOM:
            self._known.clear()
        query = compiled(expression)
        self._known[shape] = query, names
        return query


def _shape(expression: ir.Expr) -> tuple[Shape, tuple[str, ...]]:
    """Return what an expression is but for the names of the tables made for it; and those names."""
    places: dict[Node, int] = {}
    names: dict[str, int] = {}
    references: dict[tuple[type, int], int] = {}
    told: list[Shape] = []
    for node in _children_first(expression.op()):
        places[node] = len(places)
        match node:
            case ops.DatabaseTable() | ops.InMemoryTable():
                made = _MADE.fullmatch(f'"{node.name}"') is not None
                name = names.setdefault(node.name, len(names)) if made else node.name
                within = node.namespace if isinstance(node, ops.DatabaseTable) else None
                told.append((type(node), name, node.schema, within))
            case ops.Reference():
                which = references.setdefault((type(node), node.identifier), len(references))
                told.append((type(node), places[node.parent], which))
            case ops.Literal():  # 1, 1.0 and True are equal, and so are 0.0 and -0.0
                told.append((ops.Literal, repr(node.value), node.dtype))
            case _:
                told.append((type(node), *(_part(one, places) for one in node.__args__)))
    return tuple(told), tuple(names)


def _children_first(root: Node) -> Iterator[Node]:
    seen: set[Node] = set()
    waiting = [(root, False)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            yield node
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting.extend((child, False) for child in reversed(node.__children__))


def _part(part: Any, places: Mapping[Node, int]) -> Any:
    match part:
        case Node():
            return Node, places[part]
        case tuple():
            return tuple(_part(one, places) for one in part)
        case Mapping():
            return tuple((name, _part(one, places)) for name, one in part.items())
    return part
