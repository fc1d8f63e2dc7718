"""Every kind of fault, with its rate: the one table the files are spoilt by.

The rates of ``typical`` stand here; ``nasty`` is four times that, at most nine in ten. They were
fixed before any matching was tuned and change only with an entry in the CHANGELOG.
"""

from dataclasses import dataclass

NASTY = 4.0
_MOST = 0.9


@dataclass(frozen=True)
class Kind:
    """One way in which records differ from the truth.

    Attributes:
        name: Its name in the answer key.
        family: ``id``, ``name``, ``birth``, ``row``, ``time``, ``delivery``, ``roster``, ``tutor``,
            ``people``, ``money``.
        rate: Share of the units hit under ``typical`` dirt.
        unit: What is hit as one: ``pupil in a source``, ``pupil and week``, ``row``, ...
        what: What is wrong, in words.
    """

    name: str
    family: str
    rate: float
    unit: str
    what: str


_WEEK = "pupil and week of a log, or test"
_PUPIL = "pupil in a source"
_LOG_ROW = "row of a log"
_MEETING = "meeting of a log"
_ROSTERED = "pupil of the SIS"
_EMPLOYEE = "employee in the SIS"
_ENROLLMENT = "enrollment of a bundle"
_TUTOR = "tutor in a source"
_VENDOR_WEEK = "week of one vendor"
_WHOLE_BUNDLE = "file of a night's bundle"
_IN_BUNDLE = "night's bundle"

KINDS = (
    Kind("id_lost_zeros", "id", 0.085, _WEEK, "leading zeros of the district number are gone"),
    Kind("id_blank", "id", 0.03, _WEEK, "no identifier"),
    Kind("id_decimal", "id", 0.01, _WEEK, "a spreadsheet ended the number in .0"),
    Kind("id_state_in_local", "id", 0.01, _WEEK, "state id in the column of the district number"),
    Kind("id_blanks", "id", 0.006, _WEEK, "blanks around and inside the number"),
    Kind("id_prefixed", "id", 0.005, _WEEK, "a prefix stands before the number"),
    Kind("id_email", "id", 0.005, _WEEK, "e-mail address in the column of the number"),
    Kind("id_scientific", "id", 0.004, _WEEK, "scientific notation; ten digits lose their end"),
    Kind("id_sibling", "id", 0.003, _WEEK, "identifier of a brother or sister"),
    Kind("id_mistyped", "id", 0.0025, _WEEK, "one digit is wrong"),
    Kind("id_shared", "id", 0.0025, _WEEK, "identifier of another child of the same list"),
    Kind("id_of_other_vendor", "id", 0.0025, _WEEK, "number of another vendor's system"),
    Kind("name_nickname", "name", 0.05, _PUPIL, "short form of the first name"),
    Kind("name_typo", "name", 0.02, _PUPIL, "one letter lost, doubled or exchanged"),
    Kind("name_changed", "name", 0.015, _PUPIL, "surname from before it changed"),
    Kind("name_hyphen_half", "name", 0.015, _PUPIL, "one half of a double surname"),
    Kind("name_diacritics_lost", "name", 0.015, _PUPIL, "accents are gone"),
    Kind("name_middle", "name", 0.015, _PUPIL, "middle name in place of the first"),
    Kind("name_swapped", "name", 0.015, _PUPIL, "first and last name changed places"),
    Kind("name_capitals", "name", 0.015, _PUPIL, "all in capitals"),
    Kind("birth_day_month", "birth", 0.008, _PUPIL, "day and month changed places"),
    Kind("birth_digit", "birth", 0.008, _PUPIL, "one digit of the day or month is wrong"),
    Kind("birth_year", "birth", 0.008, _PUPIL, "one year off"),
    Kind("birth_blank", "birth", 0.03, _PUPIL, "no birth date"),
    Kind("row_test_student", "row", 0.0015, _LOG_ROW, "the vendor's own trial account"),
    Kind("row_stranger", "row", 0.004, _LOG_ROW, "a child of no roster sits in"),
    Kind("row_duplicate", "row", 0.004, _LOG_ROW, "the same stay once more under a new key"),
    Kind("row_vanished", "row", 0.005, _LOG_ROW, "left out of later histories"),
    Kind("row_withdrawn", "row", 0.003, _MEETING, "final, and weeks later scheduled again"),
    Kind("row_late", "row", 0.02, _MEETING, "logged two to six weeks after the meeting"),
    Kind("row_corrected", "row", 0.006, _LOG_ROW, "minutes corrected three to nine weeks later"),
    Kind("row_restated", "row", 0.02, "week of a group", "a week's minutes stated anew later"),
    Kind("row_unmapped_code", "row", 0.002, _LOG_ROW, "a status code nobody was told of"),
    Kind("row_singles", "row", 0.03, _MEETING, "one group meeting as several 1:1 rows"),
    Kind("row_future", "time", 0.003, _LOG_ROW, "completed, and dated years ahead"),
    Kind("row_no_school_day", "time", 0.003, _MEETING, "dated on a day without school"),
    Kind("row_overlap", "time", 0.05, "row of the on-demand vendor", "overlaps another vendor's"),
    Kind("row_tutor_overlap", "time", 0.006, _MEETING, "the tutor is in two rooms"),
    Kind("time_dst", "time", 0.6, "meeting in the week after a clock change", "an hour off"),
    Kind("time_utc", "time", 0.04, _VENDOR_WEEK, "UTC in place of local time"),
    Kind("time_midnight", "time", 0.05, _VENDOR_WEEK, "dates one day early"),
    Kind("unit_seconds", "time", 0.05, _VENDOR_WEEK, "seconds in the column of minutes"),
    Kind("unit_clock", "time", 0.05, _VENDOR_WEEK, "H:MM in the column of minutes"),
    Kind("unit_hours", "time", 0.05, _VENDOR_WEEK, "decimal hours in the column of H:MM"),
    Kind("unit_percent", "time", 0.05, _VENDOR_WEEK, "minutes in the column of percents"),
    Kind("minutes_zero", "time", 0.003, _LOG_ROW, "came, with no minutes"),
    Kind("minutes_double", "time", 0.003, _LOG_ROW, "more than twice the planned time"),
    Kind("minutes_no_sign_out", "time", 0.005, _LOG_ROW, "never signed out: exactly four hours"),
    Kind("present_default", "row", 0.12, "absence at the slider vendor", "absent, left at 100 %"),
    Kind("present_absent", "row", 0.06, "absence from school", "logged present all the same"),
    Kind("present_not_enrolled", "row", 0.8, "seat of a pupil who left", "logged present"),
    Kind("billed_no_show", "money", 0.06, "seat nobody came to", "billed though nobody came"),
    Kind("billed_cancelled", "money", 0.05, "seat of a meeting not held", "billed all the same"),
    Kind("billed_twice", "money", 0.006, "seat attended", "the line stands twice"),
    Kind("billed_long", "money", 0.02, "seat of a vendor paid by the minute", "more minutes"),
    Kind("file_resent", "delivery", 0.04, "file of a log", "the same file once more, renamed"),
    Kind("file_truncated", "delivery", 0.02, "file of a log", "breaks off"),
    Kind("file_header_renamed", "delivery", 0.02, "file of a log", "a header has a new name"),
    Kind("file_keys_changed", "delivery", 1.0, "year of one vendor", "the vendor's keys change"),
    Kind("sis_user_twice", "roster", 0.01, _ROSTERED, "a second user with the same number"),
    Kind("sis_user_per_role", "roster", 0.1, "teacher in OneRoster 1.1", "a user for each role"),
    Kind("sis_delete_unseen", "roster", 0.25, "human in deltas", "``active`` for ``tobedeleted``"),
    Kind("sis_status_misspelt", "roster", 0.01, "record in deltas", "no such status"),
    Kind("sis_role_misspelt", "roster", 0.005, "role of a bundle", "no such role"),
    Kind("sis_grade_misspelt", "roster", 0.004, _ROSTERED, "no such grade"),
    Kind("sis_grade_blank", "roster", 0.01, _ROSTERED, "no grade in the bundle"),
    Kind("sis_username_blank", "roster", 0.03, "pupil or employee of the SIS", "no user name"),
    Kind("sis_staff_number_blank", "roster", 0.08, _EMPLOYEE, "no number of the district's"),
    Kind("sis_staff_number_prefixed", "roster", 0.06, _EMPLOYEE, "``TCH_`` before the number"),
    Kind("sis_enrollment_orphan", "roster", 0.003, _ENROLLMENT, "of a user nobody knows"),
    Kind("sis_enrollment_id_blank", "roster", 0.003, _ENROLLMENT, "no sourcedId"),
    Kind("sis_state_id_blank", "roster", 0.02, _ROSTERED, "no state id"),
    Kind("sis_birth_blank", "roster", 0.01, _ROSTERED, "no birth date"),
    Kind("sis_surname_blanks", "roster", 0.015, _ROSTERED, "blanks after the surname"),
    Kind("sis_two_numbers", "roster", 1.0, "pupil who came back", "rows under old and new number"),
    Kind("sis_rollover", "roster", 1.0, "file of the first night after 1 July", "most left out"),
    Kind("sis_modified_bad", "roster", 0.01, "record in deltas", "``dateLastModified`` unreadable"),
    Kind("sis_bundle_nested", "roster", 0.02, _WHOLE_BUNDLE, "an archive inside the archive"),
    Kind("sis_bundle_mixed", "roster", 0.02, _WHOLE_BUNDLE, "one file delta, the others bulk"),
    Kind("sis_file_missing", "roster", 0.02, _WHOLE_BUNDLE, "named by the manifest, not there"),
    Kind("sis_bom", "roster", 0.02, _WHOLE_BUNDLE, "a byte order mark before every header"),
    Kind("sis_comma_unquoted", "roster", 0.02, _IN_BUNDLE, "commas inside cells without quotes"),
    Kind("sis_org_broken", "roster", 0.02, _IN_BUNDLE, "a school without sourcedId, and its rows"),
    Kind("sis_org_cycle", "roster", 0.02, _IN_BUNDLE, "the district is the child of its school"),
    Kind(
        "sis_ids_invented", "roster", 0.02, _IN_BUNDLE, "enrollments under ids made up that night"
    ),
    Kind("tutor_nickname", "tutor", 0.06, _TUTOR, "short form of the first name"),
    Kind("tutor_renamed", "tutor", 0.03, _TUTOR, "surname of another time of life"),
    Kind("tutor_initial", "tutor", 0.03, _TUTOR, "initial in place of the first name"),
    Kind("tutor_typo", "tutor", 0.03, _TUTOR, "two letters exchanged"),
    Kind("tutor_swapped", "tutor", 0.03, _TUTOR, "first and last name changed places"),
    Kind("tutor_capitals", "tutor", 0.02, _TUTOR, "name in capitals"),
    Kind("tutor_email_private", "tutor", 0.04, _TUTOR, "private e-mail address"),
    Kind("tutor_email_other", "tutor", 0.03, _TUTOR, "address at the vendor's domain"),
    Kind("tutor_email_blank", "tutor", 0.03, _TUTOR, "no e-mail address"),
    Kind("tutor_two_ids", "tutor", 0.06, _TUTOR, "hired again: a second id from then on"),
    Kind("hr_ref_blank", "people", 0.03, "post in HR", "no reference"),
    Kind("hr_two_refs", "people", 0.05, "post in HR", "two references with one employer"),
    Kind(
        "survey_id_mistyped",
        "people",
        0.08,
        "pupil or family that gives a number",
        "one digit is wrong",
    ),
    Kind(
        "survey_nickname",
        "people",
        0.55,
        "pupil whose first name has a short form",
        "short form of the first name",
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
DIRT = ("none", "typical", "nasty")


def rates(dirt: str) -> dict[str, float]:
    """Return the rate of every kind at a level of dirt."""
    factor = {"none": 0.0, "typical": 1.0, "nasty": NASTY}[dirt]
    return {kind.name: min(_MOST, kind.rate * factor) for kind in KINDS}
