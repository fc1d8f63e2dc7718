"""Names of files that go out: refused before anything is done."""

from pathlib import Path

from hit_pipeline.errors import HitError


def refuse_taken_name(out: Path, *suffixes: str) -> None:
    """Refuse a name that is taken, in no folder or of another kind of file.

    Args:
        out: The file to write.
        suffixes: What its name may end in; nothing: ``.xlsx``.
    """
    kinds = suffixes or (".xlsx",)
    if out.suffix.lower() not in kinds:
        message = f"{out.name} is no name of such a file"
        raise HitError(message, remedy=f"Let it end in {' or '.join(kinds)}.")
    if out.exists():
        message = f"{out.name} is there already: it may hold what somebody filled in"
        raise HitError(message, remedy="Name another file, or move it away.")
    if not out.resolve().parent.is_dir():
        message = f"there is no folder {out.resolve().parent}"
        raise HitError(message, remedy="Make it first.")
