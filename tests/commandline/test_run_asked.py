"""`hit run` when one source cannot be had: others land, a release comes, the failure is told."""

from pathlib import Path

import pytest

from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.landing.store import deliveries
from hit_pipeline.settings_file import load_district
from tests.commandline.example import LOG
from tests.commandline.invoke import document, said
from tests.unit.sources.serving import as_json, busy, serving

NIGHT, NEXT = "2026-09-23T08:00Z", "2026-09-24T08:00Z"
SOURCE = """
[sources.desk]
adapter = "vendor_rest"
contract = "lesson_book"
kind = "log"

[sources.desk.rest]
url = "{url}"
retries = 1
retry_seconds = 0
"""


def connect(folder: Path, url: str) -> None:
    """Add a vendor that is asked to a district."""
    path = folder / "district.toml"
    path.write_text(path.read_text("utf-8") + SOURCE.format(url=url), encoding="utf-8")


def landed(folder: Path, source: str) -> list[Delivery]:
    """Return the deliveries of a source."""
    return deliveries(Lake.open(load_district(folder, {}).lake_path), source)


def test_a_source_that_fails_is_told_and_harms_no_other_and_is_asked_again(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = document("release", "list")[0]["release"]
    monkeypatch.setenv("HIT_SOURCES__DESK__REST__TOKEN", "s3cret")
    log = copied / LOG
    log.with_name("riverside_visits_2026-09-22.csv").write_bytes(log.read_bytes() + b"\n")
    replies = [busy(503), busy(503)]
    with serving(lambda _: replies.pop() if replies else as_json([])) as served:
        connect(copied, served.address)
        told = document("run", "--now", NIGHT, exit_code=1)
        (failed,) = told["failed"]
        assert "landing/desk" in failed
        assert "/lessons" in failed
        assert "s3cret" not in str(told)
        assert told["release"] not in (None, before)
        assert not landed(copied, "desk")
        assert [one for one in landed(copied, "riverside") if one.received_date.day == 23]
        said("run", "--now", NEXT)
    assert [one.status for one in landed(copied, "desk")] == ["landed"]
