"""The page of faults shows the scored district as it is made today."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hit_pipeline.synth.dirt.kinds import KINDS
from hit_pipeline.synth.fault_page import SCORED, fault_page
from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.joining import Made

PAGE = Path(__file__).parents[3] / "docs" / "synthetic-faults.md"
FEWEST = 200
FEW_BY_NATURE = {"sis_org_cycle"}
"""Two rows of a bundle: the page says so."""


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    folder = tmp_path_factory.mktemp("scored") / "district"
    return folder, generate(SCORED, folder)


def test_the_committed_page_is_current(scored: tuple[Path, Made]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == fault_page(scored[0]), "run `make docs` and commit what it writes"


def test_every_kind_is_injected_two_hundred_times(scored: tuple[Path, Made]) -> None:
    injected = scored[1].faults
    counts = {kind.name: injected.get(kind.name, 0) for kind in KINDS}
    assert {kind for kind, count in counts.items() if count < FEWEST} == FEW_BY_NATURE
    assert all(counts[kind] for kind in FEW_BY_NATURE)
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"but for `{kind}`" in page for kind in FEW_BY_NATURE)


def test_nothing_is_injected_that_the_table_does_not_name(scored: tuple[Path, Made]) -> None:
    folder, made = scored
    named = {kind.name for kind in KINDS}
    assert set(made.faults) <= named
    lines = pq.read_table(folder / "key" / "fault.parquet", columns=["kind"])
    assert set(lines["kind"].unique().to_pylist()) <= named


def test_the_documents_name_every_table_and_column_of_the_key(scored: tuple[Path, Made]) -> None:
    text = (PAGE.parent / "synthetic-district.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    stated = {
        cells[1].strip(" `"): set(cells[3].strip(" `").split()) for cells in rows if len(cells) == 5
    }
    for path in sorted((scored[0] / "key").iterdir()):
        assert stated[path.stem] == set(pq.read_schema(path).names), path.stem
