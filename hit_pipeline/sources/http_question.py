"""One request to a web service, before it is signed and sent; its text shows the path only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Question:
    """One request.

    Attributes:
        method: ``GET``, or ``POST`` for a search.
        path: Path below the service's address, or a whole address on its host.
        query: Parameters of the query.
        body: Body of a POST, as JSON; None: none.
        headers: Headers of this request.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
