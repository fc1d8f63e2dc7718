"""Files that arrive encrypted: what is read, what is kept, and what is refused by which rule."""

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pysequoia
import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import PermanentSourceError
from hit_pipeline.lake import Lake
from hit_pipeline.landing import store
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.landing.encrypted import is_encrypted
from hit_pipeline.landing.store import land
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter

NIGHT = datetime(2026, 11, 3, 3, 30, tzinfo=UTC)
ROWS = b"Visit,Minutes\n1,30\n2,45\n"
LOG = """
id = "log"
version = 1
title = "A log"
[files.visits]
pattern = "visits*.csv"
delivers = "increment"
natural_key = ["Visit"]
columns = [{ name = "Visit" }, { name = "Minutes" }]
feeds = []
"""
OURS = pysequoia.Tsk.generate(user_id="The district <data@alder.example>")
THEIRS = pysequoia.Tsk.generate(user_id="The vendor <it@vendor.example>")


def zipped(**entries: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in entries.items():
            archive.writestr(f"{name}.csv", data)
    return packed.getvalue()


def encrypted(data: bytes, key: pysequoia.Tsk = OURS, **options: Any) -> bytes:
    return pysequoia.encrypt(data, [key.extract_certificate()], **options)


@dataclass
class Desk:
    """A district, its drop folder and the landing of what is put there."""

    engine: Engine
    folder: Path
    decrypt: dict[str, Any] | None

    @property
    def district(self) -> District:
        source = {"adapter": "files", "contract": "log.toml", "kind": "log"}
        return District.model_validate(
            {
                "folder": self.folder,
                "district": {"name": "Alder", "time_zone": "America/Chicago"},
                "lake": {"settle_seconds": 0},
                "thresholds": {"max_bundle_ratio": 50},
                "sources": {"vendor": {**source, "decrypt": self.decrypt}},
            }
        )

    def put(self, name: str, data: bytes) -> None:
        path = self.district.inbox_path / "vendor" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def land(self) -> Delivery:
        reader = adapter(self.district, "vendor", NIGHT)
        (waits,) = reader.arrivals(self.district.inbox_path / "vendor")
        lake = Lake.open(self.district.lake_path)
        return land(self.engine, lake, waits, reader, district=self.district)

    def rows(self) -> list[tuple[str, str]]:
        landed = self.land()
        assert landed.status == "landed", landed.refused_message
        paths = [one.path for one in landed.files if one.path is not None]
        found = self.engine.collect(self.engine.read(paths)).to_pylist()
        return [(one["Visit"], one["Minutes"]) for one in found]

    def plain_text(self) -> list[str]:
        """Return the files of the lake that hold a row as it was sent."""
        lake = self.district.lake_path
        return [p.name for p in lake.rglob("*") if p.is_file() and b"1,30" in p.read_bytes()]


@pytest.fixture
def desk(shared_engine: Engine, tmp_path: Path) -> Desk:
    (tmp_path / "log.toml").write_text(LOG)
    (tmp_path / "ours.asc").write_text(str(OURS))
    (tmp_path / "theirs.pub").write_bytes(bytes(THEIRS.extract_certificate()))
    return Desk(shared_engine, tmp_path, {"key_file": "ours.asc"})


@pytest.mark.parametrize("armor", [True, False])
@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("visits.csv.pgp", bytes),
        ("visits.csv.GPG", bytes),
        ("visits.csv.gz.pgp", gzip.compress),
        ("export.zip.pgp", lambda data: zipped(visits=data)),
    ],
)
def test_what_is_inside_is_read_and_the_original_stays_encrypted(
    desk: Desk, name: str, pack: Callable[[bytes], bytes], armor: bool
) -> None:
    sent = encrypted(pack(ROWS), armor=armor)
    desk.put(name, sent)
    assert desk.rows() == [("1", "30"), ("2", "45")]
    landed = desk.land()
    assert landed.name == name
    assert (landed.folder / "original" / name).read_bytes() == sent
    assert desk.plain_text() == []


def test_an_armoured_file_is_known_by_its_first_line_and_plain_asc_is_left(desk: Desk) -> None:
    desk.put("visits.csv", encrypted(ROWS))
    assert desk.rows() == [("1", "30"), ("2", "45")]
    plain = desk.folder / "visits.asc"
    plain.write_bytes(ROWS)
    assert not is_encrypted(plain)


def test_a_source_without_a_key_refuses_and_says_what_to_set(desk: Desk) -> None:
    desk.decrypt = None
    desk.put("visits.csv.pgp", encrypted(ROWS))
    landed = desk.land()
    assert (landed.status, landed.refused_rule) == ("refused", "landing.encrypted")
    assert "sources.vendor.decrypt" in str(landed.refused_message)


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        (encrypted(ROWS, THEIRS), "landing.wrong_key"),
        (encrypted(ROWS * 9000)[:9000], "landing.damaged_encryption"),
        (encrypted(ROWS).replace(b"\n\n", b"\n\nAAAA"), "landing.damaged_encryption"),
        (ROWS, "landing.damaged_encryption"),
        (b"", "landing.damaged_encryption"),
    ],
)
def test_what_cannot_be_opened_is_refused(desk: Desk, sent: bytes, rule: str) -> None:
    desk.put("visits.csv.pgp", sent)
    landed = desk.land()
    assert (landed.status, landed.refused_rule) == ("refused", rule)
    assert [one for one in desk.plain_text() if sent != ROWS] == []


def test_a_byte_changed_on_the_way_is_noticed(desk: Desk) -> None:
    sent = bytearray(encrypted(ROWS * 1000, armor=False))
    sent[len(sent) // 2] ^= 1
    desk.put("visits.csv.pgp", bytes(sent))
    assert desk.land().refused_rule == "landing.damaged_encryption"


@pytest.mark.parametrize("signer", [THEIRS, OURS, None])
def test_a_signature_is_asked_for_when_signers_are_named(
    desk: Desk, signer: pysequoia.Tsk | None
) -> None:
    desk.decrypt = {"key_file": "ours.asc", "signers": ["theirs.pub"]}
    desk.put("visits.csv.pgp", encrypted(ROWS, signer=signer.signer() if signer else None))
    landed = desk.land()
    expected = ("landed", None) if signer is THEIRS else ("refused", "landing.unsigned")
    assert (landed.status, landed.refused_rule) == expected
    assert desk.plain_text() == []


def test_a_file_that_is_a_bomb_when_opened_is_refused(desk: Desk) -> None:
    bomb = encrypted(gzip.compress(b"0" * 200_000_000))
    desk.put("visits.csv.gz.pgp", bomb)
    assert desk.land().refused_rule == "landing.zip_bomb"


def test_the_size_of_what_comes_out_is_limited_while_it_comes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hit_pipeline.landing.encrypted._FLOOR", 10)
    district = desk.district
    limits = district.thresholds.model_copy(update={"max_bundle_ratio": 0.001})
    monkeypatch.setattr(
        Desk, "district", property(lambda _: district.model_copy(update={"thresholds": limits}))
    )
    desk.put("visits.csv.pgp", encrypted(ROWS))
    assert desk.land().refused_rule == "landing.zip_bomb"


@pytest.mark.parametrize(
    ("decrypt", "told"),
    [
        ({"key_file": "nowhere.asc"}, "key_file"),
        ({"key_file": "log.toml"}, "key_file"),
        ({"key_file": "theirs.pub"}, "key_file"),
        ({"key_file": "ours.asc", "signers": ["log.toml"]}, "signers"),
    ],
)
def test_what_is_ours_to_mend_keeps_the_delivery_waiting(
    desk: Desk, decrypt: dict[str, Any], told: str
) -> None:
    desk.put("visits.csv.pgp", encrypted(ROWS))
    right, desk.decrypt = desk.decrypt, decrypt
    with pytest.raises(PermanentSourceError, match=told) as caught:
        desk.land()
    assert type(caught.value) is PermanentSourceError
    desk.decrypt = right
    assert desk.rows() == [("1", "30"), ("2", "45")]


def test_a_passphrase_for_a_key_that_is_not_locked_does_no_harm(desk: Desk) -> None:
    desk.decrypt = {"key_file": "ours.asc", "passphrase": "needless"}
    desk.put("visits.csv.pgp", encrypted(ROWS))
    assert desk.rows() == [("1", "30"), ("2", "45")]


@pytest.mark.parametrize("passphrase", ["correct horse", "wrong horse", None])
def test_a_locked_key_made_by_another_program_is_opened_with_its_passphrase(
    desk: Desk, passphrase: str | None
) -> None:
    locked = Path(__file__).with_name("locked_key.asc")  # by PGPy 0.6; opens nothing but this test
    (desk.folder / "locked.asc").write_bytes(locked.read_bytes())
    desk.decrypt = {"key_file": "locked.asc", "passphrase": passphrase}
    desk.put("visits.csv.pgp", encrypted(ROWS, pysequoia.Tsk.from_file(str(locked))))
    if passphrase == "correct horse":
        assert desk.rows() == [("1", "30"), ("2", "45")]
        return
    with pytest.raises(PermanentSourceError, match="PASSPHRASE") as caught:
        desk.land()
    assert "horse" not in str(caught.value)


def test_a_process_that_dies_refuses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("visits.csv.pgp", encrypted(ROWS))
    with monkeypatch.context() as patched:
        patched.setattr("hit_pipeline.landing.encrypted.sys.executable", "/bin/false")
        with pytest.raises(PermanentSourceError, match="died"):
            desk.land()
    assert desk.rows() == [("1", "30"), ("2", "45")]


def test_a_crash_while_it_is_read_leaves_no_plain_text(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def crash(*_arguments: object) -> None:
        seen.extend(desk.plain_text())
        message = "the power went"
        raise RuntimeError(message)

    desk.put("export.zip.pgp", encrypted(zipped(visits=ROWS)))
    with monkeypatch.context() as patched:
        patched.setattr(store, "keep_rows", crash)
        with pytest.raises(RuntimeError, match="the power went"):
            desk.land()
    assert seen
    assert desk.plain_text() == []
    assert desk.rows() == [("1", "30"), ("2", "45")]
