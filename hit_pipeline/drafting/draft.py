"""Samples to a draft: what is known of each kind of file, before it is written as a contract."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from hit_pipeline.drafting.feed import Columns, FeedDraft, draft_feed
from hit_pipeline.drafting.filled import Certainty
from hit_pipeline.drafting.keys import Delivers, Key, delivery_mode, natural_key
from hit_pipeline.drafting.knowledge import Knowledge
from hit_pipeline.drafting.looks import Look, looks
from hit_pipeline.drafting.people import Roster
from hit_pipeline.drafting.products import Product, recognise
from hit_pipeline.drafting.reading import Reader
from hit_pipeline.drafting.roles import Meaning, meanings
from hit_pipeline.drafting.sample import Sample, read_samples
from hit_pipeline.drafting.table_choice import Choice, table_choices
from hit_pipeline.drafting.times import day_order
from hit_pipeline.engine import Engine
from hit_pipeline.landing.scrub import is_forbidden
from hit_pipeline.sources.reading.headers import plain_name

_FEWEST_SCORES = 3
_ID_ORDER = ("district", "state", "sis", "email", "clever", "classlink", "source", "vendor")


@dataclass(frozen=True)
class ColumnDraft:
    """One column of the file, for people: what it looks like and where it goes.

    Attributes:
        header: Its header.
        looks_like: In words, without any cell.
        goes_to: Targets it fills; ``score`` of an assessment; empty: kept as landed only.
        certainty: See `hit_pipeline.drafting.filled.Filled`; empty when it goes nowhere.
        why: What speaks for it.
        doubts: What is asked.
    """

    header: str
    looks_like: str
    goes_to: tuple[str, ...]
    certainty: Certainty | None
    why: str
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class FileDraft:
    """One kind of file.

    Attributes:
        name: Our name for it.
        samples: The files seen.
        looks: Its columns as they look, under all headers of the samples.
        choice: The typed table chosen.
        feed: What its columns become.
        also: A second feed, such as the scores in a list of students; None: there is none.
        key: What identifies a row.
        delivers: Whether each file is the whole.
        never_kept: Headers of free text, which the draft keeps out.
        product: The shipped contract it looks like; None: none.
        twins: Headers left out, because but for blanks and case they are those of other columns.
    """

    name: str
    samples: tuple[Sample, ...]
    looks: Mapping[str, Look]
    choice: Choice
    feed: FeedDraft
    key: Key
    delivers: Delivers
    never_kept: tuple[str, ...] = ()
    product: Product | None = None
    also: FeedDraft | None = None
    twins: tuple[str, ...] = ()

    @property
    def feeds(self) -> tuple[FeedDraft, ...]:
        """Every feed."""
        return (self.feed,) if self.also is None else (self.feed, self.also)

    @property
    def rows(self) -> int:
        """Rows of all samples."""
        return sum(one.cells.num_rows for one in self.samples)

    @property
    def pattern(self) -> str:
        """A shell pattern of the samples' names: what changes from file to file is a star."""
        return pattern_of([one.name for one in self.samples])

    @property
    def required(self) -> set[str]:
        """Headers a file must have: those of the key and of what every row needs."""
        needed = {"session_state", "attendance", "local_date", "day_type", "program", "test_date"}
        lines = self.feed.lines.items()
        found = {
            h
            for name, one in lines
            if name in needed or one in self.feed.student_ids[:1]
            for h in one.headers
        }
        return (found | set(self.key.headers)) & set(self.samples[0].names)

    @property
    def columns(self) -> Iterator[ColumnDraft]:
        """Every column, for people."""
        for header, look in self.looks.items():
            yield _told(self, header, look)


@dataclass(frozen=True)
class Draft:
    """A draft of a contract.

    Attributes:
        name: Its id.
        files: The kinds of file.
        compared: Whether a roster of a district was there to compare with.
    """

    name: str
    files: tuple[FileDraft, ...]
    compared: bool

    @property
    def kind(self) -> str:
        """The kind of source it asks for: a roster where every file is one."""
        kinds = {one.choice.table.kind for one in self.files if one.choice.table}
        return kinds.pop() if len(kinds) == 1 else "log"

    def bare_system(self, who: str) -> str | None:
        """Return the identifier system a bare id of a person is of; None: no id is drafted."""
        for system in _ID_ORDER:
            if any(f"{who}_id_{system}" in one.feed.lines for one in self.files):
                return system
        return None


def draft(
    engine: Engine,
    paths: Sequence[Path],
    name: str,
    roster: Roster,
    known: Knowledge,
    workspace: Path,
) -> Draft:
    """Return the draft of a contract for sample files.

    Args:
        engine: The table engine.
        paths: The samples; a zip counts as its members.
        name: Id of the contract.
        roster: What is known of the district's people.
        known: The vocabulary.
        workspace: An empty folder for copies.

    Raises:
        HitError: A sample cannot be read at all.
    """
    groups = read_samples(engine, paths, workspace)
    files: list[FileDraft] = []
    for group in groups:
        one = _file(engine, group, name, roster, known)
        taken = [other.name for other in files]
        files.append(one if one.name not in taken else _renamed(one, taken))
    return Draft(name, tuple(files), roster.known)


def _file(
    engine: Engine, group: Sequence[Sample], name: str, roster: Roster, known: Knowledge
) -> FileDraft:
    cells = pa.concat_tables([one.cells for one in group], promote_options="default")
    names, twins = _told_apart(cells.column_names)
    seen = looks(engine, cells.select(names), known.nothing)
    found = meanings(seen, known)
    kept_out = tuple(
        header
        for header in seen
        if is_forbidden(header) or _is_private(seen[header], found[header])
    )
    used = {header: look for header, look in seen.items() if header not in kept_out}
    reader = Reader(known, day_order(list(used.values())))
    columns = Columns(used, found, roster.overlaps(used), roster, reader)
    choice, feed = _chosen(columns, found, name)
    key = natural_key(feed, group)
    days = max(
        (
            look.dates.days
            for header, look in used.items()
            if look.dates and header in _feed_headers(feed)
        ),
        default=0,
    )
    mode = delivery_mode(feed, group, key, days)
    noun = choice.table.noun if choice.table else "rows"
    product = recognise(tuple(seen), known)
    also = _scores_beside(choice, columns, name)
    return FileDraft(
        noun, tuple(group), seen, choice, feed, key, mode, kept_out, product, also, twins
    )


def _chosen(columns: Columns, found: Mapping[str, Meaning], name: str) -> tuple[Choice, FeedDraft]:
    """Return the likeliest table all of whose required columns the file can fill, and its feed."""
    for choice in table_choices(found, columns.reader.known):
        if choice.table is not None:
            feed = draft_feed(choice.table, columns, name=name)
            if feed.is_complete:
                return choice, feed
    return Choice(None), FeedDraft(None)


def _scores_beside(choice: Choice, columns: Columns, name: str) -> FeedDraft | None:
    """Return a feed of the scores that stand in a list of students; None for fewer than three."""
    if choice.table is None or choice.table.name != "typed_student":
        return None
    feed = draft_feed(columns.reader.known.tables["typed_assessment"], columns, name=name)
    return feed if len(feed.scores) >= _FEWEST_SCORES else None


def _told_apart(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the headers a contract can tell apart, and the others."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(plain_name(name), name)
    kept = list(found.values())
    return kept, tuple(name for name in names if name not in kept)


def _feed_headers(feed: FeedDraft) -> set[str]:
    starts = ("started_at_local", "started_at_utc", "test_date", "local_date")
    return {header for name in starts if name in feed.lines for header in feed.lines[name].headers}


def _is_private(look: Look, meaning: Meaning) -> bool:
    remark = meaning.role == "free_text" and look.kind in ("text", "nothing", "list")
    return remark or meaning.role == "private"


def _renamed(one: FileDraft, taken: Sequence[str]) -> FileDraft:
    turn = next(n for n in range(2, len(taken) + 3) if f"{one.name}_{n}" not in taken)
    return replace(one, name=f"{one.name}_{turn}")


def pattern_of(names: Sequence[str]) -> str:
    """Return a shell pattern of file names: digits, and dates with their marks, become a star."""
    found = {
        re.sub(r"\*+", "*", re.sub(r"\d+(?:[-_.]?\d+)*", "*", re.sub(r"[\[\]?*]", "*", one)))
        for one in names
    }
    if len(found) == 1:
        return found.pop()
    suffixes = {Path(one).suffix for one in names}
    return f"*{suffixes.pop()}" if len(suffixes) == 1 else "*"


def _told(file: FileDraft, header: str, look: Look) -> ColumnDraft:
    lines = [one for feed in file.feeds for one in feed.lines.values() if header in one.headers]
    scores = [one for feed in file.feeds for one in feed.scores if one["from"] == header]
    by_score = _by_score(file, header)
    if header in file.never_kept:
        words = "free text or of the kind that is never kept"
        return ColumnDraft(header, look.described, (), None, words, ("may it be kept?",))
    if lines:
        worst = min((one.certainty for one in lines), key=("doubt", "likely", "sure").index)
        doubts = tuple(dict.fromkeys(doubt for one in lines for doubt in one.doubts))
        goes = tuple(dict.fromkeys(one.column for one in lines))
        return ColumnDraft(header, look.described, goes, worst, lines[0].why, doubts)
    if scores:
        return ColumnDraft(
            header, look.described, ("score",), "likely", f"kind {scores[0]['kind']}", ()
        )
    if by_score:
        return ColumnDraft(header, look.described, by_score, "likely", "goes with scores", ())
    why = file.feed.left.get(header, "nothing known fits it")
    return ColumnDraft(header, look.described, (), None, why, ())


def _by_score(file: FileDraft, header: str) -> tuple[str, ...]:
    """Return the targets a column fills for single scores only, such as the date of a season."""
    found: dict[str, None] = {}
    for score in (one for feed in file.feeds for one in feed.scores):
        if score.get("objective_from") == header:
            found["objective"] = None
        found |= {
            name: None
            for name, one in score.get("columns", {}).items()
            if one.get("from") == header
        }
    return tuple(found)
