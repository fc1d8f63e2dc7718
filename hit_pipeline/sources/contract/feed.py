"""What the rows of a contract's file become: feeds of typed tables.

The keys below ``[[files.<name>.feeds]]``. How a file looks is in `model`, where a column comes from
in `target`, what a feed may not mean in `meaning`; feeds are executed in
`hit_pipeline.conform.typing`.
Nothing here reads a data file or looks at a value.
"""

from collections.abc import Iterator

from pydantic import Field, ValidationInfo, field_validator

from hit_pipeline.errors import KeyPath, Misfit, Misfits
from hit_pipeline.settings_values import Model, Name
from hit_pipeline.sources.contract.target import Pattern, Target
from hit_pipeline.sources.contract.unpivot import Unpivot
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Table, person_ids, person_names

RECEIVED_SCHOOL_YEAR = "_received_school_year"
"""Stands for a header in ``from``: the school year the delivery was received in, as 2026-27."""
LANDED_ROW = "_landed_row"
"""Stands for a header in ``from``: delivery, file and row, different for every landed row."""


_NAMING = {column.name for column in (*person_ids("student"), *person_names("student"))}


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


class Each(Model):
    """A list in a row, such as the students of a meeting: the feed takes each member for itself.

    Targets see the row as if it had this member only, whatever else it holds. A member that is
    blank makes no row; a row without any member is not of the feed. What cannot be read of one
    member, a cell that is no list, and lists of different length quarantine the row with all its
    members.

    Attributes:
        from_: Header of the cell with the list; several, when their lists go together: the first
            of one with the first of the other. A blank cell then has nothing for any member.
        split: What stands between the members, such as ``;`` or ``|``. Left out: the cell is a list
            in JSON, and a field of its members is a header, such as ``participants.email``.
    """

    from_: tuple[str, ...] = Field(
        alias="from", min_length=1, json_schema_extra={"type": ["string", "array"]}
    )
    split: str | None = Field(default=None, min_length=1)

    @field_validator("from_", mode="before")
    @classmethod
    def _one_or_many(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    def list_of(self, header: str) -> str | None:
        """Return the header of the list in JSON whose members have a field of this header."""
        if self.split is None:
            for one in self.from_:
                if header.startswith(f"{one}."):
                    return one
        return None


class Feed(Model):
    """How rows of the file become rows of one typed table.

    Attributes:
        table: Typed table fed.
        each: A list in the row: one row of the typed table for each of its members.
        unpivot: Columns of one pattern that become rows, such as one column per date.
        columns: Target columns; those not named are null.
        scores: For ``typed_assessment``: one row per score.
        exclude: Rules that leave rows out of this feed.
        when: Only rows whose column matches are fed: header to regular expression. A row that no
            feed of the file takes is excluded by rule ``feed.none``.
    """

    table: str
    each: Each | None = None
    unpivot: Unpivot | None = None
    columns: dict[str, Target]
    scores: tuple[Score, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    when: dict[str, Pattern] = Field(default_factory=dict)

    @property
    def declared(self) -> Table:
        """The declaration of the typed table."""
        return TABLES[self.table]

    @property
    def makes_several(self) -> bool:
        """Say whether one landed row may become several typed rows, which stand or fall together.

        Scores are apart from this: each stands for itself.
        """
        return self.each is not None or self.unpivot is not None

    @property
    def names_student(self) -> bool:
        """Say whether its rows name a student, by an identifier or a name."""
        return not _NAMING.isdisjoint(self.columns)

    @property
    def headers(self) -> Iterator[tuple[KeyPath, str]]:
        """Every header of the file the feed uses, with the path of keys it stands at.

        A field of a list's members is told as the header of the list; what `unpivot` makes of
        headers and cells is none of the file's.
        """
        for path, header in self._headers:
            if self.unpivot is None or not self.unpivot.known(header):
                yield path, (self.each and self.each.list_of(header)) or header

    @property
    def _headers(self) -> Iterator[tuple[KeyPath, str]]:
        if self.each is not None:
            yield from ((("each", "from"), header) for header in self.each.from_)
        yield from _target_headers(("columns",), self.columns)
        yield from ((("exclude", i, "from"), rule.from_) for i, rule in enumerate(self.exclude))
        yield from ((("when", header), header) for header in self.when)
        for i, score in enumerate(self.scores):
            yield ("scores", i, "from"), score.from_
            if score.objective_from is not None:
                yield ("scores", i, "objective_from"), score.objective_from
            yield from _target_headers(("scores", i, "columns"), score.columns)

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


_OF_THE_PAST = ("typed_former_student", "typed_former_session_row", "typed_enrollment_run")
"""Typed tables no contract fills: they are made of what other ones held before."""


def _target_headers(at: KeyPath, targets: dict[str, Target]) -> Iterator[tuple[KeyPath, str]]:
    for name, target in targets.items():
        yield from (((*at, name, *path), header) for path, header in target.headers)


def _targets(table: Table) -> list[str]:
    """Return the columns a contract may fill; none when no contract feeds the table."""
    if "_source" not in table.column_names or table.name in _OF_THE_PAST:
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
