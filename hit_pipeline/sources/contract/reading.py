"""One physical file read as files of its contract: by the readers of its format, columns matched.

Of files whose names fit, the first whose columns do is taken. Those that look for their tables by
content, or lie on other sheets or in records of other types, are read together, each its own part.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import ibis

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.landing.scrub import forbidden_columns, is_forbidden
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import FileSpec
from hit_pipeline.sources.reading.cut_delimited import cut_delimited
from hit_pipeline.sources.reading.cut_excel import cut_excel
from hit_pipeline.sources.reading.delimited import Dialect, read_delimited
from hit_pipeline.sources.reading.excel import Sheet, read_excel
from hit_pipeline.sources.reading.fixed_width import read_fixed_width
from hit_pipeline.sources.reading.headers import Matched, match
from hit_pipeline.sources.reading.json_records import JsonShape, read_json
from hit_pipeline.sources.reading.record_types import cut_fixed_width
from hit_pipeline.sources.reading.table_parts import Part
from hit_pipeline.sources.reading.text_parquet import read_text_parquet
from hit_pipeline.sources.reading.text_rows import TextRows, Unread
from hit_pipeline.sources.reading.virtual_headers import place_cells

PAGES = ".pages.jsonl"
"""How the name of a file ends that holds pages of a web service."""
_CUTTERS = {"delimited": cut_delimited, "excel": cut_excel, "fixed_width": cut_fixed_width}


def read_member(engine: Engine, given: Unread, specs: Mapping[str, FileSpec]) -> list[ReadFile]:
    """Read a file as the first file of the contract that fits, or as several that share it.

    Args:
        engine: The table engine.
        given: The file.
        specs: The files of the contract whose name pattern fits, by name, in its order.

    Returns:
        What was read, several parts of one file as one, and the lines in no table.

    Raises:
        DeliveryRefused: It fits none: why it is not the first one.
    """
    refusals = []
    for group in _groups(specs):
        try:
            return _read_group(engine, given, group)
        except DeliveryRefused as refusal:
            refusals.append(refusal)
    raise refusals[0]


def read_file(engine: Engine, given: Unread, spec: FileSpec) -> ReadFile:
    """Read a file that holds one table and nothing else.

    Raises:
        DeliveryRefused: It has none of the contract's columns (``landing.no_contract_file``), lacks
            a required one (``contract.missing_column``), or what its reader refuses.
    """
    return _as_file(given, Part(given.file, spec, _text_rows(engine, given, spec)))


def merged(engine: Engine, same: Sequence[ReadFile], workspace: Path) -> ReadFile:
    """Make one file of several that are the same file of the contract, in order."""
    if len(same) == 1:
        return same[0]
    paths = []
    for one in same:
        if one.rows is not None:
            paths.append(workspace / f"{ibis.util.gen_name(one.file)}.merged.parquet")
            engine.write(one.rows, paths[-1])
    malformed = [one.malformed for one in same if one.malformed is not None]
    headers = {
        column: header
        for one in same
        for header, column in zip(one.header, one.columns, strict=True)
    }
    return replace(
        same[0],
        entry=", ".join(dict.fromkeys(one.entry for one in same)),
        header=tuple(headers.values()),
        columns=tuple(headers),
        rows=engine.read(paths) if paths else None,
        malformed=ibis.union(*malformed) if len(malformed) > 1 else next(iter(malformed), None),
        findings=tuple(finding for one in same for finding in one.findings),
        count=sum(one.count or 0 for one in same),
        scrubbed=tuple(path for one in same for path in one.scrubbed),
    )


def _groups(specs: Mapping[str, FileSpec]) -> Iterator[dict[str, FileSpec]]:
    """Yield the files that are tried together, in the order of the contract."""
    left = dict(specs)
    sheets = {spec.sheet for spec in specs.values() if spec.format == "excel"}
    while left:
        file, spec = next(iter(left.items()))
        group = {file: spec}
        if _is_shared(spec, sheets):
            group = {
                name: one
                for name, one in left.items()
                if _written(one) == _written(spec) and _is_shared(one, sheets)
            }
        yield group
        left = {name: one for name, one in left.items() if name not in group}


def _is_shared(spec: FileSpec, sheets: set[str | None]) -> bool:
    """Say whether a file may have its table beside those of others."""
    return spec.needs_search or (spec.format == "excel" and len(sheets) > 1)


def _written(spec: FileSpec) -> tuple[object, ...]:
    """Return what files that are read together have in common."""
    if spec.format == "fixed_width":
        return spec.format, spec.encoding, spec.header_row
    return spec.format, spec.encoding, spec.delimiter, spec.quote


def _read_group(engine: Engine, given: Unread, group: Mapping[str, FileSpec]) -> list[ReadFile]:
    file, spec = next(iter(group.items()))
    own = replace(given, file=file)
    if len(group) == 1 and not spec.needs_search:
        return [read_file(engine, own, spec)]
    parts, others = _CUTTERS[spec.format](engine, own, group)
    found: dict[str, list[ReadFile]] = {}
    for part in parts:
        found.setdefault(part.file, []).append(_as_file(replace(given, file=part.file), part))
    absent = [file for file, one in group.items() if file not in found and not one.optional]
    words = "the file does not hold its table, which is not optional"
    notes = [Finding(one, "contract.missing_table", "warning", 1, words) for one in absent]
    first, *rest = (merged(engine, same, given.workspace) for same in found.values())
    return [replace(first, findings=(*first.findings, *notes)), *rest, *others]


def _as_file(unread: Unread, part: Part) -> ReadFile:
    """Give the columns of a part the names of the contract.

    Declared columns it does not have are null; virtual headers the contract uses are added. Columns
    that become rows come and go, so that the header is told without them.
    """
    text, spec, virtual = part.text, part.spec, part.virtual
    header, names = text.header[len(virtual) :], text.names[len(virtual) :]
    matched = match(names, spec.columns, unread.file)
    if header:
        _check_columns(unread, matched, forbidden_columns(header, spec.forbidden))
    rows = None
    if text.rows is not None:
        cells = {name: text.rows[own] for name, own in zip(matched.columns, names, strict=True)}
        absent = {one.name: ibis.null("string") for one in matched.missing}
        around = {one: text.rows[one] for one in virtual}
        place = place_cells(spec.virtual_headers, unread.entry, unread.arrival)
        around |= {one: ibis.literal(cell, "string") for one, cell in place.items()}
        rows = text.rows.select(**cells, **absent, **around)
    told = [one for one in zip(header, matched.columns, strict=True) if not _is_wide(spec, *one)]
    return ReadFile(
        unread.file,
        unread.entry,
        tuple(one for one, _ in told),
        rows,
        text.malformed,
        (*text.findings, *matched.findings, *_column_notes(part, matched)),
        columns=tuple(column for _, column in told),
        count=text.count,
        forbidden=spec.forbidden,
        scrubbed=text.scrubbed,
    )


def _is_wide(spec: FileSpec, header: str, column: str) -> bool:
    """Say whether a column becomes rows, and may be kept; see `hit_pipeline.landing.rows`."""
    patterns = [feed.unpivot for feed in spec.feeds if feed.unpivot is not None]
    fits = any(one.parts(column) is not None for one in patterns)
    return fits and not forbidden_columns((header, column), spec.forbidden)


def _text_rows(engine: Engine, unread: Unread, spec: FileSpec) -> TextRows:
    if unread.path.suffix == ".parquet":
        return read_text_parquet(engine, unread)
    in_order = tuple(column.name for column in spec.columns) if spec.header_row == 0 else ()
    if spec.format == "excel":
        return read_excel(engine, unread, Sheet(spec.sheet, spec.header_row, in_order))
    if spec.format in ("json", "json_lines"):
        keep_out = partial(is_forbidden, patterns=spec.forbidden)
        lines = spec.format == "json_lines"
        pages = spec.request is not None and unread.path.name.endswith(PAGES)
        shape = JsonShape(lines, spec.records, spec.encoding, keep_out, pages)
        return read_json(engine, unread, shape)
    dialect = Dialect(spec.encoding, spec.delimiter, spec.quote, spec.header_row, in_order)
    if spec.format == "fixed_width":
        return read_fixed_width(engine, unread, spec.columns, dialect)
    return read_delimited(engine, unread, dialect)


def _check_columns(unread: Unread, matched: Matched, forbidden: Sequence[str]) -> None:
    if not matched.declared:
        raise DeliveryRefused(
            message="its name matches, but none of its columns is in the contract",
            source=unread.source,
            rule="landing.no_contract_file",
            file=unread.entry,
            remedy="Check `delimiter`, `header_row`, `encoding`, or whether it is the right file.",
            forbidden=forbidden,
        )
    if matched.missing_required:
        present = ", ".join(sorted((*(one.name for one in matched.declared), *matched.extra)))
        missing = ", ".join(sorted(matched.missing_required))
        message = f"lacks the required columns {missing}; present are {present}"
        raise DeliveryRefused(
            message,
            source=unread.source,
            rule="contract.missing_column",
            file=unread.entry,
            remedy="Send the columns, or name their new headers as aliases in the contract.",
            forbidden=forbidden,
        )


def _column_notes(part: Part, matched: Matched) -> list[Finding]:
    if not part.text.header:
        return []
    extra = [one for one in matched.extra if not _is_wide(part.spec, one, one)]
    lists = {
        "contract.extra_column": ("columns the contract does not know", tuple(extra)),
        "contract.missing_column": (
            "columns of the contract it does not have",
            tuple(column.name for column in matched.missing),
        ),
    }
    return [
        Finding(part.file, rule, "info", len(names), f"{words}: {', '.join(names)}")
        for rule, (words, names) in lists.items()
        if names
    ]
