"""The published history of match rates: how well each source's records are matched, run by run.

Worked out anew from the registry's events every time: a run's row tells what was so when it ended,
whatever came later, and after a rebuild of the registry, too.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import arrow_schema
from hit_pipeline.tables.vocabulary import PERSON_ROLES

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext
    from hit_pipeline.settings import Thresholds

ENOUGH = 20
"""Least number of records whose rate says anything of a source, inclusive."""

_LAST_RUNS = 10
_TIERS = ("linked_remembered", "linked_by_identifier", "linked_by_name", "linked_by_likelihood")
_OUTCOMES = {"match": "linked", "unsure": "in_review", "no_match": "unmatched"}
_POINTS = 100

Row = dict[str, Any]


def match_rate(context: "BuildContext") -> ir.Table:
    """Return the match rate of every source and role at the end of every run of identity."""
    schema = arrow_schema(TABLES["match_rate"])
    runs = context.registry.runs().to_pylist()
    zone = ZoneInfo(context.district.district.time_zone)
    rows = [
        {**row, "role": role, "local_date": row["decided_at"].astimezone(zone).date()}
        for role in PERSON_ROLES
        for row in _of_role(context, role, runs)
    ]
    return context.engine.from_arrow(pa.Table.from_pylist(rows, schema=schema))


def _of_role(context: "BuildContext", role: str, runs: list[Row]) -> Iterator[Row]:
    """Yield the rows of a role: of every run, each source that has records by then."""
    steps = deque(context.registry.steps(role).to_pylist())
    people = deque(context.registry.people_steps(role).to_pylist())
    sources: dict[str, _Source] = {}
    for run in runs:
        for one in _until(steps, run["entry"]):
            sources.setdefault(one["source"], _Source()).take(one)
        for one in _until(people, run["entry"]):
            sources[one["source"]].counts["people"] += one["people"]
        for name in sorted(sources):
            told = sources[name].told(context.district.thresholds)
            yield {"source": name, "run": run["entry"], "decided_at": run["decided_at"], **told}


def _until(steps: deque[Row], entry: int) -> Iterator[Row]:
    """Take the steps up to an entry, inclusive: those of stewards since the run before, too."""
    while steps and steps[0]["entry"] <= entry:
        yield steps.popleft()


@dataclass
class _Source:
    """How the records of one source stand.

    Attributes:
        counts: How many there are of each kind.
        fresh: Fresh records, and those of them linked, of the run that is going on.
        before: The same of the runs before that had any, the last ones.
        rate: The rate of the run before; None before the first.
    """

    counts: Counter[str] = field(default_factory=Counter)
    fresh: tuple[int, int] = (0, 0)
    before: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=_LAST_RUNS))
    rate: float | None = None

    def take(self, step: Row) -> None:
        """Take what a transaction changed."""
        for kind in _kinds(step):
            self.counts[kind] += step["records"]
        linked = step["fresh"] if step["outcome"] == "match" else 0
        self.fresh = (self.fresh[0] + step["fresh"], self.fresh[1] + linked)

    def told(self, thresholds: "Thresholds") -> Row:
        """Return the columns of a run that ends, and begin the next one."""
        rate = _share(self.counts["linked"], self.counts["records"])
        fresh = _share(self.fresh[1], self.fresh[0])
        usual = _share(sum(one[1] for one in self.before), sum(one[0] for one in self.before))
        falls = (_fall(usual, fresh), _fall(self.rate, rate))
        enough = (self.fresh[0] >= ENOUGH, self.counts["records"] >= ENOUGH)
        most = thresholds.max_match_rate_fall
        fallen = any(
            fall is not None and fall > most and counts
            for fall, counts in zip(falls, enough, strict=True)
        )
        told: Row = {
            **{name: self.counts[name] for name in _COUNTED},
            "linked_rate": rate,
            "fresh_records": self.fresh[0],
            "fresh_linked": self.fresh[1],
            "fresh_rate": fresh,
            "usual_rate": usual,
            "fresh_fall_points": falls[0],
            "fall_points": falls[1],
            "is_fallen": fallen,
            "is_low": enough[1] and rate is not None and rate < thresholds.min_match_rate,
        }
        if self.fresh[0]:
            self.before.append(self.fresh)
        self.fresh, self.rate = (0, 0), rate
        return told


_COUNTED = (
    "records",
    *_OUTCOMES.values(),
    "people",
    "linked_new",
    *_TIERS,
    "contradicted",
    "unknown_identifier",
)


def _kinds(step: Row) -> Iterator[str]:
    """Yield what a record of a decision counts as."""
    yield "records"
    yield _OUTCOMES[step["outcome"]]
    if step["outcome"] == "match":
        yield "linked_new" if step["tier"] is None else _TIERS[step["tier"]]
    elif step["rule"] == "id.contradicted":
        yield "contradicted"
    elif step["rule"] == "id.unknown":
        yield "unknown_identifier"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _fall(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else _POINTS * (before - now)
