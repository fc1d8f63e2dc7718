"""One request to a web service, before it is signed and sent; its text shows the method only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HIDDEN = "***"
"""What errors show in place of a part of a path that came from a row."""


@dataclass(frozen=True)
class Question:
    """One request.

    Attributes:
        method: ``GET``, or ``POST`` for a search.
        path: Path below the service's address, or a whole address on its host.
        query: Parameters of the query.
        body: Body of a POST, as JSON; None: none.
        headers: Headers of this request.
        hidden: Parts of the path that came from rows and may be a pupil's; no error tells them.
    """

    method: str
    path: str = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)

    def shown(self, url: str) -> str:
        """Return an address with `HIDDEN` in place of what may be a pupil's."""
        for part in filter(None, self.hidden):
            url = url.replace(f"/{part}", f"/{HIDDEN}")
        return url
