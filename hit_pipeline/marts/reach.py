"""Reach: how many of the students who could be served are assigned, started, had enough."""

from collections.abc import Iterator
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.lookup import attach, given
from hit_pipeline.conform.programs import Term, terms_of_year
from hit_pipeline.conform.truth import holds
from hit_pipeline.marts.dosage_design import NOT_GIVEN
from hit_pipeline.marts.dosage_looks import Look, participations
from hit_pipeline.rules.catalog import dosage_rules
from hit_pipeline.settings_programs import DosageRule
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import empty
from hit_pipeline.tables.vocabulary import FLAGS

ENROLLED = "students of the subgroup enrolled on the date, in any grade"
ELIGIBLE = "students of the subgroup enrolled on the date in the grades the program term serves"
_SERVED = f"{ELIGIBLE}; only these are counted"
_TERM = ("program_id", "term")
_GROUP = (*_TERM, "subgroup_kind", "subgroup")
_TERMS = pa.schema(
    [
        ("program_id", pa.string()),
        ("term", pa.string()),
        ("grades", pa.string()),
        ("as_of_date", pa.date32()),
        ("has_begun", pa.bool_()),
        ("rule_id", pa.string()),
        ("rule_version", pa.int64()),
        ("scope_key", pa.string()),
        ("period", pa.string()),
    ]
)


def reach(context: BuildContext) -> ir.Table:
    """Return one row per program term, subgroup and stage, of the terms that start in the year.

    Counted are distinct students. They are enrolled on one date: the district's count day, else the
    last day of the term that is over. Until eligibility is decided, everybody in the grades a term
    serves is eligible. Assigned is by a decision, never inferred; started is at least one session
    attended; adequate is by the first rule in force that knows a floor for the term, a rule for
    programs before one for subjects before one for students; without such a rule the stage is
    missing. Nobody has started or had enough of a term that has not begun: these stages are missing
    then. Subgroups are by the attributes analysts may read; blank ones are `unknown`.
    """
    if not terms_of_year(context.district, context.year):
        return empty(TABLES["reach"])
    terms = context.engine.keep(_terms(context))
    members = _members(context, terms)
    flags = {name: holds(members[name]) for name in ("eligible", "assigned", "started", "adequate")}
    student, eligible = members.student_key, flags["eligible"]
    counts = members.group_by(*_GROUP).aggregate(
        enrolled=student.nunique(),
        eligible=student.nunique(where=eligible),
        assigned=student.nunique(where=eligible & flags["assigned"]),
        started=student.nunique(where=eligible & flags["started"]),
        adequate=student.nunique(where=eligible & flags["adequate"]),
    )
    counts = attach(counts, terms, _TERM, "as_of_date", "has_begun", "rule_id", "rule_version")
    rows = reduce(ir.Table.union, _stages(context.engine.keep(counts)))
    rows = rows.mutate(
        school_year=ibis.literal(context.year),
        share=rows.students / rows.denominator.nullif(0),
    )
    return rows.select(*TABLES["reach"].column_names)


def adequate_rule(rules: tuple[DosageRule, ...], term: Term) -> DosageRule | None:
    """Return the rule by which students of a term have had enough; None when none can tell."""
    scopes = ("student_program", "student_subject", "student")
    fitting = [
        rule
        for rule in rules
        if _has_floor(rule, term) and (not rule.subjects or term.subject in rule.subjects)
    ]
    return min(fitting, key=lambda rule: scopes.index(rule.scope), default=None)


def _has_floor(rule: DosageRule, term: Term) -> bool:
    design = term.settings
    has_design = design.sessions_per_week is not None and design.minutes_per_session is not None
    if rule.adequate_minutes is not None:
        return True
    return rule.adequate_share is not None and (rule.target_minutes is not None or has_design)


def _terms(context: BuildContext) -> ir.Table:
    rules = dosage_rules(context.district)
    rows = []
    for term in terms_of_year(context.district, context.year):
        rule = adequate_rule(rules, term)
        row: dict[str, object] = {
            "program_id": term.program_id,
            "term": term.name,
            "grades": ",".join(term.settings.grades) or None,
            "as_of_date": _counted_on(context, term),
            "has_begun": term.settings.start <= context.today,
        }
        if rule is not None:
            scope = {"student_program": term.program_id, "student_subject": term.subject}
            row |= {
                "rule_id": rule.id,
                "rule_version": rule.version,
                "scope_key": scope.get(rule.scope, "all"),
                "period": context.year if rule.period == "school_year" else term.name,
            }
        rows.append(row)
    return given(rows, _TERMS)


def _counted_on(context: BuildContext, term: Term) -> date:
    start, count_day = context.district.district.year_start, context.district.district.count_day
    if count_day is not None and start.of(count_day) == context.year:
        return min(count_day, context.today)
    return min(term.settings.end, context.today)


def _members(context: BuildContext, terms: ir.Table) -> ir.Table:
    """Return one row per term, enrolled student, school and subgroup, with the stages reached."""
    spells = context.table("school_enrollment", all_years=True)
    spells = spells.select("student_key", "school_id", "grade", "entry_date", "exit_date")
    rows = terms.inner_join(
        spells,
        [
            spells.entry_date <= terms.as_of_date,
            spells.exit_date.isnull() | (spells.exit_date >= terms.as_of_date),
        ],
    )
    shown = [flag for flag in FLAGS if TABLES["student"].column(flag).privacy == "record"]
    people = ("grade_current", "gender", "race_ethnicity_federal", *shown)
    rows = attach(rows, context.table("student"), ["student_key"], *people)
    rows = rows.mutate(grade=rows.grade.coalesce(rows.grade_current))
    served = ("," + rows.grades + ",").contains("," + rows.grade + ",")
    rows = rows.mutate(eligible=rows.grades.isnull() | served)
    for stage, students in _stage_students(context, terms):
        marked = students.distinct().mutate(**{stage: ibis.literal(value=True)})
        rows = attach(rows, marked, (*_TERM, "student_key"), stage)
    return _by_subgroup(rows, ("grade", "gender", "race_ethnicity_federal", *shown))


def _stage_students(context: BuildContext, terms: ir.Table) -> Iterator[tuple[str, ir.Table]]:
    """Yield program term and student of everybody who reached a stage."""
    key = (*_TERM, "student_key")
    spells = context.table("program_assignment", all_years=True)
    decided = (spells.origin != "inferred") & spells.status.notin(NOT_GIVEN)
    yield "assigned", spells.filter(decided & spells.student_key.notnull()).select(*key)
    took_part = participations(context, Look("student_program", "program_term", ()))
    yield "started", took_part.filter(took_part.counts_attended).select(*key)
    enough = context.table("student_dosage")
    enough = enough.filter(enough.reached_adequate)
    by_rule = ("rule_id", "rule_version", "scope_key", "period")
    yield "adequate", terms.inner_join(enough, by_rule).select(*key)


def _by_subgroup(rows: ir.Table, attributes: tuple[str, ...]) -> ir.Table:
    kept = (*_TERM, "student_key", "eligible", "assigned", "started", "adequate")
    groups = {"all": ibis.literal("all"), "school": rows.school_id}
    groups |= {name: rows[name].cast("string") for name in attributes}
    parts = [
        rows.select(*kept, subgroup_kind=ibis.literal(kind), subgroup=value.fill_null("unknown"))
        for kind, value in groups.items()
    ]
    return reduce(ir.Table.union, parts)


def _stages(counts: ir.Table) -> Iterator[ir.Table]:
    """Yield the rows of each stage."""
    for stage in ("enrolled", "eligible", "assigned", "started", "adequate"):
        rows = counts.filter(counts.has_begun) if stage in {"started", "adequate"} else counts
        rows = rows.filter(rows.rule_id.notnull()) if stage == "adequate" else rows
        words = {"enrolled": ENROLLED, "eligible": ELIGIBLE}.get(stage, _SERVED)
        whole = rows.enrolled if stage == "enrolled" else rows.eligible
        by_rule = stage == "adequate"
        yield rows.select(
            *_GROUP,
            "as_of_date",
            stage=ibis.literal(stage),
            students=rows[stage],
            denominator=whole,
            denominator_rule=ibis.literal(words),
            rule_id=rows.rule_id if by_rule else ibis.null("string"),
            rule_version=rows.rule_version if by_rule else ibis.null("int64"),
        )
