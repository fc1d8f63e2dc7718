"""How fast records are linked by names and birth dates, how well, and in how much memory.

Run: ``python -m benchmarks.linkage_scale --known 1000000 --asked 200000``. It draws the known
(brothers and sisters, twins, schools and grades, names from common to rare) and what others write
about a part of them: nicknames, slips, swapped and changed names, birth dates missing and wrong,
children nobody knows. No identifier. Prints seconds, peak resident memory, pairs and, over the
truth, precision and recall of the best candidate at three chances.
"""

import argparse
import json
import resource
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from nicknames import name_triplets

from hit_pipeline.engine import Engine, EngineOptions
from hit_pipeline.identity.linkage.linking import Linked, LinkOptions, link

CUTS = (0.9, 0.99, 0.999)
_STARTS = (
    *("ba", "be", "bo", "bra", "bri", "ca", "cha", "cor", "da", "del", "do", "fa", "fer", "fi"),
    *("ga", "gon", "gra", "ha", "her", "ho", "ja", "jo", "ka", "ken", "la", "le", "lo", "ma"),
    *("mc", "mo", "mar", "na", "no", "o", "pa", "per", "po", "ra", "ri", "ro", "sa", "san"),
    *("sch", "ste", "ta", "tor", "va", "vi", "wa", "wi", "ya", "za"),
)
_MIDDLES = ("l", "r", "n", "m", "t", "d", "s", "ll", "rr", "nn", "ck", "v", "z", "nd", "rt", "st")
_ENDS = ("a", "ez", "son", "er", "es", "ton", "man", "ley", "in", "o", "ski", "as", "berg", "ing")
_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def surnames(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return distinct invented family names."""
    parts = [rng.choice(part, count * 3) for part in (_STARTS, _MIDDLES, _STARTS, _ENDS)]
    made = np.char.add(np.char.add(parts[0], parts[1]), np.char.add(parts[2], parts[3]))
    short = np.char.add(np.char.add(parts[0], parts[1]), parts[3])
    return rng.permutation(np.unique(np.where(rng.random(count * 3) < 0.4, short, made)))[:count]


def given_names(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return distinct given names: those that have nicknames, then invented ones."""
    formal = np.unique([one.name1 for one in name_triplets()])
    made = np.unique(np.char.add(rng.choice(_STARTS, count), rng.choice(_ENDS, count)))
    return np.unique(np.concatenate([rng.permutation(formal), made]))


def zipf(rng: np.random.Generator, values: np.ndarray, count: int, flat: float) -> np.ndarray:
    """Draw values from common to rare."""
    weights = 1 / (np.arange(len(values)) + flat)
    return values[rng.choice(len(values), count, p=weights / weights.sum())].astype(object)


def draw_known(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Draw children; about half share family name and school with the child before."""
    sibling = rng.random(count) < 0.4
    twin = sibling & (rng.random(count) < 0.04)
    head = np.maximum.accumulate(np.where(sibling, 0, np.arange(count)))
    given = zipf(rng, rng.permutation(given_names(rng, 4_000)), count, 8)
    family = zipf(rng, surnames(rng, 60_000), count, 25)[head]
    grade = rng.integers(0, 13, count)
    born = np.datetime64("2020-09-01") - (grade * 365 + rng.integers(0, 365, count))
    before = np.maximum(np.arange(count) - 1, 0)
    grade, born = (np.where(twin, values[before], values) for values in (grade, born))
    school = rng.integers(0, max(count // 600, 3), count)[head]
    return {"given": given, "family": family, "born": born, "grade": grade, "school": school}


def slipped(rng: np.random.Generator, names: np.ndarray, share: float) -> np.ndarray:
    """Return names of which a share has one letter wrong, missing, doubled or exchanged."""
    names = names.copy()
    for at in np.flatnonzero(rng.random(len(names)) < share):
        name = names[at]
        place = int(rng.integers(0, max(len(name) - 1, 1)))
        start, rest = name[:place], name[place:]
        names[at] = (
            start + rng.choice(_LETTERS) + rest[1:],
            start + rest[1:],
            start + rest[:1] + rest,
            start + rest[1:2] + rest[:1] + rest[2:],
        )[rng.integers(0, 4)]
    return names


def draw_asked(
    rng: np.random.Generator, known: dict[str, np.ndarray], count: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Draw what others write about children, and who they are (-1: nobody known)."""
    people = len(known["given"])
    who = rng.choice(people, count, replace=False)
    unknown = rng.random(count) < 0.03
    told = {name: values[who] for name, values in known.items()}
    short: dict[str, list[str]] = {}
    for one in name_triplets():
        short.setdefault(one.name1, []).append(one.name2)
    for at in np.flatnonzero(rng.random(count) < 0.15):
        told["given"][at] = str(rng.choice(short.get(told["given"][at], [told["given"][at]])))
    told["given"] = slipped(rng, told["given"], 0.04)
    told["family"] = slipped(rng, told["family"], 0.04)
    changed = (rng.random(count) < 0.015) | unknown
    told["family"] = np.where(changed, rng.permutation(told["family"]), told["family"])
    told["given"] = np.where(unknown, rng.permutation(told["given"]), told["given"])
    swapped = rng.random(count) < 0.01
    given, family = told["given"], told["family"]
    told["given"], told["family"] = (
        np.where(swapped, family, given),
        np.where(swapped, given, family),
    )
    wrong = rng.random(count) < 0.03
    told["born"] = told["born"] + np.where(wrong, rng.integers(-40, 40, count), 0)
    told["born"] = np.where(unknown, rng.permutation(told["born"]), told["born"])
    told["grade"] = told["grade"] + (rng.random(count) < 0.05)
    other = rng.random(count) < 0.03
    told["school"] = np.where(other, rng.permutation(told["school"]), told["school"])
    return told, np.where(unknown, -1, who)


def table(
    rng: np.random.Generator, drawn: dict[str, np.ndarray], absent: dict[str, float]
) -> pa.Table:
    """Return descriptions; ``record`` is the place in what was drawn."""
    count = len(drawn["given"])

    def column(values: np.ndarray, name: str, kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind, mask=rng.random(count) < absent.get(name, 0))

    return pa.table(
        {
            "record": pa.array(np.arange(count).astype(str)),
            "given_name": column(drawn["given"], "given", pa.string()),
            "family_name": column(drawn["family"], "family", pa.string()),
            "birth_date": column(drawn["born"], "born", pa.date32()),
            "school": column(drawn["school"].astype(str), "school", pa.string()),
            "grade": column(drawn["grade"].astype(str), "grade", pa.string()),
        }
    )


def figures(linked: Linked, who: np.ndarray) -> dict[str, float]:
    """Return precision and recall of the best candidates over the truth."""
    best = linked.candidates.filter(pc.equal(linked.candidates["rank"], 1))
    record = best["record"].cast("int64").to_numpy()
    right = who[record] == best["person"].cast("int64").to_numpy()
    chance = best["probability"].to_numpy()
    told: dict[str, float] = {}
    for cut in CUTS:
        sure = chance >= cut
        told[f"precision at {cut}"] = float(right[sure].mean()) if sure.any() else 1.0
        told[f"recall at {cut}"] = float((sure & right).sum() / (who >= 0).sum())
    return told


def main() -> None:
    """Draw, link, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", default="2GB", help="DuckDB's memory limit")
    chosen = parser.parse_args()
    rng = np.random.default_rng(chosen.seed)
    drawn = draw_known(rng, chosen.known)
    told, who = draw_asked(rng, drawn, chosen.asked)
    known = table(rng, drawn, {})
    asked = table(rng, told, {"born": 0.3, "school": 0.15, "grade": 0.2})
    del drawn, told
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Engine.open(EngineOptions(memory=chosen.memory, threads=2)) as engine:
        begun, used = time.monotonic(), time.process_time()
        linked = link(engine, asked, known, options=LinkOptions())
        seconds = time.monotonic() - begun
        spent = time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "known": chosen.known,
                "asked": chosen.asked,
                "seconds": round(seconds, 1),
                "processor seconds": round(spent, 1),
                "peak MiB": peak // 1024,
                "peak MiB before linking": before // 1024,
                "pairs compared": linked.pairs,
                "candidates kept": linked.candidates.num_rows,
                **{name: round(value, 5) for name, value in figures(linked, who).items()},
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
