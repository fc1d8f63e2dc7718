"""What tables and releases are built from: what makes a run touch them, and what does not."""

from datetime import date
from pathlib import Path

import pytest

from hit_pipeline import inputs
from hit_pipeline.lake import write_json
from hit_pipeline.settings import Schedule
from hit_pipeline.settings_programs import DosageRule, Program, ProgramTerm
from hit_pipeline.tables.catalog import PUBLISHED, TABLES
from tests.unit.release.bench import NOW, YEAR, Bench, filled


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return filled(tmp_path_factory.mktemp("district"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.deliver("1", 8)
    return made


def release_inputs(bench: Bench) -> str:
    with bench.context() as context:
        return inputs.release_inputs(context)


def touched(bench: Bench) -> list[str]:
    with bench.context() as context:
        return inputs.touched_years(context)


def test_the_wall_clock_is_no_input(bench: Bench) -> None:
    before = release_inputs(bench)
    bench.night(24)
    assert release_inputs(bench) == before


def test_deliveries_and_the_secret_are_inputs_of_a_release(bench: Bench) -> None:
    seen = {release_inputs(bench)}
    bench.deliver("2", 0)
    seen.add(release_inputs(bench))
    bench.secret = "another"
    seen.add(release_inputs(bench))
    bench.secret = None
    seen.add(release_inputs(bench))
    assert len(seen) == 4


def test_a_contract_that_means_something_else_is_an_input(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = release_inputs(bench)
    monkeypatch.setattr(inputs, "contract_digest", lambda _contract: "another meaning")
    assert release_inputs(bench) != before


def test_the_code_is_an_input(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    before = release_inputs(bench)
    monkeypatch.setattr(inputs, "code_digest", lambda: "other code")
    assert release_inputs(bench) != before
    assert touched(bench) == [YEAR]


def test_settings_count_when_they_can_change_a_row(bench: Bench) -> None:
    plain = bench.district
    rule = DosageRule(id="own", version=1, title="Own", scope="student", source="here")
    changed = plain.model_copy(update={"own_dosage_rules": (rule,)})
    other = plain.model_copy(
        update={"schedule": Schedule(cron="0 5 * * *"), "folder": Path("elsewhere")}
    )
    assert inputs.settings_digest(changed) != inputs.settings_digest(plain)
    assert inputs.settings_digest(other) == inputs.settings_digest(plain)


def test_a_secret_is_told_apart_but_not_told(bench: Bench) -> None:
    told = inputs.pseudonym_secret_id(bench.district)
    assert told is not None
    assert str(bench.secret) not in told
    bench.secret = None
    assert inputs.pseudonym_secret_id(bench.district) is None


def test_a_year_is_touched_until_every_table_of_it_wasbuilt(bench: Bench) -> None:
    assert touched(bench) == [YEAR]
    yearly = [table.name for table in PUBLISHED if table.partitioned]
    bench.build(*yearly[1:])
    assert touched(bench) == [YEAR]
    bench.build(yearly[0])
    assert touched(bench) == []


def test_a_year_is_touched_when_its_rows_changed_and_others_are_not(bench: Bench) -> None:
    bench.typed_state("first", ("2024-25", "2025-26"))
    bench.build()
    assert touched(bench) == []
    years = {"2024-25": "first", "2025-26": "second"}
    write_json(bench.lake.typed("logs") / "state.json", {"inputs": "second", "years": years})
    assert touched(bench) == ["2025-26"]


def test_the_year_a_term_began_in_is_built_after_the_year_it_crosses_into(bench: Bench) -> None:
    summer = ProgramTerm(start=date(2026, 6, 8), end=date(2026, 7, 17))
    bench.programs = {"math": Program(name="Math", terms={"summer": summer})}
    bench.typed_state("first", ("2025-26", YEAR))
    bench.build()
    write_json(
        bench.lake.typed("logs") / "state.json",
        {"inputs": "second", "years": {"2025-26": "first", YEAR: "second"}},
    )
    assert touched(bench) == [YEAR, "2025-26"]


def test_undated_rows_belong_to_the_open_year(bench: Bench) -> None:
    bench.typed_state("first", ("2024-25", YEAR, ""))
    bench.build()
    years = {"2024-25": "first", YEAR: "first", "": "second"}
    write_json(bench.lake.typed("logs") / "state.json", {"inputs": "second", "years": years})
    assert touched(bench) == [YEAR]


def test_a_year_whose_rows_all_went_away_isbuilt_again(bench: Bench) -> None:
    bench.typed_state("first", ("2024-25", YEAR))
    bench.build()
    bench.typed_state("first", (YEAR,))
    assert touched(bench) == ["2024-25"]
    bench.build()
    assert touched(bench) == []


@pytest.mark.parametrize("harm", ["file", "verdict", "unreadable"])
def test_a_table_whose_file_or_verdict_is_gone_is_touched(built: Bench, harm: str) -> None:
    lake, table = built.lake, TABLES["reach"]
    assert touched(built) == []
    path = lake.part(table, YEAR) if harm == "file" else lake.verdict_path(table, YEAR)
    kept = path.read_bytes()
    if harm == "unreadable":
        path.write_text("{")
    else:
        path.unlink()
    assert touched(built) == [YEAR]
    path.write_bytes(kept)


def test_the_open_year_is_that_of_the_run_unless_configured(bench: Bench) -> None:
    with bench.context() as context:
        assert inputs.open_year(context) == YEAR
    bench.now = NOW.replace(month=6)
    with bench.context() as context:
        assert inputs.open_year(context) == "2025-26"
