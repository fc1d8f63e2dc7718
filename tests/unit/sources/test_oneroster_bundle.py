from datetime import timedelta

from tests.unit.sources.oneroster_bench import (
    CLASSES,
    ENROLLMENTS,
    NOW,
    ORGS,
    STAMP,
    USERS,
    Dropped,
    manifest,
    rules,
    small,
    table,
)

# --- references ---


def test_broken_references_are_counted_by_file_and_column(dropped: Dropped) -> None:
    found = rules(
        dropped.findings(
            {
                **small(),
                "orgs.csv": table(ORGS, "d,,,Us,district,,", "s1,,,A,school,,gone"),
                "classes.csv": table(
                    CLASSES,
                    'k1,,,A,,c1,,scheduled,,s1,"f, gone,lost",,,',
                    "k2,,,B,,c1,,scheduled,,gone,p,,,",
                    "k3,,,C,,nope,,scheduled,,s1,gone,,,",
                ),
                "enrollments.csv": table(
                    ENROLLMENTS, "e1,,,k9,s9,u9,student,,,", "e2,,,k1,s1,u9,student,,,"
                ),
            }
        )
    )
    assert found == {
        ("oneroster.reference", "orgs", "parentSourcedId", 1),
        ("oneroster.reference", "classes", "termSourcedIds", 2),
        ("oneroster.reference", "classes", "schoolSourcedId", 1),
        ("oneroster.reference", "classes", "courseSourcedId", 1),
        ("oneroster.reference", "enrollments", "classSourcedId", 1),
        ("oneroster.reference", "enrollments", "schoolSourcedId", 1),
        ("oneroster.reference", "enrollments", "userSourcedId", 2),
    }


def test_a_reference_into_a_file_left_out_is_broken_unless_an_earlier_delivery_had_it(
    dropped: Dropped,
) -> None:
    later = {name: content for name, content in small().items() if name != "courses.csv"}
    later["manifest.csv"] = later["manifest.csv"].replace("courses,bulk", "courses,absent")
    alone = ("oneroster.reference", "classes", "courseSourcedId", 1)
    assert rules(dropped.findings(later)) == {alone}
    dropped.land(small(), "first.zip")
    assert rules(dropped.findings(later)) == set()


def test_a_delta_may_refer_to_what_came_before_but_a_bulk_may_not(dropped: Dropped) -> None:
    dropped.land(small(), "first.zip", NOW)
    row = f"e9,{STAMP},k1,s1,u1,student,,,"
    gone = "e8,tobedeleted,2026-09-01T05:00:00.000Z,never,s1,u1,student,,,"
    enrollments = table(ENROLLMENTS, row, gone)
    users = table(USERS, f"u2,{STAMP},true,s1,student,b,,Bo,Li,,,,,,,,")
    delta = {
        "manifest.csv": manifest("delta", "enrollments", "users"),
        "enrollments.csv": enrollments,
        "users.csv": users,
    }
    delivery = dropped.land(delta, "second.zip", NOW + timedelta(days=1))
    assert rules(list(delivery.findings)) == set()
    bulk = {**small(), "users.csv": users.replace(STAMP, ",")}
    assert ("oneroster.reference", "enrollments", "userSourcedId", 2) in rules(
        dropped.findings(bulk)
    )


def test_parents_that_lead_back_to_themselves_are_reported(dropped: Dropped) -> None:
    content = table(
        ORGS, "d,,,Us,district,,s1", "s1,,,A,school,,d", "x,,,X,school,,x", "y,,,Y,school,,d"
    )
    assert dropped.of("orgs.csv", content) == {
        ("oneroster.parent_cycle", "orgs", "parentSourcedId", 3)
    }


# --- the manifest ---


def test_a_missing_manifest_is_said(dropped: Dropped) -> None:
    files = {name: content for name, content in small().items() if name != "manifest.csv"}
    assert rules(dropped.findings(files)) == {("oneroster.missing_manifest", "", "", 1)}


def test_what_the_manifest_says_of_files_must_be_so(dropped: Dropped) -> None:
    files = small()
    files["manifest.csv"] = manifest(
        "bulk",
        "orgs",
        "academicSessions",
        "courses",
        "classes",
        "enrollments",
        users="absent",
        demographics="bulk",
        lunch="bulk",
        results="maybe",
    )
    assert rules(dropped.findings(files)) == {
        ("oneroster.manifest_mismatch", "users", "", 1),
        ("oneroster.manifest_mismatch", "demographics", "", 1),
        ("oneroster.manifest_file", "manifest", "", 1),
        ("oneroster.enum", "manifest", "value", 1),
    }


def test_bulk_and_delta_in_one_bundle_are_said(dropped: Dropped) -> None:
    files = {
        "manifest.csv": manifest("bulk", "orgs", users="delta"),
        "orgs.csv": small()["orgs.csv"],
        "users.csv": small("delta", STAMP)["users.csv"],
    }
    assert rules(dropped.findings(files)) == {("oneroster.mixed_modes", "manifest", "", 1)}


def test_unknown_versions_are_said(dropped: Dropped) -> None:
    files = small()
    text = files["manifest.csv"]
    files["manifest.csv"] = text.replace("manifest.version,1.0", "manifest.version,7")
    files["manifest.csv"] = files["manifest.csv"].replace(
        "oneroster.version,1.1", "oneroster.version,9"
    )
    assert rules(dropped.findings(files)) == {
        ("oneroster.manifest_version", "manifest", "", 1),
        ("oneroster.version", "manifest", "", 1),
    }


def test_core_files_a_bulk_bundle_leaves_out_are_said(dropped: Dropped) -> None:
    files = {
        "manifest.csv": manifest("bulk", "orgs", courses="absent", version="1.2"),
        "orgs.csv": small()["orgs.csv"],
    }
    found = rules(dropped.findings(files), "tolerance.file_absent")
    assert {one[1] for one in found} == {
        "academic_sessions",
        "courses",
        "classes",
        "users",
        "enrollments",
        "roles",
    }
