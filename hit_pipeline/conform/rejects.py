"""Typed rows that can be read but not conformed: the typing step quarantines them.

Only what a source's own rows and the district's settings decide is looked at, so that a row's fate
is settled before identity and the keyed tables are built. The builders leave out exactly the rows
listed here. A row comes back by itself when the settings, the contract or the row change.
"""

import ibis.expr.types as ir

from hit_pipeline.conform.assessments import assessment_problems
from hit_pipeline.conform.assignments import assignment_problems, resolved
from hit_pipeline.conform.problems import listed
from hit_pipeline.conform.session_rows import described, session_problems
from hit_pipeline.conform.session_survey import survey
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
    if table == "typed_program_assignment":
        assignments = resolved(rows, district)
        return listed(assignments, assignment_problems(assignments))
    if table == "typed_assessment":
        return listed(rows, assessment_problems(rows))
    return None
