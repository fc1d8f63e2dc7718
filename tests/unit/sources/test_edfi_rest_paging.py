"""Pages of an Ed-Fi ODS: whatever happens while they are read, no row is passed over."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.errors import TransientSourceError
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.edfi.rest import EdFiPuller
from hit_pipeline.sources.pull.pulling import Part, PulledPart, Spool
from tests.unit.sources.edfi_ods import Manners, Ods, Record
from tests.unit.sources.edfi_service import serving


@cache
def _contract() -> Contract:
    return load_contract("edfi", Path())


CURSORS = Manners()
WINDOWS = Manners(version="7.1")
OFFSETS = Manners(version="5.3", change_queries=False)
CURSORS_ALONE = Manners(change_queries=False)
NO_DELETES = Manners(version="7.1", deletes_allowed=False)
EVERY = [CURSORS, WINDOWS, OFFSETS, CURSORS_ALONE, NO_DELETES]
NAMES = ["cursors", "windows", "offsets", "cursors alone", "no deletes"]


def student(number: int) -> Record:
    return {
        "id": f"{number:032x}",
        "studentUniqueId": str(number),
        "firstName": "Ada",
        "lastSurname": f"Alder {number}",
        "birthDate": "2015-05-05",
    }


@contextmanager
def holding(manners: Manners, students: int) -> Iterator[Ods]:
    with serving(Ods(manners)) as ods:
        ods.put("students", *(student(number) for number in range(students)))
        yield ods


def puller(ods: Ods, page_size: int | None = None, **settings: object) -> EdFiPuller:
    """Return what asks for students alone."""
    rest = Rest.model_validate(
        {
            "url": ods.url,
            "client_id": ods.key,
            "client_secret": ods.secret,
            "page_size": page_size,
            "retries": 0,
            **settings,
        }
    )
    return EdFiPuller("sis", rest, _contract(), ("students",))


def pull(asking: EdFiPuller, folder: Path, since: str | None = None) -> PulledPart:
    spool = Spool(folder)
    asking.pull(spool, [Part("students", since)])
    whole = spool.whole("students")
    assert whole is not None
    return whole


def records(folder: Path) -> list[Record]:
    """Return what was written; nothing is when nothing came."""
    path = folder / "students.records.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def current(told: list[Record]) -> dict[str, str]:
    """Apply records in order, as the history of a file is applied; return name by id."""
    found: dict[str, str] = {}
    for one in told:
        if one.get("_deleted"):
            found.pop(one["id"], None)
        else:
            found[one["id"]] = one["lastSurname"]
    gone = {one["id"] for one in told if one.get("_deleted")}
    return {key: name for key, name in found.items() if key not in gone}


def held(ods: Ods) -> dict[str, str]:
    return {key: one["lastSurname"] for key, (_, one) in ods.state.rows["students"].items()}


@pytest.mark.parametrize("manners", EVERY, ids=NAMES)
@pytest.mark.parametrize("students", [1, 2, 7, 8, 61])
def test_every_row_comes(manners: Manners, students: int, tmp_path: Path) -> None:
    with holding(manners, students) as ods:
        part = pull(puller(ods, page_size=7), tmp_path)
        assert (part.mode, part.rows) == ("bulk", students)
        assert current(records(tmp_path)) == held(ods)


@pytest.mark.parametrize("manners", EVERY, ids=NAMES)
def test_pages_are_as_large_as_the_standard_allows(manners: Manners, tmp_path: Path) -> None:
    with holding(manners, 1200) as ods:
        assert pull(puller(ods), tmp_path).rows == 1200
        pages = [one for one in ods.asked("students") if one.query.get("limit") != "0"]
        assert len(pages) <= 4


@pytest.mark.parametrize("manners", [WINDOWS, OFFSETS], ids=["windows", "offsets"])
def test_a_server_that_gives_less_than_asked_does_not_cost_rows(
    manners: Manners, tmp_path: Path
) -> None:
    with holding(replace(manners, most=5, clamps=True), 23) as ods:
        if not manners.change_queries:
            assert pull(puller(ods, page_size=20), tmp_path).rows == 23
            return
        with pytest.raises(TransientSourceError, match=r"3 times \(\d+ of 23 rows\).*page_size"):
            pull(puller(ods, page_size=20), tmp_path)


@pytest.mark.parametrize("manners", EVERY, ids=NAMES)
def test_a_server_that_does_not_count_is_read_all_the_same(
    manners: Manners, tmp_path: Path
) -> None:
    with holding(replace(manners, totals=False), 23) as ods:
        assert pull(puller(ods, page_size=5), tmp_path).rows == 23


def test_a_deep_window_is_read_as_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hit_pipeline.sources.edfi.paging._DEEPEST", 20)
    with holding(WINDOWS, 90) as ods:
        assert pull(puller(ods, page_size=10), tmp_path).rows == 90
        assert max(int(one.query.get("offset", 0)) for one in ods.asked("students")) < 20


Act = tuple[str, int]
ACTS = st.lists(st.tuples(st.sampled_from(["put", "change", "delete"]), st.integers(0, 59)))
MIDWAY = st.dictionaries(st.integers(1, 8), ACTS, max_size=4)


def _act(ods: Ods, kind: str, number: int) -> None:
    name = f"{number:032x}"
    if kind == "put":
        ods.put("students", student(1000 + ods.state.newest))
    elif kind == "change" and name in ods.state.rows["students"]:
        ods.put("students", {**student(number), "lastSurname": f"Birch {ods.state.newest}"})
    elif kind == "delete" and name in ods.state.rows["students"]:
        ods.delete("students", name)


def _busy(ods: Ods, midway: dict[int, list[Act]]) -> Callable[[str, int], None]:
    def act(_resource: str, page: int) -> None:
        for kind, number in midway.pop(page, []):
            _act(ods, kind, number)

    return act


@pytest.mark.parametrize("manners", EVERY, ids=NAMES)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(midway=MIDWAY)
def test_no_row_that_stays_is_missed_by_what_happens_meanwhile(
    manners: Manners, midway: dict[int, list[Act]]
) -> None:
    with TemporaryDirectory() as folder, holding(manners, 60) as ods:
        before, path = dict(held(ods)), Path(folder)
        ods.after_page = _busy(ods, dict(midway))
        try:
            pull(puller(ods, page_size=9), path)
        except TransientSourceError:
            assert not manners.change_queries, "with change versions there is always a way"
            return
        after, got = held(ods), current(records(path))
        stayed = {key: name for key, name in after.items() if before.get(key) == name}
        assert stayed.items() <= got.items()
        if manners.change_queries and manners.deletes_allowed:
            assert got == after


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(nights=st.lists(ACTS, min_size=1, max_size=4), midway=MIDWAY)
def test_increments_lead_to_what_the_server_holds(
    nights: list[list[Act]], midway: dict[int, list[Act]]
) -> None:
    with TemporaryDirectory() as folder, holding(WINDOWS, 60) as ods:
        told: list[Record] = []
        cursor: str | None = None
        for number, acts in enumerate([[], *nights, []]):
            for kind, of in acts:
                _act(ods, kind, of)
            ods.after_page = _busy(ods, dict(midway) if number == 1 else {})
            part = pull(puller(ods, page_size=9), _new(Path(folder) / str(number)), cursor)
            assert part.mode == ("delta" if cursor else "bulk")
            told += records(Path(folder) / str(number))
            cursor = part.cursor
        assert current(told) == held(ods)


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.parametrize("manners", EVERY, ids=NAMES)
def test_a_page_that_repeats_without_end_is_no_whole(manners: Manners, tmp_path: Path) -> None:
    with holding(manners, 60) as ods:
        ods.repeats = True
        with pytest.raises(TransientSourceError, match="did not hold still 3 times"):
            pull(puller(ods, page_size=7), tmp_path)
        assert not (tmp_path / "students.jsonl").exists()


@pytest.mark.parametrize("manners", EVERY, ids=NAMES)
def test_a_pull_that_broke_off_goes_on_where_it_stopped(manners: Manners, tmp_path: Path) -> None:
    with holding(manners, 60) as ods:

        def break_off(_resource: str, page: int) -> None:
            if page == 4:
                ods.fail("/students", 503)

        ods.after_page = break_off
        with pytest.raises(TransientSourceError):
            pull(puller(ods, page_size=7), tmp_path)
        ods.faults.clear()
        before = ods.pages["students"]
        ods.delete("students", f"{59:032x}")
        ods.delete("students", f"{1:032x}")
        part = pull(puller(ods, page_size=7), tmp_path)
        assert part.mode == "bulk"
        assert held(ods).items() <= current(records(tmp_path)).items()
        assert ods.pages["students"] - before <= (18 if manners is OFFSETS else 9)
