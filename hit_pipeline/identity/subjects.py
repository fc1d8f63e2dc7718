"""Subjects: what is decided on. Records of a roster that share its own identifier are one subject.

A roster states a child in pieces (a user here, the birth date there); each piece is a person record
of its own, and all are the same child because the roster says so with its own identifier.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.identity.evidence import COMPARED, as_told, weigh, with_nicknames
from hit_pipeline.identity.normalize import with_names, with_reading
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.tables.model import ID_SYSTEMS

ANCHORS = ("source", "vendor", "district", "sis", "state", "clever", "classlink", "email")
"""Systems in the order in which one is a roster's own identifier: the first that is stated."""

_MOST_NAMES = 20
"""More names than this under one identifier are of different people without looking closer."""

_IDS = tuple(f"id_{system}" for system in ID_SYSTEMS)


@dataclass(frozen=True)
class Subjects:
    """Open subjects of one role.

    Attributes:
        table: ``subject, source, standing, priority, anchor, has_ids, torn``, name parts as stated
            and the columns of `evidence.COMPARED`. ``torn``: its records name different people.
        members: ``record, subject, source, standing``.
        identifiers: As for `candidates.by_identifier`, with ``priority``.
    """

    table: ir.Table
    members: ir.Table
    identifiers: ir.Table

    def where(self, **cells: str) -> "Subjects":
        """Return the subjects of a ``standing`` or ``source``."""
        parts = (self.table, self.members, self.identifiers)
        chosen = ([part[name] == cell for name, cell in cells.items()] for part in parts)
        return Subjects(*(part.filter(these) for part, these in zip(parts, chosen, strict=True)))

    def only(self, engine: Engine, wanted: ir.Table) -> "Subjects":
        """Return the subjects found in ``wanted``."""
        return Subjects(
            engine.keep(self.table.semi_join(wanted, "subject")),
            engine.keep(self.members.semi_join(wanted, "subject")),
            engine.keep(self.identifiers.semi_join(wanted, "subject")),
        )


def subjects_of(engine: Engine, records: ir.Table) -> Subjects:
    """Gather open records into subjects.

    Args:
        engine: Keeps what is used more than once.
        records: As of `collect.OpenRecords.stated`, with ``standing, priority, bare``.
    """
    named = with_names(records)
    anchor = ibis.coalesce(
        *(named[f"id_{one}"].notnull().ifelse(one, ibis.null("string")) for one in ANCHORS),
        ibis.literal("name"),
    )
    value = ibis.coalesce(
        *(named[f"id_{system}"] for system in ANCHORS),
        ibis.literal(" ").join([named.given, named["last"], named.birth_date.cast("string")]),
    )
    said = (anchor != "name") | named.given.notnull() | named["last"].notnull()
    standing = said.ifelse(named.standing, "log")  # who has no readable name is nobody new
    anchored = engine.keep(named.mutate(anchor=anchor, anchor_value=value, standing=standing))
    together = ibis.window(group_by=["source", "standing", "anchor", "anchor_value"])
    log = anchored.standing == "log"
    pieces = engine.keep(
        anchored.mutate(
            subject=log.ifelse(anchored.record, anchored.record.min().over(together)),
            several=~log & (anchored.count().over(together) > 1),
        )
    )
    return Subjects(
        engine.keep(with_nicknames(engine, _put_together(engine, pieces))),
        engine.keep(pieces.select("record", "subject", "source", "standing")),
        engine.keep(_identifiers(pieces)),
    )


_WHOLE = ("subject", "source", "standing", "priority", "anchor")
_LISTS = ("called", "middles", "lasts")
_SINGLE = ("given", "first", "compound", "preferred", "last", "birth_date", *NAME_PARTS)


def _put_together(engine: Engine, pieces: ir.Table) -> ir.Table:
    """Return subjects, those of several pieces with what all of them say."""
    has_ids = ibis.coalesce(*(pieces[column] for column in _IDS)).notnull()
    said = pieces.select(*_WHOLE, *_LISTS, *_SINGLE, "several", "record", has_ids=has_ids)
    single = said.filter(~said.several).drop("several", "record").mutate(torn=False)
    several = engine.keep(said.filter(said.several))
    merged = several.group_by(*_WHOLE).agg(
        **{name: several[name].collect().flatten() for name in _LISTS},
        **{name: several[name].max() for name in _SINGLE},
        has_ids=several.has_ids.any(),
    )
    torn = engine.keep(_torn(engine, several)).mutate(torn=True)
    merged = merged.left_join(torn, "subject")[[*merged.columns, "torn"]]
    return single.union(merged.mutate(torn=merged.torn.fill_null(False)))  # noqa: FBT003


def _torn(engine: Engine, pieces: ir.Table) -> ir.Table:
    """Return ``subject`` of those whose pieces name different people under one identifier."""
    names = pieces.group_by("subject").agg(names=lambda t: t.given.nunique())
    names = engine.keep(names.filter(names.names > 1))
    crowds = names.filter(names.names > _MOST_NAMES).select("subject")
    doubted = pieces.semi_join(names, "subject").anti_join(crowds, "subject")
    doubted = doubted.filter(doubted.given.notnull())
    doubted = engine.keep(with_nicknames(engine, doubted))
    told = as_told(doubted.select("subject", *COMPARED, person_key="record"))
    mine = doubted.select("subject", "record", *COMPARED)
    pairs = mine.join(told, "subject").filter(lambda t: t.record < t.person_key)
    weighed = weigh(pairs)
    other = (weighed.f == 0) & ((weighed.b == 0) | ((weighed.b == -1) & (weighed.l == 0)))
    return weighed.filter(other).select("subject").distinct().union(crowds)


def _identifiers(pieces: ir.Table) -> ir.Table:
    """Return every identifier a subject states, once, with its reading."""
    asked = ("subject", "source", "standing", "priority", "bare", "anchor")
    long = pieces.select(*asked, *_IDS).pivot_longer(
        list(_IDS), names_to="system", names_pattern="id_(.*)", values_to="value"
    )
    stated = long.filter(long.value.notnull()).distinct()
    return with_reading(stated).filter(lambda t: t.core.notnull())


def told_of(engine: Engine, known: ir.Table) -> ir.Table:
    """Return statements (``person_key``, name parts, ``birth_date``) ready to be compared."""
    named = with_nicknames(engine, engine.keep(with_names(known)))
    return as_told(named.select("person_key", *COMPARED))
