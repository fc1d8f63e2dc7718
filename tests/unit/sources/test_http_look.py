"""`hit source check` looks at token, connection and clock of a web service."""

import pytest

from hit_pipeline.errors import SourceError
from tests.unit.sources.serving import (
    Reply,
    in_turn,
    serving,
)
from tests.unit.sources.test_http_auth import Tokens, client


class TestLooking:
    def test_a_service_that_is_well_shows_token_connection_and_clock(self) -> None:
        with serving(Tokens()) as served:
            looks = list(client(served, "oauth2").look())
            assert [(one.what, one.ok) for one in looks] == [
                ("credentials", True),
                ("connection", True),
                ("clock", True),
            ]

    def test_a_clock_that_is_wrong_is_seen(self) -> None:
        wrong = {"Date": "Tue, 03 Nov 2020 08:00:00 GMT"}
        with serving(in_turn(Reply(status=404, headers=wrong))) as served:
            looks = {one.what: one.ok for one in client(served, "none").look()}
            assert looks == {"connection": True, "clock": False}

    def test_a_clock_that_says_nothing_is_not_judged(self) -> None:
        with serving(in_turn(Reply(headers={"Date": "noon"}))) as served:
            assert [one.what for one in client(served, "none").look()] == ["connection"]

    def test_a_wrong_secret_ends_the_looking(self) -> None:
        with serving(Tokens()) as served:
            (look,) = client(served, "oauth2", client_secret="wrong-one").look()
            assert not look.ok
            assert "invalid_client" in look.seen

    def test_nobody_there_ends_the_looking(self) -> None:
        with serving(Tokens()) as served:
            asking = client(served, "none", timeout_seconds=1)
        (look,) = asking.look()
        assert (look.what, look.ok) == ("connection", False)


def test_errors_of_every_kind_are_told_as_ours() -> None:
    with serving(in_turn(Reply(b"no", 418))) as served, pytest.raises(SourceError):
        client(served, "none").get("rows")
