"""The adapter of sources that are asked and whose files a contract describes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from hit_pipeline.engine import Engine
from hit_pipeline.landing.bundle import refused
from hit_pipeline.landing.delivery import Arrival, LandedFile
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.contract.reading import read_file
from hit_pipeline.sources.pull.pulling import pulled, read_pull
from hit_pipeline.sources.reading.text_rows import Unread


@dataclass(frozen=True)
class PulledFiles:
    """Reads pulls: each part is one file of the contract.

    Attributes:
        source: Name of the source.
        contract: Its contract.
        now: Instant of the run, UTC: when what waits counts as received.
        thresholds: Limits of size.
    """

    source: str
    contract: Contract
    now: datetime
    thresholds: Thresholds

    def arrivals(self, inbox: Path) -> Sequence[Arrival]:
        """Return the pull that lies in a folder."""
        return pulled(self.source, inbox, self.now)

    def is_whole(self, landed: LandedFile) -> bool:
        """Say whether everything was asked for."""
        return landed.mode == "bulk"

    def read(self, engine: Engine, arrival: Arrival, workspace: Path) -> Iterator[ReadFile]:
        """Read a pull, part by part.

        Raises:
            DeliveryRefused: A file that is everything has no row although the contract asks for
                some (``landing.header_only``); a required column is missing
                (``contract.missing_column``); or what the readers refuse.
        """
        for part in read_pull(arrival.path).values():
            spec, path = self.contract.files[part.file], arrival.path / part.entry
            if part.mode == "bulk" and not part.rows and spec.empty == "refused":
                message = "has no row, though everything was asked for"
                remedy = "See whether the account may see any; the rows of before stay."
                raise refused(message, self.source, "header_only", part.file, remedy)
            unread = Unread(path, self.source, part.file, part.file, workspace, self.thresholds)
            read = read_file(engine, unread, spec)
            yield replace(
                read,
                findings=(*part.findings, *read.findings),
                mode=part.mode,
                cursor=part.cursor,
            )
