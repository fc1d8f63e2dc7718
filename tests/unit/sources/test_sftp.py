"""An SSH server: who is trusted, who is let in, what is fetched, and what a cut leaves."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import PermanentSourceError, TransientSourceError
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.sources.adapters import transport
from hit_pipeline.sources.mirror.mirroring import Mirror
from tests.unit.sources.asked import Asked
from tests.unit.sources.ssh_server import PASSWORD, USER, SshServer, serving

LOG = """
id = "log"
version = 1
title = "A log"
[files.visits]
pattern = "*.csv"
delivers = "increment"
natural_key = ["Visit"]
columns = [{ name = "Visit" }]
feeds = []
"""


@dataclass
class Bench:
    """A server and a district that fetches from it."""

    server: SshServer
    asked: Asked
    sftp: dict[str, Any]

    @property
    def mirror(self) -> Mirror:
        found = transport(self.asked.district, "sis", self.asked.now)
        assert isinstance(found, Mirror)
        return found

    def landed(self) -> list[Delivery]:
        self.asked.later(days=1)
        return list(self.asked.landed().deliveries)

    def failure(self) -> str:
        failure = self.asked.bring()
        assert failure is not None
        return str(failure)

    def looks(self) -> dict[str, tuple[bool, str]]:
        return {one.what: (one.ok, one.seen) for one in self.mirror.look()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with serving(tmp_path / "served") as started:
        yield started


@pytest.fixture
def bench(server: SshServer, tmp_path: Path, engine: Engine) -> Bench:
    folder = tmp_path / "district"
    folder.mkdir()
    (folder / "log.toml").write_text(LOG)
    sftp: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "username": USER,
        "password": PASSWORD,
        "host_keys": [server.line],
        "retries": 0,
        "timeout_seconds": 5,
    }
    source = {"adapter": "files", "contract": "log.toml", "kind": "log", "sftp": sftp}
    return Bench(server, Asked(engine, folder, source), sftp)


def test_files_are_fetched_once_with_their_times_and_landed(bench: Bench) -> None:
    bench.server.put("b.csv", b"Visit\n2\n3\n", 1_700_000_000)
    bench.server.put("deep/a.csv", b"Visit\n1\n", 1_600_000_000)
    bench.server.put("readme.txt", b"no")
    bench.server.put("c.csv.part", b"Vis")
    bench.sftp["patterns"] = ["*.CSV"]
    assert [(one.name, one.rows) for one in bench.landed()] == [("deep/a.csv", 1), ("b.csv", 2)]
    assert bench.landed() == []
    assert sorted(bench.server.opened) == ["b.csv", "deep/a.csv"]
    assert [one for one in bench.mirror.copies.folder.rglob("*") if one.is_file()] == []


def test_a_changed_file_is_fetched_again_under_the_same_name(bench: Bench) -> None:
    bench.server.put("a.csv", b"Visit\n1\n", 1_700_000_000)
    bench.landed()
    bench.server.put("a.csv", b"Visit\n2\n", 1_700_000_100)
    (again,) = bench.landed()
    assert (again.name, again.rows) == ("a.csv", 1)
    assert bench.server.opened == ["a.csv", "a.csv"]


def test_links_are_never_followed(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(b"Visit\n9\n")
    (bench.server.root / "link.csv").symlink_to(tmp_path / "secret.csv")
    (bench.server.root / "loop").symlink_to(bench.server.root)
    bench.server.put("a.csv", b"Visit\n1\n")
    assert [one.name for one in bench.landed()] == ["a.csv"]


def test_a_server_nobody_knows_is_not_talked_to_and_its_key_is_told(bench: Bench) -> None:
    bench.sftp["host_keys"] = []
    told = bench.failure()
    assert bench.server.line in told
    assert bench.server.host_key.get_fingerprint() in told
    assert "ssh-ed25519" in told
    assert "sources.sis.sftp" in told
    assert not bench.looks()["connection"][0]


def test_a_changed_host_key_is_refused_before_any_password_is_sent(bench: Bench) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    bench.sftp["host_keys"] = [" ".join(other.split()[:2])]
    failure = bench.asked.bring()
    assert isinstance(failure, PermanentSourceError)
    assert "somebody may be in between" in str(failure)
    assert PASSWORD not in str(failure)


def test_a_file_of_known_hosts_does_as_well(bench: Bench) -> None:
    line = f"[127.0.0.1]:{bench.server.port} {bench.server.line}\n"
    (bench.asked.folder / "known_hosts").write_text(line)
    bench.sftp.update(host_keys=[], known_hosts="known_hosts")
    assert bench.asked.bring() is None


@pytest.mark.parametrize("kind", ["ecdsa-sha2-nistp256", "ssh-rsa"])
def test_servers_may_show_keys_of_other_kinds(bench: Bench, tmp_path: Path, kind: str) -> None:
    with serving(tmp_path / "other", key=asyncssh.generate_private_key(kind)) as other:
        bench.sftp.update(port=other.port, host_keys=[bench.server.line])
        assert other.line in bench.failure()
        bench.sftp["host_keys"] = [bench.server.line, other.line]
        assert bench.asked.bring() is None


@pytest.mark.parametrize("line", ["ssh-ed25519", "ssh-ed25519 AAAA", "what is this"])
def test_a_host_key_that_is_none_is_told(bench: Bench, line: str) -> None:
    bench.sftp["host_keys"] = [line]
    failure = bench.asked.bring()
    assert isinstance(failure, PermanentSourceError)
    assert "host_keys" in str(failure)


def test_a_wrong_password_is_permanent_and_not_repeated(bench: Bench) -> None:
    bench.sftp["password"] = "wrong horse"
    bench.sftp["retries"] = 3
    failure = bench.asked.bring()
    assert isinstance(failure, PermanentSourceError)
    assert "not let in" in str(failure)
    assert "horse" not in str(failure)
    assert bench.server.sessions == 1


@pytest.mark.parametrize("phrase", [None, "locked"])
@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_a_key_lets_in(bench: Bench, kind: str, phrase: str | None) -> None:
    key = asyncssh.generate_private_key(kind)
    key.write_private_key(bench.asked.folder / "id", passphrase=phrase)
    bench.server.users_key = key.convert_to_public()
    bench.sftp.update(password=None, key_file="id", key_passphrase=phrase)
    assert bench.asked.bring() is None


@pytest.mark.parametrize("phrase", [None, "wrong"])
def test_a_locked_key_without_its_passphrase_is_told(bench: Bench, phrase: str | None) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(bench.asked.folder / "id", passphrase="locked")
    bench.sftp.update(password=None, key_file="id", key_passphrase=phrase)
    assert "key_passphrase" in bench.failure()


def test_neither_key_nor_password_is_told(bench: Bench) -> None:
    bench.sftp["password"] = None
    assert "key_file" in bench.failure()


def test_a_missing_folder_is_permanent(bench: Bench) -> None:
    bench.sftp["folder"] = "outgoing"
    failure = bench.asked.bring()
    assert isinstance(failure, PermanentSourceError)
    assert "outgoing" in str(failure)


def test_nobody_at_the_port_is_transient(bench: Bench) -> None:
    bench.sftp["port"] = 1
    assert isinstance(bench.asked.bring(), TransientSourceError)


def test_a_cut_in_the_middle_leaves_no_half_file_and_the_next_night_goes_on(bench: Bench) -> None:
    whole = b"Visit\n" + b"".join(b"%d\n" % one for one in range(300_000))
    bench.server.put("a.csv", b"Visit\n1\n", 1_600_000_000)
    bench.server.put("b.csv", whole, 1_700_000_000)
    bench.server.cut_after = 400_000
    bench.asked.later(days=1)
    got = bench.asked.night()
    assert isinstance(got.failure, TransientSourceError)
    assert [one.name for one in got.deliveries] == ["a.csv"]
    waits = [one.name for one in bench.mirror.copies.folder.iterdir()]
    assert waits == ["b.csv.part"]
    (second,) = bench.landed()
    assert (second.name, second.rows) == ("b.csv", 300_000)


def test_a_cut_is_tried_again_within_the_night(bench: Bench) -> None:
    bench.server.put("b.csv", b"Visit\n" + b"1\n" * 300_000)
    bench.server.cut_after = 400_000
    bench.sftp["retries"] = 1
    (landed,) = bench.landed()
    assert landed.rows == 300_000


def test_landed_files_are_archived_and_nothing_there_is_written_over(bench: Bench) -> None:
    bench.sftp["archive"] = "done"
    bench.server.put("done/a.csv", b"older")
    bench.server.put("a.csv", b"Visit\n1\n")
    bench.server.put("deep/b.csv", b"nothing of the contract\n2\n")
    statuses = {one.name: one.status for one in bench.landed()}
    assert statuses == {"a.csv": "landed", "deep/b.csv": "refused"}
    there = {
        path.relative_to(bench.server.root).as_posix(): path.read_bytes()
        for path in bench.server.root.rglob("*")
        if path.is_file()
    }
    assert there == {
        "done/a.csv": b"older",
        "done/a.2.csv": b"Visit\n1\n",
        "done/deep/b.csv": b"nothing of the contract\n2\n",
    }
    assert bench.landed() == []


def test_a_server_that_forbids_renames_is_told_and_harms_nothing(bench: Bench) -> None:
    bench.sftp["archive"] = "done"
    bench.server.may_rename = False
    bench.server.put("a.csv", b"Visit\n1\n")
    bench.server.put("b.csv", b"Visit\n2\n")
    bench.asked.later(days=1)
    got = bench.asked.landed()
    assert [one.status for one in got.deliveries] == ["landed", "landed"]
    assert got.left is not None
    assert "not allowed" in got.left
    assert not bench.looks()["archive"][0]
    assert bench.landed() == []
    bench.server.may_rename = True
    bench.landed()
    assert sorted(one.name for one in (bench.server.root / "done").iterdir()) == ["a.csv", "b.csv"]
    assert bench.server.opened == ["a.csv", "b.csv"]
    assert bench.looks()["archive"][0]


def test_a_folder_that_may_not_be_read_keeps_nothing_else_waiting(bench: Bench) -> None:
    bench.server.put("a.csv", b"Visit\n1\n")
    bench.server.put("shut/b.csv", b"Visit\n2\n")
    bench.server.closed.add("shut")
    bench.asked.later(days=1)
    got = bench.asked.night()
    assert [one.name for one in got.deliveries] == ["a.csv"]
    assert isinstance(got.failure, PermanentSourceError)


def test_a_slowly_growing_file_is_left_until_it_lies_still(bench: Bench) -> None:
    path = bench.server.put("a.csv", b"Visit\n1\n")
    assert bench.asked.lake.root.is_dir()
    mirror = bench.mirror
    mirror.settle_seconds = 60
    seconds = [0.0]
    mirror.clock = lambda: seconds[0]

    def grow(pause: float) -> None:
        seconds[0] += pause
        with path.open("ab") as more:
            more.write(b"2\n")
        os.utime(path, (5, 5))  # the server's clock is of no use

    mirror.sleep = grow
    mirror.bring()
    assert bench.server.opened == []
    mirror.sleep = lambda pause: seconds.__setitem__(0, seconds[0] + pause)
    mirror.bring()
    assert bench.server.opened == ["a.csv"]
    assert seconds[0] == 120


def test_what_is_looked_at_is_told_and_nothing_is_kept(bench: Bench) -> None:
    bench.server.put("a.csv", b"Visit\n1\n")
    bench.sftp["archive"] = "done"
    looks = bench.looks()
    assert all(ok for ok, _ in looks.values())
    assert list(looks) == ["connection", "host key", "credentials", "folder", "archive", "files"]
    assert bench.server.host_key.get_fingerprint() in looks["host key"][1]
    assert "1 new" in looks["files"][1]
    assert not (bench.asked.lake.landing / "sis").exists()
    assert [one.name for one in bench.server.root.iterdir()] == ["a.csv"]


def test_a_server_that_falls_silent_in_a_file_is_given_up(bench: Bench) -> None:
    bench.sftp["timeout_seconds"] = 1
    bench.server.put("a.csv", b"Visit\n" + b"1\n" * 300_000)
    bench.server.hold_at = 400_000
    failure = bench.asked.bring()
    bench.server.held.set()
    assert isinstance(failure, TransientSourceError)
    assert "kept silent" in str(failure)
    bench.server.hold_at = None
    assert [one.rows for one in bench.landed()] == [300_000]


def test_a_port_that_says_nothing_is_given_up(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bench.sftp.update(port=silent.getsockname()[1], timeout_seconds=1)
        assert isinstance(bench.asked.bring(), TransientSourceError)


def test_an_empty_file_is_fetched_and_refused_like_a_dropped_one(bench: Bench) -> None:
    bench.server.put("a.csv", b"")
    (landed,) = bench.landed()
    assert (landed.status, landed.refused_rule) == ("refused", "landing.empty_file")
    assert bench.landed() == []
