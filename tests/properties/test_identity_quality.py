"""Identity on drawn districts whose truth is known: nobody is ever taken for somebody else."""

from collections import Counter
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine, EngineOptions
from tests.properties.dirty_district import DirtyDistrict, draw_district
from tests.unit.identity.desk import ROSTER, VENDOR, Desk


def put(
    desk: Desk, district: DirtyDistrict, roster: int | None = None, seen: int | None = None
) -> None:
    """Put the first rows of a district before identity; all of them unless told otherwise."""
    desk.put("sis", "typed_student", district.roster[:roster])
    numbered = [{"row_id_source": str(n), **row} for n, row in enumerate(district.seen)]
    desk.put("vendor", "typed_session_log", numbered[:seen])


def keys(desk: Desk, table: str, column: str) -> dict[str, str]:
    """Return the person of every linked row."""
    links = desk.context.registry.matched("student").to_pylist()
    key = {link["person_record_id"]: link["person_key"] for link in links}
    rows = desk.rows(table)
    return {
        row[column]: key[row["student_record_id"]]
        for row in rows
        if row["student_record_id"] in key
    }


def seats_linked_by_chance(desk: Desk) -> set[str]:
    """Return the rows linked by probability: a namesake who comes later may make them unsure."""
    links = desk.context.registry.links("student").to_pylist()
    made = {link["person_record_id"] for link in links if link["tier"] == 3}
    rows = desk.rows("typed_session_log")
    return {row["row_id_source"] for row in rows if row["student_record_id"] in made}


def score(desk: Desk, district: DirtyDistrict) -> Counter[str]:
    """Count vendor rows by what became of them."""
    child = {key: int(n) for n, key in keys(desk, "typed_student", "student_id_district").items()}
    linked = keys(desk, "typed_session_log", "row_id_source")
    links = desk.context.registry.unmatched("student").to_pylist()
    doubted = {link["person_record_id"] for link in links if link["outcome"] == "unsure"}
    counts: Counter[str] = Counter()
    for row in desk.rows("typed_session_log"):
        truth = district.truth[int(row["row_id_source"])]
        counts["linkable"] += truth is not None
        counts["review"] += row["student_record_id"] in doubted
        if row["row_id_source"] in linked:
            counts["right" if child[linked[row["row_id_source"]]] == truth else "wrong"] += 1
    return counts


@pytest.mark.parametrize(
    ("seed", "ids", "least_recall", "most_review"), [(1, True, 0.93, 0.06), (2, False, 0.6, 0.35)]
)
def test_no_child_is_taken_for_another_and_few_are_left_open(
    tmp_path: Path, seed: int, *, ids: bool, least_recall: float, most_review: float
) -> None:
    district = draw_district(seed, children=2500, records=2000, ids=ids)
    with Engine.open(EngineOptions(threads=2)) as engine:
        desk = Desk.open(tmp_path, engine, {"sis": ROSTER, "vendor": VENDOR})
        put(desk, district)
        desk.night()
        counts = score(desk, district)
    linked = counts["right"] + counts["wrong"]
    precision, recall = counts["right"] / linked, counts["right"] / counts["linkable"]
    review = counts["review"] / len(district.seen)
    print(f"precision {precision:.4f} recall {recall:.4f} review {review:.4f}")  # noqa: T201
    assert counts["wrong"] == 0
    assert recall >= least_recall
    assert review <= most_review


def test_more_data_changes_no_key_and_the_order_of_nights_decides_nothing(tmp_path: Path) -> None:
    district = draw_district(3, children=300, records=400)
    sources = {"sis": ROSTER, "vendor": VENDOR}
    with Engine.open(EngineOptions(threads=2)) as engine:
        grown = Desk.open(tmp_path / "grown", engine, sources)
        put(grown, district, roster=200, seen=150)
        grown.night()
        before = keys(grown, "typed_student", "student_id_district")
        linked = keys(grown, "typed_session_log", "row_id_source")
        by_chance = seats_linked_by_chance(grown)
        put(grown, district)
        grown.night()
        after = keys(grown, "typed_student", "student_id_district")
        assert before.items() <= after.items()
        held = {seat: key for seat, key in linked.items() if seat not in by_chance}
        now = keys(grown, "typed_session_log", "row_id_source")
        assert held.items() <= now.items()
        assert all(now.get(seat, linked[seat]) == linked[seat] for seat in by_chance)
        assert len(set(after.values())) == len(district.roster)
        assert not grown.night().changed

        at_once = Desk.open(tmp_path / "at_once", engine, sources)
        put(at_once, district)
        at_once.night()
        assert score(at_once, district) == score(grown, district)
