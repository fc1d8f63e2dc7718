"""Every keyed table and mart on one screen: what builds it and which tables it reads.

`build` writes one table (of one school year) as a candidate; checking and promoting it is the
caller's, so that nobody sees an unchecked table.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from hit_pipeline.conform import (
    assessments,
    assignments,
    attributes,
    bells,
    calendar,
    consents,
    content,
    enrollments,
    feedback,
    groups,
    invoices,
    ledger,
    programs,
    revisions,
    roster,
    school_attendance,
    schools,
    section_enrollments,
    session_log,
    session_units,
    sessions,
    staff,
    students,
    tutor_events,
)
from hit_pipeline.conform.context import BuildContext, Builder
from hit_pipeline.identity import publish, questions, rates
from hit_pipeline.lake import Lake
from hit_pipeline.marts import program_fidelity, reach, student_dosage
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Table
from hit_pipeline.tables.schema import conform_to, empty


@dataclass(frozen=True)
class Step:
    """One table to build.

    Attributes:
        table: Its declaration.
        builder: The function that returns it.
        needs: Conformed tables it reads; the typed tables and the registry come before all.
        fed_by: Tables of which at least one must hold a row, of any school year, for this one to
            have any; none named: the builder is always asked.
        is_ordered: Says whether the builder's rows keep an order of their own when joins are made
            as written, and so need no sorting: that costs more than writing them.
    """

    table: Table
    builder: Builder
    needs: tuple[str, ...] = ()
    fed_by: tuple[str, ...] = ()
    is_ordered: Callable[[BuildContext], bool] = field(default=lambda _context: False)


@dataclass(frozen=True)
class Built:
    """A candidate that was written.

    Attributes:
        path: The file.
        rows: Rows in it.
        seconds: Time it took.
        statements: The SQL that ran.
    """

    path: Path
    rows: int
    seconds: float
    statements: tuple[str, ...]


def _step(name: str, builder: Builder, *needs: str, fed_by: tuple[str, ...] = ()) -> Step:
    return Step(TABLES[name], builder, needs, fed_by)


def _session_step(name: str, builder: Builder, *needs: str) -> Step:
    fed_by = ("typed_session_log",)
    return Step(TABLES[name], builder, needs, fed_by, session_log.keeps_file_order)


def _list_step(name: str, builder: Builder, *needs: str) -> Step:
    """Return the step of a table one list feeds, which most districts do not have."""
    return Step(TABLES[name], builder, ("delivery", *needs), fed_by=(f"typed_{name}",))


STEPS: tuple[Step, ...] = (
    _step("delivery", ledger.delivery),
    _step("delivery_finding", ledger.delivery_finding, "delivery"),
    _step("quarantine", ledger.quarantine, "delivery"),
    _step("person_link", publish.person_link),
    _step("school", schools.school),
    _step("term", roster.term, fed_by=("typed_term",)),
    _step("course", roster.course, "school", fed_by=("typed_course",)),
    _step("section", roster.section, "school", "course", fed_by=("typed_section",)),
    _step("student", students.student, "person_link", "school"),
    _step("student_attribute", attributes.student_attribute, "student"),
    _step("student_identifier", publish.student_identifier, "student"),
    _step("staff", staff.staff, "person_link", fed_by=("typed_staff", "staff")),
    _step("tutor", publish.tutor, "person_link", "staff"),
    _step("unmatched", publish.unmatched, "person_link"),
    _step("person_merge", publish.person_merge),
    _step("match_rate", rates.match_rate),
    _step("review_queue", questions.review_queue, "person_link", "student", "school"),
    _step("program", programs.program),
    _step("program_term", programs.program_term, "program"),
    _step("calendar_day", calendar.calendar_day, "school", "term"),
    _step(
        "school_enrollment",
        enrollments.school_enrollment,
        "student",
        "school",
        "term",
        fed_by=("typed_student", "typed_enrollment_run"),
    ),
    _step(
        "section_enrollment",
        section_enrollments.section_enrollment,
        "student",
        "section",
        "term",
        fed_by=("typed_section_enrollment",),
    ),
    _step(
        "school_attendance",
        school_attendance.school_attendance,
        "student",
        "school",
        fed_by=("typed_school_attendance",),
    ),
    _step(
        "program_assignment",
        assignments.program_assignment,
        "student",
        "program_term",
        fed_by=("typed_program_assignment",),
    ),
    _list_step("bell_period", bells.bell_period, "school"),
    _step(
        "session_unit",
        session_units.session_unit,
        "school",
        "bell_period",
        fed_by=("typed_session_log",),
    ),
    _session_step(
        "session",
        sessions.session,
        "session_unit",
        "school",
        "program_term",
        "calendar_day",
        "student",
        "school_enrollment",
        "school_attendance",
    ),
    _session_step("session_tutor", sessions.session_tutor, "session_unit", "session", "tutor"),
    _session_step(
        "session_participant",
        sessions.session_participant,
        "session_unit",
        "session",
        "student",
        "term",
        "school_enrollment",
        "school_attendance",
        "program_assignment",
    ),
    Step(
        TABLES["session_attendance_revision"],
        revisions.session_attendance_revision,
        ("delivery", "session_unit", "session_participant", "student", "tutor", "program_term"),
        ("typed_session_log", "typed_former_session_row"),
        revisions.keeps_file_order,
    ),
    _list_step("tutoring_group", groups.tutoring_group, "program", "school", "tutor"),
    _list_step("group_member", groups.group_member, "tutoring_group", "student"),
    _list_step("group_slot", groups.group_slot, "tutoring_group", "tutor"),
    _list_step("content_unit", content.content_unit, "program"),
    _list_step("content_lesson", content.content_lesson, "content_unit"),
    _list_step("pacing", content.pacing, "section", "school"),
    _list_step("consent", consents.consent, "student", "program"),
    _list_step("eligibility", consents.eligibility, "student", "program"),
    _list_step("tutor_event", tutor_events.tutor_event, "tutor"),
    _list_step(
        "feedback_response",
        feedback.feedback_response,
        "student",
        "tutor",
        "staff",
        "program",
        "school",
    ),
    _list_step("invoice_line", invoices.invoice_line, "student", "tutor", "program"),
    _step(
        "assessment_result",
        assessments.assessment_result,
        "student",
        "delivery",
        fed_by=("typed_assessment",),
    ),
    _step(
        "student_dosage",
        student_dosage.student_dosage,
        "session_participant",
        "session",
        "program_assignment",
        "calendar_day",
        fed_by=("session_participant", "program_assignment"),
    ),
    _step(
        "reach",
        reach.reach,
        "student_dosage",
        "school_enrollment",
        "program_assignment",
        fed_by=("school_enrollment",),
    ),
    _step(
        "program_fidelity",
        program_fidelity.program_fidelity,
        "session_participant",
        "session_tutor",
        "calendar_day",
        fed_by=("session",),
    ),
)


def step(name: str) -> Step:
    """Return the step of a table.

    Raises:
        KeyError: No step builds that table.
    """
    return {one.table.name: one for one in STEPS}[name]


def build(context: BuildContext, one: Step) -> Built:
    """Write a table's candidate and return what was written."""
    begun = time.monotonic()
    context.engine.take_statements()
    path, engine = context.lake.candidate(one.table, context.school_year), context.engine
    fed = not one.fed_by or any(_has_rows(context.lake, TABLES[name]) for name in one.fed_by)
    ordered = fed and one.is_ordered(context)
    with engine.joins_as_written() if ordered else contextlib.nullcontext():
        rows = engine.write(
            conform_to(one.table, one.builder(context)) if fed else empty(one.table),
            path,
            order_by=() if ordered else one.table.key,
        )
    statements = tuple(engine.take_statements())
    return Built(path, rows, time.monotonic() - begun, statements)


def _has_rows(lake: Lake, table: Table) -> bool:
    paths = lake.typed_parts(table) if table.layer == "typed" else lake.parts(table)
    return any(pq.read_metadata(path).num_rows for path in paths)
