"""No secret, query or body leaves the client by a message, a log or a repr."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hit_pipeline.errors import (
    SourceError,
)
from hit_pipeline.sources.web.client import Answer, Manner
from hit_pipeline.sources.web.question import Question
from tests.unit.sources.serving import (
    Reply,
    busy,
    serving,
)
from tests.unit.sources.test_http_client import HIDDEN, client

SECRETS = st.text(st.characters(codec="utf-8"), min_size=6, max_size=30)
FAULTS = [
    Reply(b"[]"),
    busy(429),
    Reply(b"no", 401),
    Reply(b"no", 403),
    Reply(b"no", 404),
    Reply(b"no", 302, {"Location": "/a?b=c"}),
    Reply(b"half", cut=2),
    Reply(b"{"),
]
AUTHS: list[Callable[[str], tuple[Manner, dict[str, Any]]]] = [
    lambda secret: (Manner(auth="bearer"), {"token": secret}),
    lambda secret: (Manner(auth="api_key", key_prefix="Token "), {"token": secret}),
    lambda secret: (Manner(auth="api_key", key_parameter="key"), {"token": secret}),
    lambda secret: (Manner(auth="basic"), {"client_id": "ä", "client_secret": secret}),
    lambda secret: (Manner(auth="oauth1"), {"client_id": "us", "client_secret": secret}),
    lambda secret: (Manner(auth="oauth2"), {"client_id": "us", "client_secret": secret}),
]


def test_no_secret_query_or_body_is_told_anywhere() -> None:
    records: list[logging.LogRecord] = []
    saying: list[Reply] = []

    @settings(max_examples=80, deadline=None)
    @given(secret=SECRETS, fault=st.sampled_from(FAULTS), auth=st.sampled_from(AUTHS))
    def holds(secret: str, fault: Reply, auth: Any) -> None:
        saying[:], told = [fault], []
        manner, stated = auth(f"x{secret}{HIDDEN}")
        stated["token_url"] = f"{served.address}/token"
        try:
            asking = client(served, manner, retries=0, **stated)
            question = Question("POST", "rows", {"q": HIDDEN}, {"b": HIDDEN}, {"h": HIDDEN})
            told += [repr(asking), repr(vars(asking)), repr(question)]
            told += [repr(asking.ask(question))]
        except SourceError as problem:
            told += [repr(problem), problem.remedy, *traceback.format_exception(problem)]
        assert not [one for one in told if HIDDEN in one]

    with _listening(records), serving(lambda _: saying[0]) as served:
        holds()
    assert records
    assert not [one.name for one in records if HIDDEN in one.getMessage()]


@contextmanager
def _listening(records: list[logging.LogRecord]) -> Iterator[None]:
    """Hear everything anybody logs."""
    root, listening = logging.getLogger(), _Listening(records)
    before = root.level
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(listening)
        root.setLevel(before)


class _Listening(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self.records = records

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_an_answer_shows_nothing_of_itself() -> None:
    assert HIDDEN not in repr(Answer({"h": HIDDEN}, HIDDEN.encode(), [HIDDEN]))
