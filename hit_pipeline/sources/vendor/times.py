"""Times in requests to a vendor: spans of days, instants as the vendor writes and reads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hit_pipeline.sources.contract.rest import Since, Window

_OF_THE_DAY = "HIMSfcXTRps"
"""Letters of strftime that tell more than the day."""


@dataclass(frozen=True)
class Span:
    """Days that are asked for at once.

    Attributes:
        begin: First day.
        end: Day after the last one.
    """

    begin: date
    end: date

    @property
    def halves(self) -> "list[Span]":
        """The span cut in two; one day cannot be cut."""
        days = (self.end - self.begin).days
        if days < 2:
            return []
        middle = self.begin + timedelta(days=days // 2)
        return [Span(self.begin, middle), Span(middle, self.end)]


def spans(window: Window, first: date, since: datetime | None, now: datetime) -> Iterator[Span]:
    """Yield the spans to ask for, in order.

    Args:
        window: The contract's word on them.
        first: Day the first one begins on when everything is asked for.
        since: Instant an increment begins at; None: everything is asked for.
        now: Instant of the asking, in the zone of the days.
    """
    begin = first if since is None else max(first, since.astimezone(now.tzinfo).date())
    last = now.date() + timedelta(days=window.ahead_days + 1)
    length = timedelta(days=window.days) if window.days is not None else last - begin
    while begin < last:
        yield Span(begin, min(begin + length, last))
        begin += length


def bounds(span: Span, window: Window, zone: ZoneInfo) -> dict[str, str]:
    """Return the parameters of a span.

    An end that belongs to the span is its last day, or the instant the next one begins at: what
    stands exactly there comes twice and is known as repeated.
    """
    end = span.end
    if window.ends == "inclusive" and not _has_time(window.format):
        end -= timedelta(days=1)
    found = {window.from_: written(_midnight(span.begin, zone), window.format)}
    if window.to is not None:
        found[window.to] = written(_midnight(end, zone), window.format)
    return found


def written(instant: datetime, form: str) -> str:
    """Write an instant as a vendor wants it; its zone is that of its days."""
    if form in ("epoch", "epoch_ms"):
        return str(int(instant.timestamp() * (1000 if form == "epoch_ms" else 1)))
    if form == "iso":
        text = instant.isoformat(timespec="seconds")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    return instant.strftime("%Y-%m-%d" if form == "date" else form)


def changed_at(cell: object, since: Since) -> datetime | None:
    """Return the instant of a cell that says when a row changed, UTC; None: it says none."""
    try:
        if since.format in ("epoch", "epoch_ms"):
            scale = 1000 if since.format == "epoch_ms" else 1
            return datetime.fromtimestamp(float(str(cell)) / scale, UTC)
        found = datetime.fromisoformat(str(cell).strip())
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(since.zone))
        return found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _has_time(form: str) -> bool:
    directives = {form[i + 1 : i + 2] for i, one in enumerate(form) if one == "%"}
    return form in ("iso", "epoch", "epoch_ms") or bool(directives & set(_OF_THE_DAY))
