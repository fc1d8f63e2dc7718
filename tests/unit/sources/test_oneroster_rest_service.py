from collections.abc import Iterator

import pytest

from hit_pipeline.errors import PermanentSourceError
from hit_pipeline.settings_remote import Rest
from hit_pipeline.sources.oneroster.rest_service import Service as Client
from hit_pipeline.sources.oneroster.rest_service import scopes_tried
from hit_pipeline.sources.web.client import RefusedError
from tests.unit.sources.oneroster_asked import small
from tests.unit.sources.oneroster_manners import Manners
from tests.unit.sources.oneroster_service import KEY, SECRET, Service

CORE, ROSTER, PERSONAL = (
    f"https://purl.imsglobal.org/spec/or/v1p2/scope/roster{name}.readonly"
    for name in ("-core", "", "-demographics")
)


@pytest.fixture
def running() -> Iterator[Service]:
    with Service(small(), Manners(auth="oauth2")).running() as service:
        yield service


def _client(service: Service, **more: object) -> Client:
    given = {
        "url": f"{service.address}/ims/oneroster",
        "version": "1.2",
        "token_url": f"{service.address}/token",
        "client_id": KEY,
        "client_secret": SECRET,
        "retry_seconds": 0,
        **more,
    }
    return Client("sis", Rest.model_validate(given))


@pytest.mark.parametrize(
    ("url", "version", "address"),
    [
        (
            "https://x.example/ims/oneroster",
            "1.2",
            "https://x.example/ims/oneroster/rostering/v1p2",
        ),
        ("https://x.example/rostering", "1.2", "https://x.example/rostering/v1p2"),
        ("https://x.example/a/v1p2/", None, "https://x.example/a/v1p2"),
        ("https://x.example/ims/oneroster", "1.1", "https://x.example/ims/oneroster/v1p1"),
        ("https://x.example/ims/oneroster/v1p1", None, "https://x.example/ims/oneroster/v1p1"),
    ],
)
def test_the_address_may_leave_out_what_the_version_says(
    url: str, version: str | None, address: str
) -> None:
    assert Client("sis", Rest(url=url, version=version, auth="none")).address == address


@pytest.mark.parametrize("version", [None, "1.3"])
def test_an_unknown_version_names_the_setting_and_what_is_valid(version: str | None) -> None:
    with pytest.raises(PermanentSourceError, match=r"sources.sis.rest.version .*1.1, 1.2"):
        Client("sis", Rest(url="https://x.example/ims", version=version))


def test_oauth_2_without_an_address_of_tokens_names_the_setting() -> None:
    with pytest.raises(PermanentSourceError, match=r"sources\.sis\.rest\.token_url"):
        Client("sis", Rest(url="https://x.example/ims", version="1.2"))


def test_one_token_for_both_scopes_serves_everything(running: Service) -> None:
    running.manners.scopes = frozenset({CORE, PERSONAL})
    client = _client(running)
    for path in ("orgs", "users", "demographics", "orgs"):
        client.get(path, {"limit": "1"})
    assert running.tokens == [f"{CORE} {PERSONAL}"]


def test_a_token_is_asked_for_apart_where_the_scopes_are_not_given_together(
    running: Service,
) -> None:
    running.manners.scopes = frozenset({ROSTER, PERSONAL})
    running.manners.together = False
    client = _client(running)
    for path in ("orgs", "demographics", "users", "demographics"):
        client.get(path, {"limit": "1"})
    assert running.tokens == [ROSTER, PERSONAL]


def test_demographics_without_their_scope_are_refused_and_nothing_else_is(
    running: Service,
) -> None:
    running.manners.scopes = frozenset({CORE})
    client = _client(running)
    client.get("orgs", {"limit": "1"})
    with pytest.raises(PermanentSourceError, match=r"invalid_scope|403"):
        client.get("demographics", {"limit": "1"})
    client.get("users", {"limit": "1"})
    assert running.tokens == [CORE]


def test_a_server_that_wants_no_scope_and_one_that_names_others_are_understood(
    running: Service,
) -> None:
    running.manners.scopes = None
    running.manners.granted = "all"
    _client(running).get("orgs", {"limit": "1"})
    assert len(running.tokens) == 1


def test_own_scopes_are_asked_for_as_they_are_written(running: Service) -> None:
    _client(running, scopes=("a", "b")).get("orgs", {"limit": "1"})
    assert running.tokens == ["a b"]
    assert scopes_tried("1.1", ("a", "x-demographics")) == [("a", "x-demographics"), ("a",)]


def test_a_wrong_secret_is_not_taken_for_a_wrong_scope(running: Service) -> None:
    with pytest.raises(PermanentSourceError, match="invalid_client") as caught:
        _client(running, client_secret="other").get("orgs", {"limit": "1"})
    assert "other" not in str(caught.value)


def test_a_token_that_ends_in_between_is_renewed(running: Service) -> None:
    running.manners.token_lasts = 2
    client = _client(running)
    for _ in range(7):
        client.get("orgs", {"limit": "1"})
    assert len(running.tokens) == 4


def test_oauth_1_signs_queries_with_quotes(running: Service) -> None:
    running.manners = Manners(base="/ims/oneroster/v1p1", auth="oauth1")
    given = {"version": "1.1", "token_url": None}
    client = _client(running, **given)
    query = {"limit": "1", "filter": "dateLastModified>'2026-01-01T00:00:00.000Z'"}
    assert len(client.get("users", query).data["users"]) == 1
    with pytest.raises(PermanentSourceError, match="401"):
        _client(running, **given, client_secret="other").get("users", query)


def test_a_resource_nobody_may_see_is_told_apart(running: Service) -> None:
    running.manners.forbidden = frozenset({"courses"})
    with pytest.raises(RefusedError) as caught:
        _client(running).get("courses", {"limit": "1"})
    assert caught.value.status == 403
