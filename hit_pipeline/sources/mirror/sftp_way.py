"""The way to an SSH server: connecting, checking its key, saying who we are.

The server must show a key that is named in the settings: nothing is ever accepted on first sight.
Neither an agent nor keys of the user's own are used.
"""

import errno
import io
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey
from paramiko.ssh_exception import IncompatiblePeer

from hit_pipeline.errors import NotServed, PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.settings_remote import Sftp

_PORT = 22
_LOG = "hit_pipeline.ssh"
_KEEPALIVE_SECONDS = 15
_AGAIN = "It is tried again in the next night."


@dataclass(frozen=True)
class Way:
    """The way to one server.

    Attributes:
        source: Name of the source.
        settings: The server.
        folder: The district folder, for relative paths.
    """

    source: str
    settings: Sftp
    folder: Path

    @property
    def place(self) -> str:
        """The server, for people."""
        return f"{self.settings.host}:{self.settings.port}"

    def transport(self) -> paramiko.Transport:
        """Return a connection before anybody said who they are."""
        known, seconds = self._known(), self.settings.timeout_seconds
        with self.failures("the connection"):
            sock = socket.create_connection((self.settings.host, self.settings.port), seconds)
            try:
                transport = paramiko.Transport(sock)
                transport.banner_timeout = transport.auth_timeout = seconds
                logging.getLogger(_LOG).setLevel(logging.CRITICAL)  # failures are told by us
                transport.set_log_channel(_LOG)
                options, types = transport.get_security_options(), _key_types(known)
                options.key_types = sorted(options.key_types, key=lambda one: one not in types)
                transport.start_client(timeout=seconds)
                transport.get_remote_server_key()  # start_client does not say that time ran out
            except BaseException:
                sock.close()
                raise
            transport.set_keepalive(_KEEPALIVE_SECONDS)
        return transport

    def checked(self, transport: paramiko.Transport) -> paramiko.PKey:
        """Return the server's key when it is one of those it may show."""
        shown = transport.get_remote_server_key()
        known = self._known()
        if shown in known:
            return shown
        what = f"it shows the {shown.get_name()} key {shown.fingerprint}"
        line = f'host_keys = ["{shown.get_name()} {shown.get_base64()}"]'
        if known:
            message = f"{what}, which is not the one known: somebody may be in between."
            remedy = f"Ask who runs it. Only if they changed it, set {line}."
        else:
            message = f"{what}, and no key of it is known."
            remedy = f"Compare it with what who runs it says, then set {line}."
        raise self.permanent(message, f"{remedy} It belongs into sources.{self.source}.sftp.")

    def let_in(self, transport: paramiko.Transport) -> None:
        """Say who we are, by key and then by password where both are asked for."""
        given = self.settings
        key = self._private_key()
        password = given.password.get_secret_value() if given.password else None
        if key is None and password is None:
            places = f"sources.{self.source}.sftp.key_file or the secret of its `password`"
            message = "neither a key nor a password is set."
            raise self.permanent(message, f"Set {places}.")
        try:
            more = (
                transport.auth_publickey(given.username, key) if key is not None else ["password"]
            )
            if "password" in more and password is not None:
                more = transport.auth_password(given.username, password)
            if more:
                message = f"it asks for {', '.join(more)} besides."
                raise self.permanent(message, "Set that as well, or have it not asked for.")
        except paramiko.AuthenticationException as error:
            raise self._not_let_in(error) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self.failure(error, "the credentials") from error

    def _not_let_in(self, error: paramiko.AuthenticationException) -> SourceError:
        told = str(error).lower()
        if "timeout" in told or "eof" in told:
            message = f"{self.source}: {self.place} ended the connection at the credentials."
            return TransientSourceError(message, source=self.source, remedy=_AGAIN)
        allowed = getattr(error, "allowed_types", [])
        ways = f"; it takes {', '.join(allowed)}" if allowed else ""
        message = f"the user {self.settings.username} is not let in{ways}."
        return self.permanent(message, "Check username, password and key_file.")

    def _private_key(self) -> paramiko.PKey | None:
        given = self.settings
        if given.key_file is None:
            return None
        phrase = given.key_passphrase.get_secret_value().encode() if given.key_passphrase else None
        try:
            return _as_key((self.folder / given.key_file).read_bytes(), phrase)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            message = f"the private key {given.key_file} cannot be used."
            remedy = "Check the file and key_passphrase, and that it is RSA, ECDSA or Ed25519."
            raise self.permanent(message, remedy) from error

    def _known(self) -> list[paramiko.PKey]:
        """Return the keys the server may show."""
        given = self.settings
        try:
            entries = [HostKeyEntry.from_line(f"host {line}") for line in given.host_keys]
            found = [one.key if one is not None else None for one in entries]
            if given.known_hosts is not None:
                hosts = HostKeys(str(self.folder / given.known_hosts))
                name = given.host if given.port == _PORT else f"[{given.host}]:{given.port}"
                found += list((hosts.lookup(name) or {}).values())
        except (OSError, ValueError, InvalidHostKey, paramiko.SSHException) as error:
            message = "host_keys or known_hosts cannot be read."
            remedy = "Write a key as its type and its base64, such as ssh-ed25519 AAAA..."
            raise self.permanent(message, remedy) from error
        if None in found:
            message = "host_keys holds what is no key."
            raise self.permanent(message, "Write its type and its base64: ssh-ed25519 AAAA...")
        return [one for one in found if one is not None]

    @contextmanager
    def failures(self, what: str) -> Iterator[None]:
        """Turn what goes wrong into errors of the source."""
        try:
            yield
        except (paramiko.SSHException, EOFError, OSError, UnicodeDecodeError) as error:
            raise self.failure(error, what) from error

    def failure(self, error: Exception, what: str) -> SourceError:
        """Return the error of the source for one of the client."""
        if isinstance(error, UnicodeDecodeError):
            message = f"a name in {what} is not UTF-8."
            return self.permanent(message, "Have it renamed.")
        code = error.errno if isinstance(error, OSError) else None
        if code == errno.ENOENT:
            return NotServed(f"{self.source}: {self.place} has no {what}.", source=self.source)
        if code in (errno.EACCES, errno.EPERM):
            return self.permanent(f"{what} is not allowed.", "Have the account given the right to.")
        if isinstance(error, IncompatiblePeer):
            return self.permanent("it offers no way to connect.", "Its SSH is too old, or its key.")
        kind = "kept silent" if isinstance(error, TimeoutError) else "failed"
        message = f"{self.source}: {self.place}: {what} {kind} ({type(error).__name__})."
        return TransientSourceError(message, source=self.source, remedy=_AGAIN)

    def permanent(self, message: str, remedy: str) -> PermanentSourceError:
        """Return an error somebody must mend."""
        told = f"{self.source}: {self.place}: {message}"
        return PermanentSourceError(told, source=self.source, remedy=remedy)


def _as_key(data: bytes, phrase: bytes | None) -> paramiko.PKey:
    """Return a private key, OpenSSH's or PEM.

    It is read by `cryptography`: paramiko 5.1 takes every second ECDSA key in OpenSSH's format for
    one of another curve.
    """
    is_openssh = b"BEGIN OPENSSH PRIVATE KEY" in data
    load = serialization.load_ssh_private_key if is_openssh else serialization.load_pem_private_key
    key = load(data, phrase)
    if isinstance(key, rsa.RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return paramiko.ECDSAKey(vals=(key, key.public_key()))
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        message = "a key of another kind"
        raise ValueError(message)
    plain = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    return paramiko.Ed25519Key(file_obj=io.StringIO(plain.decode()))


def _key_types(known: list[paramiko.PKey]) -> set[str]:
    """Return the algorithms a server may show known keys with; RSA has three."""
    names = {one.get_name() for one in known}
    return names | ({"rsa-sha2-512", "rsa-sha2-256"} if "ssh-rsa" in names else set())
