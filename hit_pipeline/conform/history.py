"""The deliveries of one file held against each other: which rows say something about the same key.

A row without a natural key is known by its content and its place among equal rows of its delivery.
Most rows are the only ones of their key: for these nothing is compared, sorted or windowed. What
became of the others is worked out in `hit_pipeline.conform.current`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.cells import stated_text
from hit_pipeline.conform.truth import holds
from hit_pipeline.engine import Engine
from hit_pipeline.engine_functions import first_letters, trimmed
from hit_pipeline.sources.contract.model import FileSpec

KEY = ("key", "nth")
PLACES = 2**32
"""A row's place in time: the number of its delivery times this, plus its row number."""


@dataclass(frozen=True)
class Statement:
    """One delivery of the file.

    Attributes:
        delivery_id: The delivery.
        is_full: It is the whole of the file, not an increment.
        is_complete: None of its lines was malformed: what it lacks is really not there.
    """

    delivery_id: str
    is_full: bool
    is_complete: bool


@dataclass(frozen=True)
class Contest:
    """Rows whose key, or whose restated group, occurs more than once. The tables are kept.

    Attributes:
        rows: ``place``, ``number`` of the delivery, ``key`` and ``nth`` (place among equal rows
            without a key), ``content``, ``scope`` (the restated group) and ``removes``.
        keys: ``key, nth``, its ``first`` place, its ``rows``, and the last delivery that has it,
            ``seen``; whether all rows say the same, ``same``.
        rivals: The rows whose key says different things.
    """

    rows: ir.Table
    keys: ir.Table
    rivals: ir.Table


@dataclass(frozen=True)
class History:
    """All deliveries of one file.

    Attributes:
        spec: The file's contract.
        statements: Its deliveries in the order of arrival; their number is their place here.
        rows: Text rows with ``_delivery_id``, ``_row``, ``_number`` and ``_place``.
        contest: What must be compared; None when nothing must.
    """

    spec: FileSpec
    statements: tuple[Statement, ...]
    rows: ir.Table
    contest: Contest | None

    @property
    def last_complete(self) -> int | None:
        """The newest delivery whose silence about a row means that the row is gone."""
        if self.spec.absence != "removed":
            return None
        numbers = (n for n, one in enumerate(self.statements) if one.is_full and one.is_complete)
        return max(numbers, default=None)


def compare(
    engine: Engine, rows: ir.Table, spec: FileSpec, statements: Sequence[Statement]
) -> History:
    """Find the rows that must be compared with others.

    Args:
        engine: The engine.
        rows: Text rows of all deliveries with ``_delivery_id`` and ``_row``.
        spec: The file's contract.
        statements: The deliveries in the order of arrival.
    """
    if len(statements) == 1:
        placed = rows.mutate(_number=ibis.literal(0, "int64"))
    else:
        placed = rows.inner_join(engine.from_arrow(numbers_of(statements)), "_delivery_id")
    placed = placed.mutate(_place=placed["_number"] * PLACES + placed["_row"])
    one_without_key = len(statements) == 1 and not spec.natural_key
    contest = None if one_without_key else _contest(engine, placed, spec)
    return History(spec, tuple(statements), placed, contest)


def representatives(history: History) -> ir.Table:
    """Return a row for each content that rivals another: whether it types well is asked once."""
    if history.contest is None:
        return history.rows.limit(0)
    rivals = history.contest.rivals
    stating = rivals.filter(~rivals.removes)
    firsts = stating.group_by("content").aggregate(_place=stating.place.min())
    return history.rows.semi_join(firsts, "_place")


def with_content(history: History, found: ir.Table) -> ir.Table:
    """Add ``content`` to rows with ``_delivery_id`` and ``_row``; rows without rivals fall away."""
    if history.contest is None:
        return found.mutate(content=ibis.null("binary")).limit(0)
    places = history.rows.select("_delivery_id", "_row", "_place")
    known = history.contest.rivals.select("content", _place="place")
    return found.inner_join(places, ["_delivery_id", "_row"]).inner_join(known, "_place")


def numbers_of(statements: Sequence[Statement]) -> pa.Table:
    """Return ``_delivery_id`` and ``_number`` of every delivery."""
    names = [one.delivery_id for one in statements]
    return pa.table({"_delivery_id": pa.array(names, pa.string()), "_number": range(len(names))})


def removes(rows: ir.Table, spec: FileSpec) -> ir.BooleanValue:
    """Say whether a text row states that its key is gone."""
    if spec.removes is None:
        return ibis.literal(value=False)
    (cell,) = _cells(rows, [spec.removes.from_])
    return holds(cell.re_search(spec.removes.matches))


def _contest(engine: Engine, placed: ir.Table, spec: FileSpec) -> Contest | None:
    sharing = engine.keep(_identified(_sharing(placed, spec), spec))
    if not engine.scalar(sharing.count()):
        return None
    rows = engine.keep(_numbered(sharing))
    keys = engine.keep(
        rows.group_by(*KEY).aggregate(
            first=rows.place.min(),
            rows=rows.count(),
            seen=rows.number.max(),
            same=rows.content.min() == rows.content.max(),
        )
    )
    return Contest(rows, keys, engine.keep(rows.semi_join(keys.filter(~keys.same), KEY)))


def _sharing(placed: ir.Table, spec: FileSpec) -> ir.Table:
    """Return the rows that share their key, or whose group is stated by several deliveries.

    Hashes decide, so a few rows too many may come back, never one too few.
    """
    content, key = _hash(_content(placed, spec)), _cells(placed, spec.natural_key)
    own = _has_key(placed, spec).ifelse(_hash(key), content) if key else content
    hashed = placed.mutate(_own=own)
    count = hashed.group_by("_own").aggregate(rows=hashed.count())
    shared = count.filter(count.rows > 1)
    if not spec.restates:
        return hashed.semi_join(shared, "_own")
    hashed = hashed.mutate(_scope=_hash(_cells(placed, spec.restates)))
    stated = hashed.group_by("_scope").aggregate(times=hashed["_number"].nunique())
    again = stated.filter(stated.times > 1)
    return hashed.filter(
        hashed["_own"].isin(shared["_own"]) | hashed["_scope"].isin(again["_scope"])
    )


def _identified(rows: ir.Table, spec: FileSpec) -> ir.Table:
    """Return what rows are compared by."""
    cells, content = _cells(rows, spec.natural_key), _digest(_content(rows, spec))
    has_key = _has_key(rows, spec)
    return rows.select(
        place=rows["_place"],
        number=rows["_number"].cast("int32"),
        key=has_key.ifelse(_digest(cells), content) if cells else content,
        has_key=has_key,
        content=content,
        scope=_digest(_cells(rows, spec.restates)) if spec.restates else ibis.null("binary"),
        removes=removes(rows, spec),
    )


def _numbered(known: ir.Table) -> ir.Table:
    """Replace ``has_key`` by ``nth``: the place of a row without a key among its equals."""
    keyless = known.filter(~known.has_key)
    count = keyless.group_by("number", "key").aggregate(rows=keyless.count())
    several = count.filter(count.rows > 1)
    order = ibis.window(group_by=["number", "key"], order_by="place")
    equals = keyless.semi_join(several, ["number", "key"]).mutate(nth=ibis.row_number().over(order))
    single = known.anti_join(equals, "place").mutate(nth=ibis.literal(0, "int64"))
    return ibis.union(single, equals.select(*single.columns)).drop("has_key")


def _cells(rows: ir.Table, headers: Sequence[str]) -> list[ir.StringValue]:
    return [trimmed(rows[one]) if one in rows.columns else ibis.null("string") for one in headers]


def _has_key(rows: ir.Table, spec: FileSpec) -> ir.BooleanValue:
    """Say whether a row states every part of its natural key that may not be blank."""
    needed = [header for header in spec.natural_key if header not in spec.optional_key]
    return ibis.and_(ibis.literal(bool(needed)), *(one.notnull() for one in _cells(rows, needed)))


def _content(rows: ir.Table, spec: FileSpec) -> list[ir.StringValue]:
    """Return the cells that make up a row's content: all the contract has a use for.

    Those of the columns it declares, of columns that become rows, and what its targets take from
    virtual headers: of a file name only the part that is extracted, so that a copy says the same.
    """
    declared = [column.name for column in spec.columns if column.name in rows.columns]
    patterns = [feed.unpivot for feed in spec.feeds if feed.unpivot is not None]
    wide = [
        name
        for name in rows.columns
        if name not in declared and any(one.parts(name) is not None for one in patterns)
    ]
    return [*(rows[name] for name in (*declared, *wide)), *_around(rows, spec)]


def _around(rows: ir.Table, spec: FileSpec) -> list[ir.StringValue]:
    """Return what the contract takes from what stands around the table."""
    virtual = spec.virtual_headers
    targets = [
        target
        for feed in spec.feeds
        for target in feed.columns.values()
        if any(header in virtual for header in target.from_)
    ]
    headers = sorted({header for target in targets for _, header in target.headers})
    cells = dict(zip(headers, _cells(rows, headers), strict=True))
    others = [header for header in virtual if header not in headers]
    return [*(stated_text(cells, target) for target in targets), *_cells(rows, others)]


def _hash(cells: Sequence[ir.StringValue]) -> ir.IntegerValue:
    return ibis.struct({f"c{at}": cell for at, cell in enumerate(cells)}).hash()


@ibis.udf.scalar.builtin(name="unhex")  # type: ignore[untyped-decorator] # ibis has no types
def _bytes_of(digits: str) -> bytes:  # type: ignore[empty-body] # a declaration of DuckDB's own function, evaluated by ibis
    """Read hexadecimal digits."""


def _digest(cells: Sequence[ir.StringValue]) -> ir.BinaryValue:
    """Return a digest of 96 bits that keeps null apart from every text.

    As many bytes as DuckDB keeps in place: longer ones would double the memory rows take.
    """
    marked = [("=" + cell).fill_null("") for cell in cells]
    return _bytes_of(first_letters(ibis.literal("\x1f").join(marked).hexdigest("md5"), 24))
