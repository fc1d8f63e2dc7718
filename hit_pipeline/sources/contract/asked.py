"""What a contract says of a file that is asked for: the query of a database.

The address and who asks are settings of the source; here stands what is the same in every district.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from hit_pipeline.settings_values import Model

_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|replace|truncate|create|alter|drop|grant|revoke|call|exec|"
    r"execute|into|copy|attach|pragma|set|lock)\b(?!\s*\()",
    re.IGNORECASE,
)


def _one_query(sql: str) -> str:
    """Let a text be one query that only reads; the transaction it runs in only reads as well."""
    bare = _TEXTS.sub("''", _COMMENTS.sub(" ", sql)).strip().rstrip(";").strip()
    if not re.match(r"(select|with)\b", bare, re.IGNORECASE):
        message = "must be a query that begins with SELECT or WITH"
        raise ValueError(message)
    if ";" in bare:
        message = "must be one statement"
        raise ValueError(message)
    if found := _WRITES.search(bare):
        message = f"must only read: {found.group(1).upper()} has no place in it"
        raise ValueError(message)
    return _COMMENTS.sub(" ", sql).strip().rstrip(";").strip()


class Query(Model):
    """How the rows of a file are asked for in a database.

    Attributes:
        sql: One SELECT. Its columns are the headers of the file. ``:name`` is a parameter of the
            source's ``sql.parameters``.
        since: Column of the result that says when a row last changed, or that grows with each row:
            an increment holds the rows at or after the greatest value known (less the look-back,
            where it is a time) and those where it is null; None: always everything.
    """

    sql: Annotated[str, AfterValidator(_one_query)]
    since: str | None = None
