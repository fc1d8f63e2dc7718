"""Sample files read as a contract would read them: text columns, as they stand.

Files of one kind, known by their headers, stand together; a zip holds as many samples as members.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from hit_pipeline.drafting.layout import Layout, layout
from hit_pipeline.engine import Engine
from hit_pipeline.landing.bundle import members
from hit_pipeline.landing.scrub import is_forbidden
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.contract.shape import SourceColumn
from hit_pipeline.sources.reading.delimited import Dialect, read_delimited
from hit_pipeline.sources.reading.excel import Sheet, read_excel
from hit_pipeline.sources.reading.fixed_width import read_fixed_width
from hit_pipeline.sources.reading.headers import plain_name
from hit_pipeline.sources.reading.json_records import JsonShape, read_json
from hit_pipeline.sources.reading.text_rows import TextRows, Unread

_ALIKE = 0.6


@dataclass(frozen=True)
class Sample:
    """One file.

    Attributes:
        name: Its name.
        layout: How it is written.
        names: Its columns.
        cells: Its rows as text; never printed.
        malformed: Whether some of its lines could not be split into cells.
    """

    name: str
    layout: Layout
    names: tuple[str, ...]
    cells: pa.Table = field(repr=False)
    malformed: bool = False

    def has_columns_of(self, other: "Sample") -> bool:
        """Say whether two files are of one kind: most headers of the shorter are the other's."""
        mine, theirs = ({plain_name(name) for name in one.names} for one in (self, other))
        return len(mine & theirs) >= _ALIKE * min(len(mine), len(theirs))


def read_samples(engine: Engine, paths: Sequence[Path], workspace: Path) -> list[list[Sample]]:
    """Read files and put those of one kind together, in the order given.

    Raises:
        HitError: A file cannot be read at all.
    """
    groups: list[list[Sample]] = []
    for one in _all(engine, paths, workspace):
        group = next((group for group in groups if one.has_columns_of(group[0])), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _all(engine: Engine, paths: Sequence[Path], workspace: Path) -> Iterator[Sample]:
    for at, path in enumerate(paths):
        folder = workspace / f"sample-{at}"
        folder.mkdir(parents=True)
        for member in members(path, source="sample", thresholds=Thresholds()):
            yield _read(engine, member.extract_to(folder), member.name, folder)


def _read(engine: Engine, path: Path, name: str, folder: Path) -> Sample:
    found = layout(path)
    text = _text(engine, Unread(path, "sample", "sample", name, folder, Thresholds()), found)
    declared = [one for one, _, _ in found.spans]
    names = tuple(one for one in text.names if not declared or one in declared)
    cells = pa.table({one: pa.array([], pa.string()) for one in names})
    if text.rows is not None:
        cells = engine.collect(text.rows.select(*names))
    return Sample(Path(name).name, found, names, cells, text.malformed is not None)


def _text(engine: Engine, given: Unread, found: Layout) -> TextRows:
    if found.format == "excel":
        return read_excel(engine, given, Sheet(found.sheet, found.header_row, found.names))
    if found.format in ("json", "json_lines"):
        keep_out = partial(is_forbidden, patterns=())
        lines = found.format == "json_lines"
        return read_json(engine, given, JsonShape(lines, found.records, found.encoding, keep_out))
    if found.format == "fixed_width":
        columns = [
            SourceColumn(name=n, start=start, width=width) for n, start, width in found.spans
        ]
        return read_fixed_width(
            engine, given, columns, Dialect(found.encoding, header_row=found.header_row)
        )
    dialect = Dialect(found.encoding, found.delimiter, found.quote, found.header_row, found.names)
    return read_delimited(engine, given, dialect)
