"""A OneRoster object of REST as a row of the CSV binding, so that one contract reads both.

References become columns of sourcedIds, lists of words comma separated cells, and names that differ
between the bindings those of CSV. What is nested otherwise, ``metadata`` above all, is left for
`hit_pipeline.sources.reading.json_records` to lay out in columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hit_pipeline.landing.scrub import is_forbidden
from hit_pipeline.sources.oneroster.rest_objects import enrollment_id, reference, text

RENAMED = {
    "preferredFirstName": "preferredGivenName",
    "preferredLastName": "preferredFamilyName",
}
"""Names of REST that the CSV binding spells otherwise."""

_ONE = frozenset({"parent", "course", "school", "org", "class", "user", "primaryOrg"})
"""Keys whose value is one reference, should a server write its bare id."""
_SEVERAL = {
    "orgs": "orgSourcedIds",
    "terms": "termSourcedIds",
    "agents": "agentSourcedIds",
}
"""Keys whose value is a list of references, and their column."""
_OF_ROLES = ("roleType", "role", "beginDate", "endDate")


def cells(file: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object as a row: text, null, or what is to be laid out in columns.

    Of two keys with one column the first that is filled counts.
    """
    row: dict[str, Any] = {}
    for key, value in one.items():
        for name, cell in _columns(file, key, value):
            if row.get(name) in (None, ""):
                row[name] = cell
    if file == "enrollments" and not text(row.get("sourcedId")):
        row["sourcedId"] = enrollment_id(one)
    return row


def roles(user: Any) -> Iterator[dict[str, str | None]]:
    """Yield the roles of a user of 1.2 as rows of roles.csv.

    A role has no id of its own in REST: it is known by user, role, organisation and first day.
    """
    if not isinstance(user, Mapping):
        return
    owner = text(user.get("sourcedId"))
    life = {name: text(user.get(name)) for name in ("status", "dateLastModified")}
    stated = user.get("roles")
    for one in stated if isinstance(stated, list) else []:
        if not isinstance(one, Mapping):
            continue
        said = {name: text(one.get(name)) for name in _OF_ROLES}
        org = reference(one.get("org"))
        key = (owner, said["role"], org, said["beginDate"])
        yield {
            "sourcedId": "/".join(part or "" for part in key),
            **life,
            "userSourcedId": owner,
            **said,
            "orgSourcedId": org,
            "userProfileSourcedId": reference(one.get("userProfile")),
        }


def _columns(file: str, key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the columns a key becomes."""
    if file == "users" and key == "userIds":
        yield from _user_ids(value)
    elif file == "users" and key == "roles":
        return
    elif file == "users" and key.casefold() == "password":
        if text(value) is not None:
            yield key, value
    elif isinstance(value, list):
        yield from _of_list(key, value)
    elif _is_reference(value) or key in _ONE or (key, file) == ("schoolYear", "courses"):
        yield f"{key}SourcedId", reference(value)
    else:
        yield RENAMED.get(key, key), value


def _of_list(key: str, value: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    filled = [one for one in value if one is not None]
    if key in _SEVERAL or (filled and all(_is_reference(one) for one in filled)):
        ids = [found for one in filled if (found := reference(one)) is not None]
        yield _SEVERAL.get(key, f"{key}SourcedIds"), ",".join(ids) or None
    elif all(isinstance(one, str | int | float) for one in filled):
        words = [found for one in filled if (found := text(one)) is not None]
        yield key, ",".join(words) or None
    else:
        yield key, value


def _is_reference(one: Any) -> bool:
    return isinstance(one, Mapping) and "sourcedId" in one


def _user_ids(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield userIds as CSV writes them; a type that must not be kept has a column of its own."""
    listed = value if isinstance(value, list) else [value]
    kept = []
    for one in listed:
        if not isinstance(one, Mapping):
            continue
        kind, number = text(one.get("type")), text(one.get("identifier"))
        if number is None:
            continue
        if kind is not None and is_forbidden(kind):
            yield f"userIds.{kind}", number
        else:
            kept.append(f"{{{kind or 'identifier'}:{number}}}")
    yield "userIds", ",".join(kept) or None
