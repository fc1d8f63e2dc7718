"""Which column holds whose identifier: by how many of its cells a roster of the district knows.

Both sides are read as identity reads them (`hit_pipeline.identity.normalize.with_reading`): lost
zeros, a trailing ``.0``, prefixes and e-mail addresses are the same identifier. Only counts leave
this module.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.drafting.looks import Look
from hit_pipeline.engine import Engine
from hit_pipeline.identity.normalize import plain, with_reading
from hit_pipeline.lake import Lake
from hit_pipeline.registry.database import Registry
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import ID_SYSTEMS

_ROLES = {"student": "typed_student", "staff": "typed_staff"}
_SHORTEST = 3
_LEAST_SHARE = 0.5
_LEAST_FOUND = 3


@dataclass(frozen=True)
class Overlap:
    """How much of a column a roster knows.

    Attributes:
        who: ``student``, ``tutor``, ``staff`` or ``school``.
        what: Identifier system; ``name`` of a school.
        found: Different cells the roster knows.
        of: Different cells.
        as_stated: Of those found, how many stand there as the roster has them; the others were
            found after a repair such as a lost zero.
    """

    who: str
    what: str
    found: int
    of: int
    as_stated: int

    @property
    def share(self) -> float:
        """Share found, 0 to 1."""
        return self.found / self.of if self.of else 0.0

    @property
    def counts(self) -> bool:
        """Whether the overlap is more than chance: half of the cells, three of them at least."""
        return self.share >= _LEAST_SHARE and self.found >= min(_LEAST_FOUND, self.of)

    @property
    def described(self) -> str:
        """The overlap in words."""
        words = (
            f"{self.found} of {self.of} different values are {self.who} {self.what} of the roster"
        )
        repaired = self.found - self.as_stated
        return f"{words}, {repaired} after repair" if repaired else words


@dataclass(frozen=True)
class Roster:
    """What is known of the district's people and schools.

    Attributes:
        engine: The engine its tables live in.
        ids: ``who, what, value, core``: identifiers, each once; None when there is none.
        school_names: Their names as `plain` reads them.
    """

    engine: Engine
    ids: ir.Table | None = None
    school_names: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether there is any identifier to compare with."""
        return self.ids is not None

    def overlaps(self, looks: Mapping[str, Look]) -> dict[str, list[Overlap]]:
        """Return for each column what a roster knows of it, the best first."""
        cells = [
            (name, text)
            for name, look in looks.items()
            if look.kind not in ("nothing", "flag") and not look.is_temporal
            for text in _parts(look)
        ]
        found: dict[str, list[Overlap]] = {}
        if self.ids is None or not cells:
            return found
        for row in self.engine.collect(self._joined(cells)).to_pylist():
            name = row.pop("column")
            found.setdefault(name, []).append(Overlap(**row))
        order = list(ID_SYSTEMS).index
        for many in found.values():
            many.sort(
                key=lambda one: (
                    -one.share,
                    -one.as_stated,
                    one.who,
                    order(one.what) if one.what in ID_SYSTEMS else 99,
                )
            )
        return found

    def _joined(self, cells: Sequence[tuple[str, str]]) -> ir.Table:
        assert self.ids is not None  # noqa: S101 (asked by the only caller)
        columns, texts = zip(*cells, strict=True)
        given = pa.table(
            {"column": pa.array(columns, pa.string()), "value": pa.array(texts, pa.string())}
        )
        read = with_reading(self.engine.from_arrow(given))
        read = read.filter(read.core.length() >= _SHORTEST)
        totals = read.group_by("column").agg(of=read["core"].nunique())
        pairs = read.join(self.ids, read.core == self.ids.core)
        same = (pairs.clean == pairs.stated).cast("int64")
        each = pairs.group_by("column", "who", "what", "core").agg(same=same.max())
        counted = each.group_by("column", "who", "what").agg(
            found=each.count(), as_stated=each.same.sum()
        )
        return counted.join(totals, "column").select(
            "column", "who", "what", "found", "of", "as_stated"
        )

    def schools_named(self, look: Look) -> Overlap | None:
        """Return how many cells are names of schools; None when no school is known."""
        if not self.school_names:
            return None
        cells = self.engine.from_arrow(pa.table({"name": pa.array(list(look.counts), pa.string())}))
        told = self.engine.collect(cells.select(name=plain(cells.name)))["name"].to_pylist()
        names = {name for name in told if name}
        found = len(names & self.school_names)
        return Overlap("school", "name", found, len(names), found)


def roster(engine: Engine, lake: Lake | None, registry: Registry | None) -> Roster:
    """Return what the typed rosters of a lake and the registry know; empty without either."""
    stated = [*_typed_ids(engine, lake), *_claimed(engine, registry)]
    if not stated:
        return Roster(engine)
    read = with_reading(ibis.union(*stated, distinct=True))
    ids = read.select("who", "what", "core", stated="clean").filter(read.core.notnull()).distinct()
    return Roster(engine, engine.keep(ids), _school_names(engine, lake))


def _typed_ids(engine: Engine, lake: Lake | None) -> Iterator[ir.Table]:
    if lake is None:
        return
    for who, name in _ROLES.items():
        table = TABLES[name]
        paths = lake.typed_parts(table)
        rows = engine.read(paths, table) if paths else None
        if rows is not None:
            for system in ID_SYSTEMS:
                yield _as_ids(rows, who, system, rows[f"{who}_id_{system}"])
    schools = lake.typed_parts(TABLES["typed_school"])
    if schools:
        rows = engine.read(schools, TABLES["typed_school"])
        for column in ("school_id_source", "identifier"):
            yield _as_ids(rows, "school", "id", rows[column])


def _claimed(engine: Engine, registry: Registry | None) -> Iterator[ir.Table]:
    if registry is None:
        return
    for who in ("student", "tutor"):
        claims = registry.claims(who)
        if claims.num_rows:
            rows = engine.from_arrow(claims.select(["system", "value"]))
            yield _as_ids(rows, who, rows.system, rows.value)


def _as_ids(
    rows: ir.Table, who: str, what: str | ir.StringValue, value: ir.StringValue
) -> ir.Table:
    told = rows.select(
        who=ibis.literal(who),
        what=what if not isinstance(what, str) else ibis.literal(what),
        value=value,
    )
    return told.filter(told.value.notnull())


def _school_names(engine: Engine, lake: Lake | None) -> frozenset[str]:
    paths = lake.typed_parts(TABLES["typed_school"]) if lake is not None else []
    if not paths:
        return frozenset()
    rows = engine.read(paths, TABLES["typed_school"])
    told = engine.collect(rows.select(name=plain(rows.name)).distinct())["name"].to_pylist()
    return frozenset(name for name in told if name)


def _parts(look: Look) -> Iterator[str]:
    """Yield the different cells of a column; of lists their parts."""
    for text in look.counts:
        parts = text.strip("[]").split(look.separator) if look.separator else [text]
        yield from (part.strip() for part in parts if part.strip())
