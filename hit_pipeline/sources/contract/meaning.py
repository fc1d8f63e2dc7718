"""What a contract may not mean though its form is right.

The models in `model` judge each key by itself; here a contract is held against the typed tables it
feeds. Nothing here reads a file of data.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from hit_pipeline.errors import KeyPath, Misfit
from hit_pipeline.sources.contract.feed import LANDED_ROW, Feed
from hit_pipeline.sources.contract.model import Contract, FileSpec
from hit_pipeline.sources.contract.rest_meaning import rest_misfits
from hit_pipeline.sources.contract.shape_meaning import shape_misfits
from hit_pipeline.sources.contract.target_meaning import pair_misfits, target_misfits, word_misfits
from hit_pipeline.tables.catalog import TABLES

_FILLED_BY_SCORES = {"score_kind", "score", "score_text", "objective"}


def contract_misfits(contract: Contract) -> Iterator[Misfit]:
    """Yield what a contract cannot mean.

    - a header or alias declared twice in a file, blanks and case aside;
    - a constant or the result of a map that the target's closed vocabulary does not have, or a
      code that is in a map twice;
    - a status code mapped to a pair of session state and attendance that cannot be, or to one only;
    - a duration without a unit (units are stated, not assumed), a unit or date format elsewhere;
    - a list of participants whose rows do not say which meeting they are of;
    - a column the typed table requires that nothing fills: every row would be quarantined;
    - one row per student in a file that names none, or whose rows hold lists of them;
    - rows of an incremental delivery taken as removed because a later one lacks them;
    - what `shape_meaning` and `rest_meaning` find.
    """
    yield from shape_misfits(contract)
    yield from rest_misfits(contract)
    for name, file in contract.files.items():
        at: KeyPath = ("files", name)
        yield from _columns(at, file)
        if file.delivers == "increment" and file.absence == "removed":
            problem = "an increment leaves out what did not change: absence says nothing there"
            yield Misfit((*at, "absence"), problem, '"removed"', ["nothing"])
        if file.one_row_per_student:
            yield from _one_row((*at, "one_row_per_student"), file)
        for i, feed in enumerate(file.feeds):
            yield from _feed((*at, "feeds", i), feed, whole=contract.derive is None)


def override_misfits(contract: Contract, overrides: Mapping[str, str]) -> Iterator[Misfit]:
    """Yield what is wrong with a source's ``settings``, ``table.column`` to a constant."""
    tables = sorted({feed.table for file in contract.files.values() for feed in file.feeds})
    for key, value in overrides.items():
        table, _, column = key.partition(".")
        if table not in tables:
            problem = "is not `table.column` of a typed table the contract feeds"
            yield Misfit((key,), problem, None, [f"{one}.<column>" for one in tables])
        elif column not in TABLES[table].column_names:
            problem = f"{table} has no column of this name"
            yield Misfit((key,), problem, None, TABLES[table].column_names)
        else:
            yield from word_misfits((key,), value, TABLES[table].column(column))


def _columns(at: KeyPath, file: FileSpec) -> Iterator[Misfit]:
    headers = [
        ((*at, "columns", i), header)
        for i, column in enumerate(file.columns)
        for header in (column.name, *column.aliases)
    ]
    seen: Counter[str] = Counter()
    for path, header in headers:
        plain = "".join(header.split()).casefold()
        if seen[plain]:
            yield Misfit(path, "the header is declared twice", f'"{header}"')
        seen[plain] += 1


def _one_row(at: KeyPath, file: FileSpec) -> Iterator[Misfit]:
    """Yield that the rows of a file cannot be one per student."""
    naming = [feed for feed in file.feeds if feed.names_student]
    if not naming:
        yield Misfit(at, "no feed of the file names a student", "true", ["false"])
    elif any(feed.each is not None for feed in naming):
        yield Misfit(at, "a row with a list of students is not of one", "true", ["false"])


def _feed(at: KeyPath, feed: Feed, *, whole: bool) -> Iterator[Misfit]:
    """Yield misfits of a feed; `whole` says that its table is not completed by another step."""
    for name, target in feed.columns.items():
        yield from target_misfits((*at, "columns", name), target, feed.declared.column(name))
    for i, score in enumerate(feed.scores):
        for name, target in score.columns.items():
            path = (*at, "scores", i, "columns", name)
            yield from target_misfits(path, target, feed.declared.column(name))
    yield from pair_misfits((*at, "columns"), feed)
    if feed.each is not None and feed.table == "typed_session_log":
        yield from _meeting(at, feed)
    filled = set(feed.columns) | (_FILLED_BY_SCORES if feed.scores else set())
    if feed.scores:
        filled |= set.intersection(*(set(score.columns) for score in feed.scores))
    missing = [
        column.name
        for column in feed.declared.columns
        if column.required and not column.name.startswith("_") and column.name not in filled
    ]
    if missing and whole:
        problem = f"{feed.table} requires {', '.join(missing)}, which nothing fills"
        yield Misfit((*at, "columns"), problem)


def _meeting(at: KeyPath, feed: Feed) -> Iterator[Misfit]:
    """Yield that members of one list would be meetings of their own."""
    if "session_id_source" not in feed.columns:
        problem = (
            "the members of a list need `session_id_source`, the meeting they share; where the row "
            "has no id of it, take the columns that name it, or the row itself"
        )
        yield Misfit((*at, "columns"), problem, None, [LANDED_ROW])
