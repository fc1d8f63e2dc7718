"""What a contract may not mean of tables beside each other and of columns that become rows.

Part of `hit_pipeline.sources.contract.meaning`: what no file of a contract can judge by itself.
"""

from collections.abc import Iterator

from hit_pipeline.errors import KeyPath, Misfit
from hit_pipeline.landing.scrub import is_forbidden
from hit_pipeline.sources.contract.feed import LANDED_ROW, Feed
from hit_pipeline.sources.contract.model import Contract, FileSpec
from hit_pipeline.sources.reading.virtual_headers import of_other_table


def shape_misfits(contract: Contract) -> Iterator[Misfit]:
    """Yield what a contract cannot mean.

    - a cell of another table that cannot be there or is never kept;
    - columns that become rows of a log without an id, or lists beside them.
    """
    for name, file in contract.files.items():
        at: KeyPath = ("files", name)
        declared = {column.name for column in file.columns}
        for path, header in file.used_headers:
            if header not in declared and (meant := of_other_table(header)) is not None:
                yield from _other_table((*at, *path), contract, name, *meant)
        for i, feed in enumerate(file.feeds):
            yield from _unpivot((*at, "feeds", i), feed)


def _other_table(
    at: KeyPath, contract: Contract, name: str, file: str, header: str
) -> Iterator[Misfit]:
    own = contract.files[name]
    beside = {other: spec for other, spec in contract.files.items() if _may_share(own, spec)}
    beside.pop(name)
    received = f'"_{file}.{header}"'
    if file not in beside:
        problem = (
            "is no virtual header of the file; a cell of a table beside it is _<file>.<header>"
        )
        valid = [f"_{one}.<header>" for one in beside]
        valid += [made for feed in own.feeds if feed.unpivot for made in feed.unpivot.made]
        yield Misfit(at, problem, received, valid)
        return
    valid = [column.name for column in beside[file].columns]
    if header not in valid:
        yield Misfit(at, f"`columns` of {file} does not declare it", received, valid)
    elif is_forbidden(header, (*own.forbidden, *beside[file].forbidden)):
        yield Misfit(at, "is of the kind that is never kept; see `forbidden`", received)


def _may_share(one: FileSpec, other: FileSpec) -> bool:
    """Say whether two files can have their tables in one file, line by line."""
    return one.format == other.format and one.format in ("delimited", "excel")


def _unpivot(at: KeyPath, feed: Feed) -> Iterator[Misfit]:
    if feed.unpivot is None:
        return
    if feed.each is not None:
        yield Misfit((*at, "unpivot"), "cannot stand beside `each`: take two feeds")
    ids = [feed.columns.get(one) for one in ("session_id_source", "row_id_source")]
    named = {header for one in ids if one is not None for _, header in one.headers}
    is_told_apart = any(feed.unpivot.known(header) for header in named)
    if feed.table == "typed_session_log" and not is_told_apart:
        problem = (
            "columns that become sessions need `session_id_source` or `row_id_source` from part of "
            "their header too, beside what names the row"
        )
        valid = [LANDED_ROW, *feed.unpivot.made]
        yield Misfit((*at, "columns"), problem, None, valid)
