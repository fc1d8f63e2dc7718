"""Who asks: tokens are fetched, renewed and refused; signatures hold; secrets are needed."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from hit_pipeline.errors import PermanentSourceError, TransientSourceError
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.web.auth import TokenRefusedError
from hit_pipeline.sources.web.client import Client, Manner
from tests.unit.sources.serving import (
    Asked,
    Reply,
    Served,
    as_json,
    busy,
    in_turn,
    serving,
)

SECRET = "p&ss=wörd%20+"
ROWS = [{"id": "1"}]


def client(served: Served, auth: Any, **stated: Any) -> Client:
    rest = {
        "url": served.address,
        "client_id": "us",
        "client_secret": SECRET,
        "token_url": f"{served.address}/token",
        "retries": 1,
        "retry_seconds": 0,
        **stated,
    }
    return Client("vendor", Rest.model_validate(rest), Manner(auth=auth, scopes=("a", "b")))


@dataclass
class Tokens:
    """A server that gives tokens, each good for some requests.

    Attributes:
        lasts: Requests a token is accepted for.
        says: What it says of how long that is, in seconds; None: nothing.
        given: Forms tokens were asked for with.
    """

    lasts: int = 10**9
    says: Any = 3600
    given: list[dict[str, list[str]]] = field(default_factory=list)
    _left: int = 0

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            return self._token(asked)
        if asked.headers["Authorization"] != f"Bearer t{len(self.given)}" or not self._left:
            return Reply(b"ended", 401)
        self._left -= 1
        return as_json(ROWS)

    def _token(self, asked: Asked) -> Reply:
        expected = b64encode(f"us:{SECRET}".encode()).decode()
        if asked.headers["Authorization"] != f"Basic {expected}":
            return as_json({"error": "invalid_client"}, 401)
        self.given.append(parse_qs(asked.body.decode()))
        self._left = self.lasts
        told = {"access_token": f"t{len(self.given)}", "token_type": "bearer"}
        return as_json(told if self.says is None else {**told, "expires_in": self.says})


def test_a_token_is_asked_for_once_with_the_scopes() -> None:
    tokens = Tokens()
    with serving(tokens) as served:
        asking = client(served, "oauth2")
        assert [asking.get("rows").data for _ in range(3)] == [ROWS] * 3
    assert tokens.given == [{"grant_type": ["client_credentials"], "scope": ["a b"]}]


def test_a_token_the_server_ended_early_is_renewed_in_the_middle() -> None:
    tokens = Tokens(lasts=2)
    with serving(tokens) as served:
        asking = client(served, "oauth2", retries=0)
        assert [asking.get("rows").data for _ in range(5)] == [ROWS] * 5
    assert len(tokens.given) == 3


def test_a_token_that_is_never_accepted_is_told_after_one_renewal() -> None:
    tokens = Tokens(lasts=0)
    with serving(tokens) as served:
        with pytest.raises(PermanentSourceError, match="401") as caught:
            client(served, "oauth2", retries=5).get("rows")
        assert "sources.vendor.rest" in caught.value.remedy
    assert len(tokens.given) == 2


def test_a_token_is_renewed_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, now = Tokens(says=100), [1000.0]
    monkeypatch.setattr("hit_pipeline.sources.web.auth.time.monotonic", lambda: now[0])
    with serving(tokens) as served:
        asking = client(served, "oauth2", timeout_seconds=1)
        for elapsed in (0, 60, 15):
            now[0] += elapsed
            asking.get("rows")
    assert len(tokens.given) == 2


@pytest.mark.parametrize("says", [None, 0, -5, "3600", 1e9])
def test_a_token_whose_end_is_said_strangely_is_used(says: Any) -> None:
    with serving(Tokens(says=says)) as served:
        assert client(served, "oauth2").get("rows").data == ROWS


def test_a_wrong_secret_is_told_by_its_kind() -> None:
    with serving(Tokens()) as served:
        with pytest.raises(TokenRefusedError, match="invalid_client") as caught:
            client(served, "oauth2", client_secret="wrong-one").get("rows")
        assert caught.value.kind == "invalid_client"
        assert "wrong-one" not in str(caught.value)
        assert served.paths == ["/token"]


def test_a_scope_that_is_not_given_is_told_by_its_kind() -> None:
    with serving(in_turn(as_json({"error": "invalid_scope"}, 400))) as served:
        with pytest.raises(TokenRefusedError) as caught:
            client(served, "oauth2").get("rows")
        assert caught.value.kind == "invalid_scope"


@pytest.mark.parametrize("fault", [busy(503), Reply(b"{}", cut=1)])
def test_a_token_server_that_fails_for_the_moment_is_asked_again(fault: Reply) -> None:
    tokens, faults = Tokens(), [fault]

    def answer(asked: Asked) -> Reply:
        return faults.pop() if asked.path == "/token" and faults else tokens(asked)

    with serving(answer) as served:
        assert client(served, "oauth2").get("rows").data == ROWS
    with serving(in_turn(busy(503))) as served, pytest.raises(TransientSourceError):
        client(served, "oauth2").get("rows")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
TOKEN_KEYS = st.sampled_from(["access_token", "expires_in", "expires_at", "scope", "error"])


def test_whatever_a_token_server_says_is_a_token_or_a_refusal() -> None:
    saying: list[Any] = []

    @settings(max_examples=150, deadline=None)
    @given(JSON | st.dictionaries(TOKEN_KEYS, JSON))
    def holds(said: Any) -> None:
        saying[:] = [said]
        asking = client(served, "oauth2", retries=0)
        try:
            data = asking.get("rows").data
        except TokenRefusedError:
            data = ROWS
        assert data == ROWS

    with serving(lambda one: as_json(saying[0] if one.path == "/token" else ROWS)) as served:
        holds()


def test_what_a_server_says_of_a_refusal_is_not_repeated() -> None:
    said = {"error": "hello marigold", "error_description": "marigold"}
    with serving(in_turn(as_json(said, 400))) as served:
        with pytest.raises(TokenRefusedError) as caught:
            client(served, "oauth2").get("rows")
        assert "marigold" not in repr(caught.value)


class Validator(RequestValidator):
    """The other side of OAuth 1.0a with two legs, as oauthlib has it."""

    enforce_ssl = False
    client_key_length = nonce_length = (2, 100)
    dummy_client = "nobody"
    dummy_access_token = ""
    used: set[str]

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret, self.used = secret, set()

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def validate_client_key(self, client_key: str, *_: Any) -> bool:
        return client_key == "us"

    def get_client_secret(self, *_: Any) -> str:
        return self.secret

    def validate_timestamp_and_nonce(self, *told: Any, **_: Any) -> bool:
        nonce = told[2]
        is_new = nonce not in self.used
        self.used.add(nonce)
        return is_new

    @property
    def allowed_signature_methods(self) -> tuple[str, ...]:
        return ("HMAC-SHA256",)


def verifying(served: list[Served], validator: Validator) -> Callable[[Asked], Reply]:
    """Answer those whose signature oauthlib's server side accepts."""
    endpoint = SignatureOnlyEndpoint(validator)

    def answer(asked: Asked) -> Reply:
        uri = served[0].address + asked.target
        headers = {name: asked.headers[name] for name in asked.headers}
        accepted, _ = endpoint.validate_request(uri, asked.method, None, headers)
        return as_json(ROWS) if accepted else Reply(b"no", 401)

    return answer


QUERIES = [{}, {"a b": "c+d", "filter": "x>='2026'"}, {"ä": "ö%&="}, {"limit": "1", "a": ""}]


@pytest.mark.parametrize("query", QUERIES)
def test_a_signature_of_oauth_1_holds(query: dict[str, str]) -> None:
    running: list[Served] = []
    with serving(verifying(running, Validator(SECRET))) as served:
        running.append(served)
        asking = client(served, "oauth1")
        assert [asking.get("rows", query).data for _ in range(2)] == [ROWS] * 2


def test_a_signature_by_another_secret_does_not() -> None:
    running: list[Served] = []
    with serving(verifying(running, Validator("another"))) as served:
        running.append(served)
        with pytest.raises(PermanentSourceError, match="401"):
            client(served, "oauth1").get("rows")
        assert len(served.asked) == 1


SENT: dict[str, tuple[Any, dict[str, Any], str]] = {
    "bearer": ("bearer", {"token": "t0k"}, "Bearer t0k"),
    "basic": ("basic", {"client_secret": "se:cret"}, "Basic dXM6c2U6Y3JldA=="),
}


@pytest.mark.parametrize("kind", SENT)
def test_plain_credentials_are_sent_with_every_request(kind: str) -> None:
    auth, stated, header = SENT[kind]
    with serving(in_turn(as_json(ROWS))) as served:
        asking = client(served, auth, **stated)
        asking.get("rows")
        asking.get("rows")
        assert [one.headers["Authorization"] for one in served.asked] == [header] * 2


def test_a_key_goes_where_the_contract_says() -> None:
    rest = {"token": "k&y", "retries": 0}
    with serving(in_turn(as_json(ROWS))) as served:
        told = Rest.model_validate({"url": served.address, **rest})
        by_header = Manner(auth="api_key", key_header="X-Key", key_prefix="Token token=")
        Client("vendor", told, by_header).get("rows", {"a": "1"})
        Client("vendor", told, Manner(auth="api_key", key_parameter="key")).get("rows", {"a": "1"})
        first, second = served.asked
    assert first.headers["X-Key"] == "Token token=k&y"
    assert second.query == {"a": "1", "key": "k&y"}
    assert "X-Key" not in second.headers


@pytest.mark.parametrize("auth", ["oauth2", "oauth1", "basic", "bearer", "api_key"])
@pytest.mark.parametrize("missing", [None, "", " ", "a\nb", "a\r\nX-Evil: 1", "\x00x", "nl\n"])
def test_a_secret_that_cannot_be_sent_is_named_before_anything_is_asked(
    auth: Any, missing: str | None
) -> None:
    with serving(in_turn(as_json(ROWS))) as served:
        key = "token" if auth in ("bearer", "api_key") else "client_secret"
        with pytest.raises(PermanentSourceError) as caught:
            client(served, auth, **{key: missing}).get("rows")
        assert key in str(caught.value)
        assert "Evil" not in repr(caught.value)
        assert not served.asked


def test_a_client_without_an_id_is_told_of_it() -> None:
    with pytest.raises(PermanentSourceError, match="CLIENT_ID"):
        client(Served("https://vendor.example"), "oauth2", client_id=None)
