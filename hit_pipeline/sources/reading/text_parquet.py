"""Parquet of text columns, as a database's adapter writes it, to rows of text."""

import pyarrow.parquet as pq

from hit_pipeline.engine import Engine
from hit_pipeline.sources.reading.headers import header_findings, unique_names
from hit_pipeline.sources.reading.text_rows import TextRows, Unread


def read_text_parquet(engine: Engine, given: Unread) -> TextRows:
    """Read a file whose columns are all text; null and the empty string stay apart."""
    about = pq.read_metadata(given.path)
    header = tuple(about.schema.to_arrow_schema().names)
    names = unique_names(header)
    rows = None
    if about.num_rows:
        read = engine.read([given.path])
        rows = read.select(**{name: read[own] for name, own in zip(names, header, strict=True)})
    findings = tuple(header_findings(given.file, header, names))
    return TextRows(header, names, rows, about.num_rows, None, findings)
