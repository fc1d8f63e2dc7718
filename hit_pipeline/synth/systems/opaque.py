"""Opaque ids: what a system calls its records, the same every night and nothing to read from.

Made from the district's seed and numbers that stand for the record, by mixing, not by drawing.
"""

from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hit_pipeline.synth.truth.draws import Ints

Bits = npt.NDArray[np.uint64]
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_DASHES = (8, 13, 18, 23)
_WIDTH = 36


def mixed(seed: int, kind: str, *keys: Ints | int) -> Bits:
    """Return 64 well mixed bits for each combination of keys; vectors of keys go side by side."""
    parts = np.broadcast_arrays(*(np.atleast_1d(np.asarray(key)) for key in keys))
    state: Bits = np.full(
        parts[0].shape, (seed * 1_000_003 + crc32(kind.encode())) % 2**64, np.uint64
    )
    for part in parts:
        state = _mix(state + part.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return _mix(state)


def _mix(state: Bits) -> Bits:
    """Spread every bit of numbers over all of them (the finalizer of splitmix64)."""
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(state ^ (state >> np.uint64(31)))


def opaque(seed: int, kind: str, *keys: Ints | int, prefix: str = "") -> pa.StringArray:
    """Return an id in the form of a GUID for each combination of keys, after a prefix."""
    halves = [mixed(seed, f"{kind}/{half}", *keys) for half in (0, 1)]
    raw = np.stack(halves, axis=1).astype(">u8").view(np.uint8).reshape(len(halves[0]), 16)
    digits = np.empty((len(raw), 32), dtype=np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[raw >> 4], _HEX[raw & 15]
    digits[:, 12] = ord("8")
    digits[:, 16] = _HEX[8 + (raw[:, 8] & 3)]
    start = len(prefix)
    cells = np.full((len(raw), start + _WIDTH), ord("-"), dtype=np.uint8)
    cells[:, :start] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    cells[:, [start + n for n in range(_WIDTH) if n not in _DASHES]] = digits
    ends = np.arange(len(raw) + 1, dtype=np.int32) * (start + _WIDTH)
    return pa.StringArray.from_buffers(len(raw), pa.py_buffer(ends), pa.py_buffer(cells))


def opaque_one(seed: int, kind: str, *keys: int) -> str:
    """Return one such id."""
    return str(opaque(seed, kind, *keys)[0])
