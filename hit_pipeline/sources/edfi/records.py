"""What is kept of an Ed-Fi resource: the properties the contract names, and nothing else.

A resource of the standard holds far more of a child than tutoring needs: addresses, telephones,
visas, diagnoses. What no column of the contract is of never reaches a disk of ours, and neither do
social-security numbers, which stand in the list of identification codes under a system of their
own.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hit_pipeline.landing.scrub import is_forbidden

DELETED = "_deleted"
"""Property of a record of ours that says the resource's ``id`` is gone; no resource has it."""
_ID = "id"
_NEVER_WANTED = ("link", "_etag", "_lastModifiedDate", "_ext")
_SYSTEM = re.compile(r"IdentificationSystemDescriptor$")
_SECRET_NUMBER = re.compile(r"#\s*(ssn|social|canadian sin|sin\b)", re.IGNORECASE)


@dataclass
class Filter:
    """Keeps of records what a contract names, and remembers what it left out.

    Attributes:
        columns: Names of the contract's columns; properties of objects in objects with points.
        left_out: Names of the properties met so far that no column is of.
        numbers: Identification codes left out because they are social-security numbers.
    """

    columns: frozenset[str]
    left_out: set[str] = field(default_factory=set)
    numbers: int = 0

    def record(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is kept of a record, its ``id`` written one way."""
        return {**self._object("", given), _ID: plain_id(given)}

    def _object(self, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
        kept = {}
        for key, value in given.items():
            own = f"{path}.{key}" if path else key
            if own in self.columns:
                kept[key] = self._value(own, value)
            elif isinstance(value, dict) and any(one.startswith(f"{own}.") for one in self.columns):
                kept[key] = self._object(own, value)
            elif key not in _NEVER_WANTED:
                self.left_out.add(own)
        return kept

    def _value(self, path: str, value: Any) -> Any:
        """Return a value without what is never kept of objects in lists."""
        if isinstance(value, list):
            kept = [self._value(path, one) for one in value if not _is_secret_number(one)]
            self.numbers += len(value) - len(kept)
            return kept
        if isinstance(value, dict):
            private = {key for key in value if is_forbidden(key)}
            self.left_out.update(f"{path}.{key}" for key in private)
            return {
                key: self._value(f"{path}.{key}", one)
                for key, one in value.items()
                if key not in _NEVER_WANTED and key not in private
            }
        return value

    def completed(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with null for every column it lacks.

        The first one of a file is written so, for every pull then has the same columns.
        """
        have = {column for column in self.columns if _is_there(record, column.split("."))}
        return {**record, **dict.fromkeys(sorted(self.columns - have))}


def _is_there(record: Mapping[str, Any], path: list[str]) -> bool:
    inner = record.get(path[0])
    if len(path) == 1 or path[0] not in record:
        return path[0] in record
    return isinstance(inner, dict) and _is_there(inner, path[1:])


def plain_id(record: Mapping[str, Any]) -> str:
    """Return a resource's ``id`` without hyphens, in lower case: servers write it both ways."""
    return str(record.get(_ID) or "").replace("-", "").casefold()


def tombstone(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of ours that says a resource is gone."""
    return {_ID: plain_id(record), DELETED: True}


def as_bytes(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Return records as a JSON list, properties in the order of their names."""
    return json.dumps(list(records), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _is_secret_number(member: object) -> bool:
    if not isinstance(member, dict):
        return False
    return any(
        _SYSTEM.search(key) and isinstance(one, str) and _SECRET_NUMBER.search(one)
        for key, one in member.items()
    )
