"""What counts as found: kinds of faults and the codes of a release that show or handle them.

Codes are patterns (``*`` is anything):

- ``flag:<rule>`` in ``flags`` of the session or the participant;
- ``quarantine:<rule>``: the row is in quarantine by that rule;
- ``finding:<rule>``, ``refused:<rule>``, ``held:<rule>`` of the delivery;
- ``fate:superseded``, ``fate:repeated``, ``fate:excluded``: some row of the delivery has that fate;
- ``link:right``, ``link:none``, ``link:review``: the row leads to the true person, to nobody, to a
  person's desk;
- ``seat:found``, ``seat:once``, ``seat:exact``, ``seat:on_time``: the release has the seat, has it
  once, has its true time present, has its true start;
- ``file:known``: several delivered files hold the very bytes of one delivery.
"""

from collections.abc import Mapping

IDENTITY = ("id", "name", "birth")
"""Families of faults that a person record bears, not a row."""

_RIGHT = ("link:right",)
_NOTICED = ("link:right", "link:review")
_TOLD = ("link:right", "link:review", "link:none")
_NOBODY = ("link:none", "link:review")
_STOPPED = ("refused:*", "held:*")

DETECTORS: Mapping[str, tuple[str, ...]] = {
    "id_lost_zeros": _RIGHT,
    "id_decimal": _RIGHT,
    "id_state_in_local": _RIGHT,
    "id_blanks": _RIGHT,
    "id_prefixed": _RIGHT,
    "id_email": _RIGHT,
    "id_scientific": _NOTICED,
    "id_sibling": _NOTICED,
    "id_shared": _NOTICED,
    "id_blank": (*_TOLD, "quarantine:*.no_student"),
    "id_mistyped": _TOLD,
    "id_of_other_vendor": _TOLD,
    "name_nickname": _RIGHT,
    "name_typo": _RIGHT,
    "name_changed": _RIGHT,
    "name_hyphen_half": _RIGHT,
    "name_diacritics_lost": _RIGHT,
    "name_middle": _RIGHT,
    "name_swapped": _RIGHT,
    "name_capitals": _RIGHT,
    "birth_day_month": _RIGHT,
    "birth_digit": _RIGHT,
    "birth_year": _RIGHT,
    "birth_blank": _RIGHT,
    "row_test_student": (*_NOBODY, "fate:excluded"),
    "row_stranger": _NOBODY,
    "row_duplicate": ("flag:session.duplicate", "flag:session.overlap", "seat:once"),
    "row_vanished": ("seat:found",),
    "row_withdrawn": ("quarantine:session.status_regressed",),
    "row_late": ("seat:found",),
    "row_corrected": ("seat:exact",),
    "row_restated": ("seat:exact",),
    "row_unmapped_code": ("quarantine:map.*", "quarantine:session.status_impossible"),
    "row_singles": ("flag:session.tutor_overlap",),
    "row_future": ("flag:session.future_completed", "quarantine:conform.year.slipped"),
    "row_no_school_day": ("flag:session.no_school_day",),
    "row_overlap": ("flag:session.overlap", "flag:session.duplicate"),
    "row_tutor_overlap": ("flag:session.tutor_overlap",),
    "time_dst": ("seat:on_time",),
    "time_utc": ("seat:on_time",),
    "time_midnight": ("seat:on_time", "flag:session.no_school_day"),
    "unit_seconds": ("seat:exact", "flag:session.too_long"),
    "unit_clock": ("seat:exact", "quarantine:typed.*_seconds.*"),
    "unit_hours": ("seat:exact", "quarantine:typed.*_seconds.*"),
    "unit_percent": ("seat:exact",),
    "minutes_zero": ("flag:session.zero_minutes",),
    "minutes_double": ("flag:session.too_long",),
    "minutes_no_sign_out": ("flag:session.too_long",),
    "present_default": ("flag:session.absent_in_sis",),
    "present_absent": ("flag:session.absent_in_sis",),
    "present_not_enrolled": ("flag:session.not_enrolled",),
    "sis_user_twice": ("link:right",),
    "sis_grade_misspelt": ("quarantine:map.grade.unmapped",),
    "sis_role_misspelt": ("quarantine:map.role.unmapped", "finding:oneroster.enum"),
    "sis_status_misspelt": ("finding:oneroster.enum",),
    "sis_enrollment_orphan": ("finding:oneroster.reference",),
    "sis_enrollment_id_blank": ("finding:oneroster.required",),
    "sis_username_blank": ("finding:oneroster.required",),
    "sis_rollover": ("held:*",),
    "sis_modified_bad": ("finding:oneroster.date",),
    "sis_bundle_nested": _STOPPED,
    "sis_bundle_mixed": ("finding:oneroster.mixed_modes",),
    "sis_file_missing": (*_STOPPED, "finding:oneroster.manifest_mismatch"),
    "sis_bom": ("finding:tolerance.bom",),
    "sis_comma_unquoted": (*_STOPPED, "finding:landing.ragged", "quarantine:landing.*"),
    "sis_org_broken": (*_STOPPED, "finding:oneroster.reference", "finding:oneroster.required"),
    "sis_org_cycle": (*_STOPPED, "finding:oneroster.parent_cycle"),
    "file_resent": ("file:known", "fate:repeated"),
    "file_truncated": (
        *_STOPPED,
        "finding:landing.*",
        "finding:tolerance.no_final_newline",
        "quarantine:landing.*",
    ),
    "file_header_renamed": (
        *_STOPPED,
        "finding:drift.*",
        "finding:tolerance.header_*",
        "finding:contract.missing_column",
    ),
    "file_keys_changed": ("seat:once",),
}
"""Kind of fault to the codes that show or handle it; other kinds have no detector yet."""

_MOVED = (
    "flag:session.overlap",
    "flag:session.duplicate",
    "flag:session.tutor_overlap",
    "flag:session.no_school_day",
    "flag:session.not_assigned",
    "flag:session.not_enrolled",
    "flag:session.absent_in_sis",
)
_LONG = ("flag:session.overlap", "flag:session.tutor_overlap", "flag:session.too_long")

SETS_OFF: Mapping[str, tuple[str, ...]] = {
    "id_sibling": _MOVED,
    "id_shared": _MOVED,
    "id_mistyped": _MOVED,
    "row_duplicate": ("flag:session.tutor_overlap",),
    "row_no_school_day": _MOVED,
    "row_future": _MOVED,
    "row_overlap": _MOVED,
    "row_tutor_overlap": _MOVED,
    "row_singles": ("flag:session.tutor_overlap", "flag:session.overlap"),
    "time_dst": _MOVED,
    "time_utc": _MOVED,
    "time_midnight": _MOVED,
    "unit_seconds": _LONG,
    "sis_comma_unquoted": ("finding:oneroster.nothing_removed", "finding:oneroster.reference"),
    "minutes_double": _LONG,
    "minutes_no_sign_out": _LONG,
    "present_not_enrolled": ("flag:session.not_assigned",),
}
"""Kind of fault to warnings it may set off beside those that show it."""

PAIRS: Mapping[str, str] = {
    "flag:session.overlap": "pupil",
    "flag:session.duplicate": "pupil",
    "flag:session.tutor_overlap": "tutor",
}
"""Warnings of two meetings that flag one of them, and who is in both."""

BUCKETS: Mapping[str, tuple[str, ...]] = {
    "delivered": ("delivered",),
    "late_or_left_early": ("late_or_left_early",),
    "tutor_late_or_cut_short": ("cut_short",),
    "absent_from_school": ("absent_from_school",),
    "absent_from_tutoring": ("absent_from_tutoring",),
    "tutor_absent": ("tutor_absent",),
    "cancelled_vendor": ("cancelled_vendor",),
    "cancelled_school": ("cancelled_school",),
    "cancelled_student": ("cancelled_student",),
    "rescheduled": ("rescheduled",),
    "closed": ("closed", "cancelled_school"),
    "technical": ("clash_or_technical",),
    "not_enrolled": ("not_enrolled",),
}
"""True cause of planned time to the buckets of a release that are right for it."""
