"""Contracts shipped with the package load and can be read by people."""

from pathlib import Path

import pytest

from hit_pipeline.sources.contract.loading import load_contract, shipped

EVERY = pytest.mark.parametrize("ref", shipped())


@EVERY
def test_a_shipped_contract_loads_and_says_where_its_layout_comes_from(
    ref: str, tmp_path: Path
) -> None:
    contract = load_contract(ref, tmp_path)
    assert contract.title
    assert contract.about


@EVERY
def test_a_shipped_contract_is_commented(ref: str) -> None:
    lines = shipped()[ref].read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("#")
    assert sum(line.lstrip().startswith("#") for line in lines) >= 5
