"""What the OneRoster CSV binding says of its files: names, required cells, codes, references.

Facts only (1EdTech OneRoster CSV 1.0, 1.1 and 1.2.1); how a bundle is read and judged is beside
this module. Files and columns bear the contract's names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

VERSIONS = ("1.0", "1.1", "1.2")
STATUSES = ("active", "inactive", "tobedeleted")
BOOLEANS = ("true", "false")
LISTS = frozenset({"termSourcedIds", "orgSourcedIds", "agentSourcedIds"})
"""Columns that hold several sourcedIds, comma separated."""

_OF_USERS = ("student", "teacher", "aide", "administrator", "guardian", "parent", "relative")
_STAFF = ("aide", "counselor", "principal", "proctor", "teacher")
_ADMINISTRATORS = ("districtAdministrator", "siteAdministrator", "systemAdministrator")
_RACES = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
    "hispanicOrLatinoEthnicity",
)


@dataclass(frozen=True)
class Layout:
    """One data file.

    Attributes:
        entry: Its name in a bundle, without ``.csv``.
        required: Columns that must be filled, besides sourcedId.
        until_1_1: Columns that must be filled only where roles.csv does not state them.
        codes: Closed code lists by column.
        open_codes: Columns whose list a sender may extend (``ext:``).
        dates: Columns of dates, YYYY-MM-DD.
        references: Column to the file whose sourcedId it names.
    """

    entry: str
    required: tuple[str, ...] = ()
    until_1_1: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open_codes: frozenset[str] = frozenset()
    dates: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)


LAYOUTS: dict[str, Layout] = {
    "orgs": Layout(
        "orgs",
        required=("name", "type"),
        codes={"type": ("department", "school", "district", "local", "state", "national")},
        open_codes=frozenset({"type"}),
        references={"parentSourcedId": "orgs"},
    ),
    "academic_sessions": Layout(
        "academicSessions",
        required=("title", "type", "startDate", "endDate", "schoolYear"),
        codes={"type": ("gradingPeriod", "semester", "schoolYear", "term")},
        open_codes=frozenset({"type"}),
        dates=("startDate", "endDate"),
        references={"parentSourcedId": "academic_sessions"},
    ),
    "courses": Layout(
        "courses",
        required=("title", "orgSourcedId"),
        references={"schoolYearSourcedId": "academic_sessions", "orgSourcedId": "orgs"},
    ),
    "classes": Layout(
        "classes",
        required=("title", "courseSourcedId", "classType", "schoolSourcedId", "termSourcedIds"),
        codes={"classType": ("homeroom", "scheduled")},
        open_codes=frozenset({"classType"}),
        references={
            "courseSourcedId": "courses",
            "schoolSourcedId": "orgs",
            "termSourcedIds": "academic_sessions",
        },
    ),
    "users": Layout(
        "users",
        required=("enabledUser", "username", "givenName", "familyName"),
        until_1_1=("orgSourcedIds", "role"),
        codes={"enabledUser": BOOLEANS, "role": (*_OF_USERS, *_STAFF, *_ADMINISTRATORS)},
        open_codes=frozenset({"role"}),
        references={
            "orgSourcedIds": "orgs",
            "primaryOrgSourcedId": "orgs",
            "agentSourcedIds": "users",
        },
    ),
    "roles": Layout(
        "roles",
        required=("userSourcedId", "roleType", "role", "orgSourcedId"),
        codes={
            "roleType": ("primary", "secondary"),
            "role": (*_STAFF, *_ADMINISTRATORS, "student", "guardian", "parent", "relative"),
        },
        open_codes=frozenset({"role"}),
        dates=("beginDate", "endDate"),
        references={
            "userSourcedId": "users",
            "orgSourcedId": "orgs",
            "userProfileSourcedId": "user_profiles",
        },
    ),
    "user_profiles": Layout(
        "userProfiles",
        required=("userSourcedId", "profileType", "vendorId", "credentialType", "username"),
        references={"userSourcedId": "users"},
    ),
    "enrollments": Layout(
        "enrollments",
        required=("classSourcedId", "schoolSourcedId", "userSourcedId", "role"),
        codes={
            "role": ("administrator", "proctor", "student", "teacher", "aide"),
            "primary": BOOLEANS,
        },
        open_codes=frozenset({"role"}),
        dates=("beginDate", "endDate"),
        references={
            "classSourcedId": "classes",
            "schoolSourcedId": "orgs",
            "userSourcedId": "users",
        },
    ),
    "demographics": Layout(
        "demographics",
        codes={
            "sex": ("male", "female", "unspecified", "other"),
            **dict.fromkeys(_RACES, BOOLEANS),
        },
        open_codes=frozenset({"sex"}),
        dates=("birthDate",),
        references={"sourcedId": "users"},
    ),
    **{
        name: Layout(entry)
        for name, entry in {
            "categories": "categories",
            "class_resources": "classResources",
            "course_resources": "courseResources",
            "line_item_learning_objective_ids": "lineItemLearningObjectiveIds",
            "line_items": "lineItems",
            "line_item_score_scales": "lineItemScoreScales",
            "resources": "resources",
            "result_learning_objective_ids": "resultLearningObjectiveIds",
            "results": "results",
            "result_score_scales": "resultScoreScales",
            "score_scales": "scoreScales",
            "user_resources": "userResources",
        }.items()
    },
}
"""Every data file of the binding; those we have no table for bear only their name."""

BY_ENTRY = {layout.entry.casefold(): name for name, layout in LAYOUTS.items()}
"""File by its name in a bundle, case aside."""

CORE = ("orgs", "academic_sessions", "courses", "classes", "users", "enrollments")
"""Files a roster is not whole without; 1.2 adds roles."""


def stranger_name(entry: str) -> str:
    """Return our name for a file the binding does not know: ``other_`` and its own, plain."""
    stem = re.sub(r"[^a-z0-9]+", "_", entry.removesuffix(".csv").casefold()).strip("_")
    return f"other_{stem}"
