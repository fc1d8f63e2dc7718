"""A roster delivered night after night, typed and made into spells: one by one or all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.conform import received
from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.enrollments import school_enrollment
from hit_pipeline.conform.roster import term
from hit_pipeline.conform.schools import school
from hit_pipeline.conform.typed import build_source
from hit_pipeline.engine import Engine
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.sources.contract.model import Contract
from tests.unit.conform.roster_bench import Bench, Row
from tests.unit.conform.typing_bench import TypingBench, delimited

HEADERS = ("Number", "School", "Entry", "Exit", "Grade", "Last")
STUDENTS: dict[str, Any] = {
    "table": "typed_student",
    "columns": {
        "student_id_district": {"from": "Number"},
        "student_family_name": {"from": "Last"},
        "school_id_source": {"from": "School"},
        "entry_date": {"from": "Entry", "formats": ["%Y-%m-%d"]},
        "exit_date": {"from": "Exit", "formats": ["%Y-%m-%d"]},
        "grade": {"from": "Grade"},
    },
}
PLAIN = delimited(
    HEADERS,
    STUDENTS,
    natural_key=["Number", "School", "Entry"],
    optional_key=["School", "Entry"],
    absence="removed",
)
SESSION = (date(2026, 8, 17), date(2027, 5, 28))
YEAR = "2026-27"
Cells = Mapping[str, str | None]
Files = Mapping[str, Sequence[Cells]]


def pupil(school_id: str = "A", number: str = "7", **more: str) -> Cells:
    """Return the row of a pupil: ``entry``, ``exit``, ``grade`` and ``last`` name may be given."""
    told = {"Number": number, "School": school_id, "Last": "Doe"}
    return told | {name.capitalize(): value for name, value in more.items()}


class _Lake(Bench):
    """A lake of its own for one way of building."""

    def context(self, year: str | None = None) -> BuildContext:
        """Return the context of a build on the day after the last delivery."""
        context = super().context(year)
        newest = max(one.received_at for one in self.deliveries)
        return replace(context, now=newest + timedelta(days=1))


_STUDENT_TABLES = ("typed_student", "typed_former_student")


@dataclass
class SpellsBench:
    """One source ``s`` that delivers a roster; schools A, B, C and the session are another's.

    Attributes:
        engine: The engine.
        folder: Where lake and landed files lie.
        contract: The roster's; None: the plain one above.
        nights: Its deliveries, in the order of arrival.
        session: First and last day of the school year session; None: no term is known.
    """

    engine: Engine
    folder: Path
    contract: Contract | None = None
    nights: list[Delivery] = field(default_factory=list)
    session: tuple[date, date] | None = SESSION

    def deliver(
        self, day: date, files: Files, *, malformed: int = 0, status: str = "landed"
    ) -> None:
        """Land a delivery received on a day."""
        landing = TypingBench(self.engine, self.folder, {}, list(self.nights))
        landed = [landing.file(name, rows, ["torn"] * malformed) for name, rows in files.items()]
        landing.deliver(*landed, status=status)
        noon = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
        told = {**vars(landing.deliveries[-1]), "received_at": noon, "received_date": day}
        self.nights.append(Delivery(**told))

    def roster(self, day: date, *rows: Cells, malformed: int = 0, status: str = "landed") -> None:
        """Land a plain roster received on a day."""
        self.deliver(day, {"students": rows}, malformed=malformed, status=status)

    def spells(self, *years: str, lake: str = "once", upto: int | None = None) -> list[Row]:
        """Type what was landed, and return the spells of years as a night builds them."""
        bench = _Lake(self.engine, self.folder / lake, {})
        bench.sources = {
            "s": {"adapter": "files", "contract": "plain_files", "kind": "roster"},
            "orgs": {"adapter": "files", "contract": "plain_files", "kind": "completion"},
        }
        nights = self.nights[:upto]
        bench.deliveries += nights
        bench.deliver("orgs", "o1", datetime(2026, 7, 1, tzinfo=UTC))
        bench.typed("orgs", "typed_school", [{"school_id_source": one} for one in "ABC"], "o1")
        if self.session is not None:
            whole = {"term_id_source": "y", "term_type": "school_year"}
            first, last = self.session
            bench.typed(
                "orgs", "typed_term", [whole | {"start_date": first, "end_date": last}], "o1"
            )
        plain = Contract.model_validate(
            {"id": "s", "version": 1, "title": "S", "files": {"students": PLAIN}}
        )
        known = [one for one in bench.deliveries if one.status == "landed"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(received, "deliveries", lambda _lake: known)
            build_source(bench.context(), "s", nights, self.contract or plain)
            for table in _STUDENT_TABLES:
                bench.know("student", "district", tables=(table,))
            bench.promote(school)
            bench.promote(term)
            return [
                row for year in years or (YEAR,) for row in bench.promote(school_enrollment, year)
            ]

    def night_by_night(self, *years: str) -> list[Row]:
        """Return the spells after as many nights as there were deliveries, one lake for all."""
        for upto in range(1, len(self.nights)):
            self.spells(*years, lake="nightly", upto=upto)
        return self.spells(*years, lake="nightly")
