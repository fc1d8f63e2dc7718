"""How expressions become DuckDB's SQL: a step that keeps a table's columns says ``*``.

ibis names every column again at every step. Typed tables have forty columns and go through ten
steps or more: written out, the names were half of a night's SQL, and working on them most of its
time.
"""

# ibis has no types.
# mypy: allow-untyped-decorators, allow-subclassing-any

from collections.abc import Mapping, Sequence
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.rewrites import Select, partition_predicates
from ibis.common.annotations import attribute
from ibis.common.collections import FrozenOrderedDict
from ibis.common.graph import Graph, Node
from ibis.common.typing import VarTuple
from ibis.expr.schema import Schema


class Step(Select):
    """A step that keeps every column of its parent in place.

    Attributes:
        replaced: New values of columns of the parent, by name.
        added: New columns after the parent's, by name.
    """

    replaced: FrozenOrderedDict[str, ops.Value] = FrozenOrderedDict()
    added: FrozenOrderedDict[str, ops.Value] = FrozenOrderedDict()

    @attribute
    def values(self) -> FrozenOrderedDict[str, ops.Value]:
        """None: ibis asks for them only before expressions take this form."""
        return FrozenOrderedDict()

    @attribute
    def schema(self) -> Schema:
        """Names and types of the columns."""
        new = {**self.replaced, **self.added}
        kinds = {name: value.dtype for name, value in new.items()}
        return Schema(self.parent.schema.fields | kinds) if new else self.parent.schema


class Without(ops.Relation):
    """A table without some of its columns.

    No `Select`: ibis puts a `Select` that is used twice into a common table expression, and DuckDB
    keeps all columns of that. This is written out twice, and each use reads only what it needs.

    Attributes:
        dropped: Columns of the parent that are left out.
    """

    parent: ops.Relation
    dropped: VarTuple[str]

    @attribute
    def values(self) -> FrozenOrderedDict[str, ops.Value]:
        """None, as of `Step`."""
        return FrozenOrderedDict()

    @attribute
    def schema(self) -> Schema:
        """Names and types of the columns."""
        kinds = self.parent.schema.items()
        return Schema({name: kind for name, kind in kinds if name not in self.dropped})


class Chosen(Select):
    """A step that names all its columns."""

    def is_star_selection(self) -> bool:
        """Whether the columns are the parent's: of those `Step` is made."""
        return False


class Lookup(Select):
    """Rows with columns of another table, looked up by a key: one row in, one row out.

    Attributes:
        table: At most one row per key.
        on: Columns of the key, named alike in both.
        columns: Columns of the table after the parent's.
    """

    table: ops.Relation
    on: VarTuple[str]
    columns: VarTuple[str]

    @attribute
    def values(self) -> FrozenOrderedDict[str, ops.Value]:
        """The columns of the rows: what is said of one of them holds here too."""
        return self.parent.fields

    @attribute
    def schema(self) -> Schema:
        """Names and types of the columns."""
        new = {name: self.table.schema[name] for name in self.columns}
        return Schema(self.parent.schema.fields | new)


class Compiler(DuckDBCompiler):
    """DuckDB's compiler of ibis, which knows these steps."""

    def visit_Step(self, op: Step, **parts: Any) -> sge.Select:  # noqa: ARG002, N802 (as ibis calls it)
        """Return the SELECT of one step; its parts are translated already."""
        star = sge.Star(replace=list(self._cleanup_names(parts["replaced"])))
        added = self._cleanup_names(parts["added"])
        query = sg.select(star, *added, copy=False).from_(parts["parent"], copy=False)
        if parts["predicates"]:
            query = query.where(*parts["predicates"], copy=False)
        if parts["qualified"]:
            query = query.qualify(*parts["qualified"], copy=False)
        if parts["sort_keys"]:
            query = query.order_by(*parts["sort_keys"], copy=False)
        return query.distinct(copy=False) if parts["distinct"] else query

    def visit_Without(self, op: Without, *, parent: sge.Expression, dropped: Any) -> sge.Select:  # noqa: ARG002, N802 (as ibis calls it)
        """Return the SELECT that leaves columns out."""
        star = sge.Star(except_=[sg.to_identifier(name, quoted=True) for name in dropped])
        return sg.select(star, copy=False).from_(parent, copy=False)

    visit_Chosen = DuckDBCompiler.visit_Select  # noqa: N815 (as ibis calls it)

    def visit_Lookup(self, op: Lookup, **parts: Any) -> sge.Select:  # noqa: ARG002, N802 (as ibis calls it)
        """Return the SELECT of a lookup."""
        rows, table = parts["parent"], parts["table"]

        def column(side: sge.Expression, name: str) -> sge.Column:
            return sg.column(name, table=side.alias_or_name, quoted=True)

        every = column(rows, "*")
        every.set("this", sge.Star())
        new = [column(table, name) for name in parts["columns"]]
        same = [column(rows, name).eq(column(table, name)) for name in parts["on"]]
        query = sg.select(every, *new, copy=False).from_(rows, copy=False)
        return query.join(table, on=sg.and_(*same, copy=False), join_type="left", copy=False)


def lookup(rows: ir.Table, table: ir.Table, on: Sequence[str], columns: Sequence[str]) -> ir.Table:
    """Return the rows with columns of a table of at most one row per key; see `Lookup`.

    Raises:
        ValueError: The rows have one of the columns already.
    """
    if twice := sorted({*columns} & {*rows.columns}):
        message = f"the rows have {twice} already"
        raise ValueError(message)
    found = table.select(*on, *columns).op()
    return Lookup(rows.op(), table=found, on=on, columns=columns).to_expr()


def lean(expression: ir.Expr) -> ir.Expr:
    """Return an expression whose steps say only what they change, ready to be compiled."""
    root = expression.op()
    graph: Graph = Graph()
    changes: dict[Node, _Changes | None] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node in graph:
            continue
        if isinstance(node, ops.Project):
            changes[node] = _changes(node)
        graph[node] = _children(node, changes.get(node))
        waiting.extend(graph[node])
    done: dict[Node, Node] = {}
    for node in graph.toposort()[0]:
        done[node] = _step(node, changes.get(node), done)
    return done[root].to_expr()


_Changes = tuple[dict[str, ops.Value], dict[str, ops.Value]]


def _changes(node: ops.Project) -> _Changes | None:
    """Return the values a projection replaces and adds; None when it drops or moves columns."""
    names = node.parent.schema.names
    values = list(node.values.items())
    if [name for name, _ in values[: len(names)]] != list(names):
        return None
    replaced = {
        name: value
        for name, value in values[: len(names)]
        if not (isinstance(value, ops.Field) and value.name == name)
    }
    return replaced, dict(values[len(names) :])


def _children(node: Node, changes: _Changes | None) -> tuple[Node, ...]:
    if changes is None:
        return tuple(node.__children__)
    replaced, added = changes
    return (node.parent, *replaced.values(), *added.values())


def _step(node: Node, changes: _Changes | None, done: dict[Node, Node]) -> Node:
    """Return a node over parents that are lean already."""
    match node:
        case ops.Project() if changes is not None:
            replaced, added = (_rewritten(part, done) for part in changes)
            return Step(done[node.parent], replaced=replaced, added=added)
        case ops.Project():
            return Chosen(done[node.parent], selections=_rewritten(node.values, done))
        case ops.DropColumns():
            return Without(done[node.parent], dropped=sorted(node.columns_to_drop))
        case ops.Filter():
            where, qualify = partition_predicates(_rewritten(node.predicates, done))
            return Step(done[node.parent], predicates=where, qualified=qualify)
        case ops.Sort():
            return Step(done[node.parent], sort_keys=_rewritten(node.keys, done))
        case ops.Distinct():
            return Step(done[node.parent], distinct=True)
    if all(done[child] is child for child in node.__children__):
        return node
    parts = zip(node.__argnames__, node.__args__, strict=True)
    return node.__recreate__({name: _rewritten(part, done) for name, part in parts})


def _rewritten(part: Any, done: dict[Node, Node]) -> Any:
    match part:
        case Node():
            return done[part]
        case tuple():
            return tuple(_rewritten(one, done) for one in part)
        case Mapping():
            return {name: _rewritten(one, done) for name, one in part.items()}
    return part
