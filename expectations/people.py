"""Rules of the tables of people that their declarations cannot say."""

from expectations.rule import STEWARD, Rule

_LINKED = (
    "linked_new",
    "linked_remembered",
    "linked_by_identifier",
    "linked_by_name",
    "linked_by_likelihood",
)
_NEWEST_RUN = "run = (FROM match_rate SELECT max(run))"

PEOPLE_RULES = (
    Rule(
        "student.birth_date.age",
        "row",
        "warning",
        ("birth_date", "is_active"),
        "an active student is at least 3 and not yet 23 years old",
        "Compare the birth date with the SIS; a date typed wrongly keeps records apart.",
        STEWARD,
        "is_active AND (birth_date > getvariable('as_of') - INTERVAL 3 YEAR "
        "OR birth_date <= getvariable('as_of') - INTERVAL 23 YEAR)",
    ),
    Rule(
        "student.names.present",
        "row",
        "warning",
        ("given_name", "family_name"),
        "a student has a name",
        "A roster lists the student without any name: have it completed in the SIS.",
        STEWARD,
        "given_name IS NULL AND family_name IS NULL",
    ),
    Rule(
        "student_identifier.value.shared",
        "row",
        "warning",
        ("system", "issuer", "value", "student_key"),
        "a valid identifier of one system and issuer belongs to one student",
        "Several students share an identifier: review whether they are one, and have the wrong "
        "one corrected where it is issued.",
        STEWARD,
        "valid_to IS NULL AND row(system, issuer, value) IN (FROM student_identifier "
        "SELECT row(system, issuer, value) WHERE valid_to IS NULL "
        "GROUP BY ALL HAVING count(DISTINCT student_key) > 1)",
        ("student_identifier",),
    ),
    Rule(
        "student_identifier.validity.order",
        "row",
        "critical",
        ("valid_from", "valid_to"),
        "an identifier is not withdrawn before it was seen",
        "Both instants come from the registry: look up its claims.",
        against="valid_to < valid_from",
    ),
    Rule(
        "student_attribute.validity.order",
        "row",
        "critical",
        ("valid_from", "valid_to"),
        "a spell of a value ends after it begins",
        "Spells are worked out from deliveries: correct the builder of the table.",
        against="valid_to <= valid_from",
    ),
    Rule(
        "student_attribute.current.one",
        "row",
        "critical",
        ("student_key", "attribute", "source", "valid_to"),
        "a source states at most one current value of an attribute",
        "Spells are worked out from deliveries: correct the builder of the table.",
        against="valid_to IS NULL AND row(student_key, attribute, source) IN (FROM "
        "student_attribute SELECT row(student_key, attribute, source) WHERE valid_to IS NULL "
        "GROUP BY ALL HAVING count(*) > 1)",
        reads=("student_attribute",),
    ),
    Rule(
        "tutor.dates.order",
        "row",
        "critical",
        ("first_session_date", "last_session_date"),
        "a tutor's last session is not before the first",
        "Both dates are worked out from session logs: correct the builder of the table.",
        against="last_session_date < first_session_date",
    ),
    Rule(
        "person_link.person_key.outcome",
        "row",
        "critical",
        ("person_key", "outcome"),
        "a record has a person exactly when the outcome is match",
        "Look up the decisions in the registry; one of them contradicts itself.",
        STEWARD,
        "(outcome = 'match') <> (person_key IS NOT NULL)",
    ),
    Rule(
        "unmatched.person_record_id.unlinked",
        "row",
        "critical",
        ("role", "person_record_id"),
        "a record that is listed as unmatched is linked to nobody",
        "Rebuild both tables from one state of the registry.",
        against="row(role, person_record_id) IN (FROM person_link "
        "SELECT row(role, person_record_id) WHERE outcome = 'match')",
        reads=("person_link",),
    ),
    Rule(
        "match_rate.records.sum",
        "row",
        "critical",
        ("records", "linked", "in_review", "unmatched", *_LINKED),
        "what is linked, in review and unmatched are all records, and tiers sum to what is linked",
        "The registry's events do not add up: hit registry check, then correct the builder.",
        against="records <> linked + in_review + unmatched "
        f"OR linked <> {' + '.join(_LINKED)} OR people > linked",
    ),
    Rule(
        "match_rate.linked_rate.fall",
        "row",
        "warning",
        ("run", "is_fallen"),
        "a source's match rate does not fall in the newest run by more than "
        "thresholds.max_match_rate_fall points",
        "See what the source sent that night: hit explain, and the table unmatched. A vendor that "
        "changed its ids, or a roster that lost some, shows so.",
        STEWARD,
        f"is_fallen AND {_NEWEST_RUN}",
        ("match_rate",),
    ),
    Rule(
        "match_rate.linked_rate.low",
        "row",
        "warning",
        ("run", "is_low"),
        "a source's match rate is at least thresholds.min_match_rate in the newest run",
        "See the tables unmatched and review_queue; the vendor's own file of corrections helps.",
        STEWARD,
        f"is_low AND {_NEWEST_RUN}",
        ("match_rate",),
    ),
    Rule(
        "review_queue.person_record_id.unlinked",
        "row",
        "warning",
        ("role", "person_record_id"),
        "a record that is asked about is linked to nobody",
        "A steward took an answer back while the tables were built: the next run mends it.",
        STEWARD,
        "row(role, person_record_id) IN (FROM person_link "
        "SELECT row(role, person_record_id) WHERE outcome = 'match')",
        ("person_link",),
    ),
    Rule(
        "review_queue.about.one",
        "row",
        "critical",
        ("person_record_id", "source", "other_key"),
        "a question is about a record of a source, or about two people",
        "Questions are worked out from the registry: correct the builder of the table.",
        against="(person_record_id IS NULL) <> (source IS NULL) "
        "OR (person_record_id IS NULL) = (other_key IS NULL) "
        "OR candidate_key IS NULL AND other_key IS NOT NULL",
    ),
    Rule(
        "review_queue.candidate_key.known",
        "row",
        "critical",
        ("role", "candidate_key", "other_key"),
        "a student who is asked about is in the table of students",
        "Rebuild both tables from one state of the registry.",
        against="role = 'student' AND (candidate_key NOT IN (SELECT student_key FROM student) "
        "OR other_key NOT IN (SELECT student_key FROM student))",
        reads=("student",),
    ),
    Rule(
        "review_queue.own_value.system",
        "row",
        "critical",
        ("own_system", "own_value"),
        "a record's own identifier has a system, and a system an identifier",
        "Both come from the typed rows: correct the builder of the table.",
        against="(own_system IS NULL) <> (own_value IS NULL)",
    ),
)
