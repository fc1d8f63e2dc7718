"""Clusters of tutors' accounts and what they come to, for any chances and answers."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.identity.tutors.accounts import Accounts
from hit_pipeline.identity.tutors.difference import merges_needed
from hit_pipeline.identity.tutors.judging import Judged
from hit_pipeline.identity.tutors.together import clustered
from hit_pipeline.registry.merges import Merges, Pair

KEYS = tuple(f"T{n}" for n in range(6))
PAIRS = tuple((one, other) for one in KEYS for other in KEYS if one < other)

chances = st.dictionaries(st.sampled_from(PAIRS), st.floats(0, 1), max_size=len(PAIRS))
denied = st.frozensets(st.sampled_from(PAIRS).map(frozenset), max_size=3)
ages = st.lists(st.integers(1, 3), min_size=len(KEYS), max_size=len(KEYS))


def accounts(made: list[int], apart: frozenset[Pair]) -> Accounts:
    """Return an account per key, nothing merged yet."""
    return Accounts(
        records={key.lower(): key for key in KEYS},
        keys={key: (key,) for key in KEYS},
        decided={},
        stated=[],
        merges=Merges(dict(zip(KEYS, made, strict=True))),
        joined=frozenset(),
        denied=apart,
        apart=apart,
    )


def judged(found: dict[tuple[str, str], float]) -> list[Judged]:
    return [Judged(*pair, chance, "") for pair, chance in found.items()]


def written(known: Accounts, found: list[Judged]) -> tuple[Accounts, int]:
    """Return the accounts after what is needed was written, and how much that was."""
    rows = merges_needed(known, clustered(known, found))
    merges = Merges(known.merges.ages)
    for pair in known.joined:
        merges.apply(pair, "merge")
    for row in rows:
        merges.apply(frozenset((row["old_key"], row["new_key"])), row["what"])
    joined = {frozenset((one, other)) for one in merges.beside for other in merges.beside[one]}
    return replace(known, merges=merges, joined=frozenset(joined)), len(rows)


@given(chances, denied, ages)
def test_what_is_written_are_the_clusters_and_writing_twice_changes_nothing(
    found: dict[tuple[str, str], float], apart: frozenset[Pair], made: list[int]
) -> None:
    known = accounts(made, apart)
    after, _ = written(known, judged(found))
    clusters = clustered(known, judged(found))
    for one, other in PAIRS:
        together = other in after.merges.group_of(one)
        assert together == (clusters[one] == clusters[other])
        assert not (together and frozenset((one, other)) in apart)
    assert written(after, judged(found))[1] == 0


@given(chances, chances, denied, ages)
def test_the_nights_before_leave_no_trace_in_the_clusters(
    first: dict[tuple[str, str], float],
    last: dict[tuple[str, str], float],
    apart: frozenset[Pair],
    made: list[int],
) -> None:
    known = accounts(made, apart)
    at_once, _ = written(known, judged(last))
    by_steps, _ = written(written(known, judged(first))[0], judged(last)[::-1])
    for key in KEYS:
        assert by_steps.merges.group_of(key) == at_once.merges.group_of(key)


@given(chances, ages, st.sampled_from(PAIRS))
def test_whom_a_steward_splits_no_rule_puts_together_again(
    found: dict[tuple[str, str], float], made: list[int], pair: tuple[str, str]
) -> None:
    before, _ = written(accounts(made, frozenset()), judged(found))
    split = frozenset({frozenset(pair)})
    after, _ = written(replace(before, apart=split, denied=split), judged(found))
    assert pair[1] not in after.merges.group_of(pair[0])
