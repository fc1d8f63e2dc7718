"""The district as a Dagster resource: a folder in, core objects out."""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import dagster as dg

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.identity.registry import Registry
from hit_pipeline.lake import Lake
from hit_pipeline.settings import District
from hit_pipeline.settings_file import load_district


class DistrictResource(dg.ConfigurableResource[None]):
    """A district folder.

    Attributes:
        folder: The folder that holds ``district.toml``.
    """

    folder: str

    def load(self) -> District:
        """Read the settings anew, environment included."""
        return load_from_environment(Path(self.folder))

    @contextlib.contextmanager
    def open(
        self, holder: str, now: datetime, school_year: str | None = None
    ) -> Iterator[BuildContext]:
        """Open engine, lake and registry for one step, as the lake's only writer.

        Raises:
            LakeBusy: Another writer did not let go in time.
        """
        district = self.load()
        lake = Lake.open(district.lake_path)
        options = EngineOptions(district.lake.memory, district.lake.threads, lake.root / "spill")
        with (
            lake.lease(holder, now, wait_seconds=district.lake.lease_seconds),
            Registry.open(district.registry_url) as registry,
            Engine.open(options) as engine,
        ):
            yield BuildContext(engine, lake, district, registry, now, school_year)


def load_from_environment(folder: Path) -> District:
    """Load a district with the process environment; the one place that looks at it."""
    return load_district(folder, dict(os.environ))
