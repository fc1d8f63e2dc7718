"""Manners of OneRoster servers met in the field, to be switched on in a service of our own."""

from dataclasses import dataclass, field


@dataclass
class Manners:
    """How a server behaves; as it stands it keeps the binding.

    Attributes:
        base: Path below which its resources are.
        total: Added to the X-Total-Count it states; None: it states none.
        counts_all: The total is that of every row, whatever the filter.
        link: ``none``; ``right``; ``wrong``: by the limit asked for; ``elsewhere``: of another
            host; ``token``: without an offset, and offsets mean nothing.
        most: The largest page it gives, whatever is asked for.
        past_end: What stands past the end: ``empty``, ``missing`` (404), ``last``, ``first``.
        offset: False: it is ignored.
        limit: False: it is ignored.
        sort: ``honoured``, ``ignored``, ``refused`` (400).
        order: ``fixed`` or ``changing``, where it is not sorted.
        filter: ``honoured``, ``ignored``, ``refused`` (400), ``nothing`` or ``fails`` (500).
        keys: Key of a page's list in place of the resource's name.
        nulls: Absent fields are written as null.
        missing: Resources it does not have.
        forbidden: Resources nobody may see.
        scopes: Scopes a token may be asked for; None: none is looked at.
        together: False: a token is not given for demographics and more.
        granted: Scope named in the answer whatever was asked for; None: none.
        token_lasts: Requests a token lasts for.
        auth: ``none``, ``oauth2`` or ``oauth1``.
        busy: Every so many requests are answered with 429; 0: none.
        broken: Answers to the n-th requests, by number: a status and body, or ``cut``.
    """

    base: str = "/ims/oneroster/rostering/v1p2"
    total: int | None = 0
    counts_all: bool = False
    link: str = "none"
    most: int = 10**9
    past_end: str = "empty"
    offset: bool = True
    limit: bool = True
    sort: str = "honoured"
    order: str = "fixed"
    filter: str = "honoured"
    keys: dict[str, str] = field(default_factory=dict)
    nulls: bool = False
    missing: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    together: bool = True
    granted: str | None = None
    token_lasts: int = 10**9
    auth: str = "none"
    busy: int = 0
    broken: dict[int, tuple[int, bytes] | str] = field(default_factory=dict)
