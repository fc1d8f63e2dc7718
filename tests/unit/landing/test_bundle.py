"""Zips, folders and single files: what is yielded, and what is refused by which rule."""

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.bundle import (
    MAX_MEMBERS,
    check_workbook,
    is_bundle,
    is_temporary,
    members,
)
from hit_pipeline.settings import Thresholds


def zipped(path: Path, entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def contents(path: Path, workspace: Path, limits: Thresholds | None = None) -> dict[str, bytes]:
    workspace.mkdir(exist_ok=True)
    found = members(path, source="sis", thresholds=limits or Thresholds())
    return {one.name: one.extract_to(workspace).read_bytes() for one in found}


def refused_by(path: Path, workspace: Path, limits: Thresholds | None = None) -> str:
    with pytest.raises(DeliveryRefused) as caught:
        contents(path, workspace, limits)
    assert caught.value.source == "sis"
    return caught.value.rule


def test_members_of_a_zip_come_sorted_without_what_systems_add(tmp_path: Path) -> None:
    entries = {"b/users.csv": b"u", "a.csv": b"a", "__MACOSX/._a.csv": b"x", "b/.DS_Store": b"x"}
    path = zipped(tmp_path / "bundle.zip", entries)
    found = contents(path, tmp_path / "work")
    assert list(found.items()) == [("a.csv", b"a"), ("b/users.csv", b"u")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_read(tmp_path: Path, method: int) -> None:
    path = zipped(tmp_path / "bundle.zip", {"a.csv": b"a" * 100}, method)
    assert contents(path, tmp_path / "work") == {"a.csv": b"a" * 100}


def test_a_folder_gives_its_finished_files(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    (folder / "deep").mkdir(parents=True)
    for name in ("b.csv", "deep/a.csv", ".hidden", "c.csv.part", "~$b.xlsx"):
        (folder / name).write_bytes(name.encode())
    found = contents(folder, tmp_path / "work")
    assert found == {"b.csv": b"b.csv", "deep/a.csv": b"deep/a.csv"}


def test_a_single_file_is_not_copied_and_a_compressed_one_is_unpacked(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_bytes(b"a")
    packed.write_bytes(gzip.compress(b"b"))
    (only,) = members(plain, source="sis", thresholds=Thresholds())
    assert only.extract_to(tmp_path) == plain
    assert contents(packed, tmp_path / "work") == {"b.csv": b"b"}


@pytest.mark.parametrize(
    "name",
    [
        "../evil.csv",
        "a/../../evil.csv",
        "/etc/evil.csv",
        "C:evil.csv",
        "C:/evil.csv",
        "..\\evil.csv",
        "a\\evil.csv",
        "evil\n.csv",
        "..",
    ],
)
def test_a_path_that_climbs_out_is_refused_before_anything_is_unpacked(
    tmp_path: Path, name: str
) -> None:
    path = zipped(tmp_path / "bundle.zip", {"a.csv": b"a", name: b"x"})
    work = tmp_path / "work"
    assert refused_by(path, work) == "landing.zip_path"
    assert not list(work.iterdir())


def test_a_name_with_a_nul_is_judged_whole(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bundle.zip", {"a.csvX.exe": b"x"})
    path.write_bytes(path.read_bytes().replace(b"a.csvX.exe", b"a.csv\0.exe"))
    assert refused_by(path, tmp_path / "work") == "landing.zip_path"


def test_links_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("users.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused_by(path, tmp_path / "work") == "landing.zip_path"
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "users.csv").symlink_to("/etc/passwd")
    assert refused_by(folder, tmp_path / "work") == "landing.zip_path"


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("second", ["users.csv", "Users.CSV", "useRs.csv"])
def test_one_name_twice_is_refused_whatever_its_case(tmp_path: Path, second: str) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("users.csv", "a")
        archive.writestr(second, "b")
    assert refused_by(path, tmp_path / "work") == "landing.zip_duplicate_entry"


def test_one_name_composed_and_decomposed_is_one_name(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bundle.zip", {"\u00e9.csv": b"a", "e\u0301.csv": b"b"})
    assert refused_by(path, tmp_path / "work") == "landing.zip_duplicate_entry"


def test_an_archive_in_an_archive_is_refused_by_name_or_by_content(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a.csv": b"a"}).read_bytes()
    for name in ("inner.zip", "inner.7z", "users.csv"):
        path = zipped(tmp_path / "outer.zip", {name: inner})
        assert refused_by(path, tmp_path / "work") == "landing.nested_zip"


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    book = zipped(tmp_path / "book.xlsx", {"xl/workbook.xml": b"<x/>"})
    assert not is_bundle(book)
    path = zipped(tmp_path / "outer.zip", {"book.xlsx": book.read_bytes()})
    assert list(contents(path, tmp_path / "work")) == ["book.xlsx"]


def test_a_truncated_zip_is_refused(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "bundle.zip", {"a.csv": b"abc" * 5_000}).read_bytes()
    path = tmp_path / "cut.zip"
    for size in (1, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert refused_by(path, tmp_path / "work") == "landing.truncated_zip"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_entry_is_refused(tmp_path: Path, method: int) -> None:
    data = bytes(range(256)) * 40
    whole = bytearray(zipped(tmp_path / "bundle.zip", {"a.csv": data}, method).read_bytes())
    whole[60:80] = bytes(20)
    path = tmp_path / "bad.zip"
    path.write_bytes(whole)
    assert refused_by(path, tmp_path / "work") == "landing.truncated_zip"


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"abc" * 5_000)[:-10])
    assert refused_by(path, tmp_path / "work") == "landing.truncated_zip"


def test_an_empty_zip_or_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing.zip").touch()
    (tmp_path / "drop").mkdir()
    for path in (tmp_path / "nothing.zip", zipped(tmp_path / "no.zip", {}), tmp_path / "drop"):
        assert refused_by(path, tmp_path / "work") == "landing.empty_file"


def test_a_bomb_is_found_by_its_ratio(tmp_path: Path) -> None:
    zeros = bytes(20_000_000)
    path = zipped(tmp_path / "bomb.zip", {"a.csv": zeros})
    assert refused_by(path, tmp_path / "work") == "landing.zip_bomb"
    packed = tmp_path / "bomb.csv.gz"
    packed.write_bytes(gzip.compress(zeros))
    assert refused_by(packed, tmp_path / "work") == "landing.zip_bomb"


def test_a_bomb_in_many_parts_is_found(tmp_path: Path) -> None:
    parts = {f"{n}.csv": bytes(400_000) for n in range(20)}
    path = zipped(tmp_path / "bomb.zip", parts)
    assert refused_by(path, tmp_path / "work") == "landing.zip_bomb"


def test_a_bomb_is_found_by_size_whatever_its_header_says(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", {"a.csv": b"x" * 5_000})
    limits = Thresholds(max_entry_bytes=1_000)
    assert refused_by(path, tmp_path / "work", limits) == "landing.zip_bomb"
    lying = path.read_bytes().replace(struct.pack("<I", 5_000), struct.pack("<I", 10))
    path.write_bytes(lying)
    assert refused_by(path, tmp_path / "work", limits) == "landing.truncated_zip"


def test_a_large_file_and_too_many_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 5_000)
    limits = Thresholds(max_entry_bytes=1_000)
    assert refused_by(path, tmp_path / "work", limits) == "landing.zip_bomb"
    many = zipped(tmp_path / "many.zip", {f"{n}.csv": b"" for n in range(MAX_MEMBERS + 1)})
    assert refused_by(many, tmp_path / "work") == "landing.zip_bomb"


def test_a_bomb_inside_a_workbook_is_found(tmp_path: Path) -> None:
    path = zipped(tmp_path / "book.xlsx", {"xl/sheet.xml": bytes(20_000_000)})
    with pytest.raises(DeliveryRefused, match="zip_bomb"):
        check_workbook(path, "book.xlsx", source="sis", thresholds=Thresholds())
    old = tmp_path / "book.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0")
    check_workbook(old, "book.xls", source="sis", thresholds=Thresholds())


def test_a_locked_zip_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "bundle.zip", {"a.csv": b"abc"}).read_bytes())
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(data)
    assert refused_by(path, tmp_path / "work") == "landing.unreadable"


def test_an_unknown_way_to_pack_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "bundle.zip", {"a.csv": b"abc"}).read_bytes())
    central = data.index(b"PK\x01\x02")
    data[8:10] = data[central + 10 : central + 12] = struct.pack("<H", 9)
    path = tmp_path / "odd.zip"
    path.write_bytes(data)
    assert refused_by(path, tmp_path / "work") == "landing.unreadable"


def test_a_zip_by_content_is_a_bundle_whatever_its_name(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", "a")
    path = tmp_path / "export.dat"
    path.write_bytes(stream.getvalue())
    assert contents(path, tmp_path / "work") == {"a.csv": b"a"}


@pytest.mark.parametrize("name", [".x.csv", "~$x.xlsx", "x.csv.part", "x.TMP", "x.filepart"])
def test_names_of_files_being_written(name: str) -> None:
    assert is_temporary(name)
    assert not is_temporary("x.csv")
