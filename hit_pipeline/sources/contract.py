"""The contract of a source: how its files look and what their columns mean.

A contract is one TOML file that a district analyst can read from top to bottom. It names files by
pattern, says how each is read (`FileSpec`), and how its columns become columns of typed tables
(`Feed`). Nothing here reads a data file or looks at a value.

Loading and reporting mistakes with lines is done in `hit_pipeline.sources.contract_files`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from hit_pipeline.errors import KeyPath, Misfit, Misfits
from hit_pipeline.settings_values import IdSystem, Model, Name
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Table


def _re2(pattern: str) -> str:
    """Let Arrow try the pattern: it has the engine's syntax (RE2), which lacks look-around."""
    pc.match_substring_regex(pa.nulls(1, pa.string()), pattern)
    return pattern


Pattern = Annotated[str, AfterValidator(_re2)]
"""A regular expression in RE2 syntax, as DuckDB has it."""


RECEIVED_SCHOOL_YEAR = "_received_school_year"
"""Stands for a header in ``from``: the school year the delivery was received in, as 2026-27."""


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


class Target(Model):
    """Where one column of a typed table comes from.

    Exactly one of ``from`` and ``value`` is given. The type to parse to is that of the target
    column. Steps, in order: the cells of ``from`` are trimmed (blank is null) and joined with
    ``|`` when there are several; ``extract`` keeps group 1 of the first match (no match is null);
    ``map`` translates (a code without an entry quarantines the row, unless ``unmapped = "null"``);
    the result is parsed; a blank becomes ``default``.

    Attributes:
        from_: Header of the file's column, or several; ``_received_school_year`` is the school
            year the delivery was received in, for files that state no date at all.
        value: A constant for every row.
        default: What a blank becomes.
        extract: Regular expression with one group.
        map: Code to our vocabulary; keys are matched without regard to case.
        unmapped: What a code without entry means.
        formats: strptime formats tried in order, for dates and times; ISO when empty.
        unit: For durations: what the number counts; stored as whole seconds.
        null: Cell texts that mean "no value" besides the blank.
        first: When several columns are given: take the first that is not blank instead of joining.
        strict: False: a cell that cannot be parsed becomes null with a finding instead of
            quarantining the row.
        exclusive_end: Dates only: the source's date is the first day after the end (OneRoster);
            the day before it is stored.
    """

    from_: tuple[str, ...] = Field(
        default=(), alias="from", json_schema_extra={"type": ["string", "array"]}
    )
    value: str | None = None
    default: str | None = None
    extract: Pattern | None = None
    map: dict[str, str] | None = None
    unmapped: Literal["quarantine", "null"] = "quarantine"
    formats: tuple[str, ...] = ()
    unit: Literal["seconds", "minutes", "hours", "hh:mm", "hh:mm:ss", "mm:ss"] | None = None
    null: tuple[str, ...] = ()
    first: bool = False
    strict: bool = True
    exclusive_end: bool = False

    @field_validator("from_", mode="before")
    @classmethod
    def _one_or_many(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @field_validator("extract")
    @classmethod
    def _has_one_group(cls, pattern: str | None) -> str | None:
        try:
            groups = 1 if pattern is None else re.compile(pattern).groups
        except re.error as problem:
            message = f"is not a regular expression: {problem}"
            raise ValueError(message) from None
        if groups != 1:
            message = "must be a regular expression with exactly one group in ( )"
            raise ValueError(message)
        return pattern

    @model_validator(mode="after")
    def _from_or_value(self) -> Self:
        if bool(self.from_) == (self.value is not None):
            message = "give exactly one of `from` and `value`"
            raise ValueError(message)
        return self


class Score(Model):
    """One kind of score in a wide assessment file: becomes a row of its own when not blank.

    Attributes:
        kind: Snake-case name of the score kind.
        from_: Header of the column that holds it.
        objective: Objective or domain, when the score is of one; a constant.
        objective_from: Header of the column that names the objective.
        subject: Subject of this score when it differs from the file's.
        numeric: Whether to parse a number too; text stays in any case.
        null: Cell texts that mean "no value" besides the blank.
        columns: Targets that hold for this score only, such as a window or a test date.
    """

    kind: Name
    from_: str = Field(alias="from")
    objective: str | None = None
    objective_from: str | None = None
    subject: str | None = None
    numeric: bool = True
    null: tuple[str, ...] = ()
    columns: dict[str, Target] = Field(default_factory=dict)


class Exclusion(Model):
    """A declared rule that leaves rows out, counted.

    Attributes:
        rule: Id of the rule, such as ``exclude.test_student``.
        from_: Header of the column looked at.
        matches: Regular expression searched in the trimmed cell; blank never matches.
    """

    rule: str
    from_: str = Field(alias="from")
    matches: Pattern


class Feed(Model):
    """How rows of the file become rows of one typed table.

    Attributes:
        table: Typed table fed.
        columns: Target columns; those not named are null.
        scores: For ``typed_assessment``: one row per score.
        exclude: Rules that leave rows out of this feed.
        when: Only rows whose column matches are fed: header to regular expression. A row that no
            feed of the file takes is excluded by rule ``feed.none``.
    """

    table: str
    columns: dict[str, Target]
    scores: tuple[Score, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    when: dict[str, Pattern] = Field(default_factory=dict)

    @property
    def declared(self) -> Table:
        """The declaration of the typed table."""
        return TABLES[self.table]

    @property
    def headers(self) -> Iterator[tuple[KeyPath, str]]:
        """Every header of the file the feed uses, with the path of keys it stands at."""
        for name, target in self.columns.items():
            yield from ((("columns", name, "from"), one) for one in target.from_)
        yield from ((("exclude", i, "from"), rule.from_) for i, rule in enumerate(self.exclude))
        yield from ((("when", header), header) for header in self.when)
        for i, score in enumerate(self.scores):
            yield ("scores", i, "from"), score.from_
            if score.objective_from is not None:
                yield ("scores", i, "objective_from"), score.objective_from
            for name, target in score.columns.items():
                yield from ((("scores", i, "columns", name, "from"), one) for one in target.from_)

    @field_validator("table")
    @classmethod
    def _known_table(cls, name: str) -> str:
        valid = [n for n, table in TABLES.items() if table.layer == "typed" and _targets(table)]
        if name not in valid:
            raise Misfits([Misfit((), "no typed table of this name", f'"{name}"', valid)])
        return name

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, columns: dict[str, Target], info: ValidationInfo) -> dict[str, Target]:
        _refuse_unknown(info.data.get("table"), [((name,), name) for name in columns])
        return columns

    @field_validator("scores")
    @classmethod
    def _known_score_columns(
        cls, scores: tuple[Score, ...], info: ValidationInfo
    ) -> tuple[Score, ...]:
        table = info.data.get("table")
        if scores and table not in {None, "typed_assessment"}:
            message = "`scores` belongs to typed_assessment only"
            raise ValueError(message)
        _refuse_unknown(
            table,
            [((i, "columns", name), name) for i, one in enumerate(scores) for name in one.columns],
        )
        return scores


def _targets(table: Table) -> list[str]:
    """Return the columns a contract may fill; none when no contract feeds the table."""
    if "_source" not in table.column_names:
        return []
    return [
        name
        for name in table.column_names
        if not name.startswith("_") and not name.endswith("_record_id")
    ]


def _refuse_unknown(table: str | None, given: list[tuple[KeyPath, str]]) -> None:
    """Raise `Misfits` for columns a typed table has not; None: the table itself is a mistake."""
    if table is None:
        return
    valid, problem = _targets(TABLES[table]), f"{table} has no column of this name"
    if unknown := [Misfit(path, problem, None, valid) for path, name in given if name not in valid]:
        raise Misfits(unknown)


class FileSpec(Model):
    """One kind of file a source delivers.

    Attributes:
        pattern: Shell pattern of file names, matched without regard to case.
        format: How it is written.
        encoding: Text encoding; a byte that does not fit is reported by row.
        delimiter: Delimited only.
        quote: Delimited only; empty for none.
        header_row: Line of the header, 1-based; 0: no header, ``columns`` give the order.
        sheet: Excel only: name of the sheet; None takes the first.
        records: JSON only: path to the list of rows, dotted; empty for a list at the top.
        columns: The columns we know. Others land as well and are noted as new.
        natural_key: Headers that identify a row in the source for good; empty: a row is known
            by its whole content and its place among equal rows.
        optional_key: Those of them that may be blank: blank is then a value like any other. A row
            that lacks another one is known by its whole content too.
        delivers: ``full``: each delivery is the whole; ``increment``: only new and changed rows.
        absence: What it means that a row of an earlier full delivery is missing from a later one.
        restates: Headers that name a group which a delivery always states whole, such as the
            meeting of an attendance list: rows of a group that its newest complete statement
            lacks are removed, whatever ``delivers`` says of the rest.
        removes: A row that matches says that its natural key is gone (OneRoster's
            ``tobedeleted``), whatever the delivery's mode: that row and the one it removes are
            excluded by the rule.
        empty: What a file without rows means.
        forbidden: Headers (regular expressions) whose cells are never kept, besides the defaults.
        feeds: The typed tables it feeds.
        optional: False: a delivery set without the file is noted.
    """

    pattern: str
    format: Literal["delimited", "fixed_width", "excel", "json", "json_lines"] = "delimited"
    encoding: Literal["utf-8", "latin-1", "windows-1252", "utf-16"] = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=4)
    quote: str = Field(default='"', max_length=1)
    header_row: int = Field(default=1, ge=0)
    sheet: str | None = None
    records: str = ""
    columns: tuple[SourceColumn, ...]
    natural_key: tuple[str, ...] = ()
    optional_key: tuple[str, ...] = ()
    delivers: Literal["full", "increment"]
    absence: Literal["removed", "nothing"] = "nothing"
    restates: tuple[str, ...] = ()
    removes: Exclusion | None = None
    empty: Literal["refused", "nothing_happened"] = "refused"
    forbidden: tuple[Pattern, ...] = ()
    feeds: tuple[Feed, ...]
    optional: bool = True

    @model_validator(mode="after")
    def _headers_are_declared(self) -> Self:
        known = [*(column.name for column in self.columns), RECEIVED_SCHOOL_YEAR]
        used: list[tuple[KeyPath, str]] = [
            (("natural_key", i), header) for i, header in enumerate(self.natural_key)
        ]
        used += [
            (("feeds", i, *path), header)
            for i, feed in enumerate(self.feeds)
            for path, header in feed.headers
        ]
        used += [(("restates", i), header) for i, header in enumerate(self.restates)]
        if self.removes is not None:
            used.append((("removes", "from"), self.removes.from_))
        problem = "is used, but `columns` does not declare it"
        found = [Misfit(path, problem, f'"{h}"', known) for path, h in used if h not in known]
        problem = "must be in `natural_key`"
        found += [
            Misfit(("optional_key", i), problem, f'"{header}"', self.natural_key)
            for i, header in enumerate(self.optional_key)
            if header not in self.natural_key
        ]
        if self.natural_key and set(self.natural_key) <= set(self.optional_key):
            found.append(Misfit(("optional_key",), "must leave a header that is never blank"))
        if self.format == "fixed_width":
            problem = "a column of a fixed width file needs `start` and `width`"
            found += [
                Misfit(("columns", i), problem)
                for i, column in enumerate(self.columns)
                if column.start is None or column.width is None
            ]
        if found:
            raise Misfits(found)
        return self


class Contract(Model):
    """A whole contract.

    Attributes:
        id: Its name; also the file name without ``.toml``.
        version: Raised with every change of meaning.
        title: For people.
        about: Where the layout comes from and its quirks, in sentences.
        ours: True when the layout is a look-alike of our own making.
        bare_id_system: The one identifier system whose id links a student with nothing beside it.
        tutor_id_system: The same for tutors.
        derive: A step of `hit_pipeline.conform` that completes the typed tables of this source
            from one another before they are written; ``oneroster`` joins users, roles and
            demographics to students and staff (`hit_pipeline.conform.oneroster.derive`).
        files: The files it delivers, by our name for each.
    """

    id: Name
    version: int = Field(ge=1)
    title: str
    about: str = ""
    ours: bool = False
    bare_id_system: IdSystem | None = None
    tutor_id_system: IdSystem | None = None
    derive: Literal["oneroster"] | None = None
    files: dict[Name, FileSpec]
