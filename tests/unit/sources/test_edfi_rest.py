"""What an Ed-Fi ODS is asked for, night after night: wholes, increments, addresses, snapshots."""

import copy
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import PermanentSourceError
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.adapters import transport
from hit_pipeline.sources.pull.pulling import RECORD, PulledPart, read_pull, refresh
from tests.unit.sources.asked import Asked
from tests.unit.sources.edfi_district import ADA, BO, ELM, OAK, district, enrolled, source, student
from tests.unit.sources.edfi_ods import Manners, Ods
from tests.unit.sources.edfi_service import serving


def names(asked: Asked) -> list[tuple[str, str, str | None]]:
    """Return unique id, given name and school of every enrollment."""
    return sorted(
        (one["student_id_source"], one["student_given_name"], one["school_id_source"])
        for one in asked.table("typed_student")
    )


def findings(asked: Asked) -> list[Finding]:
    return [one for delivery in asked.landed().deliveries for one in delivery.findings]


def brought(asked: Asked) -> dict[str, PulledPart]:
    """Ask, land nothing, and return what came."""
    failure = asked.bring()
    assert failure is None, failure
    return read_pull(_folder(asked))


def _folder(asked: Asked) -> Path:
    return asked.lake.landing / ".pulls" / "sis" / "pull"


BOTH = [(ADA, "Ada", str(ELM)), (BO, "Bo", str(OAK))]


def test_the_first_night_takes_everything_and_a_quiet_one_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path) as (ods, asked):
        asked.landed()
        assert names(asked) == BOTH
        before = len(ods.requests)
        asked.later(hours=24)
        asked.landed()
        assert asked.modes()["students"] == [("bulk", 2)]
        assert not any("/ed-fi/schools" in one.path for one in ods.requests[before:])


def test_an_increment_brings_changes_deletes_and_key_changes(
    engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path) as (ods, asked):
        asked.landed()
        ada, bo = (ods.find("students", studentUniqueId=one)["id"] for one in (ADA, BO))
        spell = next(iter(ods.state.rows["studentSchoolAssociations"]))
        ods.put("students", {**ods.find("students", id=ada), "firstName": "Adela"})
        ods.delete("studentSchoolAssociations", spell)
        ods.put("studentSchoolAssociations", enrolled(ADA, OAK, "2026-11-02"))
        ods.change_key("students", bo, studentUniqueId="2002", shown=False)
        ods.put("studentSchoolAssociations", enrolled("2002", ELM, "2026-11-02"))
        asked.later(hours=24)
        asked.landed()
        assert asked.modes()["students"][-1][0] == "delta"
        assert names(asked) == [
            (ADA, "Adela", str(OAK)),
            (BO, None, str(OAK)),
            ("2002", "Bo", str(ELM)),
        ]
        rules = asked.typed().fates
        assert rules["excluded"] >= 2


def test_what_was_removed_without_a_word_is_found_by_the_next_whole(
    engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, full_every_days=7) as (ods, asked):
        asked.landed()
        del ods.state.rows["studentSchoolAssociations"][_first(ods)]
        asked.later(days=1)
        asked.landed()
        assert names(asked) == BOTH
        asked.later(days=7)
        asked.landed()
        assert [(one[0], one[2]) for one in names(asked)] == [(ADA, None), (BO, str(OAK))]


def _first(ods: Ods) -> str:
    return next(iter(ods.state.rows["studentSchoolAssociations"]))


def test_a_refresh_asks_for_everything(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (_, asked):
        asked.landed()
        refresh(asked.lake, "sis", ["students"])
        asked.later(hours=24)
        asked.landed()
        assert [mode for mode, _ in asked.modes()["students"]] == ["bulk", "bulk"]
        assert [mode for mode, _ in asked.modes()["schools"]] == ["bulk"]


def test_a_restored_database_is_read_whole(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (ods, asked):
        older = copy.deepcopy(ods.state)
        ods.put("students", student("3003", "Cy"))
        asked.landed()
        ods.state = older
        asked.later(hours=24)
        asked.landed()
        assert names(asked) == BOTH
        assert [mode for mode, _ in asked.modes()["students"]] == ["bulk", "bulk"]


def test_versions_of_another_database_mean_nothing(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (_, asked), serving(Ods()) as other:
        asked.landed()
        other.put("schools", *({"schoolId": n, "nameOfInstitution": "Fir"} for n in range(200)))
        other.put("students", student("3003", "Cy"))
        other.put("studentSchoolAssociations", enrolled("3003", 7))
        again = source(engine, tmp_path, other)
        again.later(hours=24)
        again.landed()
        assert names(again) == [("3003", "Cy", "7")]


@pytest.mark.parametrize(
    "manners", [Manners(change_queries=False), Manners(version="5.2", deletes_allowed=False)]
)
def test_where_deletes_are_not_told_everything_is_asked_each_night(
    manners: Manners, engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, manners) as (ods, asked):
        asked.landed()
        ods.put("students", student("3003", "Cy"))
        ods.delete("studentSchoolAssociations", _first(ods))
        ods.put("schools", {**ods.find("schools", schoolId=ELM), "nameOfInstitution": "Elm 2"})
        asked.later(hours=24)
        asked.landed()
        assert [mode for mode, _ in asked.modes()["students"]] == ["bulk", "bulk"]
        assert names(asked) == [(ADA, "Ada", None), (BO, "Bo", str(OAK)), ("3003", "Cy", None)]


def test_change_queries_that_are_off_and_nothing_new_land_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, Manners(change_queries=False)) as (_, asked):
        asked.landed()
        asked.later(hours=24)
        asked.landed()
        assert asked.modes()["students"] == [("bulk", 2)]


def test_a_snapshot_is_asked_where_there_is_one(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (ods, asked):
        ods.freeze()
        ods.put("students", student("3003", "Cy"))
        asked.landed()
        assert names(asked) == BOTH
        assert all(one.headers.get("use-snapshot") == "true" for one in ods.asked("students"))


def test_a_snapshot_older_than_what_is_known_is_passed_over(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (ods, asked):
        ods.freeze()
        ods.put("students", student("3003", "Cy"))
        ods.snapshot, frozen = None, ods.snapshot
        asked.landed()
        ods.snapshot = frozen
        ods.put("students", student("3004", "Di"))
        asked.later(hours=24)
        asked.landed()
        assert len(names(asked)) == 4
        assert not any("use-snapshot" in one.headers for one in ods.asked("students"))


def test_no_snapshot_is_asked_when_the_settings_say_never(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, parameters={"snapshot": "never"}) as (ods, asked):
        ods.freeze()
        brought(asked)
        assert not any("use-snapshot" in one.headers for one in ods.requests)


@pytest.mark.parametrize(
    ("manners", "rest"),
    [
        (Manners(), {}),
        (Manners(prefix="/v7.1/api", version="7.1"), {}),
        (Manners(prefix="", version="5.3"), {}),
        (Manners(discovery=False, version="5.3"), {}),
        (Manners(year="2027"), {"parameters": {"schoolYearFromRoute": "2027"}}),
        (Manners(year="2027"), {"parameters": {"schoolYear": "2027"}}),
        (Manners(year="2027", discovery=False), {"parameters": {"schoolYear": "2027"}}),
    ],
)
def test_addresses_are_those_of_the_server(
    manners: Manners, rest: dict[str, Any], engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, manners, **rest) as (ods, asked):
        part = brought(asked)["students"]
        assert (part.mode, part.rows) == ("bulk", 2)
        assert part.cursor is not None
        year = f"/{manners.year}" if manners.year else ""
        assert ods.asked("students")[0].path == f"/data/v3{year}/ed-fi/students"


@pytest.mark.parametrize("end", ["/data/v3", "/data/v3/2027"])
def test_the_address_may_be_that_of_the_data(end: str, engine: Engine, tmp_path: Path) -> None:
    manners = Manners(year=end.removeprefix("/data/v3").strip("/"), discovery=False)
    with district(engine, tmp_path, manners) as (ods, _):
        asked = source(engine, tmp_path, ods, url=f"{ods.url}{end}")
        assert brought(asked)["students"].rows == 2


def test_a_place_in_an_address_must_be_filled(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, Manners(year="2027")) as (_, asked):
        failure = asked.bring()
        assert isinstance(failure, PermanentSourceError)
        assert "sources.sis.rest.parameters.schoolYearFromRoute" in str(failure)


def test_only_resources_named_are_asked(engine: Engine, tmp_path: Path) -> None:
    wanted = ["schools", "students", "studentSchoolAssociations"]
    with district(engine, tmp_path, resources=wanted) as (ods, asked):
        parts = brought(asked)
        assert len(parts) == len(wanted)
        lying = [one.name for one in _folder(asked).iterdir() if not one.name.startswith(".")]
        assert sorted(lying) == sorted([RECORD, *(one.entry for one in parts.values())])
        assert {one.path.split("/")[4] for one in ods.requests if "ed-fi" in one.path} == {*wanted}


def test_a_resource_the_contract_does_not_have_is_named(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, resources=["pupils"]) as (_, asked):
        failure = asked.bring()
        assert isinstance(failure, PermanentSourceError)
        assert "pupils" in str(failure)
        assert "studentSchoolAssociations" in str(failure)


@pytest.mark.parametrize("manners", [Manners(), Manners(version="5.3", standard="3.3.1-b")])
def test_families_are_never_asked_for(manners: Manners, engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, manners) as (ods, asked):
        ods.put("parents", {"parentUniqueId": "9", "firstName": "Eve", "lastSurname": "Alder"})
        ods.put("contacts", {"contactUniqueId": "9", "firstName": "Eve", "lastSurname": "Alder"})
        brought(asked)
        assert not any("arent" in one.path or "ontact" in one.path for one in ods.requests)


def test_properties_nobody_needs_never_reach_a_disk(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (ods, asked):
        private = {
            "addresses": [{"streetNumberName": "12 Secret Way"}],
            "telephones": [{"telephoneNumber": "555-0199"}],
            "visas": [{"visaDescriptor": "uri://ed-fi.org/VisaDescriptor#F1"}],
        }
        ods.put("students", {**ods.find("students", studentUniqueId=ADA), **private})
        found = findings(asked)
        assert names(asked) == BOTH
        (told,) = [one for one in found if one.rule == "edfi.not_kept" and one.file == "students"]
        assert told.detail.endswith("addresses, telephones, visas")
        for path in tmp_path.rglob("*"):
            if path.is_file():
                kept = path.read_bytes()
                assert b"Secret Way" not in kept
                assert b"555-0199" not in kept


def test_look_tells_what_there_is(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, Manners(forbidden=frozenset({"courses"}))) as (_, asked):
        looks = {one.what: one for one in transport(asked.district, "sis", asked.now).look()}
        assert looks["discovery"].ok
        assert "ODS/API 7.3, data standard 5.2.0" in looks["discovery"].seen
        assert looks["credentials"].ok
        assert looks["students"].seen == "2 rows"
        assert looks["courses"].seen.startswith("let go: ")
        assert "403" in looks["courses"].seen
        assert looks["change queries"].seen == "on, newest version 6"
        assert all(one.ok for one in looks.values())


def test_a_copy_of_the_contract_knows_codes_of_the_districts_own(
    engine: Engine, tmp_path: Path
) -> None:
    shipped = files("hit_pipeline.contracts").joinpath("edfi.toml").read_text("utf-8")
    (tmp_path / "edfi.toml").write_text(
        shipped.replace("Holiday = ", '"Bison day" = "holiday", Holiday = '), "utf-8"
    )
    with district(engine, tmp_path) as (ods, plain):
        ods.put(
            "calendarDates",
            {
                "date": "2026-11-02",
                "calendarReference": {"schoolId": ELM},
                "calendarEvents": [{"calendarEventDescriptor": "uri://elm.example/Day#Bison day"}],
            },
        )
        asked = Asked(engine, tmp_path, {**plain.source, "contract": "edfi.toml"})
        asked.landed()
        assert [one["day_type"] for one in asked.table("typed_calendar_day")] == ["holiday"]
