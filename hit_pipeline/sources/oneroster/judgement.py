"""A file of a OneRoster bundle with all that is wrong with it, as landing takes it."""

import re
from pathlib import Path

from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.oneroster.files import Text
from hit_pipeline.sources.oneroster.findings import Rows, filled, quoted, row_findings
from hit_pipeline.sources.oneroster.manifest import Mode

_PASSWORD = "password"  # noqa: S105 (the name of a column)
_WHOLE_CELL = re.compile(rb'(^|,)[ \t]*"(?:[^"]|"")*"')
_BOM = b"\xef\xbb\xbf"


def judged(
    engine: Engine, text: Text, mode: Mode, excluded_rule: str | None, *, has_roles: bool
) -> ReadFile:
    """Return a file with the findings about its rows.

    A bulk file without a row, or with lines that could not be read, is landed as delta: nothing
    is taken as removed because it is missing from such a file. A column of passwords is never
    kept when it is filled.

    Args:
        engine: The table engine.
        text: The file.
        mode: How the bundle states it.
        excluded_rule: Rule that excludes its rows; None when it has a table.
        has_roles: Whether roles.csv states roles and organisations instead of users.csv.
    """
    rows, findings = text.rows_as(mode), list(text.findings)
    passwords = 0
    if rows is not None:
        findings += row_findings(engine, rows, has_roles=has_roles)
        findings += _loose_quotes(engine, text, rows)
        named = [name for name in text.columns if name.casefold() == _PASSWORD]
        passwords = sum(filled(engine, rows, name) for name in named)
    whole = rows is not None and text.malformed is None
    if not text.has_lines:
        detail = "it has no row; nothing was taken as removed"
        findings.append(Finding(text.file, "oneroster.header_only", "warning", 1, detail))
    elif mode == "bulk" and not whole:
        detail = "some lines could not be read; nothing was taken as removed"
        findings.append(Finding(text.file, "oneroster.nothing_removed", "warning", 1, detail))
    return text.as_read(
        findings,
        mode=mode if whole else "delta",
        excluded_rule=excluded_rule,
        forbidden=(f"^{_PASSWORD}$",) if passwords else (),
    )


def _loose_quotes(engine: Engine, text: Text, rows: Rows) -> list[Finding]:
    """Report quotes inside cells that are not quoted as a whole; the file is read again for it."""
    most = quoted(engine, rows)
    lines = min(_lines_with_loose_quotes(text.path), most) if most else 0
    detail = "lines with a quote inside a cell that is not quoted; it was read as it stands"
    return [Finding(text.file, "oneroster.csv_quote", "warning", lines, detail)] if lines else []


def _lines_with_loose_quotes(path: Path) -> int:
    count = 0
    with path.open("rb") as handle:
        for number, line in enumerate(handle):
            plain = line.removeprefix(_BOM) if number == 0 else line
            count += b'"' in plain and b'"' in _WHOLE_CELL.sub(b"", plain)
    return count
