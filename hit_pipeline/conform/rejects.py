"""Typed rows that can be read but not conformed: the typing step quarantines them.

Only what a source's own rows and the district's settings decide is looked at, so that a row's fate
is settled before identity and the keyed tables are built. The builders leave out exactly the rows
listed here. A row comes back by itself when the settings, the contract or the row change.
"""

from collections.abc import Callable

import ibis.expr.types as ir

from hit_pipeline.conform.assessments import assessment_problems
from hit_pipeline.conform.assignments import assignment_problems, resolved
from hit_pipeline.conform.bells import bell_problems
from hit_pipeline.conform.consents import (
    consent_problems,
    described_eligibility,
    eligibility_problems,
)
from hit_pipeline.conform.feedback import described_feedback, feedback_problems
from hit_pipeline.conform.groups import member_problems, slot_problems
from hit_pipeline.conform.invoices import invoice_problems
from hit_pipeline.conform.problems import Problem, listed
from hit_pipeline.conform.session_rows import described, session_problems
from hit_pipeline.conform.session_survey import survey
from hit_pipeline.conform.tutor_events import tutor_event_problems
from hit_pipeline.engine import Engine
from hit_pipeline.settings import District


def rejected(engine: Engine, district: District, table: str, rows: ir.Table) -> ir.Table | None:
    """Return the rows of a typed table that cannot be conformed, with the rules they break.

    Args:
        engine: The engine.
        district: The district.
        table: Name of the typed table.
        rows: All current rows one source has of it, with their record ids.

    Returns:
        ``_source, _delivery_id, _file, _row, rule, column, reason``, one row per row and rule; None
        for a table without such rules.
    """
    if table == "typed_session_log":
        found = survey(engine, rows)
        log = described(rows, district, found)
        return listed(log, session_problems(log, found))
    if table in _DESCRIBED:
        describe, problems = _DESCRIBED[table]
        known = describe(rows, district)
        return listed(known, problems(known))
    if table in _PLAIN:
        return listed(rows, _PLAIN[table](rows))
    return None


_DESCRIBED: dict[
    str,
    tuple[Callable[[ir.Table, District], ir.Table], Callable[[ir.Table], list[Problem]]],
] = {
    "typed_program_assignment": (resolved, assignment_problems),
    "typed_eligibility": (described_eligibility, eligibility_problems),
    "typed_feedback_response": (described_feedback, feedback_problems),
}
"""Typed tables whose rows need the settings to be judged."""
_PLAIN: dict[str, Callable[[ir.Table], list[Problem]]] = {
    "typed_assessment": assessment_problems,
    "typed_bell_period": bell_problems,
    "typed_consent": consent_problems,
    "typed_group_member": member_problems,
    "typed_group_slot": slot_problems,
    "typed_invoice_line": invoice_problems,
    "typed_tutor_event": tutor_event_problems,
}
"""Typed tables whose rows are judged by themselves."""
