"""Every suite on one screen: which rules a table has."""

from expectations.baseline import baseline
from expectations.ledger import LEDGER_RULES
from expectations.marts import mart_rules
from expectations.people import PEOPLE_RULES
from expectations.program import PROGRAM_RULES
from expectations.roster import ROSTER_RULES
from expectations.rule import Rule
from expectations.tutoring import tutoring_rules
from hit_pipeline.tables.model import Table


def rules_of(table: Table) -> tuple[Rule, ...]:
    """Return the rules of a table: what its declaration says, then what is written by hand."""
    by_hand = (
        *ROSTER_RULES,
        *PEOPLE_RULES,
        *PROGRAM_RULES,
        *LEDGER_RULES,
        *tutoring_rules(),
        *mart_rules(),
    )
    return (*baseline(table), *(rule for rule in by_hand if rule.table == table.name))
