"""How well identity links on synthetic districts of which the truth is known.

Run: ``python -m benchmarks.identity_quality --students 5000 --seeds 1 --dirt typical``. It makes
the districts, lands and types them, runs identity alone on an empty registry and judges every
person record against the answer key. ``benchmarks/README.md`` says what the columns mean.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.identity import examples, thresholds
from benchmarks.identity.district import Found, Wanted, of_district
from benchmarks.identity.increment import increment
from benchmarks.identity.lake import Prepared, prepare
from benchmarks.identity.told import table
from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.score.tables import Row
from hit_pipeline.synth.truth.build import District, default_schools

_IN_WORDS = {"Wrong links": examples.told_wrong, "Missed": examples.told_missed}


def main() -> None:
    """Run the benchmark and print its tables."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="hit-bench-") as place:
        keep = Path(asked.keep or place)
        found = _increments(asked, keep) if asked.increment else _districts(asked, keep)
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1, default=str) + "\n", encoding="utf-8")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--dirt", nargs="+", default=["typical"], help="typical, nasty or none")
    parser.add_argument("--deliveries", default="final", help="final, or weekly: far slower")
    parser.add_argument("--keep", type=Path, help="folder where the districts are kept and found")
    parser.add_argument("--reuse", action="store_true", help="take what is kept, whoever typed it")
    parser.add_argument("--hidden", action="store_true", help="also with identifiers hidden")
    parser.add_argument("--baselines", action="store_true", help="also what others do")
    parser.add_argument("--examples", type=int, default=0, help="missed records of a kind to show")
    parser.add_argument("--increment", action="store_true", help="only: a night after the first")
    parser.add_argument("--chart", type=Path, help="SVG of the curve over the threshold")
    parser.add_argument("--out", type=Path, help="file for all figures, as JSON")
    return parser.parse_args()


def _prepared(asked: argparse.Namespace, keep: Path, dirt: str, seed: int) -> Prepared:
    schools = default_schools(asked.students)
    plan = Plan(District(seed, asked.students, schools), dirt, asked.deliveries, ("oneroster",))
    folder = keep / f"{asked.students}-{seed}-{dirt}-{asked.deliveries}"
    return prepare(folder, plan, reuse=asked.reuse)


def _districts(asked: argparse.Namespace, keep: Path) -> Mapping[str, object]:
    wanted = Wanted(asked.hidden, asked.baselines, asked.examples)
    found: dict[str, Found] = {}
    for dirt in asked.dirt:
        for seed in asked.seeds:
            prepared = _prepared(asked, keep, dirt, seed)
            name = f"{asked.students:,} students, {dirt} dirt, seed {seed}"
            print(f"\n## {name}", flush=True)
            found[name] = of_district(prepared, wanted, _tell)
    told: dict[str, object] = {name: one.tables for name, one in found.items()}
    return {**told, **_curves(asked, list(found.values()))}


def _tell(title: str, rows: Sequence[Row]) -> None:
    if title in _IN_WORDS:
        print(f"\n### {title}: {len(rows)}\n", *_IN_WORDS[title](rows), sep="\n", flush=True)
    else:
        print(table(title, rows), flush=True)


def _curves(asked: argparse.Namespace, found: list[Found]) -> Mapping[str, object]:
    """Print the curves over all districts together, and return them."""
    curves = {}
    for variant in sorted({name for one in found for name in one.probable}):
        pooled = [line for one in found for line in one.probable.get(variant, ())]
        title = f"Over the threshold, {variant}, all districts"
        curves[title] = thresholds.curve(pooled)
        _tell(title, curves[title])
    if asked.chart and not thresholds.draw(next(iter(curves.values())), asked.chart):
        print("\nno chart: altair or vl-convert-python is not installed")
    return curves


def _increments(asked: argparse.Namespace, keep: Path) -> Mapping[str, object]:
    found = {}
    for seed in asked.seeds:
        prepared = _prepared(asked, keep, asked.dirt[0], seed)
        title = f"Nights of {asked.students:,} students, seed {seed}"
        found[title] = increment(prepared, keep / f"{asked.students}-{seed}-nights")
        _tell(title, found[title])
    return found


if __name__ == "__main__":
    main()
