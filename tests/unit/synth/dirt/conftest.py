"""The zone that faults are put on; nothing changes it."""

import pytest

from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.zone import Zone
from tests.unit.synth.dirt.logbook import Make, logs_of
from tests.unit.synth.dirt.spoiling import Spoiling


@pytest.fixture(scope="session")
def zone() -> Zone:
    """A zone of usual size."""
    return build_zone(District(seed=3, students=2500, schools=4), 0)


@pytest.fixture(scope="session")
def spoilt(zone: Zone) -> Make:
    """The vendors' logs of that zone, before and after."""
    return logs_of(zone)


@pytest.fixture(scope="session")
def spoiling(zone: Zone) -> Spoiling:
    """The claims of all sources of that zone, before and after."""
    return Spoiling(zone)
