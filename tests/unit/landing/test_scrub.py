"""Which headers are never kept."""

import pytest

from hit_pipeline.landing.scrub import forbidden_columns, is_forbidden, words_of


@pytest.mark.parametrize(
    "header",
    [
        "SSN",
        "student_ssn",
        "StudentSSN",
        "ssnLast4",
        "Social Security Number",
        "socialSecurityNumber",
        "soc_sec",
        "Medical Alert",
        "medicalNotes",
        "medication",
        "Diagnosis",
        "discipline_code",
        "Disciplinary Action",
        "suspension_days",
        "Suspended",
        "IEP Goal 1 Text",
        "iep_goals",
        "IEPNotes",
    ],
)
def test_forbidden_by_default(header: str) -> None:
    assert is_forbidden(header)


@pytest.mark.parametrize(
    "header",
    [
        "iep",
        "IEP Status",
        "iep_flag",
        "disability",
        "Primary Disability",
        "504 Plan",
        "assnumber",
        "session_id",
        "Lesson",
        "LIEP Classification",
        "special_education",
        "Interdisciplinary Unit",
        "passnumber",
    ],
)
def test_kept_by_default(header: str) -> None:
    assert not is_forbidden(header)


def test_a_contract_may_forbid_more() -> None:
    header = ("Home Phone", "ssn", "Name")
    assert forbidden_columns(header, ["^home phone$"]) == ("Home Phone", "ssn")
    assert forbidden_columns(header) == ("ssn",)


def test_headers_fall_into_words() -> None:
    assert words_of("studentSSNLast4 -  Digits") == "student ssn last4 digits"
