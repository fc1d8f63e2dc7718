"""An answer of a web service on its way: read to its end within bounds, and what breaks there.

Nothing here judges a status; that is `hit_pipeline.sources.web.client`.
"""

import email.utils
import logging
import re
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests
import urllib3

from hit_pipeline.errors import PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.settings_remote import Rest

LATER = "The next night tries again, and goes on where this one stopped."
ADDRESS = "Check the address and version of the service."
_CHUNK = 64 * 1024
_LARGEST = 512 * 1024 * 1024
"""Bytes of one answer; a larger one is refused."""
_SLOWEST = 10
"""An answer may take so many times the timeout in all."""
_QUERY = re.compile(r"\?\S*")
_TALKATIVE = ("oauthlib", "requests_oauthlib")
_WITH_ADDRESSES = ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry")


def place(source: str, url: str) -> str:
    """Return source and path, without query."""
    return f"{source}: {urlsplit(url).path or '/'}"


def keep_quiet() -> None:
    """Have the libraries below write no query, and nothing of what is signed, into any log."""
    for name in _WITH_ADDRESSES:
        logging.getLogger(name).addFilter(_without_query)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_query(record: logging.LogRecord) -> bool:
    record.msg, record.args = _QUERY.sub("?...", record.getMessage()), ()
    record.exc_info = None
    return True


def read_body(answer: requests.Response, source: str, timeout: float) -> bytes:
    """Read a body within the time and size an answer may have.

    What has arrived is looked at piece by piece, so that one that drips is given up in time.

    Args:
        answer: The answer, whose body was not touched.
        source: Name of the source, for errors.
        timeout: Seconds of silence; ten times as much is the longest of all.

    Raises:
        TransientSourceError: It is too slow, breaks off or cannot be unpacked.
        PermanentSourceError: It is too large.
    """
    at = place(source, answer.url)
    deadline = time.monotonic() + _SLOWEST * timeout
    parts, size = [], 0
    try:
        while part := answer.raw.read1(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > _LARGEST:
                message = f"{at} answers with more than {_LARGEST} bytes."
                raise PermanentSourceError(
                    message, source=source, remedy="Ask for smaller pages: `page_size`."
                )
            if time.monotonic() > deadline:
                message = f"{at} answers too slowly."
                raise TransientSourceError(message, source=source, remedy=LATER)
    except urllib3.exceptions.HTTPError as error:
        answer.close()
        raise _broken(error, source, at) from None
    except SourceError:
        answer.close()
        raise
    return b"".join(parts)


def _broken(error: urllib3.exceptions.HTTPError, source: str, at: str) -> SourceError:
    words = "breaks off"
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        words = "keeps silent"
    elif isinstance(error, urllib3.exceptions.DecodeError):
        words = "is packed in a way that cannot be undone"
    return TransientSourceError(f"{at}: the answer {words}.", source=source, remedy=LATER)


def unreached(error: Exception, source: str, url: str) -> SourceError:
    """Return the failure of a request that brought no answer."""
    at = place(source, url)
    if isinstance(error, requests.exceptions.SSLError):
        message = f"{source}: the certificate of {urlsplit(url).hostname} is not accepted."
        remedy = "Check the address and our clock; name your own authority with `ca_file`."
        return PermanentSourceError(message, source=source, remedy=remedy)
    if isinstance(error, requests.exceptions.Timeout):
        return TransientSourceError(f"{at} keeps silent.", source=source, remedy=LATER)
    if isinstance(error, requests.exceptions.ConnectionError):
        message = f"{at} cannot be reached, or broke off."
        return TransientSourceError(message, source=source, remedy=LATER)
    message = f"{at} cannot be asked ({type(error).__name__})."
    return PermanentSourceError(message, source=source, remedy=ADDRESS)


def pause(stated: str | None) -> float | None:
    """Return the seconds of a Retry-After header: a number or a date; None when neither."""
    if stated is None:
        return None
    if re.fullmatch(r"[0-9]+", stated.strip()):
        return float(stated)
    until = instant(stated)
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until else None


def instant(stated: str | None) -> datetime | None:
    """Return the instant a header states; None when it states none."""
    try:
        found = email.utils.parsedate_to_datetime(stated or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def trusted(source: str, settings: Rest) -> str | None:
    """Return the file of authorities to trust; None: the usual ones.

    Raises:
        PermanentSourceError: It is not there.
    """
    if settings.ca_file is None or settings.ca_file.is_file():
        return None if settings.ca_file is None else str(settings.ca_file)
    message = f"{source}: there is no file {settings.ca_file}."
    raise PermanentSourceError(
        message, source=source, remedy=f"Correct sources.{source}.rest.ca_file."
    )
