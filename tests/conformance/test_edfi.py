"""Ed-Fi: our requests and the properties we read, held against the standard's own OpenAPI files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.request.exceptions import ParameterValidationError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.edfi.rest import resource_of
from tests.unit.sources.asked import Asked
from tests.unit.sources.edfi_district import ADA, district, student
from tests.unit.sources.edfi_ods import Manners, Ods, Request

CURSOR = {"pageToken", "pageSize"}
"""Parameters of 7.3, which the published files do not have yet."""
OURS = {"_deleted"}
OLDER = {("courses", "academicSubjectDescriptor")}
"""Properties of Data Standard 3."""


@dataclass
class Sent:
    """A request as openapi-core wants it."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str = ""
    body: bytes | None = None


@pytest.fixture(scope="module")
def published(samples: Path) -> Path:
    return samples / "edfi" / "openapi"


@cache
def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return loaded


@pytest.fixture(scope="module")
def resources(published: Path) -> dict[str, Any]:
    return document(published / "resources-ds-5.0.yaml")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract("edfi", Path())


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Request]]:
    """Return every request of two nights, by version of the server."""
    found = {}
    with Engine.open(EngineOptions(threads=2)) as engine:
        for manners in (Manners(), Manners(version="7.1"), Manners(change_queries=False)):
            folder = tmp_path_factory.mktemp("edfi")
            with district(engine, folder, manners, page_size=2) as (ods, asked):
                _two_nights(ods, asked)
                found[f"{manners.version} {manners.change_queries}"] = ods.requests
    return found


def _two_nights(ods: Ods, asked: Asked) -> None:
    for name in ("sections", "staffs", "courses", "sessions", "calendarDates", "assessments"):
        ods.put(name, {})
    ods.put("students", *(student(str(3000 + n), "Cy") for n in range(7)))
    ods.state.newest += 1000  # what changed elsewhere
    asked.landed()
    ods.delete("students", ods.find("students", studentUniqueId="3001")["id"])
    ada = ods.find("students", studentUniqueId=ADA)["id"]
    ods.change_key("students", ada, studentUniqueId="1009", shown=False)
    asked.later(hours=24)
    asked.landed()


def test_every_request_is_one_the_standard_describes(
    resources: dict[str, Any], published: Path, requests: Mapping[str, list[Request]]
) -> None:
    data, changes = (
        _checker(resources),
        _checker(document(published / "change-queries-api-1.0.0.yaml")),
    )
    met = set()
    for sent in requests.values():
        for request in sent:
            if request.path.startswith("/data/v3"):
                path = request.path.removeprefix("/data/v3")
                known, below = _described(resources, path)
                given = {k: v for k, v in request.query.items() if k not in CURSOR}
                assert set(given) <= _parameters(resources, known), path
                data.validate_request(_sent(known if below else path, given, request))
                met.add(below or "rows")
            elif request.path.startswith("/changeQueries/v1"):
                assert not request.query
                changes.validate_request(
                    _sent(request.path.removeprefix("/changeQueries/v1"), {}, request)
                )
                met.add("versions")
    assert met == {"rows", "deletes", "keyChanges", "{id}", "versions"}


def test_a_request_that_asks_for_too_much_would_be_noticed(resources: dict[str, Any]) -> None:
    request = Request("GET", "/ed-fi/students", {}, {})
    for query in ({"limit": "501"}, {"offset": "first"}):
        with pytest.raises(ParameterValidationError):
            _checker(resources).validate_request(_sent("/ed-fi/students", query, request))


def _checker(spec: Mapping[str, Any]) -> OpenAPI:
    """Return what judges requests; who asks is no matter here, and the files are taken as right."""
    plain = {key: one for key, one in spec.items() if key != "security"}
    plain["servers"] = [{"url": "http://ods.example"}]
    return OpenAPI.from_dict(plain, config=Config(spec_validator_cls=None))


def _described(spec: Mapping[str, Any], path: str) -> tuple[str, str]:
    """Return the path in the specification, and what stands below the resource.

    Deletes and key changes have the parameters of their resource.
    """
    if path in spec["paths"]:
        return path, ""
    resource, _, last = path.rpartition("/")
    if last in {"deletes", "keyChanges"}:
        return resource, last
    assert f"{resource}/{{id}}" in spec["paths"], path
    return f"{resource}/{{id}}", "{id}"


def _parameters(spec: Mapping[str, Any], path: str) -> set[str]:
    listed = spec["paths"][path]["get"]["parameters"]
    return {_followed(spec, one)["name"] for one in listed}


def _followed(spec: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        found: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def _sent(path: str, query: Mapping[str, str], request: Request) -> Sent:
    whole = path.replace("{id}", "0" * 32)
    parameters = RequestParameters(
        query=ImmutableMultiDict(query), header=Headers(request.headers), path={}
    )
    return Sent("http://ods.example", whole, request.method.lower(), parameters)


def test_every_property_the_contract_reads_is_in_the_standard(
    resources: dict[str, Any], contract: Contract
) -> None:
    for file, spec in contract.files.items():
        resource = resource_of(contract, file)
        schema = _schema(resources, resource)
        lists = {header for feed in spec.feeds if feed.each for header in feed.each.from_}
        names = [column.name for column in spec.columns]
        names += [one for feed in spec.feeds for one in _members(feed.model_dump(), lists)]
        for name in names:
            if name not in OURS and (resource, name) not in OLDER:
                assert _has(resources, schema, name.split(".")), (resource, name)


def _schema(spec: Mapping[str, Any], resource: str) -> Mapping[str, Any]:
    answer = spec["paths"][f"/ed-fi/{resource}"]["get"]["responses"]["200"]
    schema: Mapping[str, Any] = answer["content"]["application/json"]["schema"]
    return _followed(spec, schema["items"])


def _has(spec: Mapping[str, Any], schema: Mapping[str, Any], path: list[str]) -> bool:
    schema = _followed(spec, schema)
    if not path:
        return True
    if schema.get("type") == "array":
        return _has(spec, schema["items"], path)
    inner = schema.get("properties", {}).get(path[0])
    return inner is not None and _has(spec, inner, path[1:])


def _members(told: object, lists: set[str]) -> Iterator[str]:
    """Yield every text in a feed that names a property of a list's members."""
    if isinstance(told, str) and told.partition(".")[0] in lists:
        yield told
    elif isinstance(told, dict):
        for key, one in told.items():
            yield from _members(key, lists)
            yield from _members(one, lists)
    elif isinstance(told, list | tuple):
        for one in told:
            yield from _members(one, lists)


def test_resources_without_which_nothing_is_known_are_needed(contract: Contract) -> None:
    needed = {
        resource_of(contract, file) for file, one in contract.files.items() if not one.optional
    }
    assert needed == {"schools", "students", "studentSchoolAssociations"}
    assert not any("arent" in file or "ontact" in file for file in contract.files)
