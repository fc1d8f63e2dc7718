"""Wide assessment files: one typed row per score that is not blank.

A score's cell stays text; a number is read from it beside. What holds for one score only (its
subject, its window, its date) is a target of that score and takes the place of the feed's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.cells import stated_text
from hit_pipeline.conform.parse import number
from hit_pipeline.sources.contract.feed import Feed
from hit_pipeline.sources.contract.target import Target
from hit_pipeline.tables.schema import ibis_type


@dataclass(frozen=True)
class ScoreTarget:
    """A target of some scores of a feed.

    Attributes:
        column: Column of the typed table.
        target: Where it comes from.
        scores: Keys of the texts of the scores it holds for; it means something beside them only.
    """

    column: str
    target: Target
    scores: tuple[str, ...]

    def has_score(self, texts: ir.Table) -> ir.BooleanValue:
        """Say whether a row has any score the target holds for."""
        return ibis.coalesce(*(texts[score] for score in self.scores)).notnull()


def score_targets(feed: Feed) -> dict[str, ScoreTarget]:
    """Return the targets of single scores, by a key of ours.

    Scores that say the same of a column share a target: a wide file has hundreds of scores and a
    handful of dates, and the engine plans every target it is given.
    """
    held: dict[tuple[str, str], tuple[Target, list[str]]] = {}
    for at in range(len(feed.scores)):
        for column, target in _targets_of(feed, at).items():
            _, scores = held.setdefault((column, target.model_dump_json()), (target, []))
            scores.append(_text(at))
    return {
        f"{column} of scores {number}": ScoreTarget(column, target, tuple(scores))
        for number, ((column, _), (target, scores)) in enumerate(held.items())
    }


def score_texts(cleaned: ir.Table, feed: Feed) -> dict[str, ir.StringValue]:
    """Return each score's text and objective, under keys of ours; blank is null."""
    texts = {}
    for at, score in enumerate(feed.scores):
        texts[_text(at)] = stated_text(cleaned, Target(from_=(score.from_,), null=score.null))
        if score.objective_from is not None:
            texts[_objective(at)] = cleaned[score.objective_from]
    return texts


def has_score(texts: ir.Table, feed: Feed) -> ir.BooleanValue:
    """Say whether a row has any score."""
    return ibis.coalesce(*(texts[_text(at)] for at in range(len(feed.scores)))).notnull()


def unpivoted(rows: ir.Table, feed: Feed, columns: list[str]) -> ir.Table:
    """Return one row per score that is not blank.

    Args:
        rows: Good rows: ``columns``, and texts and targets of scores under keys of ours.
        feed: The feed.
        columns: Columns of the typed table that the feed itself fills, provenance included.

    Returns:
        ``columns``, those that scores fill, and ``score_kind, objective, score, score_text``.
    """
    own = score_targets(feed)
    replaced = sorted({one.column for one in own.values()})
    keys = {(s, one.column): key for key, one in own.items() for s in one.scores}
    structs = [_struct(rows, feed, at, replaced, keys) for at in range(len(feed.scores))]
    kept = [column for column in columns if column not in replaced]
    long = rows.select(*kept, one=ibis.array(structs).unnest())
    long = long.filter(long.one["score_text"].notnull())
    as_number = long.one["is_number"].ifelse(number(long.one["score_text"]), ibis.null("float64"))
    return long.select(
        *kept,
        *(long.one[name].name(name) for name in (*replaced, "score_kind", "objective")),
        score=as_number,
        score_text=long.one["score_text"],
    )


def _struct(
    rows: ir.Table,
    feed: Feed,
    at: int,
    replaced: Sequence[str],
    keys: Mapping[tuple[str, str], str],
) -> ir.StructValue:
    score = feed.scores[at]
    named = rows[_objective(at)] if score.objective_from else ibis.null("string")
    fields = {
        "score_kind": ibis.literal(score.kind),
        "objective": ibis.literal(score.objective) if score.objective else named,
        "score_text": rows[_text(at)],
        "is_number": ibis.literal(score.numeric),
    }
    for column in replaced:
        if (_text(at), column) in keys:
            fields[column] = rows[keys[_text(at), column]]
        elif column in rows.columns:
            fields[column] = rows[column]
        else:
            fields[column] = ibis.null(ibis_type(feed.declared.column(column).type))
    return ibis.struct(fields)


def _targets_of(feed: Feed, at: int) -> dict[str, Target]:
    score = feed.scores[at]
    subject = {"subject": Target(value=score.subject)} if score.subject is not None else {}
    return {**subject, **score.columns}


def _text(at: int) -> str:
    return f"score {at}"


def _objective(at: int) -> str:
    return f"objective {at}"
