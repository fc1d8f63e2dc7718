"""Codes of a column and what they mean in our closed vocabularies.

A code is shown only when it says nothing of one pupil: it is a word we know, or it stands in so
many rows, among so few codes, that it must be one of a list.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hit_pipeline.drafting.knowledge import Knowledge, StatusWord
from hit_pipeline.drafting.looks import Look
from hit_pipeline.landing.scrub import words_of

_MOST_CODES = 20
_LEAST_ROWS = 3
_MOST_WORDS = 5


@dataclass(frozen=True)
class Codes:
    """The codes of one column.

    Attributes:
        meanings: Code as it stands to our word.
        unsure: Codes of these whose meaning must be asked.
        unknown: Codes without a meaning that may be shown, with their rows.
        hidden: Rows with a code that is neither known nor may be shown.
    """

    meanings: Mapping[str, str]
    unsure: tuple[str, ...]
    unknown: Mapping[str, int]
    hidden: int

    @property
    def doubts(self) -> list[str]:
        """What the draft must ask, a sentence each."""
        told = [f'what does "{code}" mean? It is no certain word' for code in self.unsure]
        told += [f'"{code}" ({count} rows) is not mapped' for code, count in self.unknown.items()]
        if self.hidden:
            told.append(f"{self.hidden} rows have other codes, too rare to be shown here")
        return told


def codes_of(look: Look, vocabulary: Mapping[str, str]) -> Codes:
    """Return what the codes of a column mean in a vocabulary, code in lower case to our word."""
    known = {
        text: vocabulary[text.casefold()] for text in look.counts if text.casefold() in vocabulary
    }
    return Codes(known, (), *_others(look, known))


def statuses_of(look: Look, known: Knowledge) -> dict[str, StatusWord]:
    """Return the codes of a status column that have a word we know, each with what it says."""
    found = {}
    for text, count in look.counts.items():
        words = words_of(text)
        hit = next((one for one in known.statuses if one.words.search(words)), None)
        if hit is not None and _says_nothing_else(words, count, known):
            found[text] = hit
    return found


def _says_nothing_else(words: str, count: int, known: Knowledge) -> bool:
    """Say whether a code is no remark on a pupil: it repeats, or has no other words than codes."""
    if len(words.split()) > _MOST_WORDS or re.search(r"\d{2}", words):
        return False
    return count >= _LEAST_ROWS or all(_is_code_word(word, known) for word in words.split())


def _is_code_word(word: str, known: Knowledge) -> bool:
    stems = {word[:length] for length in range(min(4, len(word)), len(word) + 1)}
    return word in known.code_words or bool(
        {stem for stem in stems if len(stem) >= 4} & known.code_words
    )


def status_codes(look: Look, known: Knowledge, axis: str) -> Codes:
    """Return what the codes of a status column say on one axis.

    Args:
        look: The column.
        known: The vocabulary.
        axis: ``session_state`` or ``attendance``.
    """
    found = statuses_of(look, known)
    meanings = {text: getattr(hit, axis) for text, hit in found.items()}
    unsure = tuple(text for text, hit in found.items() if not hit.sure)
    return Codes(meanings, unsure, *_others(look, meanings))


def _others(look: Look, known: Mapping[str, str]) -> tuple[dict[str, int], int]:
    others = {text: count for text, count in look.counts.items() if text not in known}
    shown = {text: count for text, count in others.items() if _may_be_shown(look, text, count)}
    return shown, sum(count for text, count in others.items() if text not in shown)


def _may_be_shown(look: Look, text: str, count: int) -> bool:
    few = look.distinct <= _MOST_CODES and look.filled >= _LEAST_ROWS * look.distinct
    plain = len(text.split()) <= _MOST_WORDS and not re.search(r"\d{3}|@", text)
    return few and plain and count >= _LEAST_ROWS and look.kind in ("code", "flag", "whole number")
