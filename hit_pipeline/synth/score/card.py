"""The scorecard: every section of it, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hit_pipeline.synth.score import dosage, faults, links, minutes, tutors
from hit_pipeline.synth.score.answers import find_answers
from hit_pipeline.synth.score.deliveries import coverage, fates, find_files
from hit_pipeline.synth.score.tables import Row, Tables, open_tables


@dataclass(frozen=True)
class Section:
    """One table of the scorecard.

    Attributes:
        name: Key of the section in JSON.
        title: What its table is called.
    """

    name: str
    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Scorecard:
    """A release held against the answer key.

    Attributes:
        release: Name of the release.
    """

    release: str
    sections: Sequence[Section]

    def as_json(self) -> Mapping[str, object]:
        """Return it as JSON holds it: the release's name, then each section by name."""
        return {"release": self.release, **{one.name: list(one.rows) for one in self.sections}}


def score(folder: Path) -> Scorecard:
    """Score the current release of a district made by the generator.

    Args:
        folder: Folder of the district, with ``lake``, ``inbox`` and ``key``; only read.

    Raises:
        NothingToScore: There is no release or no key.
    """
    with open_tables(folder) as tables:
        find_files(tables)
        find_answers(tables)
        return Scorecard(tables.release, [*_who(tables), *_what(tables), *_files(tables)])


def _who(tables: Tables) -> list[Section]:
    return [
        Section("students", "Links of students", links.student_links(tables)),
        Section("students_by_source", "Student records by source", links.links_by_source(tables)),
        Section("students_by_fault", "Student records by fault", links.links_by_fault(tables)),
        Section("tutors", "Tutors", tutors.tutors(tables)),
    ]


def _what(tables: Tables) -> list[Section]:
    exact, by_cause = minutes.exact_seats(tables), minutes.causes(tables)
    return [
        Section("minutes", "Minutes", minutes.minute_figures(exact, by_cause)),
        Section("seats", "Seats with exact minutes by source", exact),
        Section("minute_errors", "Seconds present by source", minutes.minute_errors(tables)),
        Section("unnamed", "Seats that no row names by source", minutes.unnamed_seats(tables)),
        Section("strangers", "Participants that are no seat", minutes.strangers(tables)),
        Section("lost_minutes", "Planned seconds by true cause", by_cause),
        Section("lost_minutes_confused", "Seconds in a wrong bucket", minutes.confusion(tables)),
        Section("dosage", "Dosage by student, program and term", dosage.dosage(tables)),
        Section("dosage_by_rule", "Dosage by rule", dosage.dosage_by_rule(tables)),
        Section("bands", "Bands and floors of dosage by rule", dosage.bands(tables)),
        Section("faults", "Planted faults", faults.faults(tables)),
        Section("warnings", "Warnings of the release", faults.warnings(tables)),
        Section("overbilling", "Overbilling", dosage.overbilling(tables)),
    ]


def _files(tables: Tables) -> list[Section]:
    return [
        Section("coverage", "Files and rows by source", coverage(tables)),
        Section("fates", "Fates of rows", fates(tables)),
    ]
