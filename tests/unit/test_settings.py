"""The settings model by itself, built without a file."""

from typing import Any

import pytest
from pydantic import ValidationError

from hit_pipeline.school_year import YearStart
from hit_pipeline.settings import District, DistrictInfo, LakeSettings, Schedule, Source


def district(**tables: Any) -> District:
    return District.model_validate(
        {"district": {"name": "T", "time_zone": "America/Chicago"}, **tables}
    )


def test_names_of_owners_and_programs_must_resolve() -> None:
    with pytest.raises(ValidationError, match="is not in `owners`"):
        district(programs={"p": {"name": "P", "owner": "nobody"}})
    with pytest.raises(ValidationError, match="is not in `programs`"):
        district(sources={"s": {"adapter": "oneroster_csv", "kind": "roster", "program": "p"}})


def test_the_year_start_is_the_month_and_day_written() -> None:
    info = DistrictInfo(name="T", time_zone="America/Chicago", school_year_start="08-15")
    assert info.year_start == YearStart(8, 15)


@pytest.mark.parametrize("day", ["02-29", "7-1", "13-01", "07/01", ""])
def test_a_year_starts_on_a_day_every_year_has(day: str) -> None:
    with pytest.raises(ValidationError, match="not a month and day"):
        DistrictInfo(name="T", time_zone="America/Chicago", school_year_start=day)


@pytest.mark.parametrize("zone", ["Chicago", "UTC+6", "", "../etc/passwd"])
def test_a_zone_is_an_iana_zone(zone: str) -> None:
    with pytest.raises(ValidationError, match="IANA"):
        DistrictInfo(name="T", time_zone=zone)


@pytest.mark.parametrize(
    ("memory", "fits"),
    [("1GB", True), ("800MiB", True), ("1.5 GB", True), ("1", False), ("80%", False)],
)
def test_memory_is_a_size(memory: str, *, fits: bool) -> None:
    if fits:
        assert LakeSettings(memory=memory).memory == memory
    else:
        with pytest.raises(ValidationError, match="not a size"):
            LakeSettings(memory=memory)


@pytest.mark.parametrize(
    ("cron", "fits"), [("0 2 * * *", True), ("*/5 1-3 * * MON,FRI", True), ("@daily", False)]
)
def test_a_schedule_has_five_fields(cron: str, *, fits: bool) -> None:
    if fits:
        assert Schedule(cron=cron).cron == cron
    else:
        with pytest.raises(ValidationError, match="five fields"):
            Schedule(cron=cron)


def test_some_adapters_need_a_contract_and_the_others_have_none() -> None:
    assert Source(adapter="files", kind="log", contract="x").contract == "x"
    for adapter, contract in (("files", None), ("sis_sql", None), ("oneroster_csv", "x")):
        with pytest.raises(ValidationError, match="need a contract"):
            Source.model_validate({"adapter": adapter, "kind": "log", "contract": contract})


def test_id_systems_are_a_closed_set() -> None:
    with pytest.raises(ValidationError, match="unknown id system"):
        Source(adapter="oneroster_csv", kind="roster", bare_id_system="bank")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        district().dosage_rules = ()  # type: ignore[misc]  # that is what is tried
