"""A bucket, container or share, by fsspec: ``s3``, ``gs``, ``abfs``, ``smb``, ``file``, ``memory``.

What is listed in a bucket is whole; a share is a file system, where files grow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fsspec  # type: ignore[import-untyped]  # fsspec 2026.9 has no types

from hit_pipeline.errors import NotServed, PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.landing.delivery import shown_name
from hit_pipeline.settings_remote import Store
from hit_pipeline.sources.mirror.remote import Listed, Listing, free_name, walked
from hit_pipeline.sources.transport import Look

_CHUNK = 4 * 1024 * 1024
_BUCKETS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci"}
"""Protocols whose files appear whole or not at all."""
_CHANGED = ("LastModified", "last_modified", "mtime", "updated", "last_write_time", "modified")
_TAGS = ("ETag", "etag", "md5Hash", "generation")
_SHUT_OUT = ("credentials", "authentication", "accessdenied", "refresherror", "forbidden", "logon")
"""Found in names of the errors by which drivers say that we are not let in."""
_SHUT_OUT_CODES = {401, 403}


@contextmanager
def connected(source: str, settings: Store) -> Iterator["ObjectStore"]:
    """Give a store to be looked into.

    Raises:
        PermanentSourceError: Its driver is not installed, or an option does not fit.
    """
    given = {name: one.get_secret_value() for name, one in settings.secrets.items()}
    options = {**settings.options, **given, "skip_instance_cache": True}
    protocol = fsspec.utils.get_protocol(settings.url)
    if protocol != "file":
        options["use_listings_cache"] = False
    with _failures(source, settings.url):
        system, root = fsspec.url_to_fs(settings.url, **options)
    yield ObjectStore(source, settings, system, root.rstrip("/"), protocol in _BUCKETS)


@dataclass(frozen=True)
class ObjectStore:
    """A store; see `hit_pipeline.sources.mirror.remote.Remote`."""

    source: str
    settings: Store
    system: Any
    root: str
    is_atomic: bool

    def listing(self) -> Listing:
        """Return the files below the url; links and the archive are left out."""
        return walked(self._look_into)

    def _look_into(self, below: str) -> Iterator[Listed | str]:
        archive = self._archive()
        for entry in self._entries(below):
            name = entry["name"].rstrip("/")[len(self.root) + 1 :]
            if entry.get("islink") or not name or f"{name}/" == below:
                continue
            if entry["type"] == "directory" and self._path(name) != archive:
                yield f"{name}/"
            elif entry["type"] == "file":
                yield _listed(name, entry)

    def find(self, name: str) -> Listed | None:
        """Return a file as it is now; None when it is gone."""
        try:
            with _failures(self.source, shown_name(name)):
                return _listed(name, self.system.info(self._path(name)))
        except NotServed:
            return None

    def read(self, name: str, size: int) -> Iterator[bytes]:  # noqa: ARG002 (of the protocol)
        """Yield the bytes of a file."""
        with (
            _failures(self.source, shown_name(name)),
            self.system.open(self._path(name), "rb") as handle,
        ):
            while chunk := handle.read(_CHUNK):
                yield chunk

    def archive(self, name: str) -> None:
        """Move a file to the archive under a free name."""
        archive = self._archive()
        if archive is None:
            return
        turn = 1
        with _failures(self.source, f"moving {shown_name(name)} to the archive"):
            while self.system.exists(target := f"{archive}/{free_name(name, turn)}"):
                turn += 1
            self.system.makedirs(target.rpartition("/")[0], exist_ok=True)
            self.system.mv(self._path(name), target)

    def look(self) -> Iterator[Look]:
        """Say whether it is there, and where landed files go."""
        self._entries("")
        yield Look("connection", ok=True, seen=self.settings.url)
        archive = self._archive()
        if archive is not None:
            with _failures(self.source, "the archive"):
                there = "is there" if self.system.exists(archive) else "will be made"
            yield Look("archive", ok=True, seen=f"{archive} {there}; moving is not tried here")

    def _entries(self, below: str) -> list[dict[str, Any]]:
        path = self._path(below)
        with _failures(self.source, path):
            self.system.invalidate_cache()
            found: list[dict[str, Any]] = self.system.ls(path, detail=True)
        return found

    def _path(self, name: str) -> str:
        return f"{self.root}/{name}".rstrip("/") or "/"

    def _archive(self) -> str | None:
        url = self.settings.archive
        return None if url is None else str(self.system._strip_protocol(url)).rstrip("/")


def _listed(name: str, entry: dict[str, Any]) -> Listed:
    tag = next((str(entry[key]) for key in _TAGS if entry.get(key)), "")
    return Listed(name, int(entry.get("size") or 0), _changed(entry), tag.strip('"'))


def _changed(entry: dict[str, Any]) -> float | None:
    """Return when a file was last changed, whatever its driver calls it."""
    told = next((entry[key] for key in _CHANGED if entry.get(key)), None)
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    if isinstance(told, datetime):
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    return None if told is None else float(told)


@contextmanager
def _failures(source: str, what: str) -> Iterator[None]:
    """Turn what goes wrong into errors of the source."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001 (drivers have errors of their own)
        raise _failure(source, error, what) from None  # their words may hold a secret


def _failure(source: str, error: Exception, what: str) -> SourceError:
    """Return the error of the source for one of a driver; its words may hold secrets."""
    name = type(error).__name__
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        remedy = f"Check sources.{source}.store.url."
        return NotServed(f"{source}: {what} is not there.", source=source, remedy=remedy)
    if isinstance(error, ImportError):
        message = f"{source}: the driver of {what.partition(':')[0]} is not installed."
        told = str(error)[:200]
        return PermanentSourceError(message, source=source, remedy=told)
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    is_out = isinstance(error, PermissionError) or status in _SHUT_OUT_CODES
    if is_out or any(one in name.lower() for one in _SHUT_OUT):
        message = f"{source}: {what} is not allowed ({name})."
        remedy = f"Check the secrets of sources.{source}.store and what the account may do."
        return PermanentSourceError(message, source=source, remedy=remedy)
    if isinstance(error, ValueError | TypeError | AttributeError | KeyError):
        message = f"{source}: {what} cannot be used as written ({name})."
        remedy = f"Check the url and the options of sources.{source}.store."
        return PermanentSourceError(message, source=source, remedy=remedy)
    message = f"{source}: {what} failed ({name})."
    remedy = "It is tried again in the next night."
    return TransientSourceError(message, source=source, remedy=remedy)
