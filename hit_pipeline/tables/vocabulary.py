"""Closed vocabularies: every code the conformed tables may hold.

A source's code reaches these only by a map in its contract; a code without a map is quarantined.
"""

SESSION_STATES = (
    "scheduled",
    "completed",
    "cancelled_provider",
    "cancelled_school",
    "cancelled_student",
    "tutor_no_show",
    "rescheduled",
    "unknown",
)
ATTENDANCE = (
    "present",
    "partial",
    "late",
    "absent_excused",
    "absent_unexcused",
    "no_show",
    "not_expected",
    "unknown",
)
MINUTE_BUCKETS = (
    "delivered",
    "late_or_left_early",
    "cut_short",
    "absent_from_school",
    "absent_from_tutoring",
    "tutor_absent",
    "cancelled_vendor",
    "cancelled_school",
    "cancelled_student",
    "rescheduled",
    "closed",
    "clash_or_technical",
    "not_enrolled",
    "not_yet_due",
    "unknown",
)
GRADES = ("PK", "KG", *(f"{grade:02d}" for grade in range(1, 13)), "UG", "AE")
SUBJECTS = ("math", "ela", "science", "social_studies", "social_emotional", "other")
GENDERS = ("female", "male", "nonbinary", "other", "unknown")
DAY_TYPES = ("instructional", "holiday", "break", "teacher_workday", "closure", "weekend", "summer")
SCHOOL_ATTENDANCE = ("present", "absent_excused", "absent_unexcused", "tardy", "partial", "unknown")
ORG_TYPES = ("school", "district", "local", "state", "national", "department")
TERM_TYPES = ("grading_period", "semester", "school_year", "term")
ENROLLMENT_TYPES = (
    "full",
    "part_time",
    "co_enrolled",
    "service_only",
    "home_school",
    "summer",
    "unknown",
)
ASSIGNMENT_ORIGINS = (
    "district_list",
    "sis_section",
    "sis_program",
    "approved_vendor_list",
    "inferred",
)
ASSIGNMENT_STATUSES = ("assigned", "waitlisted", "declined", "exited", "unknown")
TUTOR_ROLES = ("planned", "actual", "substitute", "co_tutor", "supervisor")
REVISION_ENDS = ("restated", "withdrawn")
PLAN_SOURCES = ("vendor_schedule", "unit_proved", "group_slot", "program_design", "plan_unknown")
"""Where planned time came from. unit_proved: the vendor stated it, in a week in which its column
was in another unit than the contract says (`session_unit`)."""
PRESENT_SOURCES = (
    "stated",
    "unit_proved",
    "join_leave",
    "percent_of_period",
    "planned_when_present",
    "none",
)
"""Where time present came from. unit_proved: as of `PLAN_SOURCES`."""
FATES = ("conformed", "superseded", "repeated", "excluded", "quarantined")
LINK_OUTCOMES = ("match", "no_match", "unsure")
RESPONDENT_ROLES = ("student", "tutor", "teacher", "school_leader", "family", "site_lead")
FEEDBACK_TARGETS = ("program", "school", "tutor", "session", "student")
CONSENT_PURPOSES = (
    "tutoring",
    "data_sharing",
    "recording",
    "survey",
    "research",
    "media",
    "other",
)
CONSENT_STATUSES = ("granted", "refused", "withdrawn", "not_required", "unknown")
TUTOR_EVENTS = (
    "listed",
    "recruited",
    "screened",
    "trained",
    "coached",
    "started",
    "left",
)
TUTOR_KINDS = (
    "district_employee",
    "teacher",
    "paraprofessional",
    "vendor_staff",
    "volunteer",
    "peer",
    "college_student",
    "other",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BILLING_UNITS = ("session", "minute", "hour", "student", "month", "other")
STUDENT_ORIGINS = ("district", "charter", "private", "home_school", "pre_k", "incoming")
PERSON_ROLES = ("student", "tutor", "staff")
SEVERITIES = ("critical", "warning", "info")
FLAGS = ("ell", "iep", "gifted", "homeless", "disability", "economic_disadvantage")
RACES = (
    "american_indian_or_alaska_native",
    "asian",
    "black_or_african_american",
    "native_hawaiian_or_other_pacific_islander",
    "white",
    "two_or_more_races",
    "hispanic_or_latino",
)
