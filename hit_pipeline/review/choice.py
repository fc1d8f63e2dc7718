"""Which cases a steward wants to see, kept in the address of every page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from hit_pipeline.review.desk import State
from hit_pipeline.review.questions import Case

Sorts = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Choice:
    """A filter of the queue; empty text: any.

    Attributes:
        role: Role of the record.
        source: Its source.
        kind: Rule that asks.
        show: ``aside`` for what a steward was unsure of, ``alone`` for records with nobody to
            compare with, ``unmatched`` for those no rule found anybody for, else what waits.
        by: Many at once only: what record and candidate must agree in beside their names.
    """

    role: str = ""
    source: str = ""
    kind: str = ""
    show: str = ""
    by: str = ""

    @classmethod
    def of(cls, stated: Mapping[str, str]) -> "Choice":
        """Take it from the query of an address; what else stands there is left alone."""
        return cls(*(stated.get(name, "") for name in ("role", "source", "kind", "show", "by")))

    @property
    def stated(self) -> list[tuple[str, str]]:
        """What is chosen, as names and values of a form."""
        return [(name, value) for name, value in vars(self).items() if value]

    @property
    def query(self) -> str:
        """The query that states it; empty when everything is wanted."""
        return f"?{urlencode(self.stated)}" if self.stated else ""

    def with_done(self, seq: int) -> str:
        """Return the query with the number of a decision just made."""
        return f"{self.query}{'&' if self.query else '?'}done={seq}"

    def among(self, state: State) -> list[Case]:
        """Return the cases wanted, in the order of harm."""
        return [case for case in self._shown(state) if self._wants(case)]

    def sorts(self, state: State) -> Sorts:
        """Return which roles, sources and kinds there are to choose from."""
        firsts = [case.first for case in self._shown(state)]
        return {
            "role": sorted({one.role for one in firsts}),
            "source": sorted({one.source for one in firsts if one.source}),
            "kind": sorted({one.kind for one in firsts}),
        }

    def _shown(self, state: State) -> Sequence[Case]:
        return {
            "aside": state.aside,
            "alone": state.alone,
            "unmatched": state.unmatched,
        }.get(self.show, state.open)

    def _wants(self, case: Case) -> bool:
        one = case.first
        wanted = ((self.role, one.role), (self.source, one.source), (self.kind, one.kind))
        return all(not asked or asked == has for asked, has in wanted)


def neighbours(cases: Sequence[Case], case: Case) -> tuple[Case | None, Case | None]:
    """Return the cases before and after one in the order of harm, whether or not it is among them.

    Past the end it begins anew; both are None when there is no other.
    """
    others = [one for one in cases if one.id != case.id]
    if not others:
        return None, None
    after = next((one for one in others if one.harm > case.harm), others[0])
    return others[others.index(after) - 1], after
