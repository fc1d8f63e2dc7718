"""People of no roster in a vendor's log: its own test accounts, and children nobody enrolled."""

from dataclasses import replace

import numpy as np

from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.truth.draws import choose, stream, texts
from hit_pipeline.synth.truth.names import ORIGIN_SHARES, first_names, last_names
from hit_pipeline.synth.truth.zone import Zone

TEST_NUMBER = "9999999"
_PER_STRANGER = 6
_NAT = np.datetime64("NaT", "D")


def name_strangers(zone: Zone, claims: Claims, log: Log) -> Claims:
    """Give entries whose pupil is -1 a name, and a number that is nobody's or none.

    About six entries of a group in a row are the same child. They bear no other fault.
    """
    size = len(claims.student)
    nobody = claims.student < 0
    if not nobody.any():
        return claims
    test = log.kinds.get("row_test_student", np.zeros(size, dtype=bool))
    strange = np.flatnonzero(nobody & ~test)
    who = np.unique(strange // _PER_STRANGER, return_inverse=True)[1]
    count = int(who.max(initial=-1)) + 1
    rng = stream(zone.seed, zone.number, "strangers", claims.source)
    origin = choose(rng, list(ORIGIN_SHARES.values()), count)
    first, last = first_names(rng, origin, rng.random(count) < 0.5), last_names(rng, origin)
    born = np.datetime64("2012-01-01") + rng.integers(0, 2000, count).astype("timedelta64[D]")
    columns = {
        name: getattr(claims, name).copy()
        for name in ("id", "second_id", "first", "middle", "last", "birth")
    }
    for name, value in (("id", TEST_NUMBER), ("first", "Test"), ("last", "Student")):
        columns[name][test] = value
    columns["second_id"][nobody], columns["middle"][nobody] = "", ""
    columns["id"][strange] = texts([f"{7_700_000 + zone.number * 97 + n}" for n in who])
    columns["id"][strange[who % 3 == 0]] = ""
    columns["first"][strange], columns["last"][strange] = first[who], last[who]
    has_birth = ~np.isnat(claims.birth).all()
    columns["birth"][test] = _NAT
    columns["birth"][strange] = born[who] if has_birth else _NAT
    return replace(
        claims,
        **columns,
        person=np.where(nobody, -1, claims.person),
        kinds={name: flags & ~nobody for name, flags in claims.kinds.items()},
        linkable=claims.linkable & ~nobody,
    )
