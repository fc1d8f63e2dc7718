import ibis
import pytest

from hit_pipeline.conform.races import federal_roll_up
from hit_pipeline.engine import Engine
from hit_pipeline.tables.vocabulary import RACES


@pytest.mark.parametrize(
    ("true", "stated", "meant"),
    [
        ((), None, None),
        (("white",), None, "white"),
        (("white", "hispanic_or_latino"), None, "hispanic_or_latino"),
        (("white", "asian"), None, "two_or_more_races"),
        (("two_or_more_races",), None, "two_or_more_races"),
        (("two_or_more_races", "hispanic_or_latino"), None, "hispanic_or_latino"),
        (("asian",), "White", "asian"),
        ((), "White", "white"),
        ((), "Hispanic or Latino", "hispanic_or_latino"),
        ((), "White, not Hispanic", "white"),
        ((), "Non-Hispanic White", "white"),
        ((), "Black or African American", "black_or_african_american"),
        ((), "American Indian or Alaska Native", "american_indian_or_alaska_native"),
        (
            (),
            "Native Hawaiian or Other Pacific Islander",
            "native_hawaiian_or_other_pacific_islander",
        ),
        ((), "Caucasian", "white"),
        ((), "Two or More Races", "two_or_more_races"),
        ((), "White; Asian", "two_or_more_races"),
        ((), "Declined", None),
    ],
)
def test_the_roll_up_follows_the_federal_rule(
    engine: Engine, true: tuple[str, ...], stated: str | None, meant: str | None
) -> None:
    flags = {name: ibis.literal(name in true or None, "boolean") for name in RACES}
    text = ibis.literal(stated, "string")
    row = ibis.memtable({"one": [1]}).select(race=federal_roll_up(flags, text))
    assert engine.collect(row).to_pylist() == [{"race": meant}]


def test_only_false_flags_say_nothing(engine: Engine) -> None:
    flags = {name: ibis.literal(value=False) for name in RACES}
    row = ibis.memtable({"one": [1]}).select(race=federal_roll_up(flags, ibis.null("string")))
    assert engine.collect(row).to_pylist() == [{"race": None}]
