"""A real SSH server on loopback, by another library than the client's, with manners to choose."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "alder", "correct horse"


@dataclass
class SshServer:
    """A server and its manners.

    Attributes:
        root: Folder its users see as ``/``.
        host_key: The key it shows.
        port: Its port.
        users_key: Key the user may come in with, public; None: password only.
        cut_after: Bytes of files it serves before it drops the connection, once; None: never.
        may_rename: Whether files may be renamed.
        closed: Names of folders that may not be read.
        hold_at: Place in a file at which it falls silent; None: nowhere.
        reached: Set when it has fallen silent.
        held: What it then waits for.
        opened: Names of files that were opened, in order.
        sessions: Connections taken so far.
        connections: The same, to be ended.
    """

    root: Path
    host_key: asyncssh.SSHKey
    port: int = 0
    users_key: asyncssh.SSHKey | None = None
    cut_after: int | None = None
    may_rename: bool = True
    closed: set[str] = field(default_factory=set)
    hold_at: int | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)
    opened: list[str] = field(default_factory=list)
    sessions: int = 0
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The key it shows, as in settings."""
        return " ".join(self.host_key.export_public_key().decode().split()[:2])

    def put(self, name: str, data: bytes, changed: float | None = None) -> Path:
        """Put a file into its folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if changed is not None:
            os.utime(path, (changed, changed))
        return path


class _Login(asyncssh.SSHServer):
    def __init__(self, served: SshServer) -> None:
        self._served = served

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._served.sessions += 1
        self._served.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return self._served.users_key is None

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return self._served.users_key is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == self._served.users_key


class _Files(asyncssh.SFTPServer):
    def __init__(self, chan: Any, served: SshServer) -> None:
        super().__init__(chan, chroot=bytes(served.root))
        self._served = served

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        self._served.opened.append(path.decode().lstrip("/"))
        return super().open(path, pflags, attrs)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        served = self._served
        if served.cut_after is not None and offset >= served.cut_after:
            served.cut_after = None
            self.connection.abort()
        if served.hold_at is not None and offset >= served.hold_at:
            served.reached.set()
            served.held.wait(60)
        return super().read(file_obj, offset, size)  # type: ignore[return-value]

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        if not self._served.may_rename:
            message = "not here"
            raise asyncssh.SFTPPermissionDenied(message)
        super().rename(oldpath, newpath)

    def scandir(self, path: bytes) -> Any:
        if path.decode().strip("/") in self._served.closed:
            message = "not yours"
            raise asyncssh.SFTPPermissionDenied(message)
        return super().scandir(path)


@contextmanager
def serving(root: Path, port: int = 0, key: asyncssh.SSHKey | None = None) -> Iterator[SshServer]:
    """Serve a folder until the block ends."""
    root.mkdir(parents=True, exist_ok=True)
    served = SshServer(root, key or asyncssh.generate_private_key("ssh-ed25519"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[served.host_key],
            server_factory=lambda: _Login(served),
            sftp_factory=lambda chan: _Files(chan, served),
        )

    async def stop(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        await acceptor.wait_closed()
        for one in served.connections:
            one.abort()
            await one.wait_closed()
        await asyncio.sleep(0.05)  # transports close in the loop's next rounds
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    served.port = acceptor.get_port()
    try:
        yield served
    finally:
        asyncio.run_coroutine_threadsafe(stop(acceptor), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
