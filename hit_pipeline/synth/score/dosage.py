"""How far the dosage the release publishes is from the true one, per student and program."""

from hit_pipeline.synth.score.figures import count, mean, share
from hit_pipeline.synth.score.tables import Row, Tables

# The newest version of a rule counts, and of a child with two keys the one with more time.
_DOSAGE = """
create table dosage as
with told as (
    select o.person_id, d.*
    from release_student_dosage d join owner o on o.student_key = d.student_key
    where d.scope_kind <> 'student_program' or d.scope_key in (select program_id from due)
    qualify row_number() over (
        partition by o.person_id, d.rule_id, d.scope_kind, d.scope_key, d.period
        order by d.rule_version desc, d.actual_seconds desc, d.student_key) = 1
),
band (told_band, true_band) as (
    values ('below_25', '<25%'), ('25_50', '25-<50%'), ('50_75', '50-<75%'),
        ('75_99', '75-<100%'), ('full', '>=100%')
),
rule as (select distinct rule_id from told)
select rule_id, scope_kind, scope_key, t.person_id is not null as is_true,
    s.person_id is not null as is_told,
    coalesce(t.actual_seconds, 0) as true_actual, coalesce(s.actual_seconds, 0) as told_actual,
    t.scheduled_seconds as true_scheduled, s.scheduled_seconds as told_scheduled,
    b.true_band = t.datas_band as band_right, s.reached_adequate = t.reached_adequate as floor_right
from (from key_dosage where rule_id in (from rule)
        and (scope_kind <> 'student_program' or scope_key in (select program_id from due))) t
    full join told s using (person_id, rule_id, scope_kind, scope_key, period)
    left join band b on b.told_band = s.datas_band
"""

_ERRORS = """
    count(*) as rows, count(*) filter (not is_told and true_actual > 0) as missing,
    count(*) filter (not is_true) as extra,
    count(*) filter (true_actual = told_actual) as exact,
    coalesce(sum(abs(true_actual - told_actual)), 0)::bigint as error,
    coalesce(sum(true_actual), 0)::bigint as true_seconds,
    coalesce(sum(told_actual), 0)::bigint as told_seconds,
    count(told_scheduled) filter (is_true) as planned,
    count(*) filter (is_true and told_scheduled = true_scheduled) as planned_exact,
    coalesce(sum(abs(told_scheduled - true_scheduled)) filter (is_true), 0)::bigint
        as planned_error,
    count(band_right) as banded, count(*) filter (not band_right) as wrong_band,
    count(floor_right) as judged, count(*) filter (not floor_right) as wrong_floor
"""

_PROGRAMS = """
create view program_dosage as from dosage where scope_kind = 'student_program'
"""

_OVERBILLING = """
select count(*) as lines, coalesce(sum(cents_billed - cents_owed), 0)::bigint as cents
from key_overbilling where cents_billed > cents_owed
"""


def dosage(tables: Tables) -> list[Row]:
    """Return the errors of dosage per student, program and period, in seconds.

    Counted are the programs whose source was read; a student missing from the release counts with
    no time, one the truth does not know with no true time. After `exact_seats`.
    """
    tables.make(_DOSAGE)
    tables.make(_PROGRAMS)
    (found,) = tables.counts("program_dosage", _ERRORS)
    return [
        share("exact actual dosage", found["exact"], found["rows"]),
        mean("mean absolute error of actual dosage, seconds", found["error"], found["rows"]),
        share("actual seconds told / true", found["told_seconds"], found["true_seconds"]),
        share("exact scheduled dosage", found["planned_exact"], found["planned"]),
        mean("mean absolute error of scheduled, seconds", found["planned_error"], found["planned"]),
        count("missing from the release", found["missing"], found["rows"]),
        count("in the release only", found["extra"], found["rows"]),
    ]


def dosage_by_rule(tables: Tables) -> list[Row]:
    """Return the errors of dosage, one row per dosage rule of the release, in seconds.

    The truth of rules whose scope is wider than a program has the programs of unread sources in
    it. After `dosage`.
    """
    return [
        {
            "rule": row["rule_id"],
            "rows": row["rows"],
            "exact": row["exact"],
            "error_seconds": row["error"] / row["rows"],
        }
        for row in tables.counts("dosage", _ERRORS, by="rule_id")
    ]


def bands(tables: Tables) -> list[Row]:
    """Return wrong DATAS bands and wrong verdicts on the floor, by rule. After `dosage`."""
    names = ("banded", "wrong_band", "judged", "wrong_floor")
    found = tables.counts("dosage", _ERRORS, by="rule_id")
    return [{"rule": row["rule_id"], **{name: row[name] for name in names}} for row in found]


def overbilling(tables: Tables) -> list[Row]:
    """Return what was billed and not owed; a release has no invoices yet, so nothing is found."""
    billed = tables.row(_OVERBILLING)
    return [{"lines": billed["lines"], "cents": billed["cents"], "note": "invoices are not read"}]
