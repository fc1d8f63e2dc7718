"""Opens one OpenPGP file; run as a program of its own, see `hit_pipeline.landing.encrypted`.

A process of its own lets the system limit the size of what comes out, which no reading of the
packets could promise, and dies with the plain text of a crash in it. It is told what to do as JSON
on standard input, and answers one word on standard output.
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pysequoia

Outcome = Literal[
    "opened", "wrong_key", "unsigned", "damaged", "too_large", "full", "key", "passphrase", "signer"
]
"""What became of a file. The last three are ours to mend, ``full`` is the disk."""

_LOCKED = "secret key material is encrypted"
_TOLD: dict[str, Outcome] = {
    "No key to decrypt": "wrong_key",
    "no valid signatures": "unsigned",
    "File too large": "too_large",
    "No space left": "full",
}
Certificates = Callable[[list[str]], list[pysequoia.Cert]]


def opened(order: dict[str, Any]) -> Outcome:
    """Open a file.

    Args:
        order: ``input``, ``output``, ``key`` and ``signers`` (paths), ``passphrase`` (text or
            null) and ``limit`` (bytes the output may have).
    """
    try:
        key = pysequoia.Tsk.from_bytes(Path(order["key"]).read_bytes())
    except (RuntimeError, OSError, ValueError):
        return "key"
    decryptor = _unlocked(key, order["passphrase"])
    if isinstance(decryptor, str):
        return decryptor
    try:
        known = [one for path in order["signers"] for one in pysequoia.Cert.split_file(path)]
    except (RuntimeError, OSError, ValueError):
        return "signer"
    store: Certificates | None = (lambda _ids: known) if order["signers"] else None
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], order["limit"]))
    try:
        pysequoia.decrypt_file(order["input"], order["output"], decryptor, store)
    except (RuntimeError, OSError) as error:
        return next((what for words, what in _TOLD.items() if words in str(error)), "damaged")
    return "opened"


def _unlocked(key: pysequoia.Tsk, passphrase: str | None) -> pysequoia.PyDecryptor | Outcome:
    """Return what decrypts, or what is wrong with the key or its passphrase."""
    try:
        return key.decryptor(None)
    except RuntimeError as error:
        if _LOCKED not in str(error):
            return "key"
    try:
        return key.decryptor(passphrase) if passphrase is not None else "passphrase"
    except RuntimeError:
        return "passphrase"


if __name__ == "__main__":
    sys.stdout.write(opened(json.load(sys.stdin)))
