"""What single values of configuration files may be: names, zones, years, words of closed sets."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, WithJsonSchema

from hit_pipeline.errors import Misfit, Misfits
from hit_pipeline.school_year import start_year
from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import ID_SYSTEMS


class Model(BaseModel):
    """Frozen, and a key nobody declared is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(zone: str) -> str:
    if zone not in _zones():
        message = "not an IANA time zone such as America/Chicago"
        raise ValueError(message)
    return zone


def _year(year: str) -> str:
    start_year(year)
    return year


def _size(size: str) -> str:
    if re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", size) is None:
        message = "not a size such as 1GB or 800MiB"
        raise ValueError(message)
    return size


def _cron(expression: str) -> str:
    if re.fullmatch(r"[\w*/,-]+( [\w*/,-]+){4}", expression) is None:
        message = "not a cron expression of five fields, such as 0 2 * * *"
        raise ValueError(message)
    return expression


def one_of(kind: str, valid: Sequence[str]) -> Callable[[str], str]:
    """Return a validator that refuses words outside a closed set and says which are valid."""

    def check(word: str) -> str:
        if word not in valid:
            raise Misfits([Misfit((), f"unknown {kind}", f'"{word}"', valid)])
        return word

    return check


def word_schema(valid: Sequence[str]) -> WithJsonSchema:
    """Return the JSON Schema of a word of a closed set."""
    return WithJsonSchema({"type": "string", "enum": list(valid)})


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Zone = Annotated[str, AfterValidator(_zone)]
SchoolYear = Annotated[str, AfterValidator(_year)]
Size = Annotated[str, AfterValidator(_size)]
Cron = Annotated[str, AfterValidator(_cron)]
Grade = Annotated[str, AfterValidator(one_of("grade", words.GRADES)), word_schema(words.GRADES)]
Subject = Annotated[
    str, AfterValidator(one_of("subject", words.SUBJECTS)), word_schema(words.SUBJECTS)
]
IdSystem = Annotated[str, AfterValidator(one_of("id system", ID_SYSTEMS)), word_schema(ID_SYSTEMS)]
