"""What parts of a test are called: "Geometry - Scale Score" is the scale score of Geometry.

Only headers are looked at. A name is taken apart only where the same kind of score stands under
several parts, so that a single header is never cut at a guess.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hit_pipeline.drafting.knowledge import Knowledge
from hit_pipeline.drafting.roles import header_words

_MARK = re.compile(r"\s+[-\u2013]\s+")


@dataclass(frozen=True)
class ScoreName:
    """A score's header taken apart.

    Attributes:
        kind: What is measured, as it stands in the header.
        objective: The part of the test; None: the whole test.
    """

    kind: str
    objective: str | None = None


def score_names(headers: Iterable[str], known: Knowledge) -> dict[str, ScoreName]:
    """Return kind and objective of headers of scores; a header that stands alone is its kind."""
    stripped = {header: _without_season(header, known) for header in headers}
    found = {
        header: _marked(text, known) or _ending(text, stripped.values(), known)
        for header, text in stripped.items()
    }
    kinds = Counter(name.kind.casefold() for name in found.values() if name is not None)
    names = {}
    for header, text in stripped.items():
        name = found[header]
        shared = name is not None and kinds[name.kind.casefold()] > 1 and _is_part(name, known)
        names[header] = _whole(name, known) if name is not None and shared else ScoreName(text)
    return _told_apart(names, stripped)


def _without_season(header: str, known: Knowledge) -> str:
    pattern = known.score["seasons"].pattern
    found = re.findall(rf"(?i)\b(?:{pattern})\b", header)
    return re.sub(rf"(?i)\b(?:{pattern})\b\s*", "", header).strip() if len(found) == 1 else header


def _marked(text: str, known: Knowledge) -> ScoreName | None:
    """Take a header with a dash apart: the side that names a score is the kind."""
    parts = _MARK.split(text, maxsplit=1)
    if len(parts) != 2:
        return None
    left, right = (known.score["words"].search(header_words(part)) is not None for part in parts)
    if left == right:
        return ScoreName(parts[1], parts[0]) if right else None
    return ScoreName(parts[0], parts[1]) if left else ScoreName(parts[1], parts[0])


def _ending(text: str, others: Iterable[str], known: Knowledge) -> ScoreName | None:
    """Take the longest ending that names a score and that another header has as well."""
    words = text.split(" ")
    endings = {
        " ".join(one.split(" ")[at:])
        for one in others
        if one != text
        for at in range(1, len(one.split(" ")))
    }
    for at in range(1, len(words)):
        ending = " ".join(words[at:])
        if ending in endings and known.score["words"].search(header_words(ending)):
            return ScoreName(ending, " ".join(words[:at]))
    return None


def _is_part(name: ScoreName, known: Knowledge) -> bool:
    words = header_words(name.objective or "")
    return re.search(rf"\b(?:{known.score['no_part'].pattern})\b", words) is None


def _whole(name: ScoreName, known: Knowledge) -> ScoreName:
    """Leave out a part that is the whole test."""
    if name.objective and known.score["whole"].fullmatch(name.objective.casefold()):
        return ScoreName(name.kind)
    return name


def _told_apart(
    names: Mapping[str, ScoreName], stripped: Mapping[str, str]
) -> dict[str, ScoreName]:
    """Give a header its whole text as kind again where another one would be the same score."""
    season = {
        header: header[: len(header) - len(text)] if header != text else ""
        for header, text in stripped.items()
    }
    times = Counter((season[header], name) for header, name in names.items())
    return {
        header: name if times[season[header], name] == 1 else ScoreName(stripped[header])
        for header, name in names.items()
    }
