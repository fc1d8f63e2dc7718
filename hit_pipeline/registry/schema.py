"""The version of a registry's tables: made anew, migrated, or refused in words."""

import logging

from sqlalchemy import Connection, Engine, inspect, select

from hit_pipeline.errors import LakeFormatError
from hit_pipeline.registry.connecting import asking, writing
from hit_pipeline.registry.tables import META, SCHEMA_VERSION

VERSION_TABLE = "registry_revision"
"""Where Alembic remembers; its usual name may be another program's in the same database."""

_NAME = "schema_version"
_FIRST = "1"
"""The one version that was written before there were migrations."""


def prepare(engine: Engine, *, upgrade: bool) -> str | None:
    """See to it that a database holds the tables of this version.

    Where there are none they are made. Of several processes that open at once one makes or
    migrates them, in one transaction; the others wait for it.

    Args:
        engine: The database.
        upgrade: Whether tables of an older version may be migrated.

    Returns:
        The version that was found; None when there was no registry.

    Raises:
        LakeFormatError: They are of a newer version, or of an older one that may not be migrated.
    """
    with asking(engine) as connection:
        found = version(connection)
    if found == SCHEMA_VERSION:
        return found
    _refuse(found, upgrade=upgrade)
    with writing(engine) as connection:
        now = version(connection)  # another process may have been faster
        if now != SCHEMA_VERSION:
            _refuse(now, upgrade=upgrade)
            _migrate(connection, now)
    return found


def version(connection: Connection) -> str | None:
    """Return the version of the tables there are; None where there are none."""
    if not inspect(connection).has_table(META.name):
        return None
    return connection.scalar(select(META.c.value).where(META.c.name == _NAME)) or "unknown"


def _refuse(found: str | None, *, upgrade: bool) -> None:
    """Raise unless tables of this version may be made of those that were found."""
    if found is None:
        return
    message = f"the registry has schema version {found}; this code reads {SCHEMA_VERSION}."
    if found not in _older():
        raise LakeFormatError(message, remedy="Use the version of hit_pipeline that wrote it.")
    if not upgrade:
        remedy = "Migrate it with `hit registry upgrade`; the next `hit run` would, too."
        raise LakeFormatError(message, remedy=remedy)


def _older() -> list[str]:
    return [str(number) for number in range(int(_FIRST), int(SCHEMA_VERSION))]


def _migrate(connection: Connection, found: str | None) -> None:
    """Run the migrations that are missing, in the transaction of the connection."""
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it speaks when it is imported, too
    from alembic import command  # only here: most openings migrate nothing
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "hit_pipeline.registry:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    if found == _FIRST and not inspect(connection).has_table(VERSION_TABLE):
        command.stamp(config, _revision(_FIRST))
    command.upgrade(config, _revision(SCHEMA_VERSION))


def _revision(number: str) -> str:
    return f"{int(number):04}"
