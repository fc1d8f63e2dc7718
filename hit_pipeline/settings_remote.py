"""How sources outside the drop folder are reached: addresses, who asks, limits.

One model per protocol; a source of ``district.toml`` holds at most one of them. Secrets come from
``HIT_SOURCES__<NAME>__<TABLE>__<KEY>`` or a file ``secrets/sources.<name>.<table>.<key>``.
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from hit_pipeline.settings_values import Model


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # its own words repeat what was written
        message = "is no web address such as https://sis.example.org/ims/oneroster"
        raise ValueError(message) from None
    if parts.scheme not in {"http", "https"} or not host:
        message = "must be a web address such as https://sis.example.org/ims/oneroster"
        raise ValueError(message)
    if parts.scheme == "http" and not _loopback(host):
        message = "must begin with https: records of children do not travel in the clear"
        raise ValueError(message)
    if parts.username or parts.password:
        message = "holds a user name or password: they have keys of their own"
        raise ValueError(message)
    return url.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""``https`` address without credentials; ``http`` on this machine only. No slash at the end."""


_IN_THE_CLEAR = "records of children do not travel in the clear: use https, s3, abfs, gs or smb"
_BY_SFTP = "is a server of files: give it as a table `sftp`, where its key is checked"
_NOT_STORES = {
    "http": _IN_THE_CLEAR,
    "ftp": _IN_THE_CLEAR,
    "sftp": _BY_SFTP,
    "ssh": _BY_SFTP,
}


def _store_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        has_secret = bool(parts.password)
    except ValueError as problem:
        message = f"is no address: {problem}"
        raise ValueError(message) from None
    if not parts.scheme or "://" not in url:
        message = "must say its protocol, such as s3://bucket/folder or file:///mnt/share"
        raise ValueError(message)
    if parts.scheme in _NOT_STORES:
        message = _NOT_STORES[parts.scheme]
        raise ValueError(message)
    if has_secret:
        message = "holds a password: it belongs into the `secrets` of the store"
        raise ValueError(message)
    return url.rstrip("/") if parts.netloc or parts.path.strip("/") else url


StoreAddress = Annotated[str, AfterValidator(_store_address)]
"""Address of a folder by fsspec, without a password. No slash at the end."""

AuthKind = Literal["none", "basic", "bearer", "api_key", "oauth1", "oauth2"]


class Rest(Model):
    """A web service.

    Attributes:
        url: Its address, up to where the names of resources begin.
        version: Version of the standard it serves: OneRoster ``1.1`` or ``1.2``; Ed-Fi suites are
            told by the server.
        auth: How it is asked who we are; None: as the protocol or the contract says.
        token_url: Where OAuth 2 tokens are given; None: where the protocol has it.
        client_id: Client id (OAuth), consumer key (OAuth 1.0a) or user name (basic).
        client_secret: Client secret, consumer secret or password.
        token: Token of ``bearer`` and ``api_key``.
        scopes: Scopes asked for; empty: those of the protocol.
        resources: Resources asked for; empty: all the protocol names.
        parameters: Texts for the places in ``{ }`` that a contract leaves open, such as an account.
        page_size: Rows asked for at once; None: as the protocol or the contract says.
        requests_per_minute: Most requests in a minute; None: no limit of ours.
        timeout_seconds: How long an answer may keep silent.
        retries: How often a request that failed for the moment is tried again.
        retry_seconds: How long to wait before the first of these; doubled each time, at most a
            minute. A server that says how long itself is believed.
        ca_file: Certificates of the authorities to trust instead of the usual ones; relative to the
            district folder.
        full_every_days: After so many days everything is asked for again, so that what was
            removed without a word is found; 0: every time.
        look_back_hours: How far before the newest change known an increment begins.
        resume_hours: How old a broken pull may be to be continued instead of begun anew.
    """

    url: WebAddress
    version: str | None = None
    auth: AuthKind | None = None
    token_url: WebAddress | None = None
    client_id: str | None = None
    client_secret: SkipJsonSchema[SecretStr | None] = None
    token: SkipJsonSchema[SecretStr | None] = None
    scopes: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    parameters: dict[str, str] = Field(default_factory=dict)
    page_size: int | None = Field(default=None, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    timeout_seconds: float = Field(default=60, gt=0)
    retries: int = Field(default=4, ge=0, le=20)
    retry_seconds: float = Field(default=1, ge=0)
    ca_file: Path | None = None
    full_every_days: int = Field(default=7, ge=0)
    look_back_hours: float = Field(default=24, ge=0)
    resume_hours: float = Field(default=12, ge=0)


class Sql(Model):
    """A database that is read with SQLAlchemy; the queries are the contract's.

    Attributes:
        url: SQLAlchemy URL without a password, such as
            ``postgresql+psycopg://reader@db.example.org/sis``.
        password: Password of its user.
        batch_rows: Rows fetched at a time.
        timeout_seconds: How long connecting may take.
        retries: How often a query that failed for the moment is tried again.
        full_every_days: After so many days every query is run without its increment; 0: every
            time.
        look_back_hours: How far before the newest change known an increment by time begins.
        parameters: Values of the queries' own parameters (``:name``).
    """

    url: str
    password: SkipJsonSchema[SecretStr | None] = None
    batch_rows: int = Field(default=20_000, ge=1)
    timeout_seconds: int = Field(default=30, ge=1)
    retries: int = Field(default=2, ge=0, le=20)
    full_every_days: int = Field(default=7, ge=0)
    look_back_hours: float = Field(default=24, ge=0)
    parameters: dict[str, str] = Field(default_factory=dict)


class Sftp(Model):
    """A folder on an SSH server.

    Attributes:
        host: Name or address.
        port: Port.
        username: User.
        password: Password; None: by key.
        key_file: Private key; relative to the district folder.
        key_passphrase: What the private key is locked with.
        host_keys: Keys the server may show, as in ``known_hosts`` without the name:
            ``ssh-ed25519 AAAA...``. A server that shows another one is not talked to.
        known_hosts: File of known hosts instead; relative to the district folder.
        folder: Folder on the server.
        patterns: Shell patterns of the files taken, without regard to case: of the name, or of
            the path below ``folder`` when a pattern holds a ``/``. Folders are looked into.
        archive: Folder on the server landed files are moved to, from where the user's session
            begins; None: they stay.
        timeout_seconds: How long the server may keep silent.
        retries: How often what failed for the moment is tried again.
    """

    host: str
    port: int = Field(default=22, ge=1, le=65535)
    username: str
    password: SkipJsonSchema[SecretStr | None] = None
    key_file: Path | None = None
    key_passphrase: SkipJsonSchema[SecretStr | None] = None
    host_keys: tuple[str, ...] = ()
    known_hosts: Path | None = None
    folder: str = "."
    patterns: tuple[str, ...] = ("*",)
    archive: str | None = None
    timeout_seconds: float = Field(default=30, gt=0)
    retries: int = Field(default=3, ge=0, le=20)


class Store(Model):
    """A bucket, container or share, by fsspec.

    Attributes:
        url: Where, such as ``s3://bucket/folder``, ``abfs://container/folder``,
            ``smb://server/share/folder`` or ``file:///mnt/share``.
        options: Options of its fsspec file system that are no secret.
        secrets: Options that are: key id, secret, connection string.
        patterns: Shell patterns of the files taken, without regard to case: of the name, or of
            the path below ``url`` when a pattern holds a ``/``. Folders are looked into.
        archive: Folder landed files are moved to, as a ``url`` of the same store; None: they stay.
        retries: How often what failed for the moment is tried again.
    """

    url: StoreAddress
    options: dict[str, str | bool | int] = Field(default_factory=dict)
    secrets: SkipJsonSchema[dict[str, SecretStr]] = Field(default_factory=dict)
    patterns: tuple[str, ...] = ("*",)
    archive: StoreAddress | None = None
    retries: int = Field(default=3, ge=0, le=20)


class Decrypt(Model):
    """How files that arrive encrypted with OpenPGP are opened.

    Attributes:
        key_file: Our private key, armoured or not; relative to the district folder.
        passphrase: What it is locked with.
        signers: Files of public keys a file must be signed by one of; empty: a signature is not
            asked for.
    """

    key_file: Path
    passphrase: SkipJsonSchema[SecretStr | None] = None
    signers: tuple[Path, ...] = ()


class Hold(Model):
    """When a roster's delivery waits for a person's word.

    Attributes:
        removed_share: Share of the students known that it would remove; it is held above that.
        changed_share: Share of the students known whose row it would change; held above that.
        minimum: Fewest students known for the shares to be looked at.
    """

    removed_share: float = Field(default=0.2, ge=0, le=1)
    changed_share: float = Field(default=0.8, ge=0, le=1)
    minimum: int = Field(default=50, ge=1)


NOT_OF_ROWS = {
    "owner",
    "path",
    "pattern",
    "rest",
    "sql",
    "sftp",
    "store",
    "decrypt",
    "hold",
    "vendor",
}
"""Keys of a source that say how deliveries come here and nothing of what their rows mean."""

SECRET_KEYS: dict[str, tuple[str, ...]] = {
    "rest": ("client_secret", "token"),
    "sql": ("password",),
    "sftp": ("password", "key_passphrase"),
    "store": ("secrets",),
    "decrypt": ("passphrase",),
}
"""Keys whose value is a secret, by the table of a source they stand in."""

HIDDEN_KEYS: dict[str, tuple[str, ...]] = {
    "rest": ("url", "token_url"),
    "sql": ("url",),
    "store": ("url", "archive"),
}
"""Keys that may hold a secret by mistake: what was written there is not repeated."""
