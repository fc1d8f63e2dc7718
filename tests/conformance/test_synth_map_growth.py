"""The synthetic MAP Growth file has the header of the product's own export."""

import csv
from pathlib import Path

from hit_pipeline.synth.systems.map_growth import COLUMNS


def test_header_is_the_products_own(samples: Path) -> None:
    sample = samples / "assessments" / "nwea-map-growth" / "sample_anonymized_file.csv"
    with sample.open(encoding="utf-8-sig", newline="") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS
