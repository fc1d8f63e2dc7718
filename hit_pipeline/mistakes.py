"""What a pydantic model objects to in a TOML file, as `Mistake`s in plain words.

Each names the dotted path, the line, what was received and what is valid. A value below a secret
path is never repeated.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hit_pipeline.errors import KeyPath, Misfit, Misfits, Mistake
from hit_pipeline.located_toml import LocatedToml

_LONGEST = 80
"""Longest text that is repeated."""

_WORDS = {
    "missing": "is required",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list in [ ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "path_type": "must be a path in quotes",
    "date_type": "must be a date such as 2026-07-01",
    "date_parsing": "must be a date such as 2026-07-01",
    "date_from_datetime_parsing": "must be a date such as 2026-07-01",
    "date_from_datetime_inexact": "must be a date without a time",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be lower case letters, digits and _, beginning with a letter",
    "value_error": "{error}",
}
"""Kind of objection to words; for any other kind pydantic's own message is taken."""


def mistakes(
    objections: ValidationError,
    document: LocatedToml,
    model: type[BaseModel],
    secrets: Collection[KeyPath] = (),
) -> list[Mistake]:
    """Return what a model objects to in a document, in no order.

    Args:
        objections: What pydantic raised.
        document: The document that was validated.
        model: The model it was validated by.
        secrets: Paths below which nothing received is repeated.
    """
    return [
        placed(misfit, document)
        for detail in objections.errors(include_url=False)
        for misfit in _misfits(detail, model, secrets)
    ]


def placed(misfit: Misfit, document: LocatedToml) -> Mistake:
    """Return a misfit as a mistake with its place, and the word that was meant when one is near."""
    hint = ""
    if len(misfit.valid) > 1:
        word = (misfit.received or str(misfit.path[-1] if misfit.path else "")).strip('"')
        hint = meant(word, misfit.valid)
    return document.mistake(replace(misfit, problem=misfit.problem + hint))


def in_order(found: Iterable[Mistake]) -> list[Mistake]:
    """Return mistakes in the order of the file; those that come from elsewhere last."""
    return sorted(found, key=lambda one: (one.line is None, one.line or 0, one.where))


def meant(received: str, valid: Sequence[str]) -> str:
    """Return a question for the valid word most like the one received; empty when none is.

    >>> meant("adaptor", ["adapter", "owner"])
    ', did you mean adapter?'
    """
    plain = {word.lower(): word for word in valid}
    close = difflib.get_close_matches(received.lower(), plain, n=1)
    return f", did you mean {plain[close[0]]}?" if close else ""


def shown(value: object) -> str | None:
    """Return a value as a reader of the file knows it; None when too long to repeat.

    >>> shown("a"), shown(True), shown(3), shown({})
    ('"a"', 'true', '3', 'a table')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else None


def _misfits(
    detail: ErrorDetails, model: type[BaseModel], secrets: Collection[KeyPath]
) -> Iterator[Misfit]:
    path, context = detail["loc"], detail.get("ctx", {})
    if path and path[-1] == "[key]":
        path = path[:-1]
    hidden = detail["type"] == "missing" or any(path[: len(one)] == one for one in secrets)
    received = None if hidden else shown(detail["input"])
    if isinstance(cause := context.get("error"), Misfits):
        for one in cause.misfits:
            yield replace(one, path=(*path, *one.path))
    elif detail["type"] == "extra_forbidden":
        yield Misfit(path, "unknown key", None, _known_keys(model, path[:-1]))
    elif detail["type"] == "literal_error":
        valid = re.findall(r"'([^']*)'", context["expected"])
        yield Misfit(path, "not one of the valid values", received, valid)
    else:
        words = _WORDS.get(detail["type"], detail["msg"].replace("{", "{{").replace("}", "}}"))
        whole = isinstance(detail["input"], dict | list)
        yield Misfit(path, words.format_map(context), None if whole else received)


def _known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the keys a file may write at a path, in the order the model declares them."""
    at: Any = model
    for step in path:
        at = _inside(at, step)
    return list(at.model_json_schema()["properties"])


def _inside(annotation: Any, step: str | int) -> Any:
    """Return the model, or container of models, one step below an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields: Mapping[str, Any] = annotation.model_fields
        field = next(f for name, f in fields.items() if step in (name, f.alias))
        return _plain(field.annotation)
    arguments = [one for one in get_args(annotation) if one is not Ellipsis]
    return _plain(arguments[-1])


def _plain(annotation: Any) -> Any:
    """Return an annotation without ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    members = [one for one in get_args(annotation) if one is not type(None)]
    optional = type(None) in get_args(annotation)
    return _plain(members[0]) if optional and len(members) == 1 else annotation
