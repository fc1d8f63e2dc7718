"""What a suite said of one table or partition: counts and rule ids, never a value.

The suites run elsewhere (room `expectations`); here is only the form in which their word is kept
beside the table and read again by the release.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from hit_pipeline.landing.delivery import Severity


@dataclass(frozen=True)
class Outcome:
    """What one rule said.

    Attributes:
        rule: Rule id, such as ``student.key.unique``.
        severity: ``critical`` blocks the table.
        expectation: Type of the expectation that states it.
        columns: Columns it looks at.
        passed: True when nothing unexpected was found.
        unexpected: Rows (or groups, for keys) against the rule; None when the check broke.
        broken: True when the check itself raised: neither passed nor failed, and it blocks.
        rows: Up to 20 references ``delivery:file:row`` to rows against it, where the table has any.
        remedy: What to do about it.
        owner: Who is asked.
    """

    rule: str
    severity: Severity
    expectation: str
    columns: tuple[str, ...]
    passed: bool
    unexpected: int | None
    broken: bool = False
    rows: tuple[str, ...] = ()
    remedy: str = ""
    owner: str = ""

    @property
    def blocks(self) -> bool:
        """True when the table must not be promoted because of it."""
        return self.broken or (not self.passed and self.severity == "critical")


@dataclass(frozen=True)
class Verdict:
    """What the suite of a table said of one candidate.

    Attributes:
        table: Table.
        school_year: Partition; None for a table without partitions.
        checked_at: Instant of the run.
        row_count: Rows of the candidate.
        outcomes: One per rule.
    """

    table: str
    school_year: str | None
    checked_at: datetime
    row_count: int
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """True when no critical rule failed and no check broke."""
        return not any(outcome.blocks for outcome in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Outcomes that did not pass, those that block first."""
        failed = [outcome for outcome in self.outcomes if outcome.broken or not outcome.passed]
        return tuple(sorted(failed, key=lambda outcome: (not outcome.blocks, outcome.rule)))

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as JSON data."""
        return {
            "table": self.table,
            "school_year": self.school_year,
            "checked_at": self.checked_at.isoformat(),
            "row_count": self.row_count,
            "passed": self.passed,
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Verdict":
        """Read a verdict back; `passed` is worked out anew from the outcomes."""
        return cls(
            table=data["table"],
            school_year=data["school_year"],
            checked_at=datetime.fromisoformat(data["checked_at"]),
            row_count=data["row_count"],
            outcomes=tuple(
                Outcome(**{**one, "columns": tuple(one["columns"]), "rows": tuple(one["rows"])})
                for one in data["outcomes"]
            ),
        )
