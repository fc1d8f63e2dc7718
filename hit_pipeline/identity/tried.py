"""What was tried on a record, tier by tier, in words.

The words say what the rules of `trial` see at this moment; people go by their durable keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hit_pipeline.identity.one_row import SECOND
from hit_pipeline.identity.probable import AUTO, REVIEW
from hit_pipeline.identity.trial import Found, Row
from hit_pipeline.identity.wording import RULES, evidence_in_words
from hit_pipeline.tables.model import ID_SYSTEMS

MOST_PEOPLE = 5
"""People who are named in one line, or in lines of their own; the others are counted."""

_SAID = {
    "same": "a steward said that it is",
    "not_same": "a steward said that it is not",
    "unsure": "a steward could not tell whether it is",
}
_VERDICTS = {
    "fits": "name and birth date bear it out",
    "contrary": "name or birth date speak against it",
    "silent": "nothing else is stated to bear it out",
}
_AGAINST = "=other"


@dataclass(frozen=True)
class Tried:
    """One thing that was tried.

    Attributes:
        tier: 0 remembered, 1 identifiers, 2 name and birth date, 3 everything together.
        words: What came of it.
    """

    tier: int
    words: str


def tried(found: Found, record: str, ids: Sequence[tuple[str, str]]) -> list[Tried]:
    """Return what was tried on a record.

    Args:
        found: What the rules see.
        record: The record.
        ids: Every identifier it states as system and value, also what cannot be read.
    """
    subject = found.subject_of[record]
    answers = found.answers.get(subject, [])
    told = [Tried(0, f"{_SAID[one['answer']]} {one['person_key']}") for one in answers]
    told = told or [Tried(0, "no steward's answer is about it")]
    told += [_identifier(found, subject, system, value) for system, value in ids]
    if not ids:
        told.append(Tried(1, "no identifier is stated"))
    return [*told, *_by_name(found, subject), *_by_all(found, subject)]


def people_met(found: Found, record: str) -> list[str]:
    """Return the keys of everybody the words on a record name, each once."""
    subject = found.subject_of[record]
    rows = [one for part in (found.answers, found.candidates) for one in part.get(subject, [])]
    rows += [one for one in found.probable.get(subject, []) if one["outcome"] == "match"]
    for system in ID_SYSTEMS:
        rows += _of_system(found, subject, system)[:MOST_PEOPLE]
    rows += _nearest(found, subject)[:MOST_PEOPLE]
    return list(dict.fromkeys(row["person_key"] for row in rows))


def people_in_question(found: Found, record: str) -> list[str]:
    """Return the keys of those a record may still mean: a steward did not rule them out."""
    denied = {
        one["person_key"]
        for one in found.answers.get(found.subject_of[record], [])
        if one["answer"] == "not_same"
    }
    return [key for key in people_met(found, record) if key not in denied]


def _identifier(found: Found, subject: str, system: str, value: str) -> Tried:
    name = f"{system} {value}"
    readable = found.identifiers.get(subject, [])
    read = [one for one in readable if (one["system"], one["value"]) == (system, value)]
    if not read:
        return Tried(1, f"{name}: names nobody: nothing but zeros, blanks or marks")
    ways = _of_system(found, subject, system)
    if not ways and read[0]["crowded"]:
        return Tried(1, f"{name}: so many people have it that it counts for nothing")
    if not ways:
        return Tried(1, f"{name}: known of nobody, nor after any repair")
    words = [_way(one) for one in ways[:MOST_PEOPLE]] + _more(ways)
    return Tried(0 if ways[0]["own"] else 1, f"{name}: {'; or '.join(words)}")


def _of_system(found: Found, subject: str, system: str) -> list[Row]:
    """Return the best way to each person who has the identifier of a system, best first."""
    best: dict[str, Row] = {}
    for one in found.ways.get(subject, []):
        if one["my_system"] == system:
            best.setdefault(one["person_key"], one)
    return list(best.values())


def _way(way: Row) -> str:
    repaired = evidence_in_words(way["codes"])
    how = "found exactly" if way["exact"] else "found after repair"
    if way["own"]:
        how = "remembered of this source"
    found = f"{how} ({', '.join(repaired)})" if repaired else how
    beside = evidence_in_words(way["words"])
    weighed = ", ".join([_VERDICTS[way["verdict"] or "silent"], *beside])
    alone = ""
    if (way["verdict"] or "silent") == "silent" and not way["alone"]:
        alone = ", and nobody vouches for it standing alone"
    return f"{found}: it is that of {way['person_key']}; {weighed}{alone}"


def _more(rows: Sequence[Row]) -> list[str]:
    more = len(rows) - MOST_PEOPLE
    return [f"that of {more} more"] if more > 0 else []


def _by_name(found: Found, subject: str) -> list[Tried]:
    (stated,) = found.stated[subject]
    if stated["given"] is None and stated["last"] is None:
        return [Tried(2, "no name is stated")]
    people = _nearest(found, subject)
    if not people:
        both = "name and birth date point" if stated["birth_date"] else "name points"
        return [Tried(2, f"the {both} to nobody")]
    same = sum(one["sure"] for one in found.counts.get(subject, []))
    dated = (
        f"{same} with the same birth date" if stated["birth_date"] else "no birth date is stated"
    )
    head = f"the name fits {_people(len(people))}; {dated}"
    lines = [f"{one['person_key']}: {', '.join(_near(one))}" for one in people[:MOST_PEOPLE]]
    rest = [f"and {len(people) - MOST_PEOPLE} more"] if len(people) > MOST_PEOPLE else []
    return [Tried(2, words) for words in (head, *lines, *rest)]


def _nearest(found: Found, subject: str) -> list[Row]:
    """Return whom the name may mean, those first of whom more agrees."""
    return sorted(
        found.names.get(subject, []),
        key=lambda one: (-one["b"], -one["f"], one["person_key"]),
    )


def _near(one: Row) -> list[str]:
    words = evidence_in_words(one["words"])
    if one["b"] < 0:
        words.append("the birth date cannot be compared")
    if one["slip"]:
        words.append("an identifier is one digit away from the person's")
    if one["other"]:
        words.append("an identifier is quite another than the person's")
    return words


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _by_all(found: Found, subject: str) -> list[Tried]:
    if subject not in found.asked:
        return [Tried(3, f"not asked: {_unasked(found, subject)}")]
    decided = found.probable.get(subject, [])
    if not decided:
        return [Tried(3, f"nobody is as likely as {chance(REVIEW)}")]
    (made,) = decided
    listed = found.candidates.get(subject) or [made]
    lines = [Tried(3, _weighed(one)) for one in listed]
    if made["rule"] == SECOND:
        lines.append(Tried(3, f"no link: {RULES[SECOND]}"))
    elif made["outcome"] != "match" and made["probability"] >= AUTO:
        lines.append(Tried(3, "an identifier or the birth date is quite another: no link"))
    elif made["outcome"] != "match":
        lines.append(Tried(3, f"a link needs {chance(AUTO)}"))
    return lines


def _unasked(found: Found, subject: str) -> str:
    (stated,), (made,) = found.stated[subject], found.decisions[subject]
    if made["outcome"] == "match":
        return "an earlier tier decides"
    if stated["standing"] != "log":
        return "it is asked for records of logs only"
    if all(stated[part] is None for part in ("given_name", "family_name", "display_name")):
        return "no name is stated"
    return "what an identifier leaves in doubt, no likelihood overrules"


def _weighed(one: Row) -> str:
    codes = (one["evidence"] or "").split()
    speaks = [code for code in codes if not code.endswith(_AGAINST)]
    against = [code for code in codes if code.endswith(_AGAINST)]
    parts = [
        f"{side}: {', '.join(evidence_in_words(' '.join(these)))}"
        for side, these in (("for it", speaks), ("against it", against))
        if these
    ]
    return "; ".join([f"{one['person_key']} with {chance(one['probability'])}", *parts])


def chance(probability: float) -> str:
    """Return a probability in words; what is nearly sure is never said to be sure.

    >>> chance(0.9999), chance(0.305), chance(0.99)
    ('more than 99.9 %', '30.5 %', '99.0 %')
    """
    most, least = 0.999, 0.001
    if probability > most:
        return "more than 99.9 %"
    return "less than 0.1 %" if probability < least else f"{100 * probability:.1f} %"
