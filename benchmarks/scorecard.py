"""The score of the pipeline on a synthetic district of which the truth is known.

Run: ``python -m benchmarks.scorecard``. It makes the district `hit synth` makes when nothing is
asked for (5,000 students, weekly deliveries, typical dirt), runs one night on all of it, scores the
release and prints each figure beside the one kept in ``benchmarks/scorecard.json``; ``--keep``
replaces that.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_suffix(".json")


def score(folder: Path, students: int, seed: int, dirt: str) -> dict[str, Any]:
    """Make a district, run a night on it and return the scorecard."""
    hit, target = str(Path(sys.executable).parent / "hit"), str(folder / "district")
    made = [hit, "synth", target, "--students", str(students), "--seed", str(seed), "--dirt", dirt]
    for command in (made, [hit, "run", "-d", target], [hit, "score", target]):
        done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            message = f"{' '.join(command[:2])}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            raise SystemExit(message)
    card: dict[str, Any] = json.loads(done.stdout)
    return card


def figures(card: dict[str, Any]) -> dict[str, float]:
    """Return every share, mean and count of a scorecard under one name each."""
    found: dict[str, float] = {}
    for part, lines in card.items():
        if not isinstance(lines, list):
            continue
        for line in lines:
            if "figure" in line:
                value = line["value"] if line["value"] is not None else line["numerator"]
                found[f"{part}: {line['figure']}"] = round(float(value), 6)
    for line in card.get("faults", []):
        if line["faults"] and line["found"] is not None:
            found[f"found: {line['kind']}"] = round(line["found"] / line["faults"], 6)
    for line in card.get("warnings", []):
        found[f"false alarms: {line['code']}"] = line["false_alarms"]
    return found


def main() -> None:
    """Run the benchmark and print the figures beside those kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dirt", default="typical")
    parser.add_argument("--keep", action="store_true", help="keep these figures for comparison")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hit-bench-") as folder:
        now = figures(score(Path(folder), asked.students, asked.seed, asked.dirt))
    kept = json.loads(KEPT.read_text("utf-8"))["figures"] if KEPT.is_file() else {}
    for name in sorted(now.keys() | kept.keys()):
        print(f"{name:<70} {kept.get(name, '-'):>14} {now.get(name, '-'):>14}")
    if asked.keep:
        of = {"students": asked.students, "seed": asked.seed, "dirt": asked.dirt}
        text = json.dumps({"district": of, "figures": now}, indent=1, sort_keys=True)
        KEPT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
