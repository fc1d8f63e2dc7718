"""Bundles that go wrong as a whole, as they stand in the inbox and in the answer key."""

import csv
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hit_pipeline.synth.demo import demo_plan
from hit_pipeline.synth.dirt.bundles import malformed
from hit_pipeline.synth.generate import generate
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.systems.oneroster import bundle_name
from hit_pipeline.synth.truth.build import District
from tests.unit.synth.dirt.bundle_kinds import BUNDLE_KINDS, EVERY

PLAN = Plan(District(5, students=320, schools=8), "typical", "weekly", ("oneroster",))
Faults = list[dict[str, Any]]


@dataclass(frozen=True)
class Inbox:
    """The bundles of a district of two zones, and the lines of its key about them."""

    folder: Path
    faults: Faults

    def of(self, kind: str) -> Faults:
        """Return the lines of the key on a fault."""
        return [line for line in self.faults if line["kind"] == kind]

    def bundle(self, kind: str) -> str:
        """Return the one bundle that bears a fault."""
        (name,) = {line["file"].partition("/")[0] for line in self.of(kind)}
        return str(name)

    def files(self, bundle: str) -> dict[str, bytes]:
        """Return the entries of a bundle, without ``.csv``."""
        with zipfile.ZipFile(self.folder / bundle) as archive:
            return {name.removesuffix(".csv"): archive.read(name) for name in archive.namelist()}

    def rows(self, bundle: str, file: str) -> list[dict[str, str]]:
        """Return the rows of an entry."""
        return read(self.files(bundle)[file])

    def marked(self, kind: str, file: str) -> set[int]:
        """Return the rows of a file that bear a fault, from 0."""
        lines = [one for one in self.of(kind) if one["file"].endswith(f"/{file}.csv")]
        return {line["row"] - 1 for line in lines}


def read(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Inbox:
    folder = tmp_path_factory.mktemp("bundles") / "district"
    generate(PLAN, folder, workers=1)
    lines = pq.read_table(folder / "key" / "fault.parquet").to_pylist()
    return Inbox(folder / "inbox" / "sis", [one for one in lines if one["source"] == "sis"])


# ---- which nights -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("dirt", ["typical", "nasty"])
def test_a_malformed_bundle_is_rare_alone_and_never_first_or_last(seed: int, dirt: str) -> None:
    plan = replace(PLAN, district=replace(PLAN.district, seed=seed), dirt=dirt)
    found, nights = malformed(plan), plan.nights
    counts = [list(found.values()).count(kind) for kind in BUNDLE_KINDS]
    assert set(found.values()) == set(BUNDLE_KINDS)
    assert max(counts) <= (1 if dirt == "typical" else 4)
    assert not {0, nights[-1].number} & found.keys()
    assert not any(number + 1 in found for number in found)
    months = {int(str(nights[number].today)[5:7]) for number in found}
    assert not months & {6, 7, 8, 9}


def test_no_bundle_is_malformed_without_dirt_in_the_demo_or_in_one_delivery() -> None:
    for plan in (replace(PLAN, dirt="none"), replace(PLAN, deliveries="final"), demo_plan()):
        assert not malformed(plan)


def test_the_bundle_after_a_malformed_one_is_whole(inbox: Inbox) -> None:
    nights = PLAN.nights
    for number in malformed(PLAN):
        modes = inbox.rows(bundle_name(nights[number + 1]), "manifest")
        stated = {row["value"] for row in modes if row["propertyName"].startswith("file.")}
        assert stated == {"bulk", "absent"}


# ---- what is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BUNDLE_KINDS)
def test_a_fault_of_a_bundle_stands_on_one_night_in_its_files(inbox: Inbox, kind: str) -> None:
    nights = PLAN.nights
    (number,) = (n for n, own in malformed(PLAN).items() if own == kind)
    assert inbox.bundle(kind) == bundle_name(nights[number])
    files = {line["file"].rpartition("/")[2].removesuffix(".csv") for line in inbox.of(kind)}
    assert files == BUNDLE_KINDS[kind]


def test_an_archive_stands_inside_the_archive_and_is_a_whole_bundle(inbox: Inbox) -> None:
    bundle = inbox.bundle("sis_bundle_nested")
    (inner,) = inbox.files(bundle).items()
    assert inner[0] == "export.zip"
    with zipfile.ZipFile(io.BytesIO(inner[1])) as archive:
        assert {name.removesuffix(".csv") for name in archive.namelist()} == set(EVERY)
        counts = {name: len(read(archive.read(name))) for name in archive.namelist()}
    marked = defaultdict(set)
    for line in inbox.of("sis_bundle_nested"):
        marked[line["file"]].add(line["row"])
    assert {name: len(rows) for name, rows in marked.items()} == {
        f"{bundle}/export.zip/{name}": count for name, count in counts.items()
    }


def test_one_file_is_a_delta_in_a_bulk_bundle(inbox: Inbox) -> None:
    bundle = inbox.bundle("sis_bundle_mixed")
    modes = {row["propertyName"]: row["value"] for row in inbox.rows(bundle, "manifest")}
    assert modes["file.demographics"] == "delta"
    assert {modes[f"file.{file}"] for file in ("orgs", "users", "enrollments")} == {"bulk"}
    rows = inbox.rows(bundle, "demographics")
    assert inbox.marked("sis_bundle_mixed", "demographics") == set(range(len(rows)))
    assert {row["status"] for row in rows} == {"active"}
    assert all(row["dateLastModified"] for row in rows)
    assert not any(row["status"] for row in inbox.rows(bundle, "users"))


def test_the_manifest_names_a_file_that_is_not_there(inbox: Inbox) -> None:
    bundle = inbox.bundle("sis_file_missing")
    modes = {row["propertyName"]: row["value"] for row in inbox.rows(bundle, "manifest")}
    assert modes["file.enrollments"] == "bulk"
    assert set(inbox.files(bundle)) == set(EVERY) - {"enrollments"}
    lines = inbox.of("sis_file_missing")
    assert {line["row"] for line in lines} == {None}
    after = inbox.rows(_next(bundle), "enrollments")
    assert len(lines) == pytest.approx(len(after), rel=0.05)


def _next(bundle: str) -> str:
    names = [bundle_name(night) for night in PLAN.nights]
    return names[names.index(bundle) + 1]


def test_a_byte_order_mark_stands_before_every_header_of_that_night_alone(inbox: Inbox) -> None:
    bundle = inbox.bundle("sis_bom")
    for path in sorted(inbox.folder.iterdir()):
        begins = {
            content[:3] for name, content in inbox.files(path.name).items() if "." not in name
        }
        assert (b"\xef\xbb\xbf" in begins) == (path.name == bundle)
        assert len(begins) == 1 or path.name != bundle


def test_lines_with_commas_in_their_cells_have_too_many_cells(inbox: Inbox) -> None:
    bundle = inbox.bundle("sis_comma_unquoted")
    for name, content in inbox.files(bundle).items():
        assert b'"' not in content
        header, *lines = csv.reader(io.StringIO(content.decode(), newline=""))
        ragged = {at for at, line in enumerate(lines) if len(line) != len(header)}
        assert ragged == inbox.marked("sis_comma_unquoted", name)
        assert bool(ragged) == (name == "classes")


def test_a_school_without_a_sourced_id_takes_its_rows_along(inbox: Inbox) -> None:
    bundle = inbox.bundle("sis_org_broken")
    orgs = inbox.rows(bundle, "orgs")
    known = {row["sourcedId"] for row in orgs}
    assert sum(not row["sourcedId"] for row in orgs) == 1
    columns = {
        "classes": "schoolSourcedId",
        "users": "primaryOrgSourcedId",
        "roles": "orgSourcedId",
        "enrollments": "schoolSourcedId",
    }
    for file, column in columns.items():
        rows = inbox.rows(bundle, file)
        left = {at for at, row in enumerate(rows) if row[column] and row[column] not in known}
        assert left
        assert inbox.marked("sis_org_broken", file) == left


def test_the_parents_of_the_district_lead_back_to_it(inbox: Inbox) -> None:
    rows = inbox.rows(inbox.bundle("sis_org_cycle"), "orgs")
    parent = {row["sourcedId"]: row["parentSourcedId"] for row in rows}
    (district,) = (row["sourcedId"] for row in rows if row["type"] == "district")
    assert parent[parent[district]] == district
    pair = {district, parent[district]}
    marked = inbox.marked("sis_org_cycle", "orgs")
    assert {rows[at]["sourcedId"] for at in marked} == pair


def test_enrollments_have_ids_no_other_bundle_knows(inbox: Inbox) -> None:
    bundle = inbox.bundle("sis_ids_invented")
    ids = {row["sourcedId"] for row in inbox.rows(bundle, "enrollments")} - {""}
    after = {row["sourcedId"] for row in inbox.rows(_next(bundle), "enrollments")} - {""}
    assert len(ids) > 500
    assert not ids & after
    named = [
        {(row["userSourcedId"], row["classSourcedId"]) for row in inbox.rows(one, "enrollments")}
        for one in (bundle, _next(bundle))
    ]
    assert len(named[0] & named[1]) > 0.9 * len(named[0])
