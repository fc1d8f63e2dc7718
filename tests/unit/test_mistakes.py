"""What a model objects to, in words."""

from datetime import date
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from hit_pipeline.errors import Misfit, Misfits, Mistake, SettingsError
from hit_pipeline.located_toml import parse_toml
from hit_pipeline.mistakes import in_order, meant, mistakes


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["roster", "log"] = "log"
    size: int = Field(default=1, ge=1, alias="Size")
    words: dict[str, str] = Field(default_factory=dict)

    @field_validator("words")
    @classmethod
    def _all_lower(cls, given: dict[str, str]) -> dict[str, str]:
        if found := [Misfit((key,), "is not lower case") for key in given if not key.islower()]:
            raise Misfits(found)
        return given


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    day: date | None = None
    share: float | None = Field(default=None, le=1)
    one: Inner | None = None
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = Field(default_factory=dict)
    secret: SecretStr | None = None


def found(text: str) -> list[Mistake]:
    document = parse_toml(text, "x.toml", SettingsError)
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(document.values)
    return in_order(mistakes(caught.value, document, Outer, [("secret",)]))


def only(text: str) -> Mistake:
    (mistake,) = found(text)
    return mistake


def test_an_unknown_key_names_the_known_ones_and_the_one_that_was_meant() -> None:
    mistake = only('name = "x"\n[[many]]\n[[many]]\nSise = 2\n')
    assert mistake == Mistake(
        "many[2].Sise", 4, "unknown key, did you mean Size?", None, ["kind", "Size", "words"]
    )


@pytest.mark.parametrize("path", ["one", "named.x"])
def test_known_keys_are_found_inside_optional_tables_and_tables_of_tables(path: str) -> None:
    mistake = only(f'name = "x"\n{path}.zzz = 1\n')
    assert (mistake.where, list(mistake.valid)) == (f"{path}.zzz", ["kind", "Size", "words"])


def test_a_word_outside_a_closed_set_lists_the_set() -> None:
    mistake = only('name = "x"\none.kind = "rooster"\n')
    assert mistake.problem == "not one of the valid values, did you mean roster?"
    assert (mistake.received, list(mistake.valid)) == ('"rooster"', ["roster", "log"])


@pytest.mark.parametrize(
    ("line", "problem", "received"),
    [
        ("name = 3", "must be text in quotes", "3"),
        ('day = "soon"', "must be a date such as 2026-07-01", '"soon"'),
        ("share = 1.5", "must be at most 1", "1.5"),
        ("one.Size = 0", "must be at least 1", "0"),
        ("one.Size = 1.5", "must be a whole number", "1.5"),
        ('one.Size = "many"', "must be a whole number", '"many"'),
        ("one = true", "must be a table", "true"),
        ("many = 3", "must be a list in [ ]", "3"),
        ("named = [1]", "must be a table", None),
        ("one.words.a = 1", "must be text in quotes", "1"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(
    line: str, problem: str, received: str | None
) -> None:
    text = line if line.startswith("name =") else f'name = "x"\n{line}'
    mistake = only(text + "\n")
    assert (mistake.problem, mistake.received) == (problem, received)
    assert mistake.line == text.count("\n") + 1


def test_a_missing_key_is_placed_at_its_table() -> None:
    assert only("[one]\nSize = 1\n") == Mistake("name", None, "is required")


def test_every_thing_a_validator_found_is_a_mistake_of_its_own() -> None:
    text = 'name = "x"\n[one.words]\nA = "1"\nb = "2"\nC = "3"\n'
    assert [(one.where, one.line) for one in found(text)] == [
        ("one.words.A", 3),
        ("one.words.C", 5),
    ]


def test_all_mistakes_come_in_the_order_of_the_file() -> None:
    text = 'zzz = 1\nday = "x"\n[one]\nkind = "x"\nSize = 0\n'
    assert [one.line for one in found(text)] == [1, 2, 4, 5, None]


def test_a_secret_is_never_repeated() -> None:
    mistake = only('name = "x"\nsecret = 123456\n')
    assert mistake.received is None
    assert "123456" not in str(mistake)


def test_a_long_value_is_not_repeated() -> None:
    assert only(f'name = "x"\nday = "{"9" * 200}"\n').received is None


def test_no_word_is_suggested_when_none_is_near() -> None:
    assert meant("zebra", ["adapter", "owner"]) == ""
    assert meant("HIT_TREADS", ["HIT_THREADS"]) == ", did you mean HIT_THREADS?"
