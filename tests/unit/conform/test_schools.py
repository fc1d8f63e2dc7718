from datetime import UTC, datetime

from hit_pipeline.conform.schools import school, with_school_id
from tests.unit.conform.roster_bench import Bench, by, pick

AT = datetime(2026, 11, 12, 5, tzinfo=UTC)


def _two_sources(bench: Bench) -> None:
    bench.deliver("sis", "d1", AT)
    bench.deliver("sis_files", "p1", AT)


def test_the_number_of_the_district_is_the_id_when_no_other_organisation_bears_it(
    bench: Bench,
) -> None:
    _two_sources(bench)
    bench.typed(
        "sis",
        "typed_school",
        [
            {"school_id_source": "g0", "identifier": "900", "name": "Us", "org_type": "district"},
            {"school_id_source": "g1", "identifier": "0101", "name": "A", "parent_id_source": "g0"},
            {"school_id_source": "g2", "identifier": "7", "name": "B", "parent_id_source": "gone"},
            {"school_id_source": "g3", "identifier": "7", "name": "C"},
            {"school_id_source": "g4", "name": "D"},
        ],
    )
    rows = bench.build(school)
    assert pick(rows, "school_id", "school_id_source", "parent_school_id") == [
        ("0101", "g1", "900"),
        ("900", "g0", None),
        ("g2", "g2", "gone"),
        ("g3", "g3", None),
        ("g4", "g4", None),
    ]


def test_a_school_only_a_student_file_names_is_derived_once(bench: Bench) -> None:
    _two_sources(bench)
    bench.typed(
        "sis", "typed_school", [{"school_id_source": "g1", "identifier": "0101", "name": "A"}]
    )
    bench.typed(
        "sis_files",
        "typed_student",
        [
            {"student_id_district": "1", "school_id_source": "0101", "school_name": "Aa"},
            {"student_id_district": "2", "school_id_source": "0202", "school_name": "New"},
            {"student_id_district": "3", "school_id_source": "0202", "school_name": "New"},
            {"student_id_district": "4", "school_name": " a "},
            {"student_id_district": "5", "school_name": "Nowhere"},
            {"student_id_district": "6"},
        ],
        delivery="p1",
    )
    rows = by(bench.build(school), "school_id")
    assert sorted(rows) == ["0101", "0202", "Nowhere"]
    assert rows["0101"]["name"] == "A"
    assert (rows["0202"]["name"], rows["0202"]["org_type"]) == ("New", "school")
    assert (rows["0202"]["_source"], rows["0202"]["_delivery_id"]) == ("sis_files", "p1")


def test_a_school_listed_once_per_student_is_one_school(bench: Bench) -> None:
    _two_sources(bench)
    listed = {"school_id_source": "0101", "name": "A"}
    bench.typed("sis_files", "typed_school", [listed, listed, listed], delivery="p1")
    assert pick(bench.build(school), "school_id", "name", "_row") == [("0101", "A", 1)]


def test_two_sources_with_one_number_are_one_school_named_by_the_first_in_priority(
    bench: Bench,
) -> None:
    _two_sources(bench)
    bench.typed(
        "sis", "typed_school", [{"school_id_source": "g1", "identifier": "0101", "name": "A"}]
    )
    bench.typed(
        "sis_files", "typed_school", [{"school_id_source": "0101", "name": "Aaa"}], delivery="p1"
    )
    assert pick(bench.build(school), "school_id", "name") == [("0101", "A")]


def test_a_reference_is_read_in_its_own_source_first(bench: Bench) -> None:
    _two_sources(bench)
    bench.typed(
        "sis",
        "typed_school",
        [
            {"school_id_source": "1", "identifier": "2", "name": "A"},
            {"school_id_source": "2", "identifier": "1", "name": "B"},
        ],
    )
    days = [
        {"school_id_source": ref, "day_type": "holiday", "local_date": AT.date()} for ref in "12"
    ]
    bench.typed("sis", "typed_calendar_day", days)
    bench.typed("sis_files", "typed_calendar_day", days, delivery="p1")
    context = bench.context()
    rows = with_school_id(context, context.typed("typed_calendar_day"))
    found = by(bench.engine.collect(rows).to_pylist(), "_source", "school_id_source")
    assert {key: row["school_id"] for key, row in found.items()} == {
        ("sis", "1"): "2",
        ("sis", "2"): "1",
        ("sis_files", "1"): "1",
        ("sis_files", "2"): "2",
    }
