"""Precision and recall of the probabilistic tier over its threshold."""

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from hit_pipeline.registry.database import Registry
from hit_pipeline.synth.score.tables import Row, Tables

THRESHOLDS = (
    *(0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99),
    *(0.993, 0.995, 0.997, 0.998, 0.999, 0.9995, 0.9999, 0.99999),
)

# Of every record the best candidate that a probability was stated for, and whether it is right.
_PROBABLE = """
with decision as (
    select source, record_id, person_id, arg_max(person_record_id, became) as person_record_id
    from link where record_id is not null group by all
)
select r.linkable, p.probability, coalesce(o.person_id = r.person_id, false) as "right"
from record r
    join decision d on d.source = r.source and d.record_id = r.record_id
        and d.person_id is not distinct from r.person_id
    join probable p on p.person_record_id = d.person_record_id
    left join owner o on o.student_key = p.person_key
"""


def probable(tables: Tables, registry: Registry) -> Sequence[Row]:
    """Return ``linkable, probability, right`` of each record the tier judged; after `judge`."""
    tables.make("drop table if exists probable")
    tables.load("probable", _best(registry))
    return tables.rows(_PROBABLE)


def _best(registry: Registry) -> pa.Table:
    """Return ``person_record_id, person_key, probability``: each record's likeliest person."""
    best: dict[str, tuple[float, str]] = {}
    rows = [
        (one["person_record_id"], one["person_key"] or one["candidate_key"], one["probability"])
        for one in registry.links("student").to_pylist()
    ]
    listed = getattr(registry, "candidates", None)
    if listed is not None:
        rows += [
            (one["person_record_id"], one["person_key"], one["probability"])
            for one in listed("student").to_pylist()
        ]
    for record, key, probability in rows:
        if probability is not None and key is not None:
            best[record] = max(best.get(record, (0.0, "")), (probability, key))
    return pa.table(
        {
            "person_record_id": pa.array(best, pa.string()),
            "person_key": pa.array([key for _, key in best.values()], pa.string()),
            "probability": pa.array([one for one, _ in best.values()], pa.float64()),
        }
    )


def curve(found: Sequence[Row]) -> Sequence[Row]:
    """Return what linking at each threshold (inclusive) would come to.

    Args:
        found: As of `probable`, of any number of districts.
    """
    linkable = sum(bool(one["linkable"]) for one in found)
    lines = []
    for threshold in THRESHOLDS if found else ():
        linked = [one for one in found if one["probability"] >= threshold]
        right = sum(one["right"] for one in linked)
        lines.append(
            {
                "threshold": f"{threshold:g}",
                "linked": len(linked),
                "wrong": len(linked) - right,
                "precision": right / len(linked) if linked else None,
                "recall": sum(one["right"] and one["linkable"] for one in linked) / linkable
                if linkable
                else None,
                "below, candidate right": sum(one["right"] for one in found) - right,
            }
        )
    return lines


def draw(lines: Sequence[Row], path: Path) -> bool:
    """Draw a curve as SVG where ``altair`` and ``vl-convert-python`` are installed.

    Returns:
        Whether it was drawn.
    """
    if not all(importlib.util.find_spec(name) for name in ("altair", "vl_convert")):
        return False
    altair = importlib.import_module("altair")
    data = altair.Data(values=[dict(line) for line in lines if line["precision"] is not None])
    base = altair.Chart(data).encode(
        x=altair.X("recall:Q", title="recall of records that reach the tier").scale(zero=False),
        y=altair.Y("precision:Q", title="precision").scale(zero=False),
    )
    points = base.mark_line(point=True, order=False)
    words = base.mark_text(align="left", dx=6, dy=-6).encode(text="threshold:N")
    (points + words).properties(width=560, height=320).save(str(path))
    return True
