"""Files that arrive encrypted with OpenPGP: the plain text while a delivery is read.

What is kept for good is the file as it arrived. The plain text lies in a folder of the draft while
the adapter reads, and goes with it, whatever happens.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hit_pipeline.errors import PermanentSourceError, SourceError
from hit_pipeline.landing.bundle import refused
from hit_pipeline.landing.delivery import Arrival, shown_name
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import Decrypt

_SUFFIXES = (".pgp", ".gpg")
_ARMOURED = ".asc"
_HEAD = b"-----BEGIN PGP MESSAGE-----"
_FLOOR = 1024 * 1024
_REFUSALS = {
    "wrong_key": ("wrong_key", "is not encrypted for our key", "Send our public key to who sends."),
    "unsigned": (
        "unsigned",
        "is not signed by any of `decrypt.signers`",
        "Ask who sent it to sign it; if their key changed, get it from them in person.",
    ),
    "damaged": ("damaged_encryption", "is no whole OpenPGP message", "Have it sent again."),
    "too_large": (
        "zip_bomb",
        "grows past the thresholds when it is decrypted",
        "If it is genuine, raise `thresholds` in district.toml.",
    ),
}
_OURS = {
    "key": ("the private key cannot be read", "Mend sources.{source}.decrypt.key_file."),
    "passphrase": (
        "the passphrase does not fit the private key",
        "Set HIT_SOURCES__{SOURCE}__DECRYPT__PASSPHRASE.",
    ),
    "signer": ("a signer's public key cannot be read", "Mend sources.{source}.decrypt.signers."),
    "full": ("the disk is full", "Free space where the lake is."),
}
_DIED = (
    "the process that does it died",
    "It is tried again; if it dies again, ask for a new file.",
)


def plain_name(name: str) -> str:
    """Return the name a file has when it is decrypted; its own when its name does not say so.

    >>> plain_name("log.csv.gz.PGP"), plain_name("log.csv")
    ('log.csv.gz', 'log.csv')
    """
    is_named = name.lower().endswith((*_SUFFIXES, _ARMOURED))
    return name[:-4] if is_named else name


def is_encrypted(path: Path) -> bool:
    """Say whether a file is encrypted: by its name, or by the first line of an armoured one.

    ``.asc`` alone says nothing: some products give it to plain ASCII.
    """
    if path.is_symlink() or not path.is_file():
        return False
    if path.name.lower().endswith(_SUFFIXES):
        return True
    with path.open("rb") as handle:
        return handle.read(len(_HEAD)) == _HEAD


@contextmanager
def opened(arrival: Arrival, folder: Path, district: District) -> Iterator[Arrival]:
    """Give an arrival to be read: itself, or with its encrypted files decrypted below a folder.

    Names lose their ``.pgp``, ``.gpg`` or ``.asc``. The folder is gone at the end.

    Raises:
        DeliveryRefused: The source has no `decrypt` (``landing.encrypted``); a file is encrypted
            for others (``landing.wrong_key``), not signed as asked (``landing.unsigned``), damaged
            (``landing.damaged_encryption``) or too large (``landing.zip_bomb``).
        PermanentSourceError: Our own key, its passphrase or a signer's key is at fault, or the disk
            is full: the delivery waits.
    """
    files = [one for one in arrival.path.rglob("*") if is_encrypted(one)]
    if not files and not is_encrypted(arrival.path):
        yield arrival
        return
    try:
        yield _opened(arrival, folder, district)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _opened(arrival: Arrival, folder: Path, district: District) -> Arrival:
    source = district.sources.get(arrival.source)
    settings = source.decrypt if source is not None else None
    if settings is None:
        message = "is encrypted, and the source has no key to open it with"
        remedy = f"Set sources.{arrival.source}.decrypt in district.toml, then have it sent again."
        raise refused(message, arrival.source, "encrypted", arrival.name, remedy)
    opener = _Opener(arrival.source, settings, district)
    folder.mkdir(mode=0o700)
    if not arrival.path.is_dir():
        target = folder / plain_name(arrival.path.name)
        opener.open(arrival.path, target)
        return replace(arrival, path=target, name=plain_name(arrival.name))
    target = folder / arrival.path.name
    shutil.copytree(
        arrival.path,
        target,
        symlinks=True,
        copy_function=lambda path, to: opener.copy(Path(path), Path(to)),
    )
    return replace(arrival, path=target)


@dataclass(frozen=True)
class _Opener:
    """Opens files of one source."""

    source: str
    settings: Decrypt
    district: District

    def copy(self, path: Path, target: Path) -> None:
        """Put a file into another folder, decrypted if it must be."""
        if not is_encrypted(path):
            os.link(path, target, follow_symlinks=False)
            return
        plain = target.with_name(plain_name(target.name))
        if plain != target and path.with_name(plain.name).exists():
            message = "comes twice, encrypted and not"
            raise refused(message, self.source, "zip_duplicate_entry", path.name)
        self.open(path, plain)

    def open(self, path: Path, target: Path) -> None:
        """Decrypt a file."""
        given = self.settings
        limits, size = self.district.thresholds, path.stat().st_size
        order = {
            "input": str(path),
            "output": str(target),
            "key": str(self.district.folder / given.key_file),
            "passphrase": given.passphrase.get_secret_value() if given.passphrase else None,
            "signers": [str(self.district.folder / one) for one in given.signers],
            "limit": int(min(limits.max_entry_bytes, max(_FLOOR, size * limits.max_bundle_ratio))),
        }
        done = subprocess.run(
            [sys.executable, "-m", "hit_pipeline.landing.openpgp"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.stdout != "opened":
            target.unlink(missing_ok=True)
            raise self._failure(done.stdout, path.name)

    def _failure(self, outcome: str, file: str) -> SourceError:
        """Return what a failed opening is: the file's fault is a refusal, ours is not."""
        if outcome in _REFUSALS:
            rule, message, remedy = _REFUSALS[outcome]
            return refused(message, self.source, rule, file, remedy)
        message, remedy = _OURS.get(outcome, _DIED)
        told = remedy.format(source=self.source, SOURCE=self.source.upper())
        message = f"{shown_name(file)} cannot be decrypted: {message}."
        return PermanentSourceError(message, source=self.source, remedy=told)
