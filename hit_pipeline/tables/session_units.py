"""The unit each column of a session log is written in, by week: the table `session_unit`."""

from hit_pipeline.rules.units import AS_STATED, KIND_OF, PROOFS, READINGS
from hit_pipeline.tables.model import Column, Table

_READINGS = dict.fromkeys((AS_STATED, *(one for kind in READINGS.values() for one in kind)))


def _count(name: str, description: str) -> Column:
    return Column(name, "integer", description, required=True, minimum=0)


SESSION_UNIT = Table(
    "session_unit",
    "conformed",
    "source x column x week of a session log",
    "The unit lengths and shares of a session log are written in, and the clock its starts are by, "
    "with what proves it. Another one than the contract states is taken only where nearly all "
    "values of a week say so; sessions and participations hold converted values. A week whose unit "
    "changes from one day to another has a row for each of its days.",
    (
        Column("source", "text", "Source of the log.", required=True),
        Column("column", "text", "Column of the typed log.", required=True, valid=tuple(KIND_OF)),
        Column("week_start", "date", "Monday of the week.", required=True),
        Column("first_date", "date", "First day with values.", required=True),
        Column("last_date", "date", "Last day with values, inclusive.", required=True),
        Column(
            "unit_stated",
            "text",
            "Unit the contract states; null for numbers whose unit it leaves open.",
        ),
        Column(
            "unit_proved",
            "text",
            "Unit the values are in; null where it has no name, or none was proved.",
        ),
        Column(
            "reading",
            "text",
            "What was made of the values. as_stated: what the contract says. sixtieth, sixtyfold: "
            "of a unit sixty times smaller or larger. minutes, hours, hours_minutes (after the "
            "point, minutes): of that unit. hundredfold: shares in place of percents. utc: starts "
            "by the clock of UTC. hour_late, hour_early: some starts are an hour off in the week "
            "after the clocks changed; those were moved that then are at their group's time.",
            required=True,
            valid=tuple(_READINGS),
        ),
        Column(
            "proof",
            "text",
            "What values were held against: the planned length of the session, the bell period it "
            "begins with, the usual planned length or start of its group, or the distribution of "
            "the source's other days. stated: nothing proves anything, the contract's word holds. "
            "unclear: another unit fits part of the values, which were left as stated, and "
            "numbers without a stated unit unread.",
            required=True,
            valid=(*PROOFS, "stated", "unclear"),
        ),
        _count("rows", "Rows with a value above zero that were asked."),
        _count("rows_fitting_stated", "Of them those that fit the unit stated."),
        _count(
            "rows_fitting_proved",
            "Of them those that fit the unit proved; of another unit than stated, only those that "
            "do not fit the stated one as well.",
        ),
        Column("rule_id", "text", "Rule that decided.", required=True),
        Column("rule_version", "integer", "Its version.", required=True, minimum=1),
        Column("school_year", "text", "School year of the days, as 2026-27.", required=True),
    ),
    ("source", "column", "first_date"),
    partitioned=True,
)
