import numpy as np
import pytest

from hit_pipeline.synth.truth.draws import DISTRICT, chance, choose, spread, stream, texts


def test_a_stream_is_the_same_for_the_same_subject_and_another_for_any_other() -> None:
    first = stream(1, 0, "names", 3).random(4).tolist()
    assert stream(1, 0, "names", 3).random(4).tolist() == first
    others = [
        stream(2, 0, "names", 3),
        stream(1, 1, "names", 3),
        stream(1, DISTRICT, "names", 3),
        stream(1, 0, "names", 4),
        stream(1, 0, "births", 3),
        stream(-1, 0, "names", 3),
    ]
    drawn = [tuple(rng.random(4).tolist()) for rng in others]
    assert len({*drawn, tuple(first)}) == 7


def test_choices_come_in_proportion_to_their_shares() -> None:
    drawn = choose(stream(1, 0, "shares"), (3.0, 0.0, 1.0), 40_000)
    counts = np.bincount(drawn, minlength=3) / 40_000
    assert counts == pytest.approx([0.75, 0.0, 0.25], abs=0.01)


def test_a_chance_of_nought_never_comes_and_of_one_always() -> None:
    rng = stream(1, 0, "chance")
    assert not chance(rng, 0.0, 1000).any()
    assert chance(rng, 1.0, 1000).all()


def test_spread_counts_on_from_each_start() -> None:
    starts, counts = np.array([5, 0, 9]), np.array([2, 0, 3])
    wanted = [n for s, c in zip(starts, counts, strict=True) for n in range(s, s + c)]
    assert spread(starts, counts).tolist() == wanted
    nothing = np.empty(0, dtype=np.int64)
    assert spread(nothing, nothing).tolist() == []


def test_texts_make_a_vector_of_none_too() -> None:
    assert texts([]).dtype == object
    assert texts(["a", ""]).tolist() == ["a", ""]
