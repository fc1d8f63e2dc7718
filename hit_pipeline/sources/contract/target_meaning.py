"""What a target of a contract may not mean: against the column of the typed table it fills.

The form of its keys is judged by `hit_pipeline.sources.contract.target`; what a whole contract may
not mean is in `hit_pipeline.sources.contract.meaning`.
"""

from collections.abc import Iterator

from hit_pipeline.errors import KeyPath, Misfit
from hit_pipeline.rules.status_effect import status_effects
from hit_pipeline.sources.contract.feed import Feed
from hit_pipeline.sources.contract.target import DURATION_UNITS, EPOCHS, SHARE_UNITS, Target
from hit_pipeline.tables.model import Column

_DATES = ("date", "timestamp", "local_timestamp")
_NUMBERS = ("integer", "number", "decimal")


def target_misfits(at: KeyPath, target: Target, column: Column) -> Iterator[Misfit]:
    """Yield what a target cannot mean for the column it fills."""
    for key, word in (("value", target.value), ("default", target.default)):
        if word is not None:
            yield from word_misfits((*at, key), word, column)
    seen: set[str] = set()
    for code, word in (target.map or {}).items():
        yield from word_misfits((*at, "map", code), word, column)
        if code.casefold() in seen:
            yield Misfit((*at, "map", code), "the code is there twice; case does not matter")
        seen.add(code.casefold())
    for i, one in enumerate(target.patterns):
        yield from word_misfits((*at, "patterns", i, "to"), one.to, column)
    yield from _units(at, target, column)
    yield from _reading(at, target, column)


def word_misfits(at: KeyPath, word: str, column: Column) -> Iterator[Misfit]:
    """Yield that a word is none of a closed vocabulary; an empty one means no value."""
    if column.valid and word not in ("", *column.valid):
        yield Misfit(at, f"is not a value of {column.name}", f'"{word}"', column.valid)


def pair_misfits(at: KeyPath, feed: Feed) -> Iterator[Misfit]:
    """Yield codes that say of session and student what cannot be, or only one of the two."""
    state, attendance = feed.columns.get("session_state"), feed.columns.get("attendance")
    if state is None or attendance is None or state.from_ != attendance.from_:
        return
    if not (_translates(state) and _translates(attendance)):
        return
    yield from _pairs_of_codes(at, state, attendance)
    for i, one in enumerate(attendance.patterns):
        word = next((own.to for own in state.patterns if own.matches == one.matches), "")
        yield from _impossible((*at, "attendance", "patterns", i, "to"), word, one.to)


def _pairs_of_codes(at: KeyPath, state: Target, attendance: Target) -> Iterator[Misfit]:
    targets = {"session_state": state, "attendance": attendance}
    others = {"session_state": "attendance", "attendance": "session_state"}
    codes = {code.casefold(): code.casefold() for code in state.map or {}}
    codes |= {code.casefold(): code for code in attendance.map or {}}
    for code in codes.values():
        said = {name: one.meaning(code) for name, one in targets.items()}
        for name, target in targets.items():
            if said[name] is None and target.unmapped == "quarantine":
                yield Misfit((*at, name, "map"), f"lacks a code that `{others[name]}` maps", code)
        path = (*at, "attendance", "map", code)
        yield from _impossible(path, said["session_state"] or "", said["attendance"] or "")


def _impossible(at: KeyPath, state: str, attendance: str) -> Iterator[Misfit]:
    for one in status_effects():
        if one.reason and (one.session_state, one.attendance) == (state, attendance):
            yield Misfit(at, f"{state} and {attendance} cannot be together: {one.reason}")


def _translates(target: Target) -> bool:
    return target.map is not None or bool(target.patterns)


def _units(at: KeyPath, target: Target, column: Column) -> Iterator[Misfit]:
    """Yield units a column has no use for, or lacks."""
    is_duration = column.name.endswith("_seconds")
    if is_duration and target.from_ and not target.every_unit:
        problem = "a duration needs `unit`: what the number in the file counts"
        yield Misfit(at, problem, None, DURATION_UNITS)
    fits = DURATION_UNITS if is_duration else SHARE_UNITS
    given: list[tuple[KeyPath, str]] = [(("unit",), one) for one in target.unit]
    given += [(("units", code), one) for code, one in target.units.items()]
    for path, unit in given:
        if not is_duration and column.type != "number":
            problem = "belongs to durations, columns that end in _seconds, and to shares only"
            yield Misfit((*at, *path), problem)
        elif unit not in fits:
            yield Misfit((*at, *path), f"is no unit of {column.name}", f'"{unit}"', fits)


def _reading(at: KeyPath, target: Target, column: Column) -> Iterator[Misfit]:
    """Yield what is said of reading a cell that the type of the column has no use for."""
    dates, clocks = "dates and times", "local times"
    kinds: dict[str, tuple[object, str, tuple[str, ...]]] = {
        "exclusive_end": (target.exclusive_end, "dates", ("date",)),
        "formats": (target.formats, dates, _DATES),
        "weekday_from": (target.weekday_from, dates, ("date", "local_timestamp")),
        "instant": (target.instant, clocks, ("local_timestamp",)),
        "decimal": (target.decimal != ".", "numbers", _NUMBERS),
        "thousands": (target.thousands, "numbers", _NUMBERS),
        "true_when": (target.true_when, "yes or no", ("boolean",)),
        "false_when": (target.false_when, "yes or no", ("boolean",)),
    }
    for key, (given, words, types) in kinds.items():
        if given and column.type not in types:
            yield Misfit((*at, key), f"belongs to {words}; {column.name} is none")
    if (target.true_when or target.false_when) and _translates(target):
        yield Misfit((*at, "map"), "say `true_when` and `false_when`, or a map, not both")
    epochs = [one for one in target.formats if one in EPOCHS]
    if epochs and not target.instant and column.type in ("date", "local_timestamp"):
        problem = "is an instant: fill a column that ends in _utc, or say `instant = true`"
        yield Misfit((*at, "formats"), problem, f'"{epochs[0]}"')
