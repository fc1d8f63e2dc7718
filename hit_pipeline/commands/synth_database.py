"""The database that `hit synth --database` fills with the relational student information system."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from hit_pipeline.errors import HitError
from hit_pipeline.synth.systems.sis_sql import SOURCE
from hit_pipeline.synth.systems.sis_sql_load import TablesThere, check_vacant, load

_FORMS = (
    "sqlite:///sis.db",
    "postgresql+psycopg://user:password@host/name",
    "mariadb+pymysql://user:password@host/name",
)
_BACKENDS = ("sqlite", "postgresql", "mariadb", "mysql")
_NOT_A_DATABASE = "--database is no URL of a database that can be filled"
_DRIVERS = (
    "Install one: pip install 'psycopg[binary]' for postgresql+psycopg://, "
    "pip install pymysql for mariadb+pymysql://."
)
# What drivers raise by themselves: a port out of range, an option or a package they do not have.
_OF_DRIVERS = (OSError, OverflowError, RuntimeError, TypeError, ValueError)


def database_url(stated: str) -> URL:
    """Return what was given as a database.

    Raises:
        HitError: It is no URL of a database that can be filled; nothing of it is repeated.
    """
    remedy = f"Write it like {', '.join(_FORMS)}; @ : / in a password as %40 %3A %2F."
    try:
        url = make_url(stated)
    except (SQLAlchemyError, ValueError):  # ValueError: a port that is no number
        raise HitError(_NOT_A_DATABASE, remedy=remedy) from None
    in_memory = url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")
    if url.get_backend_name() not in _BACKENDS or in_memory or "@" in (url.host or ""):
        raise HitError(_NOT_A_DATABASE, remedy=remedy)
    return url


def check_database(url: URL, folder: Path) -> None:
    """See, before a district is made, that its tables will fit into a database.

    A SQLite file is not opened when it is not there yet, or goes with the district's folder.

    Raises:
        HitError: No driver, no connection, or tables of these names are there.
    """
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "").resolve()
        if file.is_relative_to(folder):
            return
        if not file.exists():
            if file.parent.is_dir():
                return
            message = f"the database cannot be filled: there is no folder {file.parent}"
            raise HitError(message, remedy="Make it first.")
    with _refusals(url, "See that its server runs and the URL is right."):
        check_vacant(url)


def fill_database(url: URL, folder: Path) -> dict[str, int]:
    """Load the tables of a district into a database; return rows by table.

    Raises:
        HitError: The database did not take them; the district's folder is whole all the same.
    """
    remedy = "Drop what tables were made, or name an empty database, and make the district again."
    with _refusals(url, remedy):
        return load(url, folder / "inbox" / SOURCE)


@contextmanager
def _refusals(url: URL, remedy: str) -> Iterator[None]:
    """Turn what a database or its driver refuses into an error without the URL's secrets."""
    try:
        yield
    except (ImportError, NoSuchModuleError) as error:
        message = f"the driver {url.drivername} cannot be used: {error}"
        raise HitError(message, remedy=_DRIVERS) from None
    except TablesThere as error:
        raise HitError(str(error), remedy="Name an empty database, or drop them.") from None
    except (SQLAlchemyError, *_OF_DRIVERS) as error:
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        message = f"the database cannot be filled: {_without_secrets(said, url)}"
        raise HitError(message, remedy=remedy) from None


def _without_secrets(said: str, url: URL) -> str:
    options = [
        one for name, given in url.normalized_query.items() if "pass" in name for one in given
    ]
    for secret in filter(None, [url.password, *options]):
        said = said.replace(secret, "***")
    return said
