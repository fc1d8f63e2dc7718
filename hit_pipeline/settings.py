"""Everything a district decides: ``district.toml`` and ``HIT_*`` as one frozen model.

Only the model stands here. Reading the file, the environment and reporting every mistake with its
line is in `hit_pipeline.settings_file`.
"""

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from hit_pipeline.errors import Misfit, Misfits
from hit_pipeline.school_year import YearStart
from hit_pipeline.settings_agreements import Agreement, Purpose, Unknown
from hit_pipeline.settings_programs import DosageRule, Program
from hit_pipeline.settings_remote import Decrypt, Hold, Rest, Sftp, Sql, Store
from hit_pipeline.settings_values import (
    Cron,
    IdSystem,
    Model,
    Name,
    SchoolYear,
    Size,
    Zone,
)


class DistrictInfo(Model):
    """Who the district is.

    Attributes:
        name: Name for people.
        id: District number (state or NCES); None when there is none.
        time_zone: IANA zone of the district.
        school_year_start: Month and day, ``MM-DD``, the school year begins on.
        open_year: School year in progress, such as 2026-27; None: that of the run's instant.
        count_day: Date reach is counted on; None: the last day counted.
    """

    name: str
    id: str | None = None
    time_zone: Zone
    school_year_start: str = "07-01"
    open_year: SchoolYear | None = None
    count_day: date | None = None

    @field_validator("school_year_start")
    @classmethod
    def _is_a_day(cls, day: str) -> str:
        try:
            date.fromisoformat(f"2001-{day}")
        except ValueError:
            message = "not a month and day of every year, such as 07-01"
            raise ValueError(message) from None
        return day

    @property
    def year_start(self) -> YearStart:
        """The school year's first month and day."""
        month, day = self.school_year_start.split("-")
        return YearStart(int(month), int(day))


class LakeSettings(Model):
    """Where data lies and what the engine may use.

    Attributes:
        path: Folder of the lake, relative to the district folder.
        inbox: Drop folder, relative to the district folder; one folder per source inside.
        registry_url: SQLAlchemy URL of the identity registry; None: SQLite beside the lake.
            From ``HIT_REGISTRY_URL`` when it holds a password.
        memory: DuckDB's memory limit.
        threads: Worker threads; None leaves it to DuckDB.
        lease_seconds: How long a step waits for another writer before it gives up.
        settle_seconds: A file in the drop folder is taken only when its size has not changed for
            this long.
    """

    path: Path = Path("lake")
    inbox: Path = Path("inbox")
    registry_url: SecretStr | None = None
    memory: Size = "1GB"
    threads: int | None = Field(default=None, ge=1)
    settle_seconds: int = Field(default=30, ge=0)
    lease_seconds: int = Field(default=600, ge=0)


AdapterName = Literal[
    "oneroster_csv", "files", "oneroster_rest", "edfi_rest", "sis_sql", "vendor_rest"
]
_BY_CONTRACT = {"files", "sis_sql", "vendor_rest"}
_WITH_COPY = {"edfi_rest"}
"""Adapters whose shipped contract a district may replace by a copy with codes of its own."""
_NEEDS = {"oneroster_rest": "rest", "edfi_rest": "rest", "vendor_rest": "rest", "sis_sql": "sql"}


class Blackout(Model):
    """Days on which every delivery of a roster is held, such as those of the roll-over.

    Attributes:
        start: First day.
        end: Last day, inclusive.
        reason: Shown beside what is held.
    """

    start: date
    end: date
    reason: str = ""

    @field_validator("end")
    @classmethod
    def _not_before_it_starts(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            message = f"the blackout ends before it starts on {start}"
            raise ValueError(message)
        return end


class Source(Model):
    """One source of deliveries.

    Attributes:
        adapter: What reads it. ``oneroster_csv`` and ``files`` read
            files, from the inbox or from where ``sftp`` or ``store`` says; the others ask a service
            (``rest``) or a database (``sql``).
        contract: Contract of a ``files``, ``sis_sql`` or ``vendor_rest`` source: the id of a
            shipped one, or a path to a TOML file relative to the district folder. Of an
            ``edfi_rest`` source: a copy of the shipped ``edfi`` with codes of the district's own;
            None: the shipped one.
        kind: ``roster``: its rows may create students. ``completion``: completes a roster's
            columns and never creates anybody. ``log``: session logs, assessments and the like.
        owner: Key in ``owners``: who is told when it breaks.
        rest: The service asked by ``oneroster_rest``, ``edfi_rest`` and ``vendor_rest``.
        sql: The database asked by ``sis_sql``.
        sftp: The server files are fetched from; None: from the inbox or ``store``.
        store: The bucket or share files are fetched from; None: from the inbox or ``sftp``.
        decrypt: How files that arrive encrypted with OpenPGP are opened; None: they are refused.
        hold: When a delivery of a roster waits for approval; other kinds are never held.
        path: Folder in the inbox; None: the source's own name.
        pattern: Shell pattern of the names of its files and bundles: sources that share a folder
            each have their own.
        origin: ``roster`` only: whose students it lists; the table ``student`` shows it.
        time_zone: Zone of its wall-clock times; None: the district's.
        program: Program its sessions belong to when a row names none.
        vendor: Who sends it, as agreements name the recipient: who may be sent what is wrong in it.
        priority: Which source wins when two state a column of one student: the lowest number.
        id_systems: OneRoster only: column or userIds type (lower case) to identifier system.
        bare_id_system: Overrides the contract's system in which an id links a student alone.
        settings: Constants that override values of the contract: ``table.column`` to text.
    """

    adapter: AdapterName
    contract: str | None = Field(default=None, validate_default=True)
    kind: Literal["roster", "completion", "log"]
    rest: Rest | None = None
    sql: Sql | None = None
    sftp: Sftp | None = None
    store: Store | None = None
    decrypt: Decrypt | None = None
    hold: Hold = Hold()
    owner: str | None = None
    path: str | None = None
    pattern: str = "*"
    origin: Literal["district", "charter", "private", "home_school", "pre_k", "incoming"] = (
        "district"
    )
    time_zone: Zone | None = None
    program: str | None = None
    vendor: str | None = Field(default=None, min_length=1)
    priority: int = Field(default=100, ge=1)
    id_systems: dict[str, IdSystem] = Field(default_factory=dict)
    bare_id_system: IdSystem | None = None
    settings: dict[str, str] = Field(default_factory=dict)

    @field_validator("contract")
    @classmethod
    def _files_need_one(cls, contract: str | None, info: ValidationInfo) -> str | None:
        adapter = info.data.get("adapter", "files" if contract else None)
        if adapter in _WITH_COPY:
            return contract
        if (adapter in _BY_CONTRACT) != (contract is not None):
            needy = ", ".join(sorted(_BY_CONTRACT))
            message = f"the adapters {needy} need a contract, and no other adapter has one"
            raise ValueError(message)
        return contract

    @model_validator(mode="after")
    def _is_reached_one_way(self) -> Self:
        """Ask for the one table an adapter needs, and for no other."""
        needed = _NEEDS.get(self.adapter)
        allowed = {needed} if needed else {"sftp", "store"}
        given = [name for name in ("rest", "sql", "sftp", "store") if getattr(self, name)]
        problem = f"does not belong to the adapter {self.adapter}"
        found = [Misfit((name,), problem) for name in given if name not in allowed]
        if needed and needed not in given:
            found.append(Misfit((needed,), f"the adapter {self.adapter} needs this table"))
        if {"sftp", "store"} <= set(given):
            found.append(Misfit(("store",), "give one of `sftp` and `store`"))
        if found:
            raise Misfits(found)
        return self

    @property
    def is_asked(self) -> bool:
        """Whether what it has must be asked for, instead of lying in the inbox."""
        return bool(self.rest or self.sql or self.sftp or self.store)


class Goal(Model):
    """A goal of the district for a site and year.

    Attributes:
        year: School year.
        school_id: School; None: the district.
        metric: What is measured, such as ``reach.adequate``.
        target: Value to reach.
    """

    year: SchoolYear
    school_id: str | None = None
    metric: str
    target: float


class Thresholds(Model):
    """Numbers the checks use.

    Attributes:
        max_session_minutes: A longer session is flagged.
        max_entry_bytes: Largest entry of a bundle or file that is read.
        max_bundle_ratio: Largest ratio of unpacked to packed size of a bundle.
        max_cell_bytes: Largest cell that is kept; a row with a larger one is quarantined.
        max_quarantine_share: Share of a delivery's rows in quarantine above which a warning is
            given.
        min_match_rate: Match rate of a source below which a warning is given.
        max_match_rate_fall: Percentage points by which a source's match rate may fall below that of
            its own last runs; a greater fall gives a warning.
    """

    max_session_minutes: int = Field(default=240, gt=0)
    max_entry_bytes: int = Field(default=4 * 1024**3, gt=0)
    max_bundle_ratio: float = Field(default=200, gt=1)
    max_cell_bytes: int = Field(default=1024 * 1024, gt=0)
    max_quarantine_share: float = Field(default=0.05, ge=0, le=1)
    min_match_rate: float = Field(default=0.9, ge=0, le=1)
    max_match_rate_fall: float = Field(default=5, ge=0, le=100)


class Schedule(Model):
    """When the nightly run starts.

    Attributes:
        cron: Five-field cron expression in the district's zone.
        enabled: Whether the schedule is on when Dagster starts.
    """

    cron: Cron = "0 2 * * *"
    enabled: bool = False


class District(Model):
    """A district, whole.

    Attributes:
        folder: The district folder; set by the loader.
        district: Who the district is.
        lake: Where data lies.
        sources: Sources by name.
        programs: Programs by id.
        dosage_rules: Ids of the shipped dosage rules in force.
        own_dosage_rules: The district's own rules, in force as well.
        goals: Goals.
        thresholds: Numbers the checks use.
        schedule: When the nightly run starts.
        blackouts: Days on which deliveries of rosters are held.
        agreements: Agreements by which data of pupils may be given to somebody, by name.
        unknown_consent: Purpose to what is done with a student whose consent to it is not known:
            ``share`` or ``hold``. A purpose that is not named: ``share`` with the district's own
            staff, ``hold`` for everybody else.
        owners: Who answers: key to name or address.
        pseudonym_secret: From ``HIT_PSEUDONYM_SECRET`` or ``secrets/pseudonym``; None: releases
            have no analyst tier and say so.
    """

    folder: SkipJsonSchema[Path] = Path()
    district: DistrictInfo
    lake: LakeSettings = LakeSettings()
    sources: dict[Name, Source] = Field(default_factory=dict)
    programs: dict[Name, Program] = Field(default_factory=dict)
    dosage_rules: tuple[str, ...] = ("datas_60h", "nssa")
    own_dosage_rules: tuple[DosageRule, ...] = ()
    goals: tuple[Goal, ...] = ()
    thresholds: Thresholds = Thresholds()
    schedule: Schedule = Schedule()
    blackouts: tuple[Blackout, ...] = ()
    agreements: dict[Name, Agreement] = Field(default_factory=dict)
    unknown_consent: dict[Purpose, Unknown] = Field(default_factory=dict)
    owners: dict[str, str] = Field(default_factory=dict)
    pseudonym_secret: SkipJsonSchema[SecretStr | None] = None

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        found: list[Misfit] = []
        for kind, items in (("sources", self.sources), ("programs", self.programs)):
            for name, item in items.items():
                if item.owner is not None and item.owner not in self.owners:
                    path, problem = (kind, name, "owner"), "is not in `owners`"
                    found.append(Misfit(path, problem, f'"{item.owner}"', tuple(self.owners)))
        for name, source in self.sources.items():
            if source.program is not None and source.program not in self.programs:
                path, problem = ("sources", name, "program"), "is not in `programs`"
                found.append(Misfit(path, problem, f'"{source.program}"', tuple(self.programs)))
        if found:
            raise Misfits(found)
        return self

    @property
    def lake_path(self) -> Path:
        """The lake's folder."""
        return self.folder / self.lake.path

    @property
    def inbox_path(self) -> Path:
        """The drop folder."""
        return self.folder / self.lake.inbox

    @property
    def registry_url(self) -> str:
        """SQLAlchemy URL of the registry."""
        if self.lake.registry_url is not None:
            return self.lake.registry_url.get_secret_value()
        return f"sqlite:///{self.lake_path / 'registry.db'}"
