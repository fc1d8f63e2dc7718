"""Fixtures and settings shared by all tests; what one room needs stays beside its tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Shared machines stall: an example that is slow once is not a failure.
settings.register_profile("hit", deadline=None)
settings.load_profile("hit")


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample files named by HIT_SAMPLES; skips without it, fails when it is wrong."""
    folder = os.environ.get("HIT_SAMPLES")
    if not folder:
        pytest.skip("HIT_SAMPLES is not set: it names the folder of sample files")
    path = Path(folder)
    if not (path / "README.md").is_file():
        pytest.fail(f"HIT_SAMPLES is set to {folder}, which is not the folder of sample files")
    return path
