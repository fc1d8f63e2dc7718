"""Who gets to the pages, and who does not."""

import logging
import time

import pytest
import requests

from hit_pipeline.review.guard import Keys
from tests.unit.review.bench import QUEUE, ReviewBench, asked
from tests.unit.review.browser import Page, Visitor

PATHS = ["/", "/case/r1", "/bulk", "/log", "/nothing"]


def base(keys: Keys) -> str:
    return f"http://127.0.0.1:{keys.port}"


@pytest.mark.parametrize("path", PATHS)
def test_without_the_address_printed_nothing_is_shown(
    bench: ReviewBench, keys: Keys, path: str
) -> None:
    bench.ask(asked("r1", "S1"))
    answer = requests.get(base(keys) + path, timeout=20)
    assert answer.status_code == 403
    assert "printed in the terminal" in Page(answer.text).text
    assert "Garcia" not in answer.text


@pytest.mark.parametrize("token", ["", "wrong", "é", "x" * 5000])
def test_another_token_opens_nothing(keys: Keys, token: str) -> None:
    session = requests.Session()
    answer = session.get(f"{base(keys)}/", params={"token": token}, timeout=20)
    assert answer.status_code == 403
    assert not session.cookies


def test_the_cookie_is_kept_from_scripts_and_other_sites(keys: Keys) -> None:
    answer = requests.get(keys.address, timeout=20, allow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert keys.token not in cookie


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{}", "127.0.0.1", "0.0.0.0:{}"])
def test_a_name_that_points_here_is_not_this_machine(
    keys: Keys, visitor: Visitor, host: str
) -> None:
    stated = {"Host": host.format(keys.port)}
    for path in ("/", "/static/review.css"):
        answer = visitor.session.get(base(keys) + path, headers=stated, timeout=20)
        assert answer.status_code == 421


def test_this_machine_may_be_called_localhost(keys: Keys) -> None:
    answer = requests.get(f"http://localhost:{keys.port}/?token={keys.token}", timeout=20)
    assert answer.status_code == 200


@pytest.mark.parametrize("secret", [None, "", "wrong", "twice"])
def test_a_form_without_the_secret_of_the_session_writes_nothing(
    bench: ReviewBench, keys: Keys, visitor: Visitor, secret: str | None
) -> None:
    bench.ask(asked("r1", "S1"))
    fields = [("question", "q-r1-S1"), ("answer", "same")]
    if secret == "twice":
        fields += [("form", keys.form), ("form", keys.form)]
    elif secret is not None:
        fields.append(("form", secret))
    address = f"{visitor.base}/case/r1/answer"
    answer = visitor.session.post(address, data=fields, timeout=20)
    assert answer.status_code == 403
    assert bench.in_force() == []


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_a_form_another_site_sends_is_refused(
    bench: ReviewBench, keys: Keys, visitor: Visitor, headers: dict[str, str]
) -> None:
    bench.ask(asked("r1", "S1"))
    fields = {"question": "q-r1-S1", "answer": "same", "form": keys.form}
    address = f"{visitor.base}/case/r1/answer"
    assert visitor.session.post(address, fields, headers=headers, timeout=20).status_code == 403
    assert bench.in_force() == []
    ours = {"Origin": visitor.base, "Sec-Fetch-Site": "same-origin"}
    assert visitor.session.post(address, fields, headers=ours, timeout=20).status_code == 200
    assert bench.in_force() == [("Ana Day", "same")]


@pytest.mark.parametrize("path", [*PATHS, "/static/review.css"])
def test_nothing_is_kept_and_nothing_comes_from_elsewhere(visitor: Visitor, path: str) -> None:
    answer = visitor.session.get(visitor.base + path, timeout=20)
    policy = answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "server" not in answer.headers
    for address in ("http://", "https://", "//"):
        assert f'src="{address}' not in answer.text
        assert f'href="{address}' not in answer.text


def test_a_form_that_is_too_long_or_unreadable_is_refused(keys: Keys, visitor: Visitor) -> None:
    address = f"{visitor.base}/case/r1/answer"
    long = b"form=" + keys.form.encode() + b"&note=" + b"x" * (4 * 2**20)
    assert visitor.session.post(address, long, timeout=20).status_code == 413
    for bad in (b"\xff\xfe", b"&".join([b"a=1"] * 50_001)):
        assert visitor.session.post(address, bad, timeout=20).status_code == 400


def test_a_broken_page_tells_no_value_in_log_or_page(
    bench: ReviewBench, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    bench.ask(asked("r1", "S1"))
    (path,) = bench.lake.parts(QUEUE)
    path.write_bytes(b"Garcia-Lopez is no Parquet")
    with caplog.at_level(logging.DEBUG):
        page = visitor.open("/")
        deadline = time.monotonic() + 10  # the answer is sent before the error is logged
        while "ArrowInvalid" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
    assert (visitor.status, page.heading) == (500, "That did not work")
    logged = [f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records]
    assert any("ArrowInvalid at " in line for line in logged)
    assert not any("Garcia" in line for line in logged)
    assert "Garcia" not in page.text


def test_requests_are_not_logged(
    bench: ReviewBench, visitor: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.ask(asked("r1", "S1"))
    visitor.open("/case/r1?source=vendor")
    visitor.press(visitor.open("/case/r1"), "Same", note="Garcia")
    assert visitor.status == 200
    assert capfd.readouterr() == ("", "")
