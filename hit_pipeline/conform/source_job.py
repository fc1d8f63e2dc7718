"""What the typing of one source works with, and its deliveries sorted by file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.conform.history import Statement
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Delivery, LandedFile
from hit_pipeline.settings import District, Source
from hit_pipeline.sources.contract.feed import RECEIVED_SCHOOL_YEAR
from hit_pipeline.sources.contract.model import Contract, FileSpec
from hit_pipeline.sources.reading.virtual_headers import PLACES, place_cells


@dataclass(frozen=True)
class SourceJob:
    """One source to type.

    Attributes:
        engine: The engine.
        lake: The lake.
        district: The district's settings.
        name: Name of the source.
        contract: Its contract.
        deliveries: Its landed deliveries in the order of arrival.
    """

    engine: Engine
    lake: Lake
    district: District
    name: str
    contract: Contract
    deliveries: tuple[Delivery, ...]
    today: date

    @property
    def settings(self) -> Source:
        """The source in district.toml."""
        return self.district.sources[self.name]

    @property
    def zone(self) -> str:
        """Zone of its wall-clock times."""
        return self.settings.time_zone or self.district.district.time_zone

    @property
    def overrides(self) -> Mapping[str, str]:
        """Constants of the district that replace targets of the contract."""
        return self.settings.settings

    def files(self) -> dict[str, list[tuple[Delivery, LandedFile]]]:
        """Return every landed file by the contract's name for it, in the order of arrival."""
        found: dict[str, list[tuple[Delivery, LandedFile]]] = {}
        for delivery in self.deliveries:
            for file in delivery.files:
                found.setdefault(file.file, []).append((delivery, file))
        return found

    def text_rows(self, name: str, landed: Sequence[tuple[Delivery, LandedFile]]) -> ir.Table:
        """Return the well-formed rows of a file in all deliveries, as text with provenance."""
        rows = self.engine.read([file.path for _, file in landed if file.path is not None])
        years = {one.delivery_id: self._school_year(one) for one, _ in landed}
        first = next(iter(years.values()))
        if set(years.values()) == {first}:
            year = ibis.literal(first)
        else:
            year = rows["_delivery_id"].cases(*years.items())
        return self._with_place(rows, name, landed).mutate(
            _source=ibis.literal(self.name),
            _file=ibis.literal(name),
            **{RECEIVED_SCHOOL_YEAR: year},
        )

    def _with_place(
        self, rows: ir.Table, name: str, landed: Sequence[tuple[Delivery, LandedFile]]
    ) -> ir.Table:
        """Fill where files lay that were landed before the contract asked for it.

        A file put together from several members of a bundle cannot tell any more.
        """
        used = [one for one in self.contract.files[name].virtual_headers if one in PLACES]
        told = {
            one.delivery_id: place_cells(used, file.entry, one.name)
            for one, file in landed
            if ", " not in file.entry
        }
        for header in used:
            cells = {key: cell for key, known in told.items() if (cell := known[header])}
            given = rows[header] if header in rows.columns else ibis.null("string")
            if cells:
                later = rows["_delivery_id"].cases(*cells.items(), else_=ibis.null("string"))
                given = given.coalesce(later)
            rows = rows.mutate(**{header: given})
        return rows

    def delivery_facts(self) -> ir.Table:
        """Return ``delivery_id, sha256, received_at`` of every delivery."""
        facts = [
            {"delivery_id": one.delivery_id, "sha256": one.sha256, "received_at": one.received_at}
            for one in self.deliveries
        ]
        schema = pa.schema(
            [
                ("delivery_id", pa.string()),
                ("sha256", pa.string()),
                ("received_at", pa.timestamp("us", tz="UTC")),
            ]
        )
        return self.engine.from_arrow(pa.Table.from_pylist(facts, schema=schema))

    def _school_year(self, delivery: Delivery) -> str:
        zone = ZoneInfo(self.district.district.time_zone)
        return self.district.district.year_start.of(delivery.received_at.astimezone(zone).date())


def statements(spec: FileSpec, landed: Sequence[tuple[Delivery, LandedFile]]) -> list[Statement]:
    """Return what each delivery of a file says about rows it lacks.

    A delivery without any row says nothing: the contract calls it *nothing happened*.
    """
    return [
        Statement(
            delivery.delivery_id,
            is_full=_is_full(spec, file) and file.rows > 0,
            is_complete=file.malformed == 0,
        )
        for delivery, file in landed
        if file.path is not None
    ]


def _is_full(spec: FileSpec, file: LandedFile) -> bool:
    return file.mode == "bulk" if file.mode is not None else spec.delivers == "full"
