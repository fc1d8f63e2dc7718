"""Faults of a OneRoster bundle as a whole, and the files they stand in."""

EVERY = (
    "academicSessions",
    "classes",
    "courses",
    "demographics",
    "enrollments",
    "manifest",
    "orgs",
    "roles",
    "users",
)
BUNDLE_KINDS = {
    "sis_bundle_nested": set(EVERY),
    "sis_bundle_mixed": {"demographics"},
    "sis_bom": set(EVERY),
    "sis_file_missing": {"enrollments"},
    "sis_comma_unquoted": {"classes"},
    "sis_org_broken": {"orgs", "classes", "users", "roles", "enrollments"},
    "sis_org_cycle": {"orgs"},
    "sis_ids_invented": {"enrollments"},
}
"""Fault -> files of OneRoster 1.2 whose rows may bear it."""
