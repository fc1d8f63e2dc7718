"""What was cut out of a file: the tables in it as rows of text, before columns are matched."""

from collections.abc import Iterable
from dataclasses import dataclass

from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.landing.scrub import forbidden_columns
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.table_search import Nearest, Table
from hit_pipeline.sources.reading.text_rows import TextRows, Unread


@dataclass(frozen=True)
class Part:
    """A stretch of a table: all rows below one header.

    Attributes:
        file: The contract's name of the file.
        spec: Its contract.
        text: Its rows; the first columns may be virtual ones.
        virtual: The names of these, in order; the header of ``text`` begins with them.
    """

    file: str
    spec: FileSpec
    text: TextRows
    virtual: tuple[str, ...] = ()


def table_findings(table: Table, filled: int) -> tuple[Finding, ...]:
    """Return what was noticed while a table was cut out.

    Args:
        table: The table.
        filled: How many of its cells were filled from above.
    """
    told = {
        "tolerance.filled_down": ("info", filled, "blank cells that take the cell above"),
        "contract.unclear_context": (
            "warning",
            table.context.unclear,
            "rows below several rows of another table, so that they cannot take over its cells",
        ),
    }
    return tuple(
        Finding(table.file, rule, "info" if severity == "info" else "warning", count, words)
        for rule, (severity, count, words) in told.items()
        if count
    )


def not_found(given: Unread, tables: Iterable[Table]) -> DeliveryRefused:
    """Return the refusal of a file in which no table was found.

    It names the line most like a header and what that lacks, in words of the contract.
    """
    known = list(tables)
    nearest = [table.nearest for table in known if table.nearest is not None]
    if not nearest:
        return DeliveryRefused(
            "no line is a header with columns of the contract",
            source=given.source,
            rule="landing.no_contract_file",
            file=given.entry,
            remedy="Check `required` columns, `delimiter`, `encoding`, or whether it is the file.",
        )
    best: Nearest = max(nearest, key=lambda one: one.declared)
    patterns = [pattern for table in known for pattern in table.spec.forbidden]
    return DeliveryRefused(
        f"line {best.line} is most like a header and lacks the required columns "
        + ", ".join(sorted(best.missing)),
        source=given.source,
        rule="contract.missing_column",
        file=given.entry,
        remedy="Send the columns, or name their new headers as aliases in the contract.",
        forbidden=forbidden_columns(best.header, patterns),
    )
