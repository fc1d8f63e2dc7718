"""The two questions a status answers: what became of the session, and what the student did."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hit_pipeline.drafting.codes import Codes, status_codes
from hit_pipeline.drafting.filled import Filled, doubted
from hit_pipeline.drafting.knowledge import Knowledge
from hit_pipeline.drafting.looks import Look

_ASSUMED = "no column says it: is only what took place listed?"


def status_lines(status: Look | None, marked: Look | None, known: Knowledge) -> Iterator[Filled]:
    """Yield the targets ``session_state``, ``attendance`` and ``status_source`` of a session log.

    Args:
        status: The column that says what became of the session.
        marked: The column that says whether the student was there.
        known: The vocabulary.
    """
    first = status or marked
    if first is None:
        yield doubted("session_state", {"value": "completed"}, "no status column", _ASSUMED)
        yield doubted("attendance", {"value": "present"}, "no attendance column", _ASSUMED)
        return
    yield Filled("status_source", {"from": first.name}, "the code as it stands is kept")
    yield _axis("session_state", [first], known, asked=status is None or marked is None)
    both = [one for one in (marked, status) if one is not None]
    yield _axis("attendance", both, known, asked=marked is None)


def _axis(axis: str, looks: Sequence[Look], known: Knowledge, *, asked: bool) -> Filled:
    """Return the map of one axis; codes of a second column count where the first is blank."""
    found = [status_codes(look, known, axis) for look in looks]
    meanings = _joined(found)
    if axis == "attendance" and len(found) > 1:
        meanings |= {
            code: _unmarked(word)
            for code, word in found[1].meanings.items()
            if code not in found[0].meanings
        }
    target: dict[str, Any] = {
        "from": [look.name for look in looks] if len(looks) > 1 else looks[0].name
    }
    if len(looks) > 1:
        target["first"] = True
    target["map"] = meanings
    doubts = [doubt for codes in found for doubt in codes.doubts if asked or "certain" not in doubt]
    why = " and ".join(f'codes of "{look.name}"' for look in looks)
    if not meanings:
        doubts.append("no code of it is known: every row waits in quarantine until you map them")
    return doubted(axis, target, why, *doubts) if doubts else Filled(axis, target, why)


def _joined(found: Sequence[Codes]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for codes in reversed(found):
        joined |= codes.meanings
    return joined


def _unmarked(word: str) -> str:
    """Return what a session's own status says of a student nobody marked: held is not attended."""
    return "unknown" if word == "present" else word


def codes_shown(lines: Mapping[str, Filled]) -> dict[str, dict[str, str]]:
    """Return for each status code the pair it would mean: code to state and attendance."""
    shown: dict[str, dict[str, str]] = {}
    for axis in ("session_state", "attendance"):
        if axis in lines:
            for code, word in lines[axis].target.get("map", {}).items():
                shown.setdefault(code, {})[axis] = word
    return shown
