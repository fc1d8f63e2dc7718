"""How a contract's file is written: where its table lies and what stands around it.

The keys of ``[files.<name>]`` that readers need. What a file says about time and keys is in
`model`, what its columns become in `feed`. Nothing here reads a data file.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hit_pipeline.errors import KeyPath, Misfit, Misfits
from hit_pipeline.landing.scrub import is_forbidden
from hit_pipeline.settings_values import Model
from hit_pipeline.sources.contract.target import Pattern

_BY_LINE = ("delimited", "excel")


def _plain_expression(pattern: str) -> str:
    """Let Python try the pattern too: lines are looked at before the engine sees them."""
    try:
        re.compile(pattern)
    except re.error as problem:
        message = f"is not a regular expression: {problem}"
        raise ValueError(message) from None
    return pattern


def _with_one_group(pattern: str) -> str:
    if re.compile(pattern).groups != 1:
        message = "must be a regular expression with exactly one group in ( )"
        raise ValueError(message)
    return pattern


LinePattern = Annotated[Pattern, AfterValidator(_plain_expression)]
"""A regular expression searched in the text of a line."""

Label = Annotated[LinePattern, AfterValidator(_with_one_group)]
"""The same with one group, which holds what is labelled."""


class SourceColumn(Model):
    """One column of the file.

    Attributes:
        name: Header, matched exactly after trimming; case and inner blanks are forgiven and noted.
        aliases: Other headers it is known by.
        required: True when the file is refused without it.
        start: Fixed width only: first character, 1-based.
        width: Fixed width only: number of characters.
    """

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    start: int | None = Field(default=None, ge=1)
    width: int | None = Field(default=None, ge=1)


class FileShape(Model):
    """How one kind of file is written.

    The text of a line, which ``ends_at``, ``only`` and ``preamble`` look at, is its cells that are
    not blank, trimmed and joined with ``|``; in a fixed width file it is the line as it stands. A
    line that holds no row is never lost: it is counted as excluded by ``landing.outside_table``.

    Attributes:
        pattern: Shell pattern of file names, matched without regard to case; blank for a file that
            is only asked for. Files of a contract
            that match the same file and find their tables by content each take their own.
        format: How it is written.
        encoding: Text encoding; a byte that does not fit is reported by row.
        delimiter: Delimited only.
        quote: Delimited only; empty for none.
        header_row: Line of the header, 1-based; 0: no header, ``columns`` give the order.
        find_header: Delimited and Excel: the header is the first line that holds every required
            column, whatever stands above it; ``header_row`` is not used. The same header again
            further down is passed over.
        ends_at: Delimited and Excel: the table ends before a line whose text matches, such as
            ``^Total``; ``^$`` is a blank line. It goes on below another header.
        only: Delimited and fixed width: lines whose text does not match are no rows, such as the
            first and last record of a file with record types.
        preamble: Delimited and Excel: values that stand in lines of their own above or between
            rows: name to a regular expression with one group. ``_preamble.<name>`` is then a
            header: in every row the value that stands nearest above.
        fill_down: Delimited and Excel: headers whose blank cells mean the cell above, outer ones
            first; where an outer one changes, the inner ones begin anew.
        sheet: Excel only: name of the sheet, or a shell pattern such as ``*`` of several; None
            takes the first. Sheets of the pattern that lack the columns are noted.
        record_length: Fixed width only: characters of the longest line; a file with another is not
            this one.
        records: JSON only: path to the list of rows, dotted; empty for a list at the top.
        columns: The columns we know. Others land as well and are noted as new.
        forbidden: Headers (regular expressions) whose cells are never kept, besides the defaults.
    """

    pattern: str = ""
    format: Literal["delimited", "fixed_width", "excel", "json", "json_lines"] = "delimited"
    encoding: Literal["utf-8", "latin-1", "windows-1252", "utf-16"] = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=4)
    quote: str = Field(default='"', max_length=1)
    header_row: int = Field(default=1, ge=0)
    find_header: bool = False
    ends_at: LinePattern | None = None
    only: LinePattern | None = None
    preamble: dict[str, Label] = Field(default_factory=dict)
    fill_down: tuple[str, ...] = ()
    sheet: str | None = None
    record_length: int | None = Field(default=None, ge=1)
    records: str = ""
    columns: tuple[SourceColumn, ...]
    forbidden: tuple[Pattern, ...] = ()

    @property
    def is_searched(self) -> bool:
        """Say whether the lines of the file must be looked at to find its rows."""
        return bool(
            self.find_header
            or self.ends_at is not None
            or self.only is not None
            or self.preamble
            or self.fill_down
            or self.takes_many_sheets
            or self.record_length is not None
        )

    @property
    def takes_many_sheets(self) -> bool:
        """Say whether ``sheet`` is a pattern; no sheet can have these characters in its name."""
        return self.sheet is not None and bool(re.search(r"[*?\[]", self.sheet))

    @property
    def has_no_header(self) -> bool:
        """Say whether ``columns`` alone name the columns."""
        return self.header_row == 0 and not self.find_header

    @model_validator(mode="after")
    def _fits_the_format(self) -> Self:
        found = [*_strangers(self), *_missing(self), *_private(self)]
        if found:
            raise Misfits(found)
        return self


def _strangers(shape: FileShape) -> Iterator[Misfit]:
    """Yield keys that mean nothing in the file's format."""
    formats: dict[str, tuple[str, ...]] = {
        "find_header": _BY_LINE,
        "ends_at": _BY_LINE,
        "only": ("delimited", "fixed_width"),
        "preamble": _BY_LINE,
        "fill_down": _BY_LINE,
        "sheet": ("excel",),
        "record_length": ("fixed_width",),
    }
    for key, valid in formats.items():
        if getattr(shape, key) and shape.format not in valid:
            problem = f"does not fit a file of format {shape.format}; it belongs to"
            yield Misfit((key,), problem + f" {' and '.join(valid)}")


def _missing(shape: FileShape) -> Iterator[Misfit]:
    """Yield what other keys need and the file does not say."""
    if shape.find_header and not any(column.required for column in shape.columns):
        problem = "needs columns with `required = true`: they tell the header from other lines"
        yield Misfit(("find_header",), problem)
    names = [column.name for column in shape.columns]
    for i, header in enumerate(shape.fill_down):
        if header not in names:
            problem = "is used, but `columns` does not declare it"
            yield Misfit(("fill_down", i), problem, f'"{header}"', names)
    if shape.format == "fixed_width":
        problem = "a column of a fixed width file needs `start` and `width`"
        for i, column in enumerate(shape.columns):
            if column.start is None or column.width is None:
                yield Misfit(("columns", i), problem)


def _private(shape: FileShape) -> Iterator[Misfit]:
    """Yield labels whose values must never be kept."""
    for name in shape.preamble:
        if is_forbidden(name, shape.forbidden):
            path: KeyPath = ("preamble", name)
            yield Misfit(path, "is of the kind that is never kept; see `forbidden`")
