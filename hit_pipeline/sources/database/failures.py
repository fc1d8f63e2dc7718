"""What a database's failure means, by the code it gives; its own words may hold cells."""

import re
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hit_pipeline.errors import (
    NotServed,
    PermanentSourceError,
    SourceError,
    TransientSourceError,
)

_CREDENTIALS = "the database does not accept the user or password"
_NO_DATABASE = "there is no such database"
_NO_PERMISSION = "its user may not read this"
_NO_TABLE = "there is no such table"
_NO_COLUMN = "there is no such column"
_BAD_QUERY = "the database does not understand the query"

_MEANING: Mapping[str, str] = {
    # PostgreSQL, by SQLSTATE
    "28P01": _CREDENTIALS,
    "28000": _CREDENTIALS,
    "3D000": _NO_DATABASE,
    "42501": _NO_PERMISSION,
    "42P01": _NO_TABLE,
    "3F000": _NO_TABLE,
    "42703": _NO_COLUMN,
    "42601": _BAD_QUERY,
    # MySQL and MariaDB
    "1044": _NO_PERMISSION,
    "1045": _CREDENTIALS,
    "1698": _CREDENTIALS,
    "1049": _NO_DATABASE,
    "1142": _NO_PERMISSION,
    "1143": _NO_PERMISSION,
    "1146": _NO_TABLE,
    "1054": _NO_COLUMN,
    "1064": _BAD_QUERY,
    # SQL Server
    "18456": _CREDENTIALS,
    "4060": _NO_DATABASE,
    "229": _NO_PERMISSION,
    "208": _NO_TABLE,
    "207": _NO_COLUMN,
    "102": _BAD_QUERY,
    # Oracle
    "1017": _CREDENTIALS,
    "942": _NO_TABLE,
    "904": _NO_COLUMN,
    "1031": _NO_PERMISSION,
    "900": _BAD_QUERY,
}
_SQLITE = {
    "no such table": _NO_TABLE,
    "no such column": _NO_COLUMN,
    "syntax error": _BAD_QUERY,
    "unable to open database": _NO_DATABASE,
    "file is not a database": _NO_DATABASE,
}
_PASSWORD = re.compile(r"password authentication failed|access denied|role .* does not exist")


def failure_of(error: SQLAlchemyError, source: str, asked: str) -> SourceError:
    """Return a failure in our own words.

    Args:
        error: What SQLAlchemy raised.
        source: Name of the source.
        asked: The file of the contract asked for, or ``connection``.

    Returns:
        A `TransientSourceError` unless the code says that somebody must change something.
    """
    meant = _meaning(error)
    message = f"{source}: {asked}: {meant or 'the database cannot answer, or went away'}."
    if meant is None:
        remedy = "It is tried again, and the next night begins at what is missing."
        return TransientSourceError(message, source=source, remedy=remedy)
    if meant in (_CREDENTIALS, _NO_DATABASE):
        remedy = (
            f"Check sources.{source}.sql: url, and HIT_SOURCES__{source.upper()}__SQL__PASSWORD."
        )
        return PermanentSourceError(message, source=source, remedy=remedy)
    kind = NotServed if meant == _NO_TABLE else PermanentSourceError
    return kind(message, source=source, remedy="Check the query in the contract, and the grants.")


def _meaning(error: SQLAlchemyError) -> str | None:
    """Return what the code of a failure means; None: it may pass."""
    own = error.orig if isinstance(error, DBAPIError) else None
    for code in _codes(own):
        if code in _MEANING:
            return _MEANING[code]
    said = str(own).lower()
    if _PASSWORD.search(said):  # psycopg gives no code when it cannot connect
        return _CREDENTIALS
    return next((meant for words, meant in _SQLITE.items() if words in said), None)


def _codes(own: BaseException | None) -> list[str]:
    """Return the codes a driver's error carries, each driver in its own place."""
    first = own.args[0] if own is not None and own.args else None
    stated = [
        getattr(own, "sqlstate", None),
        first if isinstance(first, int) else None,
        getattr(first, "code", None),
        getattr(own, "number", None),
    ]
    return [str(one) for one in stated if one]
