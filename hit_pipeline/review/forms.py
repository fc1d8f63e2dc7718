"""What a form sent: read within limits, refused when it lacks the secret of the session."""

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

from hit_pipeline.review.guard import is_secret

FORM = "form"
"""Every form has it."""
MOST_BYTES = 4 * 2**20
MOST_FIELDS = 50_000
MOST_NOTE = 1_000
"""Characters of a note."""

Sent = dict[str, list[str]]


async def sent(request: Request, secret: str) -> Sent:
    """Return the fields of a form.

    Raises:
        HTTPException: It is too long, not a form, or does not carry the secret.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long.")
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:  # not UTF-8, or too many fields
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The form cannot be read.") from None
    if not is_secret(one(fields, FORM), secret):
        words = "The form is of an earlier start of hit review. Go back to the queue."
        raise HTTPException(HTTPStatus.FORBIDDEN, words)
    return fields


def one(fields: Sent, name: str) -> str | None:
    """Return the only value of a field; None when it is missing, blank or there are several."""
    values = fields.get(name, [])
    return values[0].strip() or None if len(values) == 1 else None


def note(fields: Sent) -> str | None:
    """Return the note of a form.

    Raises:
        HTTPException: It is longer than `MOST_NOTE`.
    """
    text = one(fields, "note")
    if text is not None and len(text) > MOST_NOTE:
        words = f"A note has at most {MOST_NOTE:,} characters."
        raise HTTPException(HTTPStatus.BAD_REQUEST, words)
    return text
