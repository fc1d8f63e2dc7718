"""The session logs of every vendor as sessions and participations of one school year.

A row without any id is a session of its own and is passed on as it stands, in the order of its
file; rows that name their session are joined (`hit_pipeline.conform.session_groups`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach
from hit_pipeline.conform.participations import of_rows, with_effect, with_plan, with_presence
from hit_pipeline.conform.session_groups import (
    HELD,
    PROVENANCE,
    meetings,
    participations,
    present_counts,
    tutors,
    who_tutored,
)
from hit_pipeline.conform.session_rows import in_year, session_rows, with_session_key
from hit_pipeline.conform.session_survey import Survey, is_named, survey
from hit_pipeline.conform.session_units import ProvedUnits, proved_units, with_proved_units

_SESSION = (
    "session_key",
    "session_id_source",
    "program_id",
    "program_unknown",
    "school_id",
    "subject",
    "topic",
    "group_name",
    "local_date",
    "started_at_local",
    "time_zone",
    "started_at_utc",
    "ended_at_utc",
    "planned_seconds",
    "plan_source",
    "held_seconds",
    "session_state",
    "ratio_source",
    "ratio_stated",
    "rostered_count",
    "present_count",
    *PROVENANCE,
)
_PARTICIPATION = (
    "session_key",
    "student_record_id",
    "session_id_source",
    "program_id",
    "school_id",
    "subject",
    "local_date",
    "started_at_local",
    "started_at_utc",
    "ended_at_utc",
    "session_state",
    "attendance",
    "status_source",
    "planned_seconds",
    "held_seconds",
    "present_seconds",
    "stay_seconds",
    "present_share",
    "ratio_stated",
    "tutor_record_id",
    "source_rows",
    *PROVENANCE,
)


@dataclass(frozen=True)
class SessionLog:
    """The rows of the session logs.

    Attributes:
        context: The build.
        survey: What the logs hold.
        alone: Rows of the year that are a session of their own.
        together: Rows of all years that name their session.
        meetings: Their sessions of the year, as the rows state them.
        proved: Columns that were in another unit than stated; the rows hold seconds.

    Without named sessions, the last two are not looked at.
    """

    context: BuildContext
    survey: Survey
    alone: ir.Table
    together: ir.Table
    meetings: ir.Table
    proved: ProvedUnits

    def sessions(self) -> ir.Table:
        """Return every session of the year, with ``held``: whether it was held for anybody."""
        rows = self._both(
            lambda: self._alone_sessions().select(*_SESSION),
            lambda: self._named_sessions().select(*_SESSION),
        )
        return rows.mutate(held=(rows.session_state == "completed") | (rows.present_count > 0))

    def tutors(self) -> ir.Table:
        """Return ``session_key, tutor_record_id, role, local_date`` of the year, see `tutors`."""
        return self._both(self._alone_tutors, self.named_tutors)

    def named_tutors(self) -> ir.Table:
        """Return the tutors of sessions that have an id of their own."""
        return self.context.engine.keep(tutors(self.together, self.meetings))

    def participations(self) -> ir.Table:
        """Return every participation of the year: what it counts as, its plan, time and group.

        Beside the columns of `_PARTICIPATION`: those of `with_effect`, `with_plan` and
        `with_presence`, and ``group_size``.
        """
        return self._both(self._alone_participations, self._named_participations)

    def _both(
        self, of_rows_alone: Callable[[], ir.Table], of_named: Callable[[], ir.Table]
    ) -> ir.Table:
        """Put rows alone and named sessions together; what the logs do not hold is not built."""
        if not self.survey.names_sessions:
            return of_rows_alone()
        named = of_named()
        if not self.survey.has_rows_alone:
            return named
        alone = of_rows_alone()
        return alone.union(named.select(*alone.columns))

    def _alone_participations(self) -> ir.Table:
        rows = self._finished(of_rows(self.alone.filter(~self.alone.is_meeting)))
        return rows.mutate(group_size=rows.ratio_stated)

    def _named_participations(self) -> ir.Table:
        rows = self._together()
        counts = present_counts(rows, ["session_key"])
        rows = attach(rows, counts, ["session_key"], "present_count")
        named = rows.session_id_source.notnull()
        return rows.mutate(group_size=named.ifelse(rows.present_count, rows.ratio_stated))

    def _alone_tutors(self) -> ir.Table:
        rows = self.alone.filter(self.alone.tutor_record_id.notnull())
        usual = rows.session_state.isin(HELD).ifelse("actual", "planned")
        role = rows.tutor_role.coalesce(usual)
        return rows.select("session_key", "tutor_record_id", "local_date", role=role)

    def _finished(self, rows: ir.Table) -> ir.Table:
        rows = with_effect(rows.select(*_PARTICIPATION))
        return with_presence(with_plan(rows, self.context, self.survey, self.proved), self.proved)

    def _together(self) -> ir.Table:
        """Return the participations in named sessions; computed once, they are looked at twice."""
        rows = participations(self.together, self.meetings)
        rows = rows.filter(rows.local_date.notnull())
        chosen = who_tutored(self.named_tutors())
        rows = attach(rows, chosen, ["session_key"], "tutor_record_id")
        return self.context.engine.keep(self._finished(rows))

    def _alone_sessions(self) -> ir.Table:
        rows = with_effect(of_rows(self.alone))
        rows = with_plan(rows, self.context, self.survey, self.proved)
        rows = with_presence(rows, self.proved)
        present = rows.counts_attended & ~rows.is_meeting
        held = rows.held_seconds.coalesce(present.ifelse(rows.present_seconds, None))
        return rows.mutate(
            held_seconds=held,
            rostered_count=(~rows.is_meeting).cast("int64"),
            present_count=present.cast("int64"),
        )

    def _named_sessions(self) -> ir.Table:
        rows = with_plan(self.meetings, self.context, self.survey, self.proved)
        counts = present_counts(self._together(), ["session_key"])
        rows = attach(rows, counts, ["session_key"], *counts.columns[1:])
        present = rows.present_count.fill_null(0)
        was_held = (rows.session_state == "unknown") & (present > 0)
        return rows.mutate(
            session_state=was_held.ifelse("completed", rows.session_state),
            held_seconds=rows.held_seconds.coalesce(rows.longest_seconds),
            rostered_count=rows.rostered_count.fill_null(0),
            present_count=present,
        )


def read_log(context: BuildContext) -> SessionLog:
    """Read the typed session logs of every source for the school year being built."""
    log = context.typed("typed_session_log")
    return log_of(context, log, survey(context.engine, log))


def log_of(context: BuildContext, log: ir.Table, found: Survey) -> SessionLog:
    """Read rows of session logs, all years, for the school year being built.

    Args:
        context: The build.
        log: Rows as those of ``typed_session_log``; `session_rows.USED` are looked at.
        found: What the logs hold.
    """
    proved = proved_units(context)
    rows = with_proved_units(session_rows(context, log, found), proved, context)
    rows = with_session_key(rows, found)
    if not found.names_sessions:
        rows = in_year(rows, context)
        return SessionLog(context, found, rows, rows, rows, proved)
    keep = context.engine.keep
    together = keep(rows.filter(rows["_id"].notnull()))
    alone = in_year(rows.filter(rows["_id"].isnull()), context)
    sessions = keep(in_year(meetings(together), context))
    return SessionLog(context, found, alone, together, sessions, proved)


def keeps_file_order(context: BuildContext) -> bool:
    """Say whether the session tables come out in the order of the typed files.

    They do where no row names its session and joins are made as written
    (`Engine.joins_as_written`): rows are then filtered and looked up, but neither grouped nor
    joined with one another, and need no sorting. Otherwise the writer must sort.
    """
    log = context.typed("typed_session_log")
    return bool(context.engine.scalar(log.filter(is_named(log)).limit(1).count()) == 0)
