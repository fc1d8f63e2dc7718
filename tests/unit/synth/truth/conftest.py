"""Zones that several tests look at; none changes them."""

import pytest

from hit_pipeline.synth.truth.build import District, build_zone
from hit_pipeline.synth.truth.zone import Zone


@pytest.fixture(scope="session")
def zone() -> Zone:
    """A zone of usual size: four schools, one year."""
    return build_zone(District(seed=3, students=2500, schools=4), 0)


@pytest.fixture(scope="session")
def long_zone() -> Zone:
    """A small zone over three school years."""
    return build_zone(District(seed=5, students=900, schools=4, years=3), 0)


@pytest.fixture(scope="session")
def neighbours() -> list[Zone]:
    """All three zones of a district of two years."""
    district = District(seed=8, students=1500, schools=12, years=2)
    return [build_zone(district, number) for number in range(district.zones)]


@pytest.fixture(scope="session", params=["usual", "long", "one school"])
def any_zone(request: pytest.FixtureRequest) -> Zone:
    """Zones of different shape: usual, over several years, and all grades in one school."""
    if request.param == "one school":
        return build_zone(District(seed=1, students=300, schools=1), 0)
    found: Zone = request.getfixturevalue({"usual": "zone", "long": "long_zone"}[request.param])
    return found
