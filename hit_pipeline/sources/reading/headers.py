"""Which column of a file is which column of its contract."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.contract.shape import SourceColumn

RESERVED = ("_delivery_id", "_row", "_source", "_file")
"""Names that landing and typing add themselves."""

_FORGIVEN = dict.fromkeys(map(ord, " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f_-"))
_BLANKS = "".join(map(chr, (0x20, 0x09, 0x0A, 0x0D, 0xA0, 0x200B, 0xFEFF, 0x2007, 0x202F)))


@dataclass(frozen=True)
class Matched:
    """A header beside its contract.

    Attributes:
        columns: For each column of the file its name in the rows: the contract's, or its own.
        declared: Declared columns that were found.
        missing: Declared columns that were not, in the order of the contract.
        extra: Columns of the file the contract does not know.
        findings: What had to be forgiven.
    """

    columns: tuple[str, ...]
    declared: tuple[SourceColumn, ...]
    missing: tuple[SourceColumn, ...]
    extra: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def missing_required(self) -> tuple[str, ...]:
        """Names of required columns that were not found."""
        return tuple(column.name for column in self.missing if column.required)


def clean_header(cell: str | None) -> str:
    """Return a header cell without blanks of any kind around it and with single ones inside."""
    return re.sub(r"\s+", " ", (cell or "").strip(_BLANKS))


def unique_names(header: Iterable[str], *, taken: Iterable[str] = RESERVED) -> tuple[str, ...]:
    """Make column names of a header: never blank, unique without regard to case.

    A repeated name gets ``_2``, ``_3`` and so on; a blank one becomes ``column_<place>``.
    """
    used = {name.casefold() for name in taken}
    names = []
    for place, cell in enumerate(header, start=1):
        name = base = cell or f"column_{place}"
        turn = 1
        while name.casefold() in used:
            turn += 1
            name = f"{base}_{turn}"
        used.add(name.casefold())
        names.append(name)
    return tuple(names)


def header_findings(file: str, header: Sequence[str], names: Sequence[str]) -> list[Finding]:
    """Return what `unique_names` had to do to a header."""
    found = []
    for place, (cell, name) in enumerate(zip(header, names, strict=True), start=1):
        if not cell:
            detail = f"column {place} has no name"
            found.append(Finding(file, "tolerance.unnamed_column", "info", 1, detail, name))
        elif cell != name:
            detail = f"column {place}: its name is taken, read as {name!r}"
            found.append(Finding(file, "tolerance.duplicate_column", "warning", 1, detail, name))
    return found


def match(names: Sequence[str], declared: Sequence[SourceColumn], file: str) -> Matched:
    """Find the declared columns in a header.

    Tried in this order: the name, an alias, the name and then an alias without regard to case,
    blanks, underscores and hyphens. A column of the file is given to one declared column at most.

    Args:
        names: Column names of the file, unique.
        declared: The contract's columns.
        file: The contract's name of the file, for findings.
    """
    free = dict.fromkeys(names)
    given: dict[str, SourceColumn] = {}
    findings: list[Finding] = []
    for forgiving in (False, True):
        for column in declared:
            if column.name in {one.name for one in given.values()}:
                continue
            found = _find(column, list(free), forgiving=forgiving)
            if found is not None:
                del free[found]
                given[found] = column
                findings += _forgiven(file, column, found)
    wanted = {column.name for column in given.values()}
    extra = unique_names(free, taken=(*RESERVED, *(column.name for column in declared)))
    own = dict(zip(free, extra, strict=True))
    return Matched(
        tuple(given[name].name if name in given else own[name] for name in names),
        tuple(given.values()),
        tuple(column for column in declared if column.name not in wanted),
        tuple(free),
        tuple(findings),
    )


def plain_name(name: str) -> str:
    """Return a header without what is forgiven: case, blanks, underscores, hyphens."""
    if name.isascii():
        return name.lower().translate(_FORGIVEN)
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", name).casefold())


def _find(column: SourceColumn, names: Sequence[str], *, forgiving: bool) -> str | None:
    for wanted in (column.name, *column.aliases):
        for name in names:
            if name == wanted or (forgiving and plain_name(name) == plain_name(wanted)):
                return name
    return None


def _forgiven(file: str, column: SourceColumn, found: str) -> list[Finding]:
    if found == column.name:
        return []
    alias = found in column.aliases
    rule = "tolerance.header_alias" if alias else "tolerance.header_name"
    return [Finding(file, rule, "info", 1, f"{found!r} is read as {column.name!r}", column.name)]
