"""Who is one person: merges in force as edges between keys, and the key each group lives on as.

Nothing here reads a database. Merges are never folded into each other: taking one back leaves the
others as they were decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

Pair = frozenset[str]
"""Two keys, in no order."""


@dataclass
class Merges:
    """The merges in force of one role.

    Attributes:
        ages: Entry each merged person was made by; more people may be in it.
        beside: Per key those it is merged with directly.
    """

    ages: dict[str, int]
    beside: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[tuple[str, str, str]], ages: dict[str, int]) -> "Merges":
        """Return the merges in force after ``old_key, new_key, what``, oldest event first."""
        merges = cls(ages)
        for old, new, what in events:
            merges.apply(frozenset((old, new)), what)
        return merges

    def __contains__(self, pair: Pair) -> bool:
        """Return whether two people are merged directly."""
        one, other = pair
        return other in self.beside.get(one, ())

    def apply(self, pair: Pair, what: str) -> None:
        """Take over one event: ``merge`` or ``split``; one that changes nothing is passed over."""
        for key in pair:
            (other,) = pair - {key}
            if what == "merge":
                self.beside.setdefault(key, set()).add(other)
            else:
                self.beside.get(key, set()).discard(other)

    def oriented(self, pair: Pair) -> tuple[str, str]:
        """Return a pair as old key and new key: the new one is the key of the older person."""
        new, old = sorted(pair, key=self._age)
        return old, new

    def survivors(self) -> dict[str, str]:
        """Return the key each merged person lives on as; nobody who lives on under the own key.

        The oldest of a group survives; of those as old, the one with the smallest key.
        """
        survivors: dict[str, str] = {}
        seen: set[str] = set()
        for key in self.beside:
            if key not in seen:
                group = self.group_of(key)
                seen |= group
                oldest = min(group, key=self._age)
                survivors |= dict.fromkeys(group - {oldest}, oldest)
        return survivors

    def survivor(self, key: str) -> str:
        """Return the key one person lives on as."""
        group = self.group_of(key)
        return min(group, key=self._age) if len(group) > 1 else key

    def group_of(self, key: str, *, without: Pair = frozenset()) -> set[str]:
        """Return every key that is the same person, itself included.

        Args:
            key: Whose.
            without: A merge to be passed over.
        """
        group: set[str] = set()
        waiting = {key}
        while waiting:
            one = waiting.pop()
            group.add(one)
            waiting |= {
                other
                for other in self.beside.get(one, ())
                if other not in group and frozenset((one, other)) != without
            }
        return group

    def _age(self, key: str) -> tuple[int, str]:
        return self.ages[key], key
