"""The objects a OneRoster service answers with: which resources there are, and what a page lists.

Facts of the REST bindings 1.1 and 1.2 and what servers make of them; nothing is asked here.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One collection of a OneRoster service.

    Attributes:
        path: Its name below the service's address.
        keys: Keys a page may hold its list under, the usual one first.
    """

    path: str
    keys: tuple[str, ...]


RESOURCES: dict[str, Resource] = {
    "orgs": Resource("orgs", ("orgs", "schools")),
    "academic_sessions": Resource(
        "academicSessions", ("academicSessions", "terms", "gradingPeriods")
    ),
    "courses": Resource("courses", ("courses",)),
    "classes": Resource("classes", ("classes",)),
    "users": Resource("users", ("users", "students", "teachers")),
    "demographics": Resource("demographics", ("demographics",)),
    "enrollments": Resource("enrollments", ("enrollments",)),
}
"""What is asked for, by the contract's name of the file, in order. Roles come with users."""


def listed(data: Any, resource: Resource) -> list[Any] | None:
    """Return what a page lists; None when it is no page of this resource.

    The list is looked for under the usual key, then under those some servers use instead, then it
    is the only list there is. An absent or null list, as some servers write an empty one, is empty,
    and so is no body at all (204).
    """
    if data is None:
        return []
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        return None
    for key in resource.keys:
        if isinstance(data.get(key), list):
            return list(data[key])
    lists = [value for value in data.values() if isinstance(value, list)]
    if len(lists) == 1:
        return list(lists[0])
    return [] if not data or any(key in data for key in resource.keys) else None


def identity(file: str, one: Any) -> str:
    """Return what tells an object from the others of its resource: its sourcedId.

    An enrollment without one is known by class, user and role; anything else without one by a
    digest of all it says.
    """
    own = text(one.get("sourcedId")) if isinstance(one, dict) else None
    if own is not None:
        return own
    if file == "enrollments" and (made := enrollment_id(one)) is not None:
        return made
    said = json.dumps(one, sort_keys=True, separators=(",", ":")).encode()
    return "?" + hashlib.sha256(said).hexdigest()


def enrollment_id(one: Any) -> str | None:
    """Return the id we give an enrollment that has none; None when it does not say who and what."""
    if not isinstance(one, dict):
        return None
    parts = [reference(one.get("class")), reference(one.get("user")), text(one.get("role"))]
    return "/".join(part or "" for part in parts) if parts[0] and parts[1] else None


def reference(value: Any) -> str | None:
    """Return the sourcedId a reference names: an object with one, or the bare id."""
    return text(value.get("sourcedId")) if isinstance(value, Mapping) else text(value)


def text(value: Any) -> str | None:
    """Return a filled text or number as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def modified(one: Any) -> datetime | None:
    """Return when an object says it was changed; None when it does not, or not readably.

    An instant without a zone is taken as UTC.
    """
    stated = one.get("dateLastModified") if isinstance(one, dict) else None
    return instant(stated) if isinstance(stated, str) else None


def instant(stated: str) -> datetime | None:
    """Return an ISO 8601 instant; None when it is none."""
    try:
        found = datetime.fromisoformat(stated.strip())
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def written(at: datetime) -> str:
    """Return an instant as OneRoster writes it, to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
