"""How well each source's records are matched, run by run: the table `match_rate`."""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Table


def _count(name: str, description: str) -> Column:
    return Column(name, "integer", description, required=True, minimum=0)


def _rate(name: str, description: str) -> Column:
    return Column(name, "number", description, minimum=0, maximum=1)


MATCH_RATE = Table(
    "match_rate",
    "conformed",
    "role x source x run of identity",
    "How many records of each source were linked, in review and unmatched when a run of identity "
    "ended. Worked out from the registry's events, so that what was published of a run stays as "
    "it was; a run in which nothing was decided has no row.",
    (
        Column("role", "text", "Student, tutor or staff.", required=True, valid=words.PERSON_ROLES),
        Column("source", "text", "Source of the records.", required=True),
        _count("run", "Number of the run's transaction in the registry; greater is later."),
        Column("decided_at", "timestamp", "Instant of the run.", required=True),
        Column("local_date", "date", "That day in the district's zone.", required=True),
        _count("records", "Person records ever decided on."),
        _count("linked", "Of them linked to a person."),
        _count("in_review", "Of them unsure: they wait for a steward."),
        _count("unmatched", "Of them without a match."),
        _rate("linked_rate", "linked / records."),
        _count("people", "Distinct people the linked records are, by their keys of then."),
        _count("linked_new", "Of the linked, those whose roster made the person."),
        _count("linked_remembered", "Of the linked, by memory: tier 0."),
        _count("linked_by_identifier", "Of the linked, by an identifier: tier 1."),
        _count("linked_by_name", "Of the linked, by name and birth date: tier 2."),
        _count("linked_by_likelihood", "Of the linked, by everything together: tier 3."),
        _count("contradicted", "Of those in review, whose identifier name or birth date deny."),
        _count("unknown_identifier", "Of the unmatched, whose identifier no roster knows."),
        _count("fresh_records", "Records decided on for the first time in this run."),
        _count("fresh_linked", "Of them linked."),
        _rate("fresh_rate", "fresh_linked / fresh_records; null when there are none."),
        _rate(
            "usual_rate",
            "The rate of fresh records over the last ten earlier runs that had any, each record "
            "once; null without such a run.",
        ),
        Column(
            "fresh_fall_points",
            "number",
            "Percentage points by which fresh_rate is below usual_rate, negative when above; null "
            "when either is.",
        ),
        Column(
            "fall_points",
            "number",
            "Percentage points by which linked_rate is below that of the run before, negative "
            "when above; null in the first run.",
        ),
        Column(
            "is_fallen",
            "boolean",
            "True when either fall is greater than thresholds.max_match_rate_fall; the fall of "
            "fresh records counts from 20 of them, the other from 20 records on.",
            required=True,
        ),
        Column(
            "is_low",
            "boolean",
            "True when linked_rate is below thresholds.min_match_rate, of 20 records or more.",
            required=True,
        ),
    ),
    ("role", "source", "run"),
)
