"""How the columns of a file changed since the delivery before."""

from collections.abc import Sequence

from hit_pipeline.landing.delivery import Finding, LandedFile


def drift(before: LandedFile, now: LandedFile) -> list[Finding]:
    """Compare a file with the same file of the newest earlier delivery.

    A column is the same when it has the same name in the rows: one that is only written
    differently, or by another alias of the contract, is renamed.

    Returns:
        Findings ``drift.new_column``, ``drift.missing_column`` (a warning), ``drift.renamed``, one
        for each column, and ``drift.reordered``, one with the number of columns that moved.
    """
    old, new = _by_name(before), _by_name(now)
    kept = [name for name in new if name in old]
    found = [
        Finding(now.file, "drift.new_column", "info", 1, f"{new[name]!r} is new", name)
        for name in new
        if name not in old
    ]
    found += [
        Finding(now.file, "drift.missing_column", "warning", 1, f"{old[name]!r} is gone", name)
        for name in old
        if name not in new
    ]
    found += [
        Finding(now.file, "drift.renamed", "info", 1, f"{old[name]!r} is now {new[name]!r}", name)
        for name in kept
        if old[name] != new[name]
    ]
    moved = _moved([name for name in old if name in new], kept)
    if moved:
        detail = f"{moved} columns stand in another order"
        found.append(Finding(now.file, "drift.reordered", "info", moved, detail))
    return found


def _by_name(file: LandedFile) -> dict[str, str]:
    return dict(zip(file.columns or file.header, file.header, strict=True))


def _moved(before: Sequence[str], now: Sequence[str]) -> int:
    return sum(one != other for one, other in zip(before, now, strict=True))
