"""What one rule of a suite is: a name, a weight, somebody to ask, and what stands against it.

A rule is data, stated as the SQL of what it does not want to find. The rules that follow from a
declaration are made in `baseline`; those of a layer are written in the module of its name.
"""

from dataclasses import dataclass
from typing import Literal

from hit_pipeline.landing.delivery import Severity

Kind = Literal["columns", "required", "valid", "range", "key", "reference", "row", "total"]
"""How a rule is counted.

columns: columns that are not as declared. required: nulls. valid: values outside a closed set.
range: numbers that are not finite or out of bounds. key: key values that occur more than once.
reference: rows whose reference is not found. row: rows a condition is true of. total: one figure
over whole tables, 0 when they agree.
"""

ENGINEER = "data engineer"
STEWARD = "data steward"
MANAGER = "program manager"


@dataclass(frozen=True)
class Rule:
    """One rule of one table.

    Attributes:
        id: Rule id, the table's name first: ``term.dates.order``.
        kind: How it is counted.
        severity: ``critical`` blocks the table.
        columns: Columns it looks at.
        says: What it asks for, in words.
        remedy: What to do about rows against it.
        owner: Who is asked.
        against: SQL condition that is true of a row against the rule; null is not against it. For
            a ``total`` a scalar expression. The table goes by its name, and so do those it reads.
            It may ask ``getvariable('school_year')`` (text, null without partitions) and
            ``getvariable('as_of')`` (date of the run, UTC). Empty for ``columns`` and ``key``.
        reads: Other tables it reads, as they were last promoted: of the same school year when they
            are partitioned, else whole.
        to: Of a reference, the columns it is sought in, in the order of ``columns``.
    """

    id: str
    kind: Kind
    severity: Severity
    columns: tuple[str, ...]
    says: str
    remedy: str
    owner: str = ENGINEER
    against: str = ""
    reads: tuple[str, ...] = ()
    to: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """Name of the table it is about."""
        return self.id.partition(".")[0]
