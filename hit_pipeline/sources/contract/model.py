"""The contract of a source: how its files look and what their columns mean.

A contract is one TOML file that a district analyst can read from top to bottom. It names files by
pattern, says how each is read (`FileSpec`), and how its columns become columns of typed tables
(`hit_pipeline.sources.contract.feed.Feed`). Nothing here reads a data file or looks at a value.

Loading and reporting mistakes with lines is done in `hit_pipeline.sources.contract.loading`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from hit_pipeline.errors import KeyPath, Misfit, Misfits
from hit_pipeline.settings_values import IdSystem, Model, Name
from hit_pipeline.sources.contract.asked import Query
from hit_pipeline.sources.contract.feed import Exclusion, Feed
from hit_pipeline.sources.contract.rest import Request, RestApi
from hit_pipeline.sources.contract.shape import FileShape
from hit_pipeline.sources.reading.virtual_headers import (
    ADDED_LATER,
    FILE_NAME,
    FOLDER,
    of_other_table,
    of_shape,
)


def _less_if_like(schema: dict[str, Any]) -> None:
    """Let editors ask for required keys only where no other file may say them."""
    schema["anyOf"] = [{"required": ["like"]}, {"required": schema.pop("required")}]


class FileSpec(FileShape):
    """One kind of file a source delivers: how it is written, and what it says about time.

    Attributes:
        like: Another file of the contract: whatever this one does not say itself, its feeds and
            keys too, is as there. For editions of one layout, such as a year with other positions.
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
        feeds: The typed tables it feeds.
        one_row_per_student: Each delivery has one row per student, so that two records in it are
            two students, unless they bear one and the same own identifier. For files that name
            students, such as a list of them or the results of one test.
        optional: False: a delivery set without the file is noted.
        query: How its rows are asked for in a database (`sis_sql`).
        request: How its rows are asked for at a web service (`vendor_rest`).
    """

    model_config = ConfigDict(json_schema_extra=_less_if_like)

    like: Name | None = None
    natural_key: tuple[str, ...] = ()
    optional_key: tuple[str, ...] = ()
    delivers: Literal["full", "increment"]
    absence: Literal["removed", "nothing"] = "nothing"
    restates: tuple[str, ...] = ()
    removes: Exclusion | None = None
    empty: Literal["refused", "nothing_happened"] = "refused"
    feeds: tuple[Feed, ...]
    one_row_per_student: bool = False
    optional: bool = True
    query: Query | None = None
    request: Request | None = None

    @property
    def current_is_newest(self) -> bool:
        """Say whether all its current rows stand in one delivery, the newest."""
        return self.delivers == "full" and self.absence == "removed"

    @property
    def used_headers(self) -> Iterator[tuple[KeyPath, str]]:
        """Every header the file's keys and feeds use, with the path of keys it stands at."""
        yield from ((("natural_key", i), header) for i, header in enumerate(self.natural_key))
        for i, feed in enumerate(self.feeds):
            yield from ((("feeds", i, *path), header) for path, header in feed.headers)
        yield from ((("restates", i), header) for i, header in enumerate(self.restates))
        if self.removes is not None:
            yield ("removes", "from"), self.removes.from_

    @property
    def virtual_headers(self) -> list[str]:
        """The headers used that no column has and that are landed with the rows, each once."""
        declared = {column.name for column in self.columns}
        used = dict.fromkeys(header for _, header in self.used_headers)
        known = [*of_shape(self), *filter(of_other_table, used)]
        return [one for one in used if one in known and one not in (*declared, *ADDED_LATER)]

    @property
    def needs_search(self) -> bool:
        """Say whether its lines must be looked at one by one: readers take them as they come."""
        return self.is_searched or bool({*self.virtual_headers} - {FILE_NAME, FOLDER})

    @model_validator(mode="after")
    def _headers_are_declared(self) -> Self:
        known = [*(column.name for column in self.columns), *of_shape(self)]
        problem = "is used, but `columns` does not declare it"
        found = [
            Misfit(path, problem, f'"{header}"', known)
            for path, header in self.used_headers
            if header not in known and of_other_table(header) is None
        ]
        problem = "must be in `natural_key`"
        found += [
            Misfit(("optional_key", i), problem, f'"{header}"', self.natural_key)
            for i, header in enumerate(self.optional_key)
            if header not in self.natural_key
        ]
        if self.natural_key and set(self.natural_key) <= set(self.optional_key):
            found.append(Misfit(("optional_key",), "must leave a header that is never blank"))
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
            demographics to students and staff (`hit_pipeline.conform.oneroster.derive`), ``edfi``
            unites what several resources say of one person (`hit_pipeline.conform.edfi.derive`).
        rest: The web service its files are asked for at (`vendor_rest`).
        files: The files it delivers, by our name for each.
    """

    id: Name
    version: int = Field(ge=1)
    title: str
    about: str = ""
    ours: bool = False
    bare_id_system: IdSystem | None = None
    tutor_id_system: IdSystem | None = None
    derive: Literal["oneroster", "edfi"] | None = None
    rest: RestApi | None = None
    files: dict[Name, FileSpec]

    @model_validator(mode="before")
    @classmethod
    def _with_likes(cls, given: Any) -> Any:
        """Give every file with ``like`` what it does not say itself."""
        files = given.get("files") if isinstance(given, dict) else None
        if not isinstance(files, dict):
            return given
        return {**given, "files": {name: _whole(files, name) for name in files}}


def _whole(files: Mapping[str, Any], name: str) -> Any:
    """Return what a file says, completed from the one it is like, and that from another."""
    whole, met = files[name], [name]
    while isinstance(whole, dict) and (like := whole.get("like")) is not None:
        others = [one for one in files if one not in met]
        if like not in others or not isinstance(files[like], dict):
            problem = "is no other file of the contract it can be like"
            raise Misfits([Misfit(("files", name, "like"), problem, f'"{like}"', others)])
        met.append(like)
        whole = {**files[like], **{key: own for key, own in whole.items() if key != "like"}}
    stated = files[name].get("like") if isinstance(files[name], dict) else None
    return whole if stated is None else {**whole, "like": stated}
