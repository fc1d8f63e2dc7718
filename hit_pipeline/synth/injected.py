"""How often each fault was put in, whatever number of files repeats it."""

from collections import defaultdict

from hit_pipeline.synth.dirt.tutors import HR, by_account
from hit_pipeline.synth.plan import Recorded
from hit_pipeline.synth.recording import Records


class Injected:
    """Counts the faults of one zone.

    A fault of an entry of a log, or of a test, counts once however often its file is sent; one of
    a tutor once for every entry of a log whose tutor is written so. Faults of rosters, HR, surveys,
    invoices and whole files count by row.
    """

    def __init__(self, made: Records) -> None:
        self.totals: dict[str, int] = defaultdict(int)
        """Kind to count."""
        for source in made.sources:
            for kind, flags in source.claims.kinds.items():
                self.totals[kind] += int(flags.sum())
            for kind, flags in (source.log.kinds if source.log is not None else {}).items():
                self.totals[kind] += int(flags.sum())
        self._of_tutors = {kind for claims in made.tutors for kind in claims.kinds}
        for source, tutors in zip(made.logs, made.tutors, strict=False):
            if source.log is not None:
                named = by_account(source.log, tutors).tutor
                for kind, flags in tutors.kinds.items():
                    self.totals[kind] += int(flags[named].sum())

    def add(self, one: Recorded) -> None:
        """Count the faults of one sheet that its rows alone bear."""
        counted = set() if one.sheet.source == HR else set(self._of_tutors)
        counted |= one.log.kinds.keys() if one.log is not None else set()
        for kind, flags in one.sheet.faults.items():
            if kind not in counted:
                self.totals[kind] += int(flags.sum())
        for kind, count in one.sheet.missing.items():
            self.totals[kind] += count
