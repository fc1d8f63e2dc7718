"""How a column is read into a typed one: formats of dates, units, maps of codes.

One function per type of the target column. None means that what stands there cannot fill it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hit_pipeline.conform.grades import spellings
from hit_pipeline.drafting.codes import codes_of
from hit_pipeline.drafting.dates import Dates
from hit_pipeline.drafting.durations import unit_of
from hit_pipeline.drafting.filled import Filled, doubted
from hit_pipeline.drafting.knowledge import Knowledge
from hit_pipeline.drafting.looks import Look
from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column

ISO_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
_TRUE = frozenset(("y", "yes", "true", "t", "1", "n", "no", "false", "f", "0"))
_ISO_DAY = r"^(\d{4}-\d{2}-\d{2})"


@dataclass(frozen=True)
class Reader:
    """What is needed to read a column beside its cells.

    Attributes:
        known: The vocabulary.
        day_first: Whether another date of the file proves that the day comes first; None: none.
    """

    known: Knowledge
    day_first: bool | None = None


def read_into(column: Column, look: Look, reader: Reader, why: str, table: str) -> Filled | None:
    """Return how a column of the file fills a typed one; None when it cannot."""
    if column.name.endswith("_seconds"):
        return _duration(column, look, why)
    if column.name == "present_share":
        return _share(column, look, why)
    if column.type in ("date", "local_timestamp", "timestamp"):
        return _dated(column, look, reader, why)
    if column.type == "boolean":
        return _flag(column, look, reader, why)
    if column.type == "integer":
        return _plain(column, look, why) if look.is_number or look.kind == "nothing" else None
    if column.valid == words.GRADES:
        return _grade(column, look, why)
    if column.valid:
        return _coded(column, look, reader, why, table)
    return _plain(column, look, why)


def _plain(column: Column, look: Look, why: str) -> Filled:
    target: dict[str, Any] = {"from": look.name, **_nulls(look)}
    if look.kind == "nothing":
        return doubted(column.name, target, why, "the sample has no value in this column")
    return Filled(column.name, target, why)


def _nulls(look: Look) -> dict[str, Any]:
    return {"null": list(look.empty_words)} if look.empty_words else {}


def _duration(column: Column, look: Look, why: str) -> Filled | None:
    if look.kind == "nothing":
        target = {"from": look.name, "unit": "minutes"}
        return doubted(column.name, target, why, "the sample has no value: what does it count?")
    unit = unit_of(look)
    if unit is None:
        return None
    target = {"from": look.name, "unit": unit.unit, **_nulls(look)}
    if unit.doubt:
        return doubted(column.name, target, f"{why}; {unit.why}", unit.doubt)
    return Filled(column.name, target, f"{why}; {unit.why}")


def _share(column: Column, look: Look, why: str) -> Filled | None:
    if look.kind == "percent":
        return Filled(column.name, {"from": look.name, "unit": "percent"}, f"{why}; percent signs")
    if not look.is_number:
        return None
    most = max(float(text) for text in look.counts)
    if most <= 1:
        target = {"from": look.name, "unit": "share"}
        return doubted(
            column.name, target, f"{why}; nothing above 1", "a share of 1, not a percent?"
        )
    return Filled(column.name, {"from": look.name, "unit": "percent"}, f"{why}; up to 100")


def _dated(column: Column, look: Look, reader: Reader, why: str) -> Filled | None:
    if look.kind == "nothing":
        return _plain(column, look, why)
    if look.dates is None:
        return None
    written, doubts = ordered(look.dates, reader.day_first)
    if look.odd:
        doubts.append(f"{look.odd} cells are no date in {written.described}")
    into: Callable[[str, Dates], tuple[dict[str, Any], list[str]]] = {
        "date": _as_date,
        "local_timestamp": _as_local,
        "timestamp": _as_instant,
    }[column.type]
    keys, more = into(column.name, written)
    doubts += more
    target = {"from": look.name, **keys, **_nulls(look)}
    if doubts:
        return doubted(column.name, target, why, *doubts)
    return Filled(column.name, target, f"{why}; {written.described}")


def ordered(written: Dates, day_first: bool | None) -> tuple[Dates, list[str]]:  # noqa: FBT001 (three-valued)
    """Return how dates are read, day and month in the order another column proves, and doubts."""
    if not written.doubtful_order:
        return written, []
    if day_first is None:
        return written, ["month before day, or day before month? No date of the sample proves it"]
    return (written.with_day_first() if day_first else written), []


def _as_date(_: str, written: Dates) -> tuple[dict[str, Any], list[str]]:
    if written.kind == "instant":
        return {"extract": _ISO_DAY}, ["the day in UTC: late in the evening it is the next one"]
    if written.kind == "date and time" and not written.formats:
        return {"extract": _ISO_DAY}, []
    return _formats(written), []


def _as_local(name: str, written: Dates) -> tuple[dict[str, Any], list[str]]:
    if written.kind == "instant":
        return {"instant": True}, []
    if written.kind == "date":
        return _formats(written), ["a date without a time of day"] * (name == "started_at_local")
    return _formats(written), []


def _as_instant(_: str, written: Dates) -> tuple[dict[str, Any], list[str]]:
    if written.kind == "instant":
        return {}, []
    forms = written.formats or (*ISO_TIMES, "%Y-%m-%d")
    return {"formats": list(forms)}, ["no offset stands beside the time: it is read as UTC"]


def _formats(written: Dates) -> dict[str, Any]:
    return {"formats": list(written.formats)} if written.formats else {}


def _flag(column: Column, look: Look, reader: Reader, why: str) -> Filled:
    target: dict[str, Any] = {"from": look.name}
    if look.empty_words:
        target["null"] = list(look.empty_words)
    if look.kind == "nothing":
        return _plain(column, look, why)
    if all(text.casefold() in _TRUE for text in look.counts):
        return Filled(column.name, target, f"{why}; yes and no")
    vocabulary = reader.known.codes.get(column.name, {})
    codes = codes_of(look, vocabulary)
    if codes.meanings:
        target |= {"map": dict(codes.meanings), "unmapped": "null"}
        return doubted(column.name, target, why, *codes.doubts)
    target["strict"] = False
    return doubted(
        column.name, target, why, "not yes and no: other words become unknown", *codes.doubts
    )


def _grade(column: Column, look: Look, why: str) -> Filled:
    known = spellings()
    odd = sum(count for text, count in look.counts.items() if text.casefold() not in known)
    filled = _plain(column, look, why)
    if not odd:
        return filled
    doubt = f"{odd} cells are no grade that is known: map them, or the rows are quarantined"
    return doubted(column.name, filled.target, why, doubt)


def _coded(column: Column, look: Look, reader: Reader, why: str, table: str) -> Filled | None:
    of_school = table == "typed_school_attendance" and column.name == "attendance"
    vocabulary = reader.known.codes.get("attendance_of_school" if of_school else column.name, {})
    return coded(column, look, vocabulary, why)


def coded(column: Column, look: Look, vocabulary: Mapping[str, str], why: str) -> Filled:
    """Return a map of the codes known; the others are asked about."""
    own = {word: word for word in column.valid}
    codes = codes_of(look, {**own, **vocabulary})
    target = {"from": look.name, "map": dict(codes.meanings), **_nulls(look)}
    if codes.doubts or not codes.meanings:
        return doubted(column.name, target, why, *codes.doubts or ["no code of it is known"])
    return Filled(column.name, target, f"{why}; every code is known")
