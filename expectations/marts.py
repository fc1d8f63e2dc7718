"""Rules of the marts: figures agree with the rows they were computed from, and with each other."""

from expectations.rule import MANAGER, Rule
from hit_pipeline.rules.catalog import shipped_rules
from hit_pipeline.tables.catalog import TABLES

_FIGURE = "The figure is worked out from others of the same row: correct the mart's builder."
_MORE_THAN_DUE = (
    "More was attended than scheduled: make-ups the log does not mark, or a schedule that is not "
    "whole. Compare the vendor's schedule with its log."
)
_OUTSIDE = (
    "Students are served whom the denominator does not hold: compare their grade and enrollment "
    "on the stated date with the program's grades."
)
_CLOSE = 1e-9
"""Largest difference of two shares that counts as none; they are 64-bit floats."""


def _share(table: str, share: str, part: str, whole: str) -> Rule:
    """Return that a share is one figure by another, and null exactly when it cannot be formed."""
    exact = f"{part} / nullif({whole}, 0)"
    return Rule(
        f"{table}.{share}.quotient",
        "row",
        "critical",
        (share, part, whole),
        f"is {part} / {whole}; null when {whole} is null or 0",
        _FIGURE,
        against=f"({share} IS NULL) <> (({exact}) IS NULL) OR abs({share} - {exact}) > {_CLOSE}",
    )


def _at_most_one(table: str, rate: str) -> Rule:
    return Rule(
        f"{table}.{rate}.whole",
        "row",
        "warning",
        (rate,),
        "is at most 1",
        _MORE_THAN_DUE,
        MANAGER,
        f"{rate} > 1",
    )


_ATTENDED = (
    "FROM (FROM session_participant WHERE counts_attended AND student_key IS NOT NULL) AS attended"
)
_DOSAGE_RULES = (
    Rule(
        "student_dosage.rows.present",
        "total",
        "warning",
        ("student_key",),
        "there are rows when linked students attended sessions",
        "Name a dosage rule in district.toml, or rebuild the school year.",
        MANAGER,
        f"CASE WHEN EXISTS (FROM student_dosage) THEN 0 ELSE ({_ATTENDED} SELECT count(*)) END",
        ("session_participant",),
    ),
    _share("student_dosage", "dosage_share", "actual_seconds", "program_seconds"),
    _at_most_one("student_dosage", "attendance_rate"),
    Rule(
        "student_dosage.reached_adequate.floor",
        "row",
        "critical",
        ("reached_adequate", "actual_seconds", "adequate_seconds"),
        "is true exactly when actual is at least adequate; null without a floor",
        _FIGURE,
        against="reached_adequate IS DISTINCT FROM (actual_seconds >= adequate_seconds)",
    ),
    Rule(
        "student_dosage.dates.order",
        "row",
        "critical",
        ("first_session_date", "last_session_date"),
        "the last session is not before the first",
        _FIGURE,
        against="last_session_date < first_session_date",
    ),
    Rule(
        "student_dosage.sessions_attended.dates",
        "row",
        "critical",
        ("sessions_attended", "weeks_tutored", "first_session_date"),
        "weeks and dates of sessions are there exactly when a session was attended",
        _FIGURE,
        against="(sessions_attended > 0) <> (first_session_date IS NOT NULL) "
        "OR (sessions_attended > 0) <> (weeks_tutored > 0)",
    ),
)
_REACH_RULES = (
    _share("reach", "share", "students", "denominator"),
    Rule(
        "reach.students.denominator",
        "row",
        "warning",
        ("students", "denominator"),
        "no stage has more students than the denominator",
        _OUTSIDE,
        MANAGER,
        "students > denominator",
    ),
    Rule(
        "reach.students.nested",
        "row",
        "warning",
        ("stage", "students"),
        "a later stage has no more students than an earlier one",
        "Students are tutored who were not assigned: complete the list of assignments.",
        MANAGER,
        "students > (FROM reach AS earlier SELECT min(earlier.students) WHERE "
        "row(earlier.program_id, earlier.term, earlier.subgroup_kind, earlier.subgroup) = "
        "row(reach.program_id, reach.term, reach.subgroup_kind, reach.subgroup) AND "
        f"list_position({list(TABLES['reach'].column('stage').valid)}, earlier.stage) < "
        f"list_position({list(TABLES['reach'].column('stage').valid)}, reach.stage))",
        ("reach",),
    ),
)
_FIDELITY_RULES = (
    _share("program_fidelity", "delivery_rate", "sessions_delivered", "sessions_scheduled"),
    _at_most_one("program_fidelity", "delivery_rate"),
)


def mart_rules() -> tuple[Rule, ...]:
    """Return the rules of this layer; reads the shipped dosage rules."""
    return (_reconciled(), *_DOSAGE_RULES, *_REACH_RULES, *_FIDELITY_RULES)


def _reconciled() -> Rule:
    """Return that no second is lost between sessions and dosage, for every rule that counts all."""
    counts_all = ", ".join(
        f"'{one.id}@{one.version}'"
        for one in shipped_rules()
        if one.scope == "student" and not one.subjects and not one.grades
    )
    return Rule(
        "student_dosage.actual_seconds.sum",
        "total",
        "critical",
        ("actual_seconds",),
        "by every rule that counts all sessions, the actual time of all students is the time of "
        "all attended participations of linked students",
        "Seconds were lost or counted twice between session_participant and student_dosage: "
        "rebuild the school year; if it stays, correct the mart's builder.",
        against="(FROM (FROM student_dosage SELECT sum(actual_seconds) AS counted "
        "WHERE scope_kind = 'student' AND period_kind = 'school_year' "
        f"AND concat_ws('@', rule_id, rule_version) IN ({counts_all}) "
        "GROUP BY rule_id, rule_version) SELECT count(*) WHERE counted <> "
        f"({_ATTENDED} SELECT coalesce(sum(present_seconds), 0)))",
        reads=("session_participant",),
    )
