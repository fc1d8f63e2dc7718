"""Asking a web service: what is tried again, what is told, and what never leaves."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hit_pipeline.errors import (
    NotServed,
    PermanentSourceError,
    SourceError,
    TransientSourceError,
)
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.web import answers as http_answers
from hit_pipeline.sources.web.answers import instant, pause
from hit_pipeline.sources.web.client import Client, Manner, RefusedError
from hit_pipeline.sources.web.question import Question
from tests.unit.sources.serving import (
    Reply,
    Served,
    as_json,
    busy,
    certificates,
    in_turn,
    serving,
)

ROWS = [{"id": "1"}]
HIDDEN = "marigold"


def client(served: Served, manner: Manner | None = None, **stated: Any) -> Client:
    given_settings = {"retries": 2, "retry_seconds": 0, "timeout_seconds": 5, **stated}
    rest = Rest.model_validate({"url": f"{served.address}/api", **given_settings})
    return Client("vendor", rest, manner or Manner(auth="none"))


def failure(served: Served, path: str = "rows", **stated: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        client(served, **stated).get(path, {"secret": HIDDEN})
    assert caught.value.source == "vendor"
    assert HIDDEN not in repr(caught.value)
    return caught.value


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have nobody wait; return how long somebody would have."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def test_an_answer_has_its_rows_and_headers() -> None:
    with serving(in_turn(as_json(ROWS, X_Total_Count="1"))) as served:
        got = client(served).get("rows", {"page": "2"})
        assert (got.data, got.headers["x-total-count"], got.status) == (ROWS, "1", 200)
        assert served.asked[0].target == "/api/rows?page=2"


def test_an_answer_that_says_it_is_empty_has_no_data() -> None:
    with serving(in_turn(Reply(b"", 204))) as served:
        got = client(served).get("rows")
        assert (got.data, got.status) == (None, 204)


def test_a_search_is_posted_as_json() -> None:
    with serving(in_turn(as_json(ROWS))) as served:
        asked = Question("POST", "search", {"v": "1"}, {"page": 2}, {"X-Page": "a"})
        assert client(served).ask(asked).data == ROWS
        (one,) = served.asked
        assert (one.method, one.target, one.body) == ("POST", "/api/search?v=1", b'{"page": 2}')
        assert one.headers["X-Page"] == "a"


PASSING = {
    "429": busy(429),
    "500": busy(500),
    "502": busy(502),
    "503": busy(503),
    "408": busy(408),
    "cut": Reply(b'[{"id": "1"}]', cut=5),
    "cut chunk": Reply(b'[{"id": "1"}]', cut=5, chunked=True),
    "half": Reply(b'[{"id": '),
    "empty": Reply(b""),
    "page of a portal": Reply(b"<html>sign in</html>", headers={"Content-Type": "text/html"}),
    "nested": Reply(b"[" * 100_000),
    "packed wrongly": Reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_what_fails_for_the_moment_is_tried_again_and_no_more_often_than_said(fault: Reply) -> None:
    with serving(in_turn(fault, fault, as_json(ROWS))) as served:
        assert client(served).get("rows").data == ROWS
        assert len(served.asked) == 3
    with serving(in_turn(fault)) as served:
        assert isinstance(failure(served), TransientSourceError)
        assert len(served.asked) == 3


LASTING: dict[int, type[SourceError]] = {
    400: RefusedError,
    403: RefusedError,
    404: NotServed,
    410: NotServed,
    422: RefusedError,
    401: PermanentSourceError,
    301: PermanentSourceError,
    302: PermanentSourceError,
}


@pytest.mark.parametrize(("status", "kind"), LASTING.items())
def test_what_lasts_is_asked_once_and_told_with_what_to_mend(
    status: int, kind: type[SourceError]
) -> None:
    with serving(in_turn(Reply(HIDDEN.encode(), status, {"Location": "/elsewhere"}))) as served:
        told = failure(served)
        assert isinstance(told, kind)
        assert isinstance(told, PermanentSourceError)
        assert str(status) in str(told)
        assert "/api/rows" in str(told)
        assert told.remedy
        assert served.paths == ["/api/rows"]
        assert getattr(told, "status", status) == status


def test_a_page_on_another_host_is_not_asked_for() -> None:
    with serving(in_turn(as_json(ROWS))) as other, serving(in_turn(as_json(ROWS))) as served:
        assert isinstance(failure(served, f"{other.address}/api/rows"), PermanentSourceError)
        assert not other.asked
        assert not served.asked


@pytest.mark.parametrize("name", ["127.0.0.1.nip.example", "[::1]", "127.0.0.1:1"])
def test_an_address_that_only_begins_like_ours_is_another_host(name: str) -> None:
    with serving(in_turn(as_json(ROWS))) as served:
        assert isinstance(failure(served, f"http://{name}/api/rows"), PermanentSourceError)
        assert not served.asked


def test_a_server_that_says_how_long_to_wait_is_believed(slept: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with serving(in_turn(busy(after="7"), busy(503, after=soon), as_json(ROWS))) as served:
        assert client(served, retry_seconds=50).get("rows").data == ROWS
    first, second = [one for one in slept if one]
    assert first == 7
    assert 80 < second <= 90


def test_a_server_that_does_not_say_is_asked_after_a_growing_pause(slept: list[float]) -> None:
    with serving(in_turn(busy(), busy(after="soon"), as_json(ROWS))) as served:
        client(served, retry_seconds=4).get("rows")
    first, second = [one for one in slept if one]
    assert 4 <= first <= 6
    assert 8 <= second <= 10


def test_a_pause_that_is_too_long_is_for_the_next_night(slept: list[float]) -> None:
    with serving(in_turn(busy(after="301"))) as served:
        told = failure(served)
        assert isinstance(told, TransientSourceError)
        assert told.wait_seconds == 301
        assert len(served.asked) == 1
    assert not any(slept)


@given(st.text())
def test_any_text_can_stand_where_a_pause_or_an_instant_does(text: str) -> None:
    assert (pause(text) or 0) >= 0
    assert instant(text) is None or instant(text)


@pytest.mark.parametrize("text", ["²", "9" * 400, "Mon, 99 Xxx 10000000 00:00:00 +999999", None])
def test_a_pause_written_strangely_breaks_nothing(text: str | None) -> None:
    assert pause(text) in (None, float("inf"))


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_that_drips_is_given_up_in_time(chunked: bool) -> None:
    with serving(in_turn(Reply(b" " * 10_000, drip=0.02, chunked=chunked))) as served:
        begun = time.monotonic()
        told = failure(served, timeout_seconds=0.3, retries=0)
        assert isinstance(told, TransientSourceError)
        assert "slowly" in str(told)
        assert time.monotonic() - begun < 20


@pytest.mark.parametrize("reply", [Reply(silent=1), Reply(b" " * 9, drip=1)])
def test_a_server_that_keeps_silent_is_given_up(reply: Reply) -> None:
    with serving(in_turn(reply)) as served:
        told = failure(served, timeout_seconds=0.1, retries=1)
        assert isinstance(told, TransientSourceError)
        assert "silent" in str(told)
        assert len(served.asked) == 2


def test_an_answer_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_answers, "_LARGEST", 1000)
    with serving(in_turn(Reply(b" " * 1001))) as served:
        told = failure(served)
        assert isinstance(told, PermanentSourceError)
        assert "page_size" in str(told)


def test_nobody_listening_is_for_the_next_night() -> None:
    with serving(in_turn(as_json(ROWS))) as served:
        pass
    assert isinstance(failure(served), TransientSourceError)


def test_a_host_that_has_no_address_is_for_the_next_night() -> None:
    told = failure(Served("https://no-such-host.invalid"), retries=0)
    assert isinstance(told, TransientSourceError)


@pytest.mark.parametrize("by", ["settings", "contract"])
def test_requests_keep_the_pace_that_is_stated(by: str) -> None:
    manner = Manner(auth="none", requests_per_minute=600 if by == "contract" else None)
    stated = {"requests_per_minute": 600} if by == "settings" else {}
    with serving(in_turn(busy(), as_json(ROWS))) as served:
        asking = client(served, manner, **stated)
        begun = time.monotonic()
        for _ in range(3):
            asking.get("rows")
        assert time.monotonic() - begun >= 0.3


class TestTls:
    def test_our_own_authority_is_trusted_when_it_is_named(self, tmp_path: Path) -> None:
        made = certificates(tmp_path)
        with serving(in_turn(as_json(ROWS)), made) as served:
            assert client(served, ca_file=made.ca).get("rows").data == ROWS

    def test_an_authority_nobody_named_is_not(self, tmp_path: Path) -> None:
        with serving(in_turn(as_json(ROWS)), certificates(tmp_path)) as served:
            self._is_refused(failure(served), served)

    @pytest.mark.parametrize("wrong", [{"name": "127.0.0.2"}, {"ended": True}])
    def test_a_certificate_for_another_or_that_ended_is_not(
        self, wrong: dict[str, Any], tmp_path: Path
    ) -> None:
        made = certificates(tmp_path, **wrong)
        with serving(in_turn(as_json(ROWS)), made) as served:
            self._is_refused(failure(served, ca_file=made.ca), served)

    def _is_refused(self, told: SourceError, served: Served) -> None:
        assert isinstance(told, PermanentSourceError)
        assert "certificate of 127.0.0.1" in str(told)
        assert "ca_file" in str(told)
        assert not served.asked

    def test_a_file_of_authorities_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with serving(in_turn(as_json(ROWS)), certificates(tmp_path)) as served:
            told = failure(served, ca_file=tmp_path / "none.pem")
            assert isinstance(told, PermanentSourceError)
            assert "ca_file" in str(told)

    def test_a_server_in_the_clear_is_no_tls_server(self) -> None:
        with serving(in_turn(as_json(ROWS))) as served:
            told = failure(Served(served.address.replace("http:", "https:")))
        assert isinstance(told, SourceError)


@pytest.mark.parametrize(
    "reply", [Reply(b"", 404), Reply(b"", 403), Reply(b"", 500), Reply(b"<p>no", 200)]
)
def test_a_part_of_a_path_that_came_from_a_row_is_told_by_no_error(reply: Reply) -> None:
    question = Question("GET", f"students/{HIDDEN}/visits", hidden=(HIDDEN,))
    with serving(lambda _: reply) as served:
        with pytest.raises(SourceError) as caught:
            client(served, retries=0).ask(question)
        assert served.asked[0].target == f"/api/students/{HIDDEN}/visits"
    assert HIDDEN not in str(caught.value)
    assert "/api/students/***/visits" in str(caught.value)
    assert HIDDEN not in repr(question)
