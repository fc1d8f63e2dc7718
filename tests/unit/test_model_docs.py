"""Docstrings of models as descriptions, schemas and reference pages."""

from typing import Annotated, Literal

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # publishes no types
from pydantic import BaseModel, Field, SecretStr, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from hit_pipeline.model_docs import attributes, json_schema, models, summary
from hit_pipeline.reference_pages import reference_page
from hit_pipeline.settings import District
from hit_pipeline.sources.contract.model import Contract

SHIPPED = pytest.mark.parametrize("model", [*models(District), *models(Contract)])


class Leaf(BaseModel):
    """A leaf.

    Attributes:
        from_: Where it comes
            from | over lines.
        kind: Its kind: one of two.
    """

    from_: str = Field(alias="from")
    kind: Literal["a", "b"] = "a"


class Tree(BaseModel):
    """A tree.

    It has a second paragraph
    over two lines.

    Attributes:
        one: A ``leaf``; None: none.
        many: Leaves.
        named: Leaves by name.
        size: How big.
        grades: Grades served.
        inner: Not for people.
        secret: A secret.
    """

    one: Leaf | None = None
    many: tuple[Leaf, ...] = ()
    named: dict[str, Leaf] = Field(default_factory=dict)
    size: Annotated[int, Field(ge=1)]
    grades: tuple[
        Annotated[str, WithJsonSchema({"type": "string", "enum": ["03", "04"]})], ...
    ] = ()
    inner: SkipJsonSchema[int] = 0
    secret: SecretStr | None = None


def test_a_docstring_is_summary_and_attributes() -> None:
    assert summary(Leaf) == "A leaf."
    assert attributes(Leaf) == {
        "from_": "Where it comes from | over lines.",
        "kind": "Its kind: one of two.",
    }


def test_models_inside_are_found_once() -> None:
    assert models(Tree) == [Tree, Leaf]


def test_a_schema_is_described_by_alias_and_hides_what_is_hidden() -> None:
    schema = json_schema(Tree, "tree")
    Draft7Validator.check_schema(schema)
    assert schema["title"] == "tree"
    assert "inner" not in schema["properties"]
    assert schema["properties"]["size"]["description"] == "How big."
    leaf = schema["definitions"]["Leaf"]
    assert leaf["properties"]["from"]["description"].startswith("Where it comes")
    assert Draft7Validator(schema).is_valid({"size": 1, "many": [{"from": "x"}]})
    assert not Draft7Validator(schema).is_valid({"size": 1, "many": [{"kind": "a"}]})


def test_a_page_has_a_heading_per_table_as_toml_writes_it() -> None:
    page = reference_page(Tree, "Keys of a tree", "Opening.")
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == ["# Keys of a tree", "## Top of the file", "## `[one]`"]
    assert "It has a second paragraph over two lines." in page


def test_a_page_tells_type_default_and_meaning_of_every_key() -> None:
    rows = [line for line in reference_page(Tree, "T", "O").splitlines() if line.startswith("| `")]
    assert rows == [
        "| `one` | table |  | A `leaf`; left out: none. |",
        "| `many` | list of table |  | Leaves. |",
        "| `named` | table: name to table |  | Leaves by name. |",
        "| `size` | whole number | required | How big. |",
        "| `grades` | list of one of `03`, `04` |  | Grades served. |",
        "| `secret` | text, secret |  | A secret. |",
        "| `from` | text | required | Where it comes from \\| over lines. |",
        "| `kind` | one of `a`, `b` | `a` | Its kind: one of two. |",
    ]


@SHIPPED
def test_every_key_of_a_configuration_file_is_described(model: type[BaseModel]) -> None:
    assert summary(model)
    assert set(attributes(model)) == set(model.model_fields)
    assert all(text.endswith(".") for text in attributes(model).values())


def test_tables_in_tables_have_their_whole_path() -> None:
    headings = reference_page(Contract, "C", "O")
    assert "## `[[files.<name>.feeds]]`" in headings
    assert "## `[files.<name>.feeds.columns.<name>]`" in headings
