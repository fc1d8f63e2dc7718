"""Lines of the scorecard: a figure never stands without what it was counted from."""

from collections.abc import Iterable

from hit_pipeline.synth.score.tables import Row


def share(figure: str, part: int, whole: int) -> Row:
    """Return a line with a share; null when there is nothing to take a share of."""
    return _line(figure, "share", part / whole if whole else None, part, whole)


def count(figure: str, part: int, whole: int) -> Row:
    """Return a line that is read as a count of so many."""
    return _line(figure, "count", None, part, whole)


def mean(figure: str, total: int, of: int) -> Row:
    """Return a line with a mean: a total over so many."""
    return _line(figure, "mean", total / of if of else None, total, of)


def total_named(rows: Iterable[Row], column: str) -> list[Row]:
    """Return rows with ``all`` in the row of the total, which has null there."""
    return [{**row, column: "all" if row[column] is None else row[column]} for row in rows]


def _line(figure: str, kind: str, value: float | None, part: int, whole: int) -> Row:
    return {
        "figure": figure,
        "kind": kind,
        "value": value,
        "numerator": part,
        "denominator": whole,
    }
