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

_IDS = tuple(f"id_{system}" for system in ID_SYSTEMS)


@dataclass(frozen=True)
class Subjects:
    """Open subjects of one role.

    Attributes:
        table: ``subject, source, standing, priority, anchor, has_ids, torn``, name parts as stated,
            the columns of `evidence.COMPARED` and ``nicknames``. ``torn``: its records name
            different people.
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
        records: As of `collect.open_records`, with ``standing, priority, bare``.
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
    anchored = engine.keep(named.mutate(anchor=anchor, anchor_value=value))
    shared = anchored.record.min().over(group_by=["source", "standing", "anchor", "anchor_value"])
    log = anchored.standing == "log"
    pieces = engine.keep(anchored.mutate(subject=log.ifelse(anchored.record, shared)))
    torn = engine.keep(_torn(engine, pieces))
    merged = _merged(pieces).left_join(torn.mutate(torn=True), "subject").drop("subject_right")
    merged = merged.mutate(torn=merged.torn.fill_null(False))  # noqa: FBT003
    return Subjects(
        engine.keep(with_nicknames(engine, merged)),
        engine.keep(pieces.select("record", "subject", "source", "standing")),
        engine.keep(_identifiers(pieces)),
    )


def _merged(pieces: ir.Table) -> ir.Table:
    """Put the pieces of every subject together."""
    lists = {name: pieces[name].collect().flatten() for name in ("called", "middles", "lasts")}
    single = ("given", "first", "compound", "preferred", "last", "birth_date", *NAME_PARTS)
    return pieces.group_by("subject", "source", "standing", "priority", "anchor").agg(
        has_ids=ibis.coalesce(*(pieces[column].max() for column in _IDS)).notnull(),
        **lists,
        **{name: pieces[name].max() for name in single},
    )


def _torn(engine: Engine, pieces: ir.Table) -> ir.Table:
    """Return ``subject`` of those whose pieces name different people under one identifier."""
    several = (
        pieces.filter(pieces.standing != "log")
        .group_by("subject")
        .agg(names=lambda t: t.given.nunique())
    )
    several = engine.keep(several.filter(several.names > 1))
    doubted = pieces.semi_join(several, "subject").filter(lambda t: t.given.notnull())
    mine = with_nicknames(engine, doubted.select("subject", "record", *COMPARED))
    told = as_told(doubted.select("subject", *COMPARED, person_key="record"))
    pairs = mine.join(told, "subject").filter(lambda t: t.record < t.person_key)
    weighed = weigh(pairs)
    other = (weighed.f == 0) & ((weighed.b == 0) | ((weighed.b == -1) & (weighed.l == 0)))
    return weighed.filter(other).select("subject").distinct()


def _identifiers(pieces: ir.Table) -> ir.Table:
    """Return every identifier a subject states, once, with its reading."""
    asked = ("subject", "source", "standing", "priority", "bare", "anchor")
    long = pieces.select(*asked, *_IDS).pivot_longer(
        list(_IDS), names_to="system", names_pattern="id_(.*)", values_to="value"
    )
    stated = long.filter(long.value.notnull()).distinct()
    return with_reading(stated).filter(lambda t: t.core.notnull())


def told_of(known: ir.Table) -> ir.Table:
    """Return statements (``person_key``, name parts, ``birth_date``) ready to be compared."""
    return as_told(with_names(known).select("person_key", *COMPARED))
