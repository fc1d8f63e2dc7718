"""What can become of a planned meeting, of a pupil expected at it, and of the minutes."""

OUTCOMES = (
    "held",
    "cancelled_vendor",
    "cancelled_school",
    "cancelled_student",
    "tutor_absent",
    "rescheduled",
    "closed",
    "technical",
)
"""What became of a planned meeting. ``closed``: the school closed that day; ``technical``: the room
or the connection failed, or a clash with something else in school."""

ATTENDANCE = (
    "present",
    "late",
    "left_early",
    "absent_tutoring",
    "absent_school_excused",
    "absent_school_unexcused",
    "not_enrolled",
    "not_held",
)
"""What a pupil expected at a meeting did. ``not_enrolled``: had left the district unnoticed."""

CAUSES = (
    "delivered",
    "late_or_left_early",
    "tutor_late_or_cut_short",
    "absent_from_school",
    "absent_from_tutoring",
    "tutor_absent",
    "cancelled_vendor",
    "cancelled_school",
    "cancelled_student",
    "rescheduled",
    "closed",
    "technical",
    "not_enrolled",
)
"""Where planned time went; every planned second has exactly one of these."""
