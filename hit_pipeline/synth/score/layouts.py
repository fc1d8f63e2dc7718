"""The columns that scoring reads: of a release and of the answer key.

A column that a file lacks is read as null; a table without files is read as empty.
"""

from collections.abc import Mapping

Layout = Mapping[str, str]
"""Column to its DuckDB type; ``instant`` is a timestamp read as seconds since 1970, UTC."""

_PROVENANCE = {"_source": "text", "_delivery_id": "text", "_row": "bigint", "_file": "text"}
_STUDENT = {"student_key": "text", **_PROVENANCE}
_STUDENT_RECORD = {"person_record_id": "text", **_STUDENT}

RELEASE: Mapping[str, Layout] = {
    "delivery": {
        "delivery_id": "text",
        "source": "text",
        "status": "text",
        "refused_rule": "text",
        "sha256": "text",
        "rows": "bigint",
        "rows_conformed": "bigint",
        "rows_superseded": "bigint",
        "rows_repeated": "bigint",
        "rows_excluded": "bigint",
        "rows_quarantined": "bigint",
    },
    "delivery_finding": {
        "delivery_id": "text",
        "file": "text",
        "rule": "text",
        "severity": "text",
    },
    "quarantine": {"delivery_id": "text", "file": "text", "row": "bigint", "rule": "text"},
    "student_identifier": {
        "student_key": "text",
        "system": "text",
        "value": "text",
        "valid_to": "instant",
        "origin": "text",
    },
    "unmatched": {
        "role": "text",
        "person_record_id": "text",
        "outcome": "text",
        "candidate_key": "text",
    },
    "session": {
        "session_key": "text",
        "started_at_utc": "instant",
        "flags": "text",
        **_PROVENANCE,
    },
    "session_participant": {
        "session_key": "text",
        "tutor_key": "text",
        "planned_seconds": "bigint",
        "present_seconds": "bigint",
        "counts_attended": "boolean",
        "bucket": "text",
        "flags": "text",
        **_STUDENT_RECORD,
    },
    "assessment_result": _STUDENT_RECORD,
    "program_assignment": _STUDENT_RECORD,
    "school_attendance": _STUDENT_RECORD,
    "section_enrollment": _STUDENT_RECORD,
    "school_enrollment": _STUDENT,
    "student_dosage": {
        "student_key": "text",
        "scope_kind": "text",
        "scope_key": "text",
        "period": "text",
        "rule_id": "text",
        "rule_version": "bigint",
        "scheduled_seconds": "bigint",
        "actual_seconds": "bigint",
        "datas_band": "text",
        "reached_adequate": "boolean",
    },
}
"""Tables of a release."""

_PLACE = {"source": "text", "file": "text", "row": "bigint"}

KEY: Mapping[str, Layout] = {
    "person": {
        "person_id": "bigint",
        "role": "text",
        "number": "text",
        "number_new": "text",
        "state_id": "text",
        "household": "bigint",
        "twin_id": "bigint",
    },
    "row_truth": {
        **_PLACE,
        "role": "text",
        "person_id": "bigint",
        "seat_id": "bigint",
        "record_id": "bigint",
        "linkable": "boolean",
    },
    "fault": {"kind": "text", **_PLACE, "person_id": "bigint", "seat_id": "bigint"},
    "fault_kind": {"kind": "text", "family": "text", "unit": "text", "injected": "bigint"},
    "seat": {
        "seat_id": "bigint",
        "source": "text",
        "program_id": "text",
        "person_id": "bigint",
        "tutor_person_id": "bigint",
        "local_date": "date",
        "started_at_utc": "instant",
        "planned_seconds": "bigint",
        "inside_seconds": "bigint",
        "surplus_seconds": "bigint",
    },
    "minute_cause": {"seat_id": "bigint", "cause": "text", "seconds": "bigint"},
    "dosage": {
        "person_id": "bigint",
        "rule_id": "text",
        "scope_kind": "text",
        "scope_key": "text",
        "period": "text",
        "scheduled_seconds": "bigint",
        "actual_seconds": "bigint",
        "datas_band": "text",
        "reached_adequate": "boolean",
    },
    "overbilling": {"source": "text", "cents_billed": "bigint", "cents_owed": "bigint"},
}
"""Tables of the answer key."""
