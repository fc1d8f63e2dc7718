"""What would settle an open record: tried out, by the rules themselves.

For everybody a record may mean, the record is tried again with that person's birth date, with that
person's identifier in the system its contract vouches for, and with both. What then makes the link
is what the source has to state.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from hit_pipeline.identity.candidates import SCOPED
from hit_pipeline.identity.trial import Row, Trial
from hit_pipeline.identity.wording import settling, system_in_words

_SYSTEMS = ("district", "state", "sis", "email")
"""Systems a source may be asked to state where its contract vouches for none a roster knows."""
_BIRTH = "birth_date"
_ID = "id_"

Person = Mapping[str, Any]
"""What rosters state of a person: ``birth_date`` and ``id_<system>``."""


@dataclass(frozen=True)
class Wanted:
    """What would make a record one person's.

    Attributes:
        person: Whose.
        missing: Columns the record would have to state.
        wrong: Columns the record states otherwise.
    """

    person: str
    missing: tuple[str, ...]
    wrong: tuple[str, ...]


def would_settle(trial: Trial, records: Mapping[str, Sequence[str]]) -> dict[str, list[Wanted]]:
    """Return what would link records of logs, the least of it for each person they may mean.

    Args:
        trial: The rules, and what is known.
        records: Record to the people to try.
    """
    stated = trial.records(records) if any(records.values()) else None
    if stated is None:
        return {}
    engine, known = (
        trial.growth.engine,
        trial.people({one for of in records.values() for one in of}),
    )
    rows = engine.collect(stated)
    changes = {
        f"{row['record']}|{number}": (row, wanted, cells)
        for row in rows.to_pylist()
        if row["standing"] == "log"
        for number, (wanted, cells) in enumerate(_changes(row, records[row["record"]], known))
    }
    if not changes:
        return {}
    changed = [{**row, **cells, "record": name} for name, (row, _, cells) in changes.items()]
    decisions = trial.decisions(
        engine.from_arrow(pa.Table.from_pylist(changed, schema=rows.schema))
    )
    found: dict[str, list[Wanted]] = {}
    for name, (row, wanted, _) in changes.items():
        settled = found.setdefault(row["record"], [])
        linked = decisions[name][0]["person_key"] == wanted.person
        if linked and all(one.person != wanted.person for one in settled):
            settled.append(wanted)
    return found


def _changes(
    row: Row, people: Sequence[str], known: Mapping[str, Person]
) -> Iterator[tuple[Wanted, Person]]:
    """Yield changes of a record that would make it say what is known of a person, small first."""
    for person in people:
        told = known.get(person, {})
        systems = [one for one in (row["bare"], *_SYSTEMS) if one and one not in SCOPED]
        number = next((f"{_ID}{one}" for one in systems if f"{_ID}{one}" in told), None)
        names = [one for one in (_BIRTH, number) if one and told.get(one) not in (None, row[one])]
        for chosen in ((one,) for one in names):
            yield _wanted(row, person, chosen), {name: told[name] for name in chosen}
        if len(names) > 1:
            yield _wanted(row, person, names), {name: told[name] for name in names}


def _wanted(row: Row, person: str, names: Sequence[str]) -> Wanted:
    missing = tuple(name for name in names if row[name] is None)
    return Wanted(person, missing, tuple(name for name in names if row[name] is not None))


def settling_in_words(
    rule: str, wanted: Sequence[Wanted], bare: str | None, question: int | None
) -> str:
    """Return in words what would settle an open record.

    Args:
        rule: Rule that left it open.
        wanted: What would link it, by person.
        bare: System the source's contract vouches for; None: none.
        question: Its place in the queue of `hit review`; None: it is not asked about.
    """
    together: dict[str, list[str]] = {}
    for one in wanted:
        together.setdefault(_statement(one), []).append(one.person)
    parts = [f"{what} {' or '.join(people)}" for what, people in together.items()]
    if not parts and rule in {"id.unknown", "name.unknown"}:
        number = system_in_words(bare) if bare else "identifier"
        parts = [f"the right {number} from the source, or a roster that lists the person"]
    if question is not None:
        parts.append(f"a steward's answer at hit review, question {question}")
    return "; or ".join(parts or [settling(rule)])


def _statement(wanted: Wanted) -> str:
    parts = [_named(name, "a" if name == _BIRTH else "the") for name in wanted.missing]
    parts += [f"a correction of {_named(name, 'the')}" for name in wanted.wrong]
    return f"{' and '.join(parts)} from the source, if it is that of"


def _named(name: str, article: str) -> str:
    what = "birth date" if name == _BIRTH else system_in_words(name.removeprefix(_ID))
    return f"{article} {what}"
