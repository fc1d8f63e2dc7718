"""A small district whose tables are promoted by hand: what the tests of releases stand on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import SecretStr, TypeAdapter

from hit_pipeline import inputs
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake, write_json
from hit_pipeline.landing.delivery import Delivery, LandedFile
from hit_pipeline.registry.database import Registry
from hit_pipeline.release.publish import Published, publish
from hit_pipeline.settings import District, DistrictInfo, Source
from hit_pipeline.settings_programs import Program
from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from hit_pipeline.tables.model import Column, Table
from hit_pipeline.tables.schema import arrow_schema
from hit_pipeline.verdict import Outcome, Verdict

NOW = datetime(2026, 11, 22, 6, 5, tzinfo=UTC)
YEAR = "2026-27"
SECRET = "a secret kept apart"
Row = Mapping[str, Any]

_DEFAULTS: dict[str, Any] = {
    "integer": 1,
    "number": 0.5,
    "decimal": Decimal(1),
    "boolean": True,
    "date": date(2026, 9, 7),
    "timestamp": datetime(2026, 9, 7, 15, tzinfo=UTC),
    "local_timestamp": datetime(2026, 9, 7, 10),  # noqa: DTZ001 (a wall clock)
}


def as_arrow(table: Table, rows: Sequence[Row]) -> pa.Table:
    """Return rows under the declared schema; required cells that are not given are made up."""
    for row in rows:
        assert not row.keys() - {*table.column_names}
    whole = [
        {one.name: row.get(one.name, _made_up(one, number)) for one in table.columns}
        for number, row in enumerate(rows, start=1)
    ]
    return pa.Table.from_pylist(whole, schema=arrow_schema(table))


def _made_up(column: Column, number: int) -> object:
    if not column.required:
        return None
    if column.name == "school_year":
        return YEAR
    if column.type == "text":
        return column.valid[0] if column.valid else f"{column.name}-{number}"
    return number if column.name == "_row" else _DEFAULTS[column.type]


def outcome(rule: str = "made.rule", **changes: Any) -> Outcome:
    """Return what a rule said: passed, unless told otherwise."""
    said: dict[str, Any] = {
        "severity": "critical",
        "expectation": "ExpectNothingAgainst",
        "columns": ("made",),
        "passed": True,
        "unexpected": 0,
    }
    return Outcome(rule, **{**said, **changes})


def verdict(table: Table, path: Path, year: str | None, *outcomes: Outcome) -> Verdict:
    """Return a verdict on a file; it passed, unless told otherwise."""
    rows = pq.read_metadata(path).num_rows
    return Verdict(table.name, year, NOW, rows, outcomes or (outcome(),))


def says_duplicate(
    table: Table, path: Path, *, lake: Lake, school_year: str | None, now: datetime
) -> Verdict:
    """Judge a file: its key must be unique."""
    assert lake.root.is_dir()
    assert now.tzinfo is not None
    keys = pq.read_table(path, columns=list(table.key)).to_pylist()
    twice = len(keys) - len({tuple(key.values()) for key in keys})
    unique = outcome(f"{table.name}.key.unique", passed=not twice, unexpected=twice)
    return verdict(table, path, school_year, unique)


def students() -> list[Row]:
    return [
        {
            "student_key": f"SKEY{n}",
            "given_name": f"Given{n}",
            "family_name": f"Family{n}",
            "birth_date": date(2015, 1, n),
            "homeless": True,
            "grade_current": "05",
        }
        for n in range(1, 6)
    ]


def sessions(year: str = YEAR) -> list[Row]:
    return [
        {
            "session_key": f"{year}-{n}",
            "school_year": year,
            "group_name": f"Red{n}",
            "_source": "logs",
        }
        for n in range(1, 9)
    ]


def participants(year: str = YEAR) -> list[Row]:
    return [
        {
            "session_key": f"{year}-{n}",
            "person_record_id": f"record{n % 5}",
            "school_year": year,
            "student_key": f"SKEY{n % 5 + 1}" if n % 5 else None,
            "present_seconds": 60 * n,
            "_source": "logs",
            "_delivery_id": "logs-1",
            "_row": n,
        }
        for n in range(1, 9)
    ]


def typed_log(count: int = 8) -> list[Row]:
    return [{"record_level": "participant", "_source": "logs", "_row": n} for n in range(count)]


@dataclass
class Bench:
    """A lake and everything beside it; tables are rows until `build` promotes them.

    Attributes:
        root: Folder of the district.
        rows: Rows of tables, by table and school year; tables that are not named are empty.
        outcomes: What the suite says of a table, by table and school year; it passes otherwise.
        secret: The pseudonym secret; None: there is none.
        now: Instant of the next run.
        programs: The programs configured.
    """

    root: Path
    rows: dict[tuple[str, str | None], Sequence[Row]] = field(default_factory=dict)
    outcomes: dict[tuple[str, str | None], tuple[Outcome, ...]] = field(default_factory=dict)
    secret: str | None = SECRET
    now: datetime = NOW
    programs: dict[str, Program] = field(default_factory=dict)

    @property
    def lake(self) -> Lake:
        return Lake.open(self.root / "lake")

    @property
    def district(self) -> District:
        return District(
            folder=self.root,
            district=DistrictInfo(name="Made", time_zone="America/Chicago"),
            sources={"logs": Source(adapter="files", contract="datas", kind="log")},
            pseudonym_secret=None if self.secret is None else SecretStr(self.secret),
            programs=self.programs,
        )

    @contextmanager
    def context(self) -> Iterator[BuildContext]:
        with (
            Engine.open() as engine,
            Registry.open(f"sqlite:///{self.root / 'registry.db'}") as registry,
        ):
            yield BuildContext(engine, self.lake, self.district, registry, self.now)

    def deliver(self, name: str, rows: int) -> str:
        """Put a delivery into the store and into the table `delivery`, all its rows conformed."""
        delivery_id = f"logs-{name}"
        folder = self.lake.landing / "logs" / "2026-11-21" / delivery_id
        file = LandedFile("sessions", "sessions.csv", rows, 0, ("a",), None, None)
        one = Delivery(
            delivery_id=delivery_id,
            source="logs",
            name=f"{name}.csv",
            received_at=self.now - timedelta(hours=1),
            received_date=date(2026, 11, 21),
            status="landed",
            refused_rule=None,
            refused_message=None,
            bytes=10,
            sha256=f"sha-{name}",
            mode=None,
            scrubbed=False,
            files=(file,),
            findings=(),
            folder=folder,
        )
        told = TypeAdapter(Delivery).dump_python(one, mode="json", exclude={"folder"})
        write_json(folder / "delivery.json", told)
        row = {
            "delivery_id": delivery_id,
            "source": "logs",
            "rows": rows,
            "rows_conformed": rows,
            "status": "landed",
        }
        zero = {f"rows_{fate}": 0 for fate in ("superseded", "repeated", "excluded", "quarantined")}
        self.rows["delivery", None] = [*self.rows.get(("delivery", None), ()), {**row, **zero}]
        self.typed_state(delivery_id)
        return delivery_id

    def typed_state(self, word: str, years: Sequence[str] = (YEAR,)) -> None:
        """Say that the typed tables were built from other inputs."""
        state = {"inputs": word, "years": dict.fromkeys(years, word)}
        write_json(self.lake.typed("logs") / "state.json", state)

    def type_rows(self, name: str, rows: Sequence[Row]) -> None:
        """Write a typed table."""
        path = self.lake.typed("logs") / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(as_arrow(TABLES[name], rows), path)

    def promote(self, context: BuildContext, table: Table, year: str | None) -> None:
        """Promote one table, with a verdict made by hand."""
        path = self.lake.candidate(table, year)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(as_arrow(table, self.rows.get((table.name, year), ())), path)
        said = verdict(table, path, year, *self.outcomes.get((table.name, year), ()))
        made = BuildContext(
            context.engine, context.lake, context.district, context.registry, context.now, year
        )
        inputs.promote(made, table, said)

    def build(self, *names: str) -> None:
        """Promote tables (all that are published, unless named) in every school year."""
        with self.context() as context:
            years = inputs.school_years(context)
            for table in PUBLISHED:
                for year in years if table.partitioned else [None]:
                    if not names or table.name in names:
                        self.promote(context, table, year)

    def publish(self) -> Published | None:
        """Publish; a table changed after its verdict is judged by its key."""
        with self.context() as context:
            return publish(context, recheck=says_duplicate)

    def night(self, hours: int = 24) -> None:
        """Let time pass."""
        self.now += timedelta(hours=hours)


def filled(root: Path) -> Bench:
    """Return a bench with students, sessions and one delivery, built."""
    bench = Bench(root)
    bench.rows = {
        ("student", None): students(),
        ("session", YEAR): sessions(),
        ("session_participant", YEAR): participants(),
    }
    bench.deliver("1", 8)
    bench.type_rows("typed_session_log", typed_log())
    bench.build()
    return bench
