"""A folder on an SSH server, by SFTP. How the server is reached and trusted is `sftp_way`."""

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import paramiko

from hit_pipeline.errors import NotServed
from hit_pipeline.landing.delivery import shown_name
from hit_pipeline.settings_remote import Sftp
from hit_pipeline.sources.mirror.remote import Listed, Listing, free_name, walked
from hit_pipeline.sources.mirror.sftp_way import Way
from hit_pipeline.sources.transport import Look

_CHUNK = 1024 * 1024
_IN_FLIGHT = 64


@contextmanager
def connected(source: str, settings: Sftp, folder: Path) -> Iterator["SftpFolder"]:
    """Connect, check the server's key, say who we are, and give the folder.

    Args:
        source: Name of the source.
        settings: The server.
        folder: The district folder, for relative paths.

    Raises:
        TransientSourceError: It cannot be reached, or the connection was cut.
        PermanentSourceError: Its key is not one of ours, or it does not let us in.
    """
    way = Way(source, settings, folder)
    transport = way.transport()
    try:
        key = way.checked(transport)
        way.let_in(transport)
        with way.failures("the SFTP session"):
            client = paramiko.SFTPClient.from_transport(transport)
            if client is None:
                message = "it gives no SFTP session."
                raise way.permanent(message, "Ask for an account with SFTP.")
            channel = client.get_channel()
            if channel is not None:
                channel.settimeout(settings.timeout_seconds)
        yield SftpFolder(way, client, key)
    finally:
        transport.close()


class SftpFolder:
    """The folder of a connected server; see `hit_pipeline.sources.mirror.remote.Remote`."""

    is_atomic = False

    def __init__(self, way: Way, client: paramiko.SFTPClient, key: paramiko.PKey) -> None:
        self._way, self._client, self._key = way, client, key
        with way.failures(f"folder {way.settings.folder}"):
            self._root = client.normalize(way.settings.folder)
        self._archive = self._archive_path()

    def _archive_path(self) -> str | None:
        given = self._way.settings.archive
        if given is None:
            return None
        with self._way.failures("the archive"):
            home = PurePosixPath(self._client.normalize("."))
        return str(home / given)

    def listing(self) -> Listing:
        """Return the files of the folder and of those in it; links and the archive are left out."""
        return walked(self._look_into)

    def _look_into(self, below: str) -> Iterator[Listed | str]:
        for entry in self._entries(below):
            name, mode = f"{below}{entry.filename}", entry.st_mode or stat.S_IFREG
            if stat.S_ISDIR(mode) and self._path(name) != self._archive:
                yield f"{name}/"
            elif stat.S_ISREG(mode):
                yield _listed(name, entry)

    def find(self, name: str) -> Listed | None:
        """Return a file as it is now; None when it is gone."""
        try:
            with self._way.failures(shown_name(name)):
                return _listed(name, self._client.lstat(self._path(name)))
        except NotServed:
            return None

    def read(self, name: str, size: int) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        with (
            self._way.failures(shown_name(name)),
            self._client.open(self._path(name), "rb") as handle,
        ):
            handle.prefetch(size, _IN_FLIGHT)
            while chunk := handle.read(_CHUNK):
                yield chunk

    def archive(self, name: str) -> None:
        """Move a file to the archive under a free name."""
        if self._archive is None:
            return
        turn = 1
        while self._exists(target := f"{self._archive}/{free_name(name, turn)}"):
            turn += 1
        self._make(PurePosixPath(target).parent)
        with self._way.failures(f"moving {shown_name(name)} to the archive"):
            try:
                self._client.rename(self._path(name), target)
            except OSError as error:
                if error.errno is None:  # "Failure", the word of many servers for a refusal
                    message = f"{shown_name(name)} cannot be moved to {self._archive}."
                    remedy = "Have the account given the right to rename, or leave `archive` out."
                    raise self._way.permanent(message, remedy) from error
                raise

    def look(self) -> Iterator[Look]:
        """Say what was seen on the way in, and whether renaming is refused outright."""
        yield Look("connection", ok=True, seen=f"{self._way.place} answers")
        seen = f"{self._key.get_name()} {self._key.fingerprint}, as known"
        yield Look("host key", ok=True, seen=seen)
        yield Look("credentials", ok=True, seen=f"{self._way.settings.username} is let in")
        self._entries("")
        yield Look("folder", ok=True, seen=self._root)
        if self._archive is not None:
            yield self._look_at_archive(self._archive)

    def _look_at_archive(self, archive: str) -> Look:
        """Rename what is not there: who may not rename is told so, who may is told it is gone."""
        probe = f"{archive}/.hit-no-such-file"
        try:
            self._client.rename(probe, f"{probe}-either")
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return Look("archive", ok=False, seen="renaming is not allowed: files will stay")
        there = "is there" if self._exists(archive) else "will be made"
        return Look("archive", ok=True, seen=f"{archive} {there}")

    def _entries(self, below: str) -> list[paramiko.SFTPAttributes]:
        with self._way.failures(f"folder {self._path(below)}"):
            return sorted(
                self._client.listdir_attr(self._path(below)), key=lambda one: one.filename
            )

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}".rstrip("/") or "/"

    def _exists(self, path: str) -> bool:
        try:
            with self._way.failures(path):
                self._client.lstat(path)
        except NotServed:
            return False
        return True

    def _make(self, folder: PurePosixPath) -> None:
        for one in (*reversed(folder.parents), folder):
            if not self._exists(str(one)):
                with self._way.failures(f"making the folder {one}"), suppress(FileExistsError):
                    self._client.mkdir(str(one))


def _listed(name: str, entry: paramiko.SFTPAttributes) -> Listed:
    changed = None if entry.st_mtime is None else float(entry.st_mtime)
    return Listed(name, entry.st_size or 0, changed)
