"""Every assessment sample beside what an independent mapping makes of the same files.

The other mapping writes Ed-Fi student assessments. Every student, date, grade, score and level of
it must be among our typed scores of that student and date: scores of the whole test, those of
objectives under the objective, and what Ed-Fi counts as a score though it says which test it was.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.assessment_table import Outcome, as_lines, outcomes
from tests.conformance.peer_assessments import Product, compared, missing, peer_event, peers
from tests.conformance.peer_products import FASTBRIDGE, IREADY, MAP_GROWTH, PRODUCTS, SAT, STAR

EVERY = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.contract)


@pytest.fixture(scope="module")
def table(samples: Path) -> dict[str, Outcome]:
    return {one.product.contract: one for one in outcomes(samples)}


@EVERY
def test_every_value_of_the_other_mapping_is_found(
    product: Product, table: dict[str, Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = table[product.contract]
    with capsys.disabled():
        print("", *as_lines([outcome])[:-1], sep="\n")  # noqa: T201 (the counts are the point)
    assert outcome.missing == []
    assert outcome.found == len(outcome.values) > 0
    assert outcome.refused == ()
    assert sum(outcome.fates.values()) == outcome.landed
    assert {fate for _, fate, _ in outcome.fates} <= {"conformed", "excluded"}


def test_whoever_the_other_mapping_leaves_out_was_tested_in_no_season(
    samples: Path, table: dict[str, Outcome]
) -> None:
    outcome = table[FASTBRIDGE.contract]
    others = peers(samples, FASTBRIDGE.peer)
    excluded = outcome.fates["math", "excluded", "feed.no_score"]
    assert len(others) == outcome.landed - excluded
    assert {row["student_id_district"] for row in outcome.rows} == {
        peer_event(one)[0] for one in others
    }


def test_the_other_files_of_a_product_are_typed_too(table: dict[str, Outcome]) -> None:
    outcome = table[STAR.contract]
    assert set(outcome.files) == {"results", "standards"}
    assert {row["objective"] for row in outcome.rows if row["_file"] == "results"} == {None}
    assert None not in {row["objective"] for row in outcome.rows if row["_file"] == "standards"}


def test_the_tests_before_the_newest_one_are_typed_too(
    samples: Path, table: dict[str, Outcome]
) -> None:
    ours = {(row["student_id_district"], row["test_date"]) for row in table[SAT.contract].rows}
    newest = {peer_event(one) for one in peers(samples, SAT.peer)}
    assert newest < ours


def test_ids_of_two_systems_are_not_mixed_up(table: dict[str, Outcome]) -> None:
    for row in table[MAP_GROWTH.contract].rows:
        assert row["student_id_district"] != row["student_id_state"]


@pytest.mark.parametrize("product", [MAP_GROWTH, IREADY], ids=lambda product: product.contract)
def test_the_school_year_stated_is_that_of_the_other_mapping(
    product: Product, samples: Path, table: dict[str, Outcome]
) -> None:
    outcome = table[product.contract]
    others = peers(samples, outcome.product.peer)
    assert {row["school_year"][-4:] for row in outcome.rows} == {
        str(one["schoolYearTypeReference"]["schoolYear"]) for one in others
    }


def test_a_value_that_is_not_among_ours_is_told(samples: Path, table: dict[str, Outcome]) -> None:
    rows, others = table[IREADY.contract].rows, peers(samples, IREADY.peer)
    less = [row for row in rows if row["score_kind"] != "grouping"]
    told = missing(less, "student_id_state", IREADY, others)
    assert told == [f"assessment {number}: grouping" for number in range(1, len(others) + 1)]
    less = [row for row in rows if row["objective"] != "Geometry"]
    assert len(missing(less, "student_id_state", IREADY, others)) == 3 * len(others)
    nobody = compared([], "student_id_state", IREADY, others)
    assert not any(value.found for value in nobody)
    wrong = [{**row, "score_text": "0"} for row in rows if row["score_kind"] == "scale_score"]
    assert missing(wrong, "student_id_state", replace(IREADY, objectives={}), others)
