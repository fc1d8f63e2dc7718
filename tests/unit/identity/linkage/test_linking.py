"""Linking: chances, order, bad input, families, models kept."""

import itertools
import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from hit_pipeline.identity.linkage.levels import COMPARISONS
from hit_pipeline.identity.linkage.linking import Linked, LinkOptions, link
from hit_pipeline.identity.linkage.model import Model
from tests.unit.identity.linkage.people import asked, children, described


def best(linked: Linked) -> dict[str, tuple[str, float]]:
    """Return the first candidate of each record, and its chance."""
    return {
        row["record"]: (row["person"], row["probability"])
        for row in linked.candidates.to_pylist()
        if row["rank"] == 1
    }


@pytest.fixture(scope="module")
def roster() -> list[dict[str, Any]]:
    return children(400)


@pytest.fixture(scope="module", params=[False, True], ids=["each by itself", "one to one"])
def linked(request: pytest.FixtureRequest, engine: Engine, roster: list[dict[str, Any]]) -> Linked:
    """300 of 400 children and 30 others ask; names of some are swapped."""
    others = children(430, seed=2)[400:]
    mine = asked(roster[:300]) + asked(others)
    for row in mine[:20]:
        row["given_name"], row["family_name"] = row["family_name"], row["given_name"]
    options = LinkOptions(one_to_one=request.param, keep=0.0)
    return link(engine, described(mine), described(roster), options=options)


def test_the_right_children_are_found_and_strangers_are_nobody(linked: Linked) -> None:
    found = best(linked)
    sure = {record: person for record, (person, chance) in found.items() if chance >= 0.99}
    assert all(record[1:] == person[1:] for record, person in sure.items())
    assert len(sure) >= 290
    nobody = dict(zip(*linked.nobody.to_pydict().values(), strict=True))
    assert all(nobody[f"a{number:05}"] > 0.5 for number in range(400, 430))


def test_chances_of_a_record_and_of_nobody_sum_to_one(linked: Linked) -> None:
    total = dict(zip(*linked.nobody.to_pydict().values(), strict=True))
    assert len(total) == 330
    for row in linked.candidates.to_pylist():
        total[row["record"]] += row["probability"]
    assert np.allclose(list(total.values()), 1.0, atol=1e-6)


def test_ranks_follow_chances(linked: Linked) -> None:
    rows = linked.candidates.to_pylist()
    for one, other in itertools.pairwise(rows):
        if one["record"] == other["record"]:
            assert other["rank"] == one["rank"] + 1
            assert other["probability"] <= one["probability"]
        else:
            assert other["rank"] == 1


@settings(max_examples=2)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    engine: Engine, roster: list[dict[str, Any]], mixer: random.Random
) -> None:
    mine, told = asked(roster[:150]), roster[:250]
    straight = link(engine, described(mine), described(told))
    mixer.shuffle(mine := list(mine))
    mixer.shuffle(told := list(told))
    mixed = link(engine, described(mine), described(told))
    assert mixed.model == straight.model
    assert mixed.candidates.drop(["probability", "pair_weight"]) == straight.candidates.drop(
        ["probability", "pair_weight"]
    )
    for table, other in ((mixed.candidates, straight.candidates), (mixed.nobody, straight.nobody)):
        assert np.allclose(table["probability"], other["probability"], atol=1e-9)


def test_a_person_is_as_good_as_its_best_statement(engine: Engine) -> None:
    told = children(60)
    earlier = {**told[0], "family_name": "Oldname", "school": None}
    mine = asked([earlier])
    with_it = link(engine, described(mine), described([*told, earlier]))
    without = link(engine, described(mine), described(told))
    assert best(with_it)["a00000"][0] == "k00000"
    assert (
        with_it.candidates["pair_weight"][0].as_py() > without.candidates["pair_weight"][0].as_py()
    )
    assert "family=same" in with_it.candidates["evidence"][0].as_py()


def test_one_child_is_not_given_to_two_rows_of_a_file_with_one_row_per_child(
    engine: Engine,
) -> None:
    told = children(60)
    mine = [*asked(told), {**told[0], "record": "b", "grade": None, "school": None}]
    both = best(link(engine, described(mine), described(told)))
    one = best(link(engine, described(mine), described(told), options=LinkOptions(one_to_one=True)))
    assert both["a00000"][1] > 0.9
    assert both["b"][1] > 0.9
    nobody = ("", 0.0)
    assert one.get("a00000", nobody)[1] + one.get("b", nobody)[1] <= 1.001


def test_only_records_of_one_group_take_a_child_from_each_other(engine: Engine) -> None:
    told = children(60)
    mine = [*asked(told), *({**told[0], "record": name} for name in ("b", "c"))]
    sides, model = (described(mine), described(told)), Model.shipped(COMPARISONS)

    def linked(**groups: str) -> Linked:
        table = pa.table({"record": pa.array(groups), "group": pa.array(groups.values())})
        options = LinkOptions(keep=0.0, fit=False)
        return link(engine, *sides, options=options, model=model, groups=table if groups else None)

    alone, grouped = best(linked()), best(linked(a00000="x", b="x", c="y", a00001="x"))
    rivals = {"a00000", "b"}
    assert {name for name, found in grouped.items() if found != alone[name]} == rivals
    assert all(alone[name][1] > 0.9 for name in rivals)
    assert sum(grouped[name][1] for name in rivals) <= 1.001


def family_of_two(number: int) -> list[dict[str, Any]]:
    """Return two children of one family, one address and one telephone."""
    shared = {
        "family_name": f"Family{number:03}x",
        "address_line": f"{number} Elm Way",
        "postcode": "80301",
        "phone": f"30355501{number:03}",
        "school": f"school {number % 5}",
    }
    given = ("Anna", "Boris", "Clara", "Dmitri", "Elena", "Fyodor", "Greta", "Hugo")
    return [
        {
            "record": f"{number:03}-{which}",
            "given_name": given[(number + 3 * which) % 8],
            "birth_date": date(2010, 1, 1) + timedelta(days=(number * 37 + which * 811) % 2900),
            "grade": str(1 + (number + 3 * which) % 8),
            **shared,
        }
        for which in (0, 1)
    ]


def test_a_child_is_not_taken_for_a_brother_or_sister_of_the_same_address(engine: Engine) -> None:
    families = [family_of_two(number) for number in range(250)]
    told = [first for first, _ in families] + [second for _, second in families[:150]]
    mine = [{**second, "record": f"a{second['record']}"} for _, second in families]
    found = best(link(engine, described(mine), described(told)))
    likely = {record: person for record, (person, chance) in found.items() if chance >= 0.5}
    assert all(record == f"a{person}" for record, person in likely.items())
    assert len(likely) >= 148


def test_a_twin_whose_record_is_not_known_is_not_sure_to_be_the_other(engine: Engine) -> None:
    told = children(300)
    twin = {**told[0], "given_name": "Zacharias", "record": "k0"}
    mine = asked([*told[1:], twin])
    found = best(link(engine, described(mine), described(told)))
    assert found.get("a0", ("", 0.0))[1] < 0.99


def test_a_common_name_says_less_than_a_rare_one(engine: Engine) -> None:
    told = [
        {"record": f"k{n:03}", "given_name": "Ana", "family_name": "Garcia" if n else "Xuxa"}
        for n in range(50)
    ]
    mine = asked([told[0], told[1]])
    rows = link(engine, described(mine), described(told), options=LinkOptions(keep=0.0))
    weight = {
        row["record"]: row["pair_weight"]
        for row in rows.candidates.to_pylist()
        if row["record"][1:] == row["person"][1:]
    }
    assert weight["a000"] > weight["a001"] + 3


def test_a_model_that_was_kept_gives_the_same_chances(
    engine: Engine, roster: list[dict[str, Any]]
) -> None:
    mine, told = described(asked(roster[:300])), described(roster)
    trained = link(engine, mine, told)
    assert trained.model.trained == ("m", "u")
    kept = Model.from_json(trained.model.to_json())
    assert kept == trained.model
    assert kept.digest == trained.model.digest
    again = link(engine, mine, told, model=kept)
    assert again.model.m == trained.model.m
    assert np.allclose(
        again.candidates["probability"], trained.candidates["probability"], atol=1e-3
    )


def test_a_model_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 99"):
        Model.from_json('{"version": 99}')


def test_few_records_leave_the_shipped_levels(engine: Engine) -> None:
    told = children(30)
    model = link(engine, described(asked(told)), described(told)).model
    assert model.trained == ()


@pytest.mark.parametrize(
    ("mine", "told"),
    [
        ([{"record": "a", "given_name": None}], [{"record": "k", "given_name": None}]),
        ([{"record": "a", "given_name": "Ana"}], [{"record": "k", "given_name": None}]),
        ([{"record": "a"}], [{"record": "k"}]),
        ([{"record": "a", "given_name": "--"}], [{"record": "k", "given_name": "--"}]),
    ],
    ids=["all null", "one side null", "no columns", "nothing but marks"],
)
def test_nothing_to_compare_finds_nobody(
    engine: Engine, mine: list[dict[str, Any]], told: list[dict[str, Any]]
) -> None:
    linked = link(engine, described(mine), described(told))
    assert linked.candidates.num_rows == 0
    assert linked.nobody.to_pylist() == [{"record": "a", "probability": 1.0}]


def test_empty_sides_find_nobody(engine: Engine) -> None:
    told = described(children(3))
    empty = told.slice(0, 0)
    assert link(engine, empty, told).nobody.num_rows == 0
    assert link(engine, told, empty).candidates.num_rows == 0


def test_one_row_on_each_side(engine: Engine) -> None:
    (child,) = children(1)
    found = best(link(engine, described(asked([child])), described([child])))
    assert found["a00000"][0] == "k00000"


def test_files_without_any_birth_date(engine: Engine, roster: list[dict[str, Any]]) -> None:
    told = [{**row, "birth_date": None} for row in roster]
    found = best(link(engine, described(asked(told[:200])), described(told)))
    right = sum(record[1:] == person[1:] for record, (person, _) in found.items())
    assert right >= 190


def test_identical_rows_of_different_people_share_the_chance(engine: Engine) -> None:
    told = [{**children(1)[0], "record": f"k{n}"} for n in range(4)]
    rows = link(engine, described(asked(told[:1])), described(told)).candidates.to_pylist()
    assert [row["person"] for row in rows] == ["k0", "k1", "k2", "k3"]
    assert len({round(row["probability"], 9) for row in rows}) == 1
    assert sum(row["probability"] for row in rows) <= 1


def test_ten_thousand_children_of_one_name_are_not_compared_with_each_other(
    engine: Engine,
) -> None:
    start = date(2008, 1, 1)
    told = pa.table(
        {
            "record": [f"k{n:05}" for n in range(10_000)],
            "given_name": ["Maria"] * 10_000,
            "family_name": ["Garcia"] * 10_000,
            "birth_date": [start + timedelta(days=n % 4000) for n in range(10_000)],
        }
    )
    mine = told.set_column(0, "record", pa.array([f"a{n:05}" for n in range(10_000)]))
    linked = link(engine, mine, told, options=LinkOptions(most_pairs=400_000))
    assert linked.pairs <= 400_000
    assert all(chance < 0.6 for _, chance in best(linked).values())


def test_a_description_without_records_is_refused(engine: Engine) -> None:
    told = described(children(2))
    with pytest.raises(ValueError, match="column record"):
        link(engine, told.drop(["record"]), told)
    with pytest.raises(ValueError, match="no record"):
        link(engine, described([{"record": None, "given_name": "Ana"}]), told)


def test_linking_leaves_nothing_in_the_engine(engine: Engine, roster: list[dict[str, Any]]) -> None:
    held = "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%splink%'"
    link(engine, described(asked(roster[:50])), described(roster))
    assert engine.duckdb.execute(held).fetchall() == [(0,)]
