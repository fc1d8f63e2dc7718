"""The scores of an assessment: which columns are scores, and of which season each is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hit_pipeline.drafting.dates import Dates
from hit_pipeline.drafting.knowledge import SCORE, Knowledge
from hit_pipeline.drafting.looks import Look
from hit_pipeline.drafting.objectives import ScoreName, score_names
from hit_pipeline.drafting.reading import Reader, ordered
from hit_pipeline.drafting.roles import Meaning, header_words, is_score, season_of
from hit_pipeline.sources.reading.headers import plain_name

_MAY_BE_SCORES = (
    "",
    SCORE,
    "present_length",
    "planned_length",
    "topic",
    "present_share",
    "held_length",
)


def seasons(looks: Mapping[str, Look], known: Knowledge) -> dict[str, list[str]]:
    """Return the seasons headers name, each with its columns; empty for fewer than two."""
    found: dict[str, list[str]] = {}
    for header in looks:
        season = season_of(header, known)
        if season is not None and not re.search(
            r"(?i)\bto\b|previous|selected", header_words(header)
        ):
            found.setdefault(season.title(), []).append(header)
    blocks = {season: many for season, many in found.items() if len(many) > 1}
    return blocks if len(blocks) > 1 else {}


def score_lines(
    looks: Mapping[str, Look],
    found: Mapping[str, Meaning],
    used: set[str],
    reader: Reader,
    *,
    wide: bool,
) -> list[Mapping[str, Any]]:
    """Return the scores of a file: columns named like one, or numbers that fill nothing else.

    Args:
        looks: Columns as they look.
        found: What their headers say.
        used: Headers that fill another target.
        reader: How dates of a season are read.
        wide: Whether there is a block of columns for each season.
    """
    blocks = seasons(looks, reader.known) if wide else {}
    naming = {_objective_name(header, looks) for header in looks} - {None}
    chosen = [
        header
        for header, look in looks.items()
        if header not in used | naming and _is_one(header, look, found[header], reader.known)
    ]
    names = score_names(chosen, reader.known)
    return [_line(looks[header], names[header], blocks, looks, reader) for header in chosen]


def _is_one(header: str, look: Look, meaning: Meaning, known: Knowledge) -> bool:
    shipped: Mapping[tuple[str, str], int] = known.headers.get(plain_name(header), {})
    if any(target == SCORE for _, target in shipped):
        return True
    words = header_words(header)
    if look.is_temporal or meaning.role not in _MAY_BE_SCORES:
        return False
    if known.score["never"].search(words):
        return False
    return is_score(words, known) or (look.is_number and meaning.role == "")


def _line(
    look: Look,
    name: ScoreName,
    blocks: Mapping[str, list[str]],
    looks: Mapping[str, Look],
    reader: Reader,
) -> dict[str, Any]:
    line: dict[str, Any] = {"kind": kind_of(name.kind), "from": look.name}
    if name.objective is not None:
        line["objective"] = name.objective
    named = _objective_name(look.name, looks)
    if named is not None:
        line.pop("objective", None)
        line |= {"kind": kind_of(re.sub(r"\d+", "", look.name)), "objective_from": named}
    if look.kind != "nothing" and not look.is_number and not _mostly_numbers(look):
        line["numeric"] = False
    if look.empty_words:
        line["null"] = list(look.empty_words)
    season = next((season for season, headers in blocks.items() if look.name in headers), None)
    if season is not None:
        line["columns"] = dict(_of_season(season, blocks[season], looks, reader))
    return line


def _objective_name(header: str, looks: Mapping[str, Look]) -> str | None:
    """Return the column that names what a numbered one is a score of: ``Goal1Name``."""
    found = re.match(r"(.*?[A-Za-z_ ])(\d+)(?!\d)", header)
    if found is None:
        return None
    words = r"(name|title|study|standard|domain|objective|description)"
    stem = re.split(r"(?<=[a-z])(?=[A-Z])", found[1])[0]
    for other in looks:
        same = re.fullmatch(rf"(.*?){found[2]}(.*)", other)
        if (
            same
            and other != header
            and other.startswith(stem)
            and re.search(words, header_words(other))
        ):
            return other
    return None


def _of_season(
    season: str, headers: list[str], looks: Mapping[str, Look], reader: Reader
) -> Iterator[tuple[str, Any]]:
    yield "window", {"value": season}
    dated = [looks[header] for header in headers if looks[header].is_temporal]
    if not dated:
        dated = [looks[header] for header in headers if header_words(header).endswith("date")]
    if dated:
        written = dated[0].dates or _dates_elsewhere(looks)
        target: dict[str, Any] = {"from": dated[0].name}
        if written is not None and written.formats:
            target["formats"] = list(ordered(written, reader.day_first)[0].formats)
        yield "test_date", target


def _dates_elsewhere(looks: Mapping[str, Look]) -> Dates | None:
    """Return how another season's date is written, for a season nobody was tested in yet."""
    named = (look for header, look in looks.items() if header_words(header).endswith("final date"))
    others = (look for header, look in looks.items() if header_words(header).endswith("date"))
    return next((look.dates for look in (*named, *others) if look.dates is not None), None)


def kind_of(header: str) -> str:
    """Return a snake-case name of a score from its header."""
    words = re.sub(r"[^a-z0-9]+", "_", header_words(header)).strip("_")
    return words if re.match(r"[a-z]", words) else f"score_{words}"


def _mostly_numbers(look: Look) -> bool:
    numbers = sum(
        n for text, n in look.counts.items() if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text)
    )
    return 2 * numbers > look.filled
