"""What a contract may not mean though its form is right.

The models in `hit_pipeline.sources.contract` judge each key by itself; here a contract is held
against the typed tables it feeds. Nothing here reads a file of data.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from hit_pipeline.errors import KeyPath, Misfit
from hit_pipeline.rules.status_effect import status_effects
from hit_pipeline.sources.contract import Contract, Feed, FileSpec, Target
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.model import Column

_DATES = ("date", "timestamp", "local_timestamp")
_FILLED_BY_SCORES = {"score_kind", "score", "score_text", "objective"}


def contract_misfits(contract: Contract) -> Iterator[Misfit]:
    """Yield what a contract cannot mean.

    - a header or alias declared twice in a file, blanks and case aside;
    - a constant or the result of a map that the target's closed vocabulary does not have, or a
      code that is in a map twice;
    - a status code mapped to a pair of session state and attendance that cannot be, or to one only;
    - a duration without a unit (units are stated, not assumed), a unit or date format elsewhere;
    - a column the typed table requires that nothing fills: every row would be quarantined;
    - rows of an incremental delivery taken as removed because a later one lacks them.
    """
    for name, file in contract.files.items():
        at: KeyPath = ("files", name)
        yield from _columns(at, file)
        if file.delivers == "increment" and file.absence == "removed":
            problem = "an increment leaves out what did not change: absence says nothing there"
            yield Misfit((*at, "absence"), problem, '"removed"', ["nothing"])
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
            yield from _word((key,), value, TABLES[table].column(column))


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


def _feed(at: KeyPath, feed: Feed, *, whole: bool) -> Iterator[Misfit]:
    """Yield misfits of a feed; `whole` says that its table is not completed by another step."""
    for name, target in feed.columns.items():
        yield from _target((*at, "columns", name), target, feed.declared.column(name))
    for i, score in enumerate(feed.scores):
        for name, target in score.columns.items():
            path = (*at, "scores", i, "columns", name)
            yield from _target(path, target, feed.declared.column(name))
    yield from _pairs((*at, "columns"), feed)
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


def _pairs(at: KeyPath, feed: Feed) -> Iterator[Misfit]:
    """Yield codes that say of session and student what cannot be, or only one of the two."""
    state, attendance = feed.columns.get("session_state"), feed.columns.get("attendance")
    if state is None or attendance is None or state.from_ != attendance.from_:
        return
    if state.map is None or attendance.map is None:
        return
    states = {code.casefold(): word for code, word in state.map.items()}
    reasons = {(e.session_state, e.attendance): e.reason for e in status_effects() if e.reason}
    for code, word in attendance.map.items():
        pair = (states.pop(code.casefold(), None), word)
        if pair[0] is None and state.unmapped == "quarantine":
            yield Misfit((*at, "session_state", "map"), "lacks a code that `attendance` maps", code)
        elif (reason := reasons.get((pair[0] or "", word))) is not None:
            path = (*at, "attendance", "map", code)
            yield Misfit(path, f"{pair[0]} and {word} cannot be together: {reason}")
    if attendance.unmapped == "quarantine":
        problem = "lacks a code that `session_state` maps"
        yield from (Misfit((*at, "attendance", "map"), problem, code) for code in states)


def _target(at: KeyPath, target: Target, column: Column) -> Iterator[Misfit]:
    for key, word in (("value", target.value), ("default", target.default)):
        if word is not None:
            yield from _word((*at, key), word, column)
    seen: set[str] = set()
    for code, word in (target.map or {}).items():
        yield from _word((*at, "map", code), word, column)
        if code.casefold() in seen:
            yield Misfit((*at, "map", code), "the code is there twice; case does not matter")
        seen.add(code.casefold())
    yield from _parsing(at, target, column)


def _parsing(at: KeyPath, target: Target, column: Column) -> Iterator[Misfit]:
    """Yield what is said of parsing that the type of the column has no use for, or lacks."""
    is_duration = column.name.endswith("_seconds")
    if target.unit is not None and not is_duration:
        yield Misfit((*at, "unit"), "belongs to durations only, columns that end in _seconds")
    if is_duration and target.from_ and target.unit is None:
        units = ["seconds", "minutes", "hours", "hh:mm", "hh:mm:ss", "mm:ss"]
        yield Misfit(at, "a duration needs `unit`: what the number in the file counts", None, units)
    if target.exclusive_end and column.type != "date":
        yield Misfit((*at, "exclusive_end"), f"belongs to dates; {column.name} is none")
    if target.formats and column.type not in _DATES:
        yield Misfit((*at, "formats"), f"belongs to dates and times; {column.name} is none")


def _word(at: KeyPath, word: str, column: Column) -> Iterator[Misfit]:
    if column.valid and word not in ("", *column.valid):
        yield Misfit(at, f"is not a value of {column.name}", f'"{word}"', column.valid)
