"""Which person records there are, where they stand, and which of them are still open."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.engine import Engine
from hit_pipeline.identity.records import NAME_PARTS, stated_columns
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import ID_SYSTEMS

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext
    from hit_pipeline.settings import District, Source
    from hit_pipeline.sources.contract.model import Contract

MAKERS = {
    "student": ("typed_student", "typed_former_student"),
    "tutor": ("typed_session_log", "typed_tutor_event"),
    "staff": ("typed_staff",),
}
"""Per role the typed tables whose rows create people or add to what is known of them."""

_BARE_WITHOUT_CONTRACT = "source"
_STATED = {
    "record": "string",
    "source": "string",
    "birth_date": "date",
    **{f"id_{system}": "string" for system in ID_SYSTEMS},
    **dict.fromkeys(NAME_PARTS, "string"),
    "maker": "boolean",
}
_PLACES = {"person_record_id": "string", "place": "int64", "naming": "int64"}


@dataclass(frozen=True, order=True)
class OneRow:
    """A file with one row per student (`hit_pipeline.identity.one_row`).

    Attributes:
        table: Typed table it names students in.
        file: The contract's name of the file.
        whole: Its current rows all stand in the newest delivery.
    """

    table: str
    file: str
    whole: bool


@dataclass(frozen=True)
class Origin:
    """What identity needs to know of a source, for one role.

    Attributes:
        name: Its name in district.toml.
        standing: What the rows of its rosters may do; every log is a roster of tutors.
        priority: Which source is believed first: the lowest number.
        bare: Identifier system in which an id links a person with nothing beside it, or None.
        one_row: Its files with one row per student; for other roles none.
    """

    name: str
    standing: str
    priority: int
    bare: str | None
    one_row: tuple[OneRow, ...] = ()


def origins(district: "District", role: str) -> list[Origin]:
    """Return every source, the one believed first first."""
    known = []
    for name, source in district.sources.items():
        roster = role == "tutor" or source.kind == "roster"
        standing = "roster" if roster else "completion"
        contract = load_contract(source.contract, district.folder) if source.contract else None
        bare = _bare(source, contract, role)
        one_row = _one_row(contract) if contract and role == "student" else ()
        known.append(Origin(name, standing, source.priority, bare, one_row))
    return sorted(known, key=lambda origin: (origin.priority, origin.name))


def _bare(source: "Source", contract: "Contract | None", role: str) -> str | None:
    if role == "student" and source.bare_id_system is not None:
        return source.bare_id_system
    if contract is None:
        return _BARE_WITHOUT_CONTRACT
    return contract.bare_id_system if role == "student" else contract.tutor_id_system


def _one_row(contract: "Contract") -> tuple[OneRow, ...]:
    found = {
        OneRow(feed.table, name, file.current_is_newest)
        for name, file in contract.files.items()
        for feed in file.feeds
        if file.one_row_per_student and feed.names_student
    }
    return tuple(sorted(found))


def naming_tables(context: "BuildContext", role: str) -> list[str]:
    """Return the typed tables with rows that name people of a role, makers of people first.

    A table that only refers to records named elsewhere names nobody.
    """
    record = f"{role}_record_id"
    naming = [
        name
        for name, table in TABLES.items()
        if table.layer == "typed"
        and record in table.column_names
        and not {*stated_columns(role)}.isdisjoint(table.column_names)
        and any(record in pq.read_schema(path).names for path in context.lake.typed_parts(table))
    ]
    return sorted(naming, key=lambda name: name not in MAKERS[role])


@dataclass(frozen=True)
class OpenRecords:
    """The person records of a role that may be decided on.

    Attributes:
        context: Where the typed tables are.
        role: ``student``, ``tutor`` or ``staff``.
        places: ``person_record_id``; ``naming``, the number of the first table in `naming_tables`
            that names the record; ``place``, the number of one of its rows there.
    """

    context: "BuildContext"
    role: str
    places: ir.Table

    @classmethod
    def find(cls, context: "BuildContext", role: str, decided: ir.Table) -> "OpenRecords":
        """Return those typed rows name whose ``person_record_id`` is not among the decided."""
        parts = [
            _places(context.typed(name), role).mutate(naming=at)
            for at, name in enumerate(naming_tables(context, role))
        ]
        if not parts:
            return cls(context, role, ibis.memtable([], schema=_PLACES))
        named = ibis.union(*parts).anti_join(decided, "person_record_id")
        first = named.group_by("person_record_id").agg(
            place=named.place.argmin(named.naming), naming=named.naming.min().cast("int64")
        )
        return cls(context, role, context.engine.keep(first))

    def stated(self, done: ir.Table) -> ir.Table:
        """Return what they state, without those done.

        Args:
            done: ``person_record_id`` of records to leave out.

        Returns:
            One row per record: ``record, source, maker`` (named by the table that makes people),
            ``id_<system>`` for every identifier system, the name parts and ``birth_date``.
        """
        engine = self.context.engine
        chosen = engine.keep(self.places.anti_join(done, "person_record_id"))
        naming = set(engine.collect(chosen.select("naming").distinct())["naming"].to_pylist())
        parts = [ibis.memtable([], schema=_STATED)]
        for at, name in enumerate(naming_tables(self.context, self.role)):
            if at in naming:
                here = chosen.filter(chosen.naming == at)
                stated = _stated(self.context.typed(name), self.role, here)
                stated = stated.mutate(maker=name in MAKERS[self.role])
                parts.append(stated.select(*_STATED))
        return engine.keep(ibis.union(*parts) if parts[1:] else parts[0])


def stated_by(context: "BuildContext", role: str, wanted: ir.Table) -> ir.Table | None:
    """Return what the wanted records state; None when no row names anybody of the role.

    Args:
        context: Where the typed tables are.
        role: Whose records.
        wanted: ``person_record_id``.

    Returns:
        As `OpenRecords.stated`, without ``maker``.
    """
    parts = []
    for name in naming_tables(context, role):
        rows = context.typed(name)
        places = _places(rows, role).semi_join(wanted, "person_record_id")
        parts.append(_stated(rows, role, context.engine.keep(places)))
    return context.engine.keep(ibis.union(*parts).distinct(on="record")) if parts else None


def _places(rows: ir.Table, role: str) -> ir.Table:
    """Return ``person_record_id`` and as ``place`` the number of one of its rows."""
    records = rows.group_by(person_record_id=rows[f"{role}_record_id"])
    return records.agg(place=rows["_row"].min()).filter(lambda t: t.person_record_id.notnull())


def _stated(rows: ir.Table, role: str, wanted: ir.Table) -> ir.Table:
    """Return what the wanted records state, each once; all rows of a record state the same.

    Args:
        rows: A typed table.
        role: Whose records.
        wanted: As of `_places`: looking at one row is much cheaper than gathering all.
    """
    record = f"{role}_record_id"
    dated = role == "student" and "birth_date" in rows.columns
    columns = {f"id_{system}": f"{role}_id_{system}" for system in ID_SYSTEMS}
    columns |= {part: f"{role}_{part}" for part in NAME_PARTS}
    stated = {
        name: rows[column] if column in rows.columns else ibis.null("string")
        for name, column in columns.items()
    }
    named = rows.select(
        record=rows[record],
        place=rows["_row"],
        source=rows["_source"],
        birth_date=rows["birth_date"] if dated else ibis.null("date"),
        **stated,
    )
    named = named.semi_join(wanted, [("place", "place"), ("record", "person_record_id")])
    values = [name for name in named.columns if name not in {"record", "place"}]
    return named.group_by("record").agg(**{name: named[name].min() for name in values})


def origin_table(engine: Engine, known: list[Origin]) -> ir.Table:
    """Return sources as rows of ``source, standing, priority, bare``."""
    return engine.from_arrow(
        pa.table(
            {
                "source": pa.array([origin.name for origin in known], pa.string()),
                "standing": pa.array([origin.standing for origin in known], pa.string()),
                "priority": pa.array([origin.priority for origin in known], pa.int64()),
                "bare": pa.array([origin.bare for origin in known], pa.string()),
            }
        )
    )
