"""Holding: a roster that would lose or change too many people waits for somebody's word."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.typed import build_source
from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.collect import collect
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.landing.hold import approval, approve
from hit_pipeline.landing.store import deliveries
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings import District
from tests.unit.sources.asked import NIGHT

CONTRACT = """
id = "list"
version = 1
title = "A list of students"
bare_id_system = "district"
[files.students]
pattern = "students*.csv"
natural_key = ["number"]
delivers = "full"
absence = "removed"
columns = [{ name = "number", required = true }, { name = "family" }, { name = "status" }]
[[files.students.feeds]]
table = "typed_student"
[files.students.feeds.columns]
student_id_district = { from = "number" }
student_family_name = { from = "family" }
"""


@dataclass
class Desk:
    """A district whose list of students is dropped night after night."""

    engine: Engine
    folder: Path
    kind: str = "roster"
    hold: dict[str, Any] = field(default_factory=dict)
    blackouts: list[dict[str, Any]] = field(default_factory=list)
    now: datetime = NIGHT

    def __post_init__(self) -> None:
        (self.folder / "list.toml").write_text(CONTRACT, encoding="utf-8")

    @property
    def district(self) -> District:
        source = {"adapter": "files", "kind": self.kind, "contract": "list.toml", "hold": self.hold}
        return District.model_validate(
            {
                "folder": self.folder,
                "district": {"name": "Alder", "time_zone": "America/Chicago"},
                "lake": {"settle_seconds": 0},
                "sources": {"sis": source},
                "blackouts": self.blackouts,
            }
        )

    @property
    def lake(self) -> Lake:
        return Lake.open(self.district.lake_path)

    def drop(self, numbers: range, *, family: str = "Noor", status: str = "active") -> Delivery:
        """Land a list of students; return the delivery it became."""
        self.now += timedelta(days=1)
        inbox = self.folder / "inbox" / "sis"
        inbox.mkdir(parents=True, exist_ok=True)
        lines = [f"{number:04d},{family},{status}\n" for number in numbers]
        name = f"students_{self.now:%Y%m%d}.csv"
        (inbox / name).write_text("number,family,status\n" + "".join(lines), encoding="utf-8")
        with self._context() as context:
            collect(context, "sis", context.today)
        return max(deliveries(self.lake, "sis"), key=lambda one: one.received_at)

    def students(self) -> int:
        """Return how many students the typed table holds after another run."""
        with self._context() as context:
            build_source(context, "sis", deliveries(context.lake, "sis"))
            return int(self.engine.scalar(context.typed("typed_student").count()))

    @contextmanager
    def _context(self) -> Iterator[BuildContext]:
        with Registry.open(f"sqlite:///{self.folder / 'registry.db'}") as registry:
            yield BuildContext(self.engine, self.lake, self.district, registry, self.now)


@pytest.fixture
def desk(shared_engine: Engine, tmp_path: Path) -> Desk:
    return Desk(shared_engine, tmp_path)


def test_a_roster_that_loses_two_fifths_is_held_and_removes_nobody(desk: Desk) -> None:
    assert desk.drop(range(100)).status == "landed"
    held = desk.drop(range(60))
    assert (held.status, held.refused_rule) == ("held", "hold.removed_share")
    assert "40 of 100 people" in str(held.refused_message)
    assert desk.students() == 100


def test_the_share_itself_is_still_let_through(desk: Desk) -> None:
    desk.drop(range(100))
    assert desk.drop(range(80)).status == "landed"
    assert desk.students() == 80


def test_an_approval_lets_it_go_on_and_says_who_and_why(desk: Desk) -> None:
    desk.drop(range(100))
    held = desk.drop(range(60))
    approve(held, "D. Registrar", "a school left the district", desk.now)
    (now,) = [one for one in deliveries(desk.lake, "sis") if one.delivery_id == held.delivery_id]
    assert (now.status, now.refused_rule) == ("landed", None)
    assert desk.students() == 60
    said = approval(held.folder)
    assert said is not None
    assert (said["by"], said["reason"]) == ("D. Registrar", "a school left the district")


def test_the_whole_roster_of_the_next_night_is_landed_beside_a_held_one(desk: Desk) -> None:
    desk.drop(range(100))
    desk.drop(range(10))
    assert desk.drop(range(101)).status == "landed"
    assert desk.students() == 101


def test_what_is_held_is_compared_with_what_was_accepted_not_with_what_is_held(desk: Desk) -> None:
    desk.drop(range(100))
    assert desk.drop(range(60)).status == "held"
    assert desk.drop(range(59)).status == "held"


def test_a_roster_that_changes_nearly_everybody_is_held(desk: Desk) -> None:
    desk.drop(range(100))
    assert desk.drop(range(100), family="Other").refused_rule == "hold.changed_share"


def test_a_status_alone_is_no_change(desk: Desk) -> None:
    desk.drop(range(100))
    assert desk.drop(range(100), status="enrolled").status == "landed"


def test_few_people_are_not_looked_at(desk: Desk) -> None:
    desk.drop(range(40))
    assert desk.drop(range(4)).status == "landed"


def test_shares_are_the_districts(desk: Desk) -> None:
    desk.hold = {"removed_share": 0.5}
    desk.drop(range(100))
    assert desk.drop(range(60)).status == "landed"


def test_no_other_kind_of_source_is_held(shared_engine: Engine, tmp_path: Path) -> None:
    desk = Desk(shared_engine, tmp_path, kind="completion")
    desk.drop(range(100))
    assert desk.drop(range(10)).status == "landed"


def test_everything_of_a_roster_is_held_within_a_blackout_its_last_day_included(desk: Desk) -> None:
    day = (desk.now + timedelta(days=1)).date()
    desk.blackouts = [{"start": date(2026, 6, 1), "end": day, "reason": "roll-over"}]
    held = desk.drop(range(100))
    assert (held.status, held.refused_rule) == ("held", "hold.blackout")
    assert "roll-over" in str(held.refused_message)
    assert desk.drop(range(101)).status == "landed"


def test_no_cell_is_told(desk: Desk) -> None:
    desk.drop(range(100), family="Quirke")
    held = desk.drop(range(50), family="Quirke")
    assert "Quirke" not in str(held.refused_message)
