"""Buckets and shares: a real S3 server on loopback, a folder of this machine, and bad settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import s3fs  # type: ignore[import-untyped]  # s3fs 2026.9 has no types
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from hit_pipeline.engine import Engine
from hit_pipeline.errors import PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.settings_remote import Store
from hit_pipeline.sources.adapters import transport
from tests.unit.sources.asked import Asked
from tests.unit.sources.test_sftp import LOG


@contextmanager
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as address:
        yield address


@dataclass
class Bench:
    """A bucket and a district that fetches from it."""

    asked: Asked
    store: dict[str, Any]
    files: Any

    def put(self, name: str, data: bytes) -> None:
        with self.files.open(f"alder-{self.asked.folder.name}/{name}", "wb") as out:
            out.write(data)

    def names(self) -> list[str]:
        self.files.invalidate_cache()
        found = self.files.find(f"alder-{self.asked.folder.name}")
        return sorted(one.partition("/")[2] for one in found)

    def landed(self) -> list[tuple[str, int]]:
        self.asked.later(days=1)
        got = self.asked.landed()
        assert got.left is None
        return [(one.name, one.rows) for one in got.deliveries]


def asked_of(store: dict[str, Any], folder: Path, engine: Engine) -> Asked:
    folder.mkdir(exist_ok=True)
    (folder / "log.toml").write_text(LOG)
    source = {"adapter": "files", "contract": "log.toml", "kind": "log", "store": store}
    return Asked(engine, folder, source)


@pytest.fixture
def bucket(endpoint: str, tmp_path: Path, engine: Engine) -> Bench:
    name = f"alder-{tmp_path.name}".lower().replace("_", "-")[:60]
    folder = tmp_path / name.removeprefix("alder-")
    options = {"endpoint_url": endpoint}
    secrets = {"key": "alder", "secret": "alder-secret"}
    files = s3fs.S3FileSystem(**options, **secrets, skip_instance_cache=True)
    files.mkdir(name)
    store = {"url": f"s3://{name}/out", "options": options, "secrets": secrets, "retries": 0}
    return Bench(asked_of(store, folder, engine), store, files)


def test_a_bucket_is_fetched_once_and_what_changes_again(bucket: Bench) -> None:
    bucket.put("out/a.csv", b"Visit\n1\n")
    bucket.put("out/deep/b.csv", b"Visit\n1\n2\n")
    bucket.put("elsewhere/c.csv", b"Visit\n3\n")
    assert sorted(bucket.landed()) == [("a.csv", 1), ("deep/b.csv", 2)]
    assert bucket.landed() == []
    bucket.put("out/a.csv", b"Visit\n9\n")
    assert bucket.landed() == [("a.csv", 1)]


def test_landed_objects_are_archived_beside_older_ones(bucket: Bench) -> None:
    name = bucket.store["url"].split("/")[2]
    bucket.store["archive"] = f"s3://{name}/out/done"
    bucket.put("out/a.csv", b"Visit\n1\n")
    bucket.put("out/done/a.csv", b"older")
    assert bucket.landed() == [("a.csv", 1)]
    assert bucket.names() == ["out/done/a.2.csv", "out/done/a.csv"]
    assert bucket.landed() == []


def test_names_that_climb_are_told_and_the_others_fetched(bucket: Bench) -> None:
    bucket.put("out/../../evil.csv", b"Visit\n1\n")
    bucket.put("out/a//b.csv", b"Visit\n1\n")
    bucket.put("out/a\\b.csv", b"Visit\n1\n")
    bucket.put("out/good.csv", b"Visit\n1\n")
    bucket.asked.later(days=1)
    got = bucket.asked.night()
    assert [one.name for one in got.deliveries] == ["good.csv"]
    assert isinstance(got.failure, PermanentSourceError)
    assert "lead out of the folder" in str(got.failure)
    assert [one.name for one in bucket.asked.folder.rglob("evil*")] == []


def test_a_bucket_that_is_not_there_is_permanent(bucket: Bench) -> None:
    bucket.store["url"] = "s3://nobody-has-this-bucket/out"
    assert isinstance(bucket.asked.bring(), PermanentSourceError)


def test_no_server_is_transient_and_tells_no_secret(bucket: Bench) -> None:
    bucket.store["options"] = {"endpoint_url": "http://127.0.0.1:1"}
    failure = bucket.asked.bring()
    assert isinstance(failure, TransientSourceError)
    assert "alder-secret" not in str(failure)


def test_a_look_keeps_nothing(bucket: Bench) -> None:
    bucket.put("out/a.csv", b"Visit\n1\n")
    looks = list(transport(bucket.asked.district, "sis", bucket.asked.now).look())
    assert [(one.what, one.ok) for one in looks] == [("connection", True), ("files", True)]


def test_a_share_is_read_without_following_links(tmp_path: Path, engine: Engine) -> None:
    share, outside = tmp_path / "share", tmp_path / "outside"
    for one in (share / "deep", outside):
        one.mkdir(parents=True)
        (one / "a.csv").write_bytes(b"Visit\n1\n")
    (share / "link.csv").symlink_to(outside / "a.csv")
    (share / "linked").symlink_to(outside)
    store = {"url": f"file://{share}", "archive": f"file://{share}/done", "retries": 0}
    asked = asked_of(store, tmp_path / "district", engine)
    assert [one.name for one in asked.landed().deliveries] == ["deep/a.csv"]
    assert (share / "done/deep/a.csv").read_bytes() == b"Visit\n1\n"
    assert (outside / "a.csv").exists()


@pytest.mark.parametrize(
    ("url", "options", "told"),
    [
        ("smb://server/share", {}, "smb"),
        ("nothing://server/share", {}, "store"),
        ("s3://bucket/x", {"no_such_option": "x"}, "options"),
        ("file:///no/such/folder", {}, "not there"),
    ],
)
def test_settings_that_do_not_fit_are_permanent(
    tmp_path: Path, engine: Engine, url: str, options: dict[str, str], told: str
) -> None:
    asked = asked_of({"url": url, "options": options, "retries": 0}, tmp_path / "d", engine)
    failure = asked.bring()
    assert isinstance(failure, SourceError)
    assert not isinstance(failure, TransientSourceError), failure
    assert told in str(failure)


@pytest.mark.parametrize(
    "url",
    ["bucket/folder", "ftp://server/x", "http://server/x", "sftp://server/x", "smb://u:p@server/x"],
)
def test_addresses_that_are_none_or_unsafe_are_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Store(url=url)
