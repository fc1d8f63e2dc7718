"""What the docstrings of configuration models say of their keys, for editors and for readers.

A model is described once, in its docstring; the JSON Schema and the reference pages follow from it.
"""

import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

_KEY = re.compile(r"^ {4}(\w+): (.*)$")


def summary(model: type[BaseModel]) -> str:
    """Return what stands in a model's docstring before its attributes."""
    return inspect.cleandoc(model.__doc__ or "").partition("\nAttributes:\n")[0].strip()


def attributes(model: type[BaseModel]) -> dict[str, str]:
    """Return what the docstrings of a model and its bases say of each attribute, on one line."""
    bases = [one for one in model.__bases__ if issubclass(one, BaseModel) and one is not BaseModel]
    told = {name: text for base in bases for name, text in attributes(base).items()}
    name = ""
    for line in inspect.cleandoc(model.__doc__ or "").partition("\nAttributes:\n")[2].splitlines():
        if match := _KEY.match(line):
            name, told[match[1]] = match[1], match[2]
        elif name and line.strip():
            told[name] += f" {line.strip()}"
    return told


def models(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model and every model its fields hold, each once, in the order they are met."""
    found = [model]
    for one in found:
        for field in one.model_fields.values():
            found += [inner for inner in _inner(field.annotation) if inner not in found]
    return found


def json_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """Return the JSON Schema of a model with descriptions, in draft 7, which TOML editors know."""
    schema = model.model_json_schema(ref_template="#/definitions/{model}")
    definitions: dict[str, Any] = schema.pop("$defs", {})
    for one in models(model):
        part = schema if one is model else definitions[one.__name__]
        part["description"] = summary(one)
        names = {name: field.alias or name for name, field in one.model_fields.items()}
        for name, text in attributes(one).items():
            if (found := part["properties"].get(names[name])) is not None:
                part["properties"][names[name]] = {"description": text, **_plain(found)}
    head = {"$schema": "http://json-schema.org/draft-07/schema#", **schema, "title": title}
    return {**head, "definitions": definitions}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a property without the title pydantic makes of its name; a bare ``$ref`` is wrapped.

    Draft 7 ignores everything beside a ``$ref``, a description too.
    """
    rest = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    if "$ref" in rest:
        rest["allOf"] = [{"$ref": rest.pop("$ref")}]
    return rest


def _inner(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in get_args(annotation):
        yield from _inner(one)
