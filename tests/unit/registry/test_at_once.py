"""Several who write to one registry at once: nothing of anybody is lost."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from hit_pipeline.errors import LakeError, RegistryChanged
from hit_pipeline.registry.changes import Changes
from hit_pipeline.registry.connecting import connect, writing
from hit_pipeline.registry.database import ENGINE, Registry
from tests.unit.registry.rows import KIM, LEE, NOW, link, linked, of_record, people, rows, write

RECORDS = [f"r{number}" for number in range(12)]


@pytest.fixture
def registry(url: str) -> Registry:
    found = Registry.open(url)
    links = rows("link", *(link(record, None, "unsure") for record in RECORDS))
    write(found, Changes(people=people("SA", "SB"), links=links))
    return found


def test_a_decision_taken_while_a_night_resolves_is_not_lost(registry: Registry) -> None:
    expected = registry.fingerprint()
    night = Changes(links=rows("link", link("r1", "SB"), link("r2", "SB")))
    registry.decide([of_record("r1", "SA")], by=KIM, now=NOW)
    with pytest.raises(RegistryChanged):
        registry.write(night, expected=expected, made_by=ENGINE, now=NOW)
    assert linked(registry) == {"r1": "SA"}


DECIDE = """
import sys
from datetime import UTC, datetime
from hit_pipeline.errors import DecisionConflict
from hit_pipeline.registry.database import Registry
from hit_pipeline.registry.decision import Answer
url, by, key, *records = sys.argv[1:]
registry = Registry.open(url)
for record in records:
    try:
        registry.decide([Answer("student", key, "same", "sis", record)], by=by,
                        now=datetime.now(UTC))
        print(record)
    except DecisionConflict:
        pass
"""


def test_stewards_of_several_processes_decide_one_after_another(
    registry: Registry, url: str
) -> None:
    stewards = {KIM: "SA", LEE: "SB"}
    orders = {KIM: RECORDS, LEE: RECORDS[::-1]}
    started = {
        by: subprocess.Popen(
            [sys.executable, "-c", DECIDE, url, by, key, *orders[by]],
            stdout=subprocess.PIPE,
            text=True,
        )
        for by, key in stewards.items()
    }
    decided = {by: one.communicate(timeout=120)[0].split() for by, one in started.items()}
    assert sorted([*decided[KIM], *decided[LEE]]) == sorted(RECORDS)
    assert linked(registry) == {
        record: stewards[by] for by, records in decided.items() for record in records
    }
    told = registry.decisions("student").to_pylist()
    assert [one["seq"] for one in told] == list(range(1, len(RECORDS) + 1))
    assert set(registry.strays().values()) == {0}


def test_of_nights_that_resolve_at_once_one_is_kept(registry: Registry, url: str) -> None:
    expected = registry.fingerprint()

    def night(number: int) -> bool:
        changes = Changes(links=rows("link", link(f"r{number}", "SA")))
        try:
            Registry.open(url).write(changes, expected=expected, made_by=ENGINE, now=NOW)
        except RegistryChanged:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(night, range(4)))
    assert sum(kept) == 1
    assert linked(registry) == {f"r{kept.index(True)}": "SA"}


def test_a_reader_is_not_kept_waiting_by_a_writer(registry: Registry, url: str) -> None:
    with writing(connect(url)):
        assert registry.people("student").num_rows == 2


def test_a_writer_who_never_lets_go_is_told_of(
    registry: Registry, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hit_pipeline.registry.connecting._WAIT_SECONDS", 0.1)
    with writing(connect(url)), pytest.raises(LakeError, match="lock"):
        write(Registry.open(url), Changes(people=people("SC")))
    assert registry.people("student").num_rows == 2
