"""The district as a Dagster resource: a folder in, core objects out."""

import contextlib
import os
import traceback
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import dagster as dg
import duckdb
import pyarrow as pa
from sqlalchemy.exc import SQLAlchemyError

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.errors import LakeError
from hit_pipeline.lake import Lake
from hit_pipeline.registry.database import Registry
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
        self,
        holder: str,
        now: datetime,
        school_year: str | None = None,
        *,
        writes: bool = True,
    ) -> Iterator[BuildContext]:
        """Open engine, lake and registry for one step.

        Args:
            holder: Who asks, for messages.
            now: Instant the step stands for.
            school_year: Partition it builds; None without.
            writes: As the lake's only writer; False for a look, which waits for nobody.

        Raises:
            LakeBusy: Another writer did not let go in time.
            LakeError: The engine, Arrow or the database stopped the step. Their own messages may
                repeat a cell, and a step's exception is kept and shown: so only the kind of error
                and the place in our code are told.
        """
        district = self.load()
        lake = Lake.open(district.lake_path)
        options = EngineOptions(district.lake.memory, district.lake.threads, lake.root / "spill")
        with (
            lake.lease(holder, now, wait_seconds=district.lake.lease_seconds)
            if writes
            else contextlib.nullcontext(),
            Registry.open(district.registry_url, upgrade=writes) as registry,
            Engine.open(options) as engine,
        ):
            try:
                yield BuildContext(engine, lake, district, registry, now, school_year)
            except (duckdb.Error, pa.ArrowException, SQLAlchemyError) as error:
                message = f"{holder} was stopped by {type(error).__name__} at {_place_of(error)}."
                raise LakeError(message, remedy="Run the same step in a debugger.") from None


def _place_of(error: Exception) -> str:
    """Return file and line of the innermost frame of ours that an exception passed through."""
    home = Path(__file__).parents[1]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if home in Path(one.filename).parents]
    ours = [one for one in ours if "site-packages" not in one.filename]
    return f"{Path(ours[-1].filename).relative_to(home)}:{ours[-1].lineno}" if ours else "no frame"


def load_from_environment(folder: Path) -> District:
    """Load a district with the process environment; the one place that looks at it."""
    return load_district(folder, dict(os.environ))
