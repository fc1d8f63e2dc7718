"""Lines of a file that are in no table: counted and excluded, so that none is lost.

Titles, labels, totals and records of other types become a file of the delivery of their own, whose
rows say where a line stands and what it is. The line itself is not repeated: what it holds nobody
knows, and the original has it.
"""

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.reading.text_rows import RowBatches, Unread

OTHER_LINES = "_other_lines"
"""Name of that file, which no file of a contract can have."""
RULE = "landing.outside_table"
_COLUMNS = ("place", "line", "kind")


class OtherLines:
    """Collects the lines of one file that are in no table."""

    def __init__(self, given: Unread, stem: str) -> None:
        """Start with none."""
        self._given = given
        self._batches = RowBatches(given.workspace, f"{stem}.other", _COLUMNS)

    def add(self, line: int, kind: str, sheet: int | None = None) -> None:
        """Count a line.

        Args:
            line: Its number, 1-based; of fixed-width files its place among lines not blank.
            kind: What it is, see `hit_pipeline.sources.reading.table_search.Kind`.
            sheet: Number of its sheet, 1-based; None: the file has no sheets.
        """
        place = "file" if sheet is None else f"sheet {sheet}"
        self._batches.add({"place": place, "line": str(line), "kind": kind})

    def read(self, engine: Engine) -> list[ReadFile]:
        """Return the lines as a file whose rows are excluded; nothing when there are none."""
        count = self._batches.count
        if not count:
            return []
        detail = "lines in no table: titles, labels, totals, other records"
        return [
            ReadFile(
                OTHER_LINES,
                self._given.entry,
                _COLUMNS,
                engine.read(self._batches.paths()),
                None,
                (Finding(OTHER_LINES, RULE, "info", count, detail),),
                RULE,
                columns=_COLUMNS,
                count=count,
            )
        ]
