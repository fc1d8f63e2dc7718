"""What else speaks for or against two accounts being one tutor, beside names and schools.

Each piece is a code and a weight: the natural logarithm of how much likelier it is of one human
than of two. The weights are common sense, held within bounds; only what an employer's list says of
a vendor's log is learned: from the tutors found in both, and from those whose names make it likely.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from hit_pipeline.identity.tutors.accounts import Accounts
from hit_pipeline.identity.tutors.work import Pairs, Shared, Work

Piece = tuple[str, float]

_HELD = 5.0
"""Tutors an employer must have in a log until its own share counts as much as that of all."""
_MOST = 2.5
_TOLD = 0.5
"""Least weight of an employer that is told, either way."""
_AFTER, _BESIDE = math.log(0.95 / 0.2), math.log(0.05 / 0.8)
"""Of two accounts of one log that work one after the other, or at the same time."""
_MIXED = 0.05
"""Greatest share of common days of accounts that follow each other, inclusive."""
_FEW_DAYS = 5
_TWO_ROOMS = -5.0
_ROOMS, _FEW_ROOMS = 0.2, 3
"""Least share and number of sessions at one time that no slip of a log explains, inclusive."""
_TWO_MAILBOXES = -3.0


@dataclass(frozen=True)
class Beside:
    """What is known of all accounts beside names.

    Attributes:
        work: Their work.
        leanings: Employer -> log -> how much likelier its tutors are in that log than others, as a
            logarithm.
        mailboxes: Account -> source -> e-mail addresses.
    """

    work: Work
    leanings: dict[str, dict[str, float]]
    mailboxes: dict[str, dict[str, set[str]]]

    @classmethod
    def of(cls, accounts: Accounts, work: Work, likely: Pairs) -> "Beside":
        """Gather it.

        Args:
            accounts: The accounts.
            work: Their work.
            likely: Pairs that are rather one tutor than two, by what they are called.
        """
        mailboxes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in accounts.stated:
            if row["id_email"] and row["record"] in accounts.records:
                account = accounts.records[row["record"]]
                mailboxes[account][row["source"]].add(row["id_email"].lower())
        return cls(work, _leanings(work, likely), mailboxes)

    def pieces(self, left: str, right: str) -> list[Piece]:
        """Return what is to be said of two accounts."""
        found = [
            self._employer(left, right),
            _accounts(self.work.days.get((left, right))),
            _rooms(self.work.rooms.get((left, right))),
            self._mailboxes(left, right),
        ]
        return [one for one in found if one is not None]

    def _employer(self, left: str, right: str) -> Piece | None:
        """Compare the employers one is listed under with the logs the other is named in.

        Where both are listed, or both are logged, the lists may say different things of one human.
        """
        employers, logs = self.work.employers, self.work.logs
        if bool(employers.get(left)) == bool(employers.get(right)):
            return None
        listed, logged = (left, right) if employers.get(left) else (right, left)
        weights = [
            self.leanings[employer][log]
            for employer in employers[listed]
            for log in logs.get(logged, ())
            if log in self.leanings.get(employer, {})
        ]
        weight = max(weights, default=0.0)
        if abs(weight) < _TOLD:
            return None
        return f"employer={'same' if weight > 0 else 'other'}", weight

    def _mailboxes(self, left: str, right: str) -> Piece | None:
        """Compare the addresses one and the same source states of both."""
        mine, theirs = self.mailboxes.get(left, {}), self.mailboxes.get(right, {})
        both = [source for source in mine if source in theirs]
        if not both or any(mine[source] & theirs[source] for source in both):
            return None
        return "mailbox=other", _TWO_MAILBOXES


def _leanings(work: Work, likely: Pairs) -> dict[str, dict[str, float]]:
    """Learn in which logs the tutors of an employer are named more often than others."""
    logs = {account: set(work.logs.get(account, ())) for account in work.employers}
    for pair in likely:
        for one, other in (pair, pair[::-1]):
            if one in logs and other not in logs:
                logs[one] |= work.logs.get(other, set())
    logged = [account for account in sorted(logs) if logs[account]]
    every = Counter(log for account in logged for log in logs[account])
    by_employer: dict[str, list[str]] = defaultdict(list)
    for account in logged:
        for employer in work.employers[account]:
            by_employer[employer].append(account)
    leanings: dict[str, dict[str, float]] = {}
    for employer, members in by_employer.items():
        seen = Counter(log for account in members for log in logs[account])
        leanings[employer] = {}
        for log, count in every.items():
            usual = count / len(logged)
            share = (seen[log] + _HELD * usual) / (len(members) + _HELD)
            leanings[employer][log] = max(-_MOST, min(_MOST, math.log(share / usual)))
    return leanings


def _accounts(days: Shared | None) -> Piece | None:
    if days is None or days.least < _FEW_DAYS:
        return None
    if days.both <= _MIXED * days.least:
        return "account=next", _AFTER
    return "account=beside", _BESIDE


def _rooms(rooms: Shared | None) -> Piece | None:
    if rooms is None or rooms.both < _FEW_ROOMS or rooms.both < _ROOMS * rooms.least:
        return None
    return "room=other", _TWO_ROOMS
