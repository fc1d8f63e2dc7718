"""Why a record is linked, or not: the registry's memory, and what the rules see today, in words.

What is returned may hold names and identifiers of pupils: it is for the district's own terminal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hit_pipeline.errors import HitError
from hit_pipeline.identity.collect import naming_tables, stated_by
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.identity.settled_by import settling_in_words, would_settle
from hit_pipeline.identity.trial import Trial
from hit_pipeline.identity.tried import people_in_question, people_met, tried
from hit_pipeline.identity.wording import evidence_in_words, rule_in_words
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
        what: ``states``, ``decided``, ``tier 0`` to ``tier 3`` (what was tried), ``would settle
            it``; of a person ``identifier``, or ``person`` where the words on a record name it.
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


def explain(
    context: "BuildContext", asked: str, places: Mapping[str, int] | None = None
) -> Explanation:
    """Tell why records are linked or not, and what was tried on them.

    Of a person only the records and their decisions are told, not what was tried on each.

    Args:
        context: Typed tables and the registry.
        asked: A person record id, a durable key, or an identifier as a source states it; at most
            fifty records are told about.
        places: Record to its place in the queue of `hit review`; None: nobody knows.

    Raises:
        HitError: Nothing is known by that name.
    """
    told: list[Told] = []
    for role in PERSON_ROLES:
        told += _of_person(context, role, asked)
        records, of_person = _records(context, role, asked)
        told += of_records(context, role, records[:_MOST], None if of_person else places or {})
    if not told:
        message = "nothing is known by that name."  # not repeated: it may be a pupil's
        raise HitError(message, remedy=f"Ask for {_KINDS}.")
    return Explanation(asked, tuple(told))


def _records(context: "BuildContext", role: str, asked: str) -> tuple[list[str], bool]:
    """Return the records asked for, and whether they are those of a person.

    These are one record, those of a person, or those that state an identifier.
    """
    if context.registry.history(role, asked).num_rows:
        return [asked], False
    links = context.registry.matched(role).to_pylist()
    of_person = [link["person_record_id"] for link in links if link["person_key"] == asked]
    return of_person or _stating(context, role, asked), bool(of_person)


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


def of_records(
    context: "BuildContext", role: str, records: Sequence[str], places: Mapping[str, int] | None
) -> list[Told]:
    """Tell of several records at once.

    Args:
        context: Typed tables and the registry.
        role: Whose records.
        records: The records.
        places: As for `explain`; None: what was tried is left out.
    """
    if not records:
        return []
    wanted = context.engine.from_arrow(pa.table({"person_record_id": [*records]}))
    stated = stated_by(context, role, wanted)
    rows = context.engine.collect(stated).to_pylist() if stated is not None else []
    trials = {} if places is None else _tried(context, role, rows, places)
    told = []
    for record in records:
        of_record = [row for row in rows if row["record"] == record]
        told += [Told(role, record, "states", _stated_in_words(row)) for row in of_record]
        history = context.registry.history(role, record).to_pylist()
        told += [Told(role, record, "decided", _decision_in_words(one)) for one in history]
        told += trials.get(record, ())
    return told


def _tried(
    context: "BuildContext", role: str, rows: Sequence[Mapping[str, Any]], places: Mapping[str, int]
) -> dict[str, list[Told]]:
    """Tell what was tried on records, who is named by it, and what would settle them."""
    stated = {row["record"]: row for row in rows}
    trial = Trial.open(context, role)
    told = _by_tiers(trial, stated)
    left = {one["person_record_id"]: one for one in context.registry.unmatched(role).to_pylist()}
    waiting = {record: told[record].in_question for record in stated if record in left}
    wanted = would_settle(trial, waiting)
    bare = {one.name: one.bare for one in trial.sources}
    lines = {record: told[record].lines for record in stated}
    for record in waiting:
        rule, place = left[record]["rule"], places.get(record)
        vouched = bare.get(stated[record]["source"])
        words = settling_in_words(rule, wanted.get(record, ()), vouched, place)
        lines[record] = (*lines[record], ("would settle it", words))
    return {
        record: [Told(role, record, what, words) for what, words in these]
        for record, these in lines.items()
    }


@dataclass(frozen=True)
class _Tried:
    """What was tried on a record: kind and words of each line, and whom it may still mean."""

    lines: tuple[tuple[str, str], ...]
    in_question: tuple[str, ...] = ()


def _by_tiers(trial: Trial, stated: Mapping[str, Mapping[str, Any]]) -> dict[str, _Tried]:
    """Return what was tried on records that rows name, tier by tier, and who is named by it."""
    records = trial.records(stated) if stated and trial.growth.size else None
    if records is None:
        return dict.fromkeys(stated, _Tried((("tier 1", "no roster has listed anybody yet"),)))
    found = trial.find(records)
    met = {record: people_met(found, record) for record in stated}
    people = trial.people({one for these in met.values() for one in these})
    told = {}
    for record, row in stated.items():
        ids = [(system, row[f"id_{system}"]) for system in ID_SYSTEMS if row[f"id_{system}"]]
        lines = [(f"tier {one.tier}", one.words) for one in tried(found, record, ids)]
        lines += [("person", _person_in_words(one, people.get(one, {}))) for one in met[record]]
        told[record] = _Tried(tuple(lines), tuple(people_in_question(found, record)))
    return told


def _person_in_words(key: str, known: Mapping[str, Any]) -> str:
    ids = [f"{system} {known[f'id_{system}']}" for system in ID_SYSTEMS if f"id_{system}" in known]
    born = [f"born {known['birth_date']}"] if "birth_date" in known else []
    names = [known["name"]] if "name" in known else []
    return f"{key}: " + (", ".join([*names, *born, *ids]) or "no roster states anything now")


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
