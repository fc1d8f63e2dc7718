"""Why a record is linked, or not: the registry's memory told in words.

What is returned may hold names and identifiers of pupils: it is for the district's own terminal.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hit_pipeline.errors import HitError
from hit_pipeline.identity.collect import naming_tables, stated_by
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.identity.wording import evidence_in_words, rule_in_words, settling
from hit_pipeline.tables.model import ID_SYSTEMS
from hit_pipeline.tables.vocabulary import PERSON_ROLES

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

_KINDS = "a person record id, a durable key or an identifier as a source states it"
_MOST = 50


@dataclass(frozen=True)
class Told:
    """One thing said about a record or a person.

    Attributes:
        role: ``student``, ``tutor`` or ``staff``.
        record: Person record it is about; None for what is said of the person.
        what: ``states``, ``decided``, ``person``, ``identifier`` or ``would settle it``.
        words: In words.
    """

    role: str
    record: str | None
    what: str
    words: str


@dataclass(frozen=True)
class Explanation:
    """Everything known of what was asked for.

    Attributes:
        asked: What was asked for.
        told: What is known, record by record.
    """

    asked: str
    told: tuple[Told, ...]

    def as_rows(self) -> list[dict[str, str]]:
        """Return what is told as rows of text."""
        return [
            {"role": one.role, "record": one.record or "", "what": one.what, "words": one.words}
            for one in self.told
        ]


def explain(context: "BuildContext", asked: str) -> Explanation:
    """Tell why records are linked or not.

    Args:
        context: Typed tables and the registry.
        asked: A person record id, a durable key, or an identifier as a source states it; at most
            fifty records are told about.

    Raises:
        HitError: Nothing is known by that name.
    """
    told: list[Told] = []
    for role in PERSON_ROLES:
        records = _records(context, role, asked)
        told += _of_person(context, role, asked)
        for record in records[:_MOST]:
            told += _of_record(context, role, record)
    if not told:
        message = "nothing is known by that name."  # not repeated: it may be a pupil's
        raise HitError(message, remedy=f"Ask for {_KINDS}.")
    return Explanation(asked, tuple(told))


def _records(context: "BuildContext", role: str, asked: str) -> list[str]:
    """Return the records asked for: one, those of a person, or those that state an identifier."""
    if context.registry.history(role, asked).num_rows:
        return [asked]
    links = context.registry.matched(role).to_pylist()
    of_person = [link["person_record_id"] for link in links if link["person_key"] == asked]
    return of_person or _stating(context, role, asked)


def _stating(context: "BuildContext", role: str, asked: str) -> list[str]:
    found: set[str] = set()
    for name in naming_tables(context, role):
        rows = context.typed(name)
        states = [rows[f"{role}_id_{system}"] == asked for system in ID_SYSTEMS]
        named = rows.filter(_any(states)).select(record=rows[f"{role}_record_id"]).distinct()
        found |= set(context.engine.collect(named)["record"].to_pylist())
    return sorted(found)


def _any(conditions: list[Any]) -> Any:
    first, *rest = conditions
    for condition in rest:
        first |= condition
    return first


def _of_person(context: "BuildContext", role: str, asked: str) -> list[Told]:
    claims = context.registry.claims(role).to_pylist()
    return [
        Told(
            role,
            None,
            "identifier",
            f"{claim['system']} {claim['value']}, stated by {claim['issuer']} since "
            f"{claim['claimed_at']:%Y-%m-%d}"
            + (f", withdrawn {claim['withdrawn_at']:%Y-%m-%d}" if claim["withdrawn_at"] else ""),
        )
        for claim in claims
        if claim["person_key"] == asked
    ]


def _of_record(context: "BuildContext", role: str, record: str) -> list[Told]:
    wanted = context.engine.from_arrow(pa.table({"person_record_id": [record]}))
    stated = stated_by(context, role, wanted)
    rows = context.engine.collect(stated).to_pylist() if stated is not None else []
    told = [Told(role, record, "states", _stated_in_words(row)) for row in rows]
    history = context.registry.history(role, record).to_pylist()
    told += [Told(role, record, "decided", _decision_in_words(one)) for one in history]
    if history and history[-1]["outcome"] != "match":
        told.append(Told(role, record, "would settle it", settling(history[-1]["rule"])))
    return told


def _stated_in_words(row: dict[str, Any]) -> str:
    ids = [f"{system} {row[f'id_{system}']}" for system in ID_SYSTEMS if row[f"id_{system}"]]
    names = [row[part] for part in NAME_PARTS if row[part]]
    born = [f"born {row['birth_date']}"] if row["birth_date"] else []
    return f"{row['source']}: " + ", ".join([*ids, " ".join(names), *born]).strip(", ")


def _decision_in_words(decision: dict[str, Any]) -> str:
    key, candidate = decision["person_key"], decision["candidate_key"]
    outcome = f"is {key}" if key else decision["outcome"].replace("_", " ")
    because = [rule_in_words(decision["rule"]), *evidence_in_words(decision["evidence"])]
    might = f"; might be {candidate}" if candidate else ""
    when = f"{decision['decided_at']:%Y-%m-%d} by {decision['decided_by']}"
    return f"{outcome}: {'; '.join(because)}{might} ({when}, {decision['rule']})"
