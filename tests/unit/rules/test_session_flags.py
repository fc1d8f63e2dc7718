import re

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.rules.session_flags import FLAG_RULES, flag_text

IDS = [rule.id for rule in FLAG_RULES]


def _text(found: dict[str, list[bool | None]]) -> list[str | None]:
    rows = ibis.memtable(found, schema=dict.fromkeys(found, "boolean"))
    told = rows.select(text=flag_text({name: rows[name] for name in found}))
    texts: list[str | None] = ibis.duckdb.connect().to_pyarrow(told)["text"].to_pylist()
    return texts


@given(st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=8))
def test_the_text_holds_exactly_the_rules_that_flag_sorted(
    rows: list[tuple[bool | None, ...]],
) -> None:
    names = [IDS[4], IDS[0], IDS[7]]
    told = _text({name: [row[at] for row in rows] for at, name in enumerate(names)})
    for row, text in zip(rows, told, strict=True):
        hits = sorted(name for name, hit in zip(names, row, strict=True) if hit)
        assert text == (",".join(hits) or None)


def test_every_rule_has_an_id_of_its_own_and_says_when_it_flags() -> None:
    assert sorted(set(IDS)) == IDS
    for rule in FLAG_RULES:
        assert re.fullmatch(r"session\.[a-z_]+", rule.id)
        assert rule.meaning.endswith(".")


def test_an_unknown_rule_is_refused() -> None:
    rows = ibis.memtable({"a": [True]})
    with pytest.raises(KeyError, match=r"session\.odd"):
        flag_text({"session.odd": rows.a})
