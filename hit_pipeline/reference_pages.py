"""Reference pages of the configuration models, as Markdown: every key, its type and meaning."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr, WithJsonSchema
from pydantic.fields import FieldInfo

from hit_pipeline.model_docs import attributes, summary

_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    Path: "path",
    SecretStr: "text, secret",
}


def reference_page(model: type[BaseModel], title: str, opening: str) -> str:
    """Return the page of a model and of every model inside it.

    Args:
        model: The model of the whole file.
        title: Heading of the page.
        opening: What the page begins with.
    """
    lines = [f"# {title}", "", opening]
    seen: set[type[BaseModel]] = set()
    for path, one in _places(model, ""):
        if one in seen:
            continue
        seen.add(one)
        lines += ["", f"## `{path}`" if path else "## Top of the file"]
        for paragraph in summary(one).split("\n\n"):
            lines += ["", _words(paragraph)]
        lines += ["", "| key | what it is | default | meaning |", "|---|---|---|---|"]
        told, properties = attributes(one), one.model_json_schema()["properties"]
        for name, field in one.model_fields.items():
            key = field.alias or name
            if key in properties:
                row = (f"`{key}`", _type(field.annotation), _default(field), _words(told[name]))
                lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |")
    return "\n".join(lines) + "\n"


def _places(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every model below one with the header its table has in TOML."""
    yield path, model
    for name, field in model.model_fields.items():
        key = f"{path.strip('[]')}.{field.alias or name}".lstrip(".")
        kinds = [get_origin(one) for one in (field.annotation, *get_args(field.annotation))]
        for inner in _held(field.annotation):
            if tuple in kinds:
                yield from _places(inner, f"[[{key}]]")
            else:
                yield from _places(inner, f"[{key}.<name>]" if dict in kinds else f"[{key}]")


def _held(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for part in get_args(annotation) for one in _held(part)]


def _type(annotation: Any) -> str:
    arguments = [one for one in get_args(annotation) if one not in (type(None), Ellipsis)]
    origin = get_origin(annotation)
    if origin is Literal:
        return _choice(arguments)
    if origin is Annotated:
        told = [one for one in annotation.__metadata__ if isinstance(one, WithJsonSchema)]
        closed = [one.json_schema["enum"] for one in told if one.json_schema is not None]
        return _choice(closed[0]) if closed else _type(arguments[0])
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"table: name to {_type(arguments[1])}"
    if arguments:  # optional: what is left is the type
        return _type(arguments[0])
    return _WORDS.get(annotation, "table")


def _choice(words: Sequence[str]) -> str:
    return "one of " + ", ".join(f"`{one}`" for one in words)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default in (None, (), {}) or isinstance(default, BaseModel):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return ", ".join(f"`{one}`" for one in default)
    return f"`{default}`" if default != "" else "empty"


def _words(text: str) -> str:
    """Return docstring text as Markdown; a file leaves out what Python calls None."""
    return re.sub(r"\bNone\b", "left out", text.replace("``", "`")).replace("\n", " ")
