"""The files of a OneRoster bundle: which is which, and each read as text.

Names and headers are forgiven what senders do to them; every time it is said so in a finding.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.errors import DeliveryRefused
from hit_pipeline.landing.bundle import Member
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.settings import Thresholds
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.contract.shape import SourceColumn
from hit_pipeline.sources.oneroster.findings import Rows
from hit_pipeline.sources.oneroster.layout import BY_ENTRY, LAYOUTS, stranger_name
from hit_pipeline.sources.oneroster.manifest import NAME, Mode
from hit_pipeline.sources.reading.delimited import Dialect, read_delimited
from hit_pipeline.sources.reading.headers import match
from hit_pipeline.sources.reading.text_rows import TextRows, Unread


@dataclass(frozen=True)
class Sorted:
    """The members of a bundle by what they are.

    Attributes:
        known: Data files of the binding, in its order, by the contract's name.
        manifest: manifest.csv; None when there is none.
        strangers: Everything else, by a name of ours.
        findings: What had to be forgiven.
    """

    known: dict[str, Member]
    manifest: Member | None
    strangers: dict[str, Member]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Text:
    """One file, read.

    Attributes:
        file: The contract's name of the file.
        entry: Its name as it arrived.
        path: Where it was unpacked.
        text: What the reader gave; None when the file is empty.
        columns: Names the header's columns have in ``rows``, in the same order.
        rows: Rows under these names, declared columns it lacks as null; None without rows.
        findings: What was noticed so far.
    """

    file: str
    entry: str
    path: Path
    text: TextRows | None
    columns: tuple[str, ...]
    rows: ir.Table | None
    findings: tuple[Finding, ...]

    @property
    def malformed(self) -> ir.Table | None:
        """Lines that could not be split into cells; None when there are none."""
        return self.text.malformed if self.text is not None else None

    @property
    def has_lines(self) -> bool:
        """True when there is any line below the header, malformed ones included."""
        return self.rows is not None or self.malformed is not None

    def rows_as(self, mode: Mode) -> Rows | None:
        """Return the rows for judging them; None when there are none."""
        return None if self.rows is None else Rows(self.file, self.rows, self.columns, mode)

    def as_read(
        self,
        findings: Iterable[Finding],
        *,
        mode: Mode | None,
        excluded_rule: str | None = None,
        forbidden: tuple[str, ...] = (),
    ) -> ReadFile:
        """Return the file as an adapter yields it."""
        return ReadFile(
            self.file,
            self.entry,
            self.text.header if self.text is not None else (),
            self.rows,
            self.malformed,
            tuple(findings),
            excluded_rule=excluded_rule,
            mode=mode,
            columns=self.columns,
            count=self.text.count if self.text is not None else 0,
            forbidden=forbidden,
        )


def sort_members(found: Iterable[Member], source: str) -> Sorted:
    """Say which member is which file.

    Raises:
        DeliveryRefused: ``oneroster.two_files``: two of them are the same file, in two folders.
    """
    known: dict[str, Member] = {}
    manifest: list[Member] = []
    strangers: dict[str, Member] = {}
    renamed = nested = 0
    for member in found:
        path = PurePosixPath(member.name)
        base = path.name.casefold()
        file = NAME if base == f"{NAME}.csv" else BY_ENTRY.get(base.removesuffix(".csv"))
        if file is None or not base.endswith(".csv"):
            strangers[_unique(stranger_name(path.name), strangers)] = member
            continue
        if file in known or (file == NAME and manifest):
            message = "is in the bundle twice, in two folders"
            remedy = "Send one OneRoster in one zip."
            raise DeliveryRefused(
                message, source=source, rule="oneroster.two_files", file=member.name, remedy=remedy
            )
        expected = NAME if file == NAME else LAYOUTS[file].entry
        renamed += path.name != f"{expected}.csv"
        nested += len(path.parts) > 1
        if file == NAME:
            manifest.append(member)
        else:
            known[file] = member
    ordered = {file: known[file] for file in LAYOUTS if file in known}
    findings = (*_forgiven(nested, renamed), *map(_strange, strangers))
    return Sorted(ordered, manifest[0] if manifest else None, strangers, findings)


def _unique(name: str, taken: Iterable[str]) -> str:
    used, turn, unique = set(taken), 1, name
    while unique in used:
        turn += 1
        unique = f"{name}_{turn}"
    return unique


def _forgiven(nested: int, renamed: int) -> tuple[Finding, ...]:
    found = []
    if nested:
        detail = "files stand in a folder instead of the root of the bundle"
        found.append(Finding("", "tolerance.sub_folder", "info", nested, detail))
    if renamed:
        detail = "file names are written in another case"
        found.append(Finding("", "tolerance.file_name", "info", renamed, detail))
    return tuple(found)


def _strange(name: str) -> Finding:
    detail = "the binding does not know this entry; rows of a CSV are kept and excluded"
    return Finding(name, "oneroster.unknown_entry", "warning", 1, detail)


@dataclass(frozen=True)
class Reader:
    """Reads the files of one bundle.

    Attributes:
        engine: The table engine.
        source: Name of the source.
        contract: The contract of OneRoster.
        thresholds: Limits of size.
        workspace: Folder for unpacked files.
    """

    engine: Engine
    source: str
    contract: Contract
    thresholds: Thresholds
    workspace: Path

    def read(self, file: str, member: Member) -> Text:
        """Read a member as a file; an empty one has neither header nor rows.

        Raises:
            DeliveryRefused: ``oneroster.missing_column``: a file of the binding has no sourcedId.
                Or what the unpacking and the reader refuse.
        """
        path = member.extract_to(self.workspace)
        unread = Unread(path, self.source, file, member.name, self.workspace, self.thresholds)
        try:
            text = read_delimited(self.engine, unread, Dialect())
        except DeliveryRefused as refusal:
            if refusal.rule != "landing.empty_file":
                raise
            return Text(file, member.name, path, None, (), None, ())
        declared = self._declared(file)
        matched = match(text.names, declared, file)
        if matched.missing_required:
            message = f"has no column {', '.join(matched.missing_required)}"
            raise DeliveryRefused(
                message,
                source=self.source,
                rule="oneroster.missing_column",
                file=member.name,
                remedy="Send the files of the binding with all their headers.",
            )
        rows = None
        if text.rows is not None:
            named = dict(zip(matched.columns, (text.rows[own] for own in text.names), strict=True))
            absent = {one.name: ibis.null("string") for one in matched.missing}
            rows = text.rows.select(**named, **absent)
        found = (*text.findings, *matched.findings, *_ends(file, path))
        read = Text(file, member.name, path, text, matched.columns, rows, found)
        odd = _column_findings(read, declared, matched.extra) if file in LAYOUTS else []
        return replace(read, findings=(*found, *odd, *self._unknown(file, matched.extra)))

    def _unknown(self, file: str, extra: Sequence[str]) -> list[Finding]:
        """Report columns a file with a table has beyond the binding's."""
        if file not in self.contract.files:
            return []
        others = [
            name
            for name in extra
            if name.casefold() != "password" and name not in _extensions(extra)
        ]
        detail = f"columns the binding does not know: {', '.join(others)}"
        rule = "tolerance.unknown_column"
        return [Finding(file, rule, "info", len(others), detail)] if others else []

    def _declared(self, file: str) -> tuple[SourceColumn, ...]:
        if file in self.contract.files:
            return self.contract.files[file].columns
        if file not in LAYOUTS:
            return ()
        layout = LAYOUTS[file]
        names = dict.fromkeys(("status", "dateLastModified", *layout.required, *layout.references))
        own = SourceColumn(name="sourcedId", required=True)
        return (own, *(SourceColumn(name=name) for name in names if name != "sourcedId"))


def _column_findings(
    read: Text, declared: Sequence[SourceColumn], extra: Sequence[str]
) -> list[Finding]:
    """Return what is odd about the columns of a file of the binding."""
    found = []
    order = [one.name for one in declared]
    places = [order.index(name) for name in read.columns if name in order]
    moved = sum(place != wanted for place, wanted in zip(places, sorted(places), strict=True))
    if moved:
        detail = "columns do not stand in the order of the binding"
        found.append(Finding(read.file, "tolerance.column_order", "info", moved, detail))
    extensions = _extensions(extra)
    if extensions:
        detail = f"extension columns: {', '.join(extensions)}"
        rule = "tolerance.extension_column"
        found.append(Finding(read.file, rule, "info", len(extensions), detail))
    return [*found, *_missing_columns(read)]


def _extensions(extra: Sequence[str]) -> list[str]:
    return [name for name in extra if name.casefold().startswith("metadata.")]


def _missing_columns(read: Text) -> list[Finding]:
    required = LAYOUTS[read.file].required
    return [
        Finding(
            read.file,
            "oneroster.required",
            "warning",
            read.text.count if read.text is not None else 0,
            "the required column is missing",
            name,
        )
        for name in required
        if name not in read.columns
    ]


def _ends(file: str, path: Path) -> list[Finding]:
    """Return what is odd about how the lines of a file end."""
    with path.open("rb") as handle:
        first = handle.readline(1024 * 1024)
        handle.seek(-1, 2)
        last = handle.read(1)
    found = []
    if first.endswith(b"\r\n"):
        found.append(Finding(file, "tolerance.crlf", "info", 1, "lines end in CR LF"))
    if last != b"\n":
        detail = "the last line has no line end"
        found.append(Finding(file, "tolerance.no_final_newline", "info", 1, detail))
    return found
