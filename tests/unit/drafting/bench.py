"""Drafts of files written in a test, and the pipeline's own reading of what came out."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hit_pipeline.drafting.draft import ColumnDraft, Draft, FileDraft, draft
from hit_pipeline.drafting.knowledge import knowledge
from hit_pipeline.drafting.people import Roster
from hit_pipeline.drafting.writing import contract_text, doubts_of
from hit_pipeline.engine import Engine
from hit_pipeline.sources.contract.loading import load_contract
from hit_pipeline.sources.contract.model import Contract
from hit_pipeline.sources.contract.target import Target

NAME = "vendor"


@dataclass(frozen=True)
class Drafted:
    """A draft, the contract it was written as, and what that loads to."""

    draft: Draft
    text: str
    contract: Contract

    @property
    def file(self) -> FileDraft:
        """Its only file."""
        (one,) = self.draft.files
        return one

    @property
    def keys(self) -> Mapping[str, Any]:
        """The only file as it stands in the TOML."""
        files: Mapping[str, Any] = tomllib.loads(self.text)["files"]
        (one,) = files.values()
        return dict(one)

    @property
    def targets(self) -> Mapping[str, Target]:
        """Targets of its only feed."""
        (file,) = self.contract.files.values()
        (feed,) = file.feeds
        return feed.columns

    @property
    def table(self) -> str:
        """The typed table fed."""
        (file,) = self.contract.files.values()
        return file.feeds[0].table

    @property
    def doubts(self) -> list[str]:
        """Everything the draft asks."""
        return [one["doubt"] for one in doubts_of(self.draft)]

    def asks(self, *words: str) -> bool:
        """Say whether one doubt holds all of some words."""
        return any(all(word in doubt for word in words) for doubt in self.doubts)

    def column(self, header: str) -> ColumnDraft:
        """Return what is said of a column of the file."""
        return next(one for one in self.file.columns if one.header == header)


def drafted(
    engine: Engine,
    folder: Path,
    files: Mapping[str, str | bytes],
    roster: Roster | None = None,
    without: Sequence[str] = (),
) -> Drafted:
    """Write files and draft a contract for them; it must load without a mistake."""
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    known = knowledge(without=without)
    made = draft(engine, paths, NAME, roster or Roster(engine), known, folder / "workspace")
    text = contract_text(made)
    (folder / f"{NAME}.toml").write_text(text, encoding="utf-8")
    return Drafted(made, text, load_contract(f"{NAME}.toml", folder))


def csv_text(header: str, *rows: str, delimiter: str = ",") -> str:
    """Return a delimited file from lines written with commas."""
    return "".join(f"{line}\n" for line in (header, *rows)).replace(",", delimiter)
