"""A scorecard to be asked."""

from collections.abc import Mapping

from hit_pipeline.synth.score.card import Scorecard
from hit_pipeline.synth.score.tables import Row


class Card:
    """A scorecard to be asked by section and row."""

    def __init__(self, card: Scorecard) -> None:
        self.sections = {one.name: one.rows for one in card.sections}

    def figure(self, section: str, figure: str) -> tuple[int, int]:
        """Return numerator and denominator of a figure."""
        (row,) = [row for row in self.sections[section] if row["figure"] == figure]
        return row["numerator"], row["denominator"]

    def by(self, section: str, *columns: str) -> Mapping[object, Row]:
        """Return the rows of a section by one column, or by several."""
        rows = self.sections[section]
        if len(columns) == 1:
            return {row[columns[0]]: row for row in rows}
        return {tuple(row[name] for name in columns): row for row in rows}
