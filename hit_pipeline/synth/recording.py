"""One zone's files, sheet by sheet: the truth, what each system noted of it, and the faults."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from hit_pipeline.synth.dirt.bundles import is_whole, spoil_bundle
from hit_pipeline.synth.dirt.claims import Claims
from hit_pipeline.synth.dirt.clean import clean_claims, clean_log
from hit_pipeline.synth.dirt.files import spoil_file
from hit_pipeline.synth.dirt.identities import spoil
from hit_pipeline.synth.dirt.kinds import rates
from hit_pipeline.synth.dirt.logs import spoil_log
from hit_pipeline.synth.dirt.people_files import spoil_hr, spoil_survey
from hit_pipeline.synth.dirt.roster import is_rollover, spoil_roster
from hit_pipeline.synth.dirt.strange import name_strangers
from hit_pipeline.synth.dirt.tutors import (
    TutorClaims,
    about_tutors,
    by_account,
    tutor_names,
    with_tutors,
)
from hit_pipeline.synth.plan import Plan, Recorded
from hit_pipeline.synth.systems import (
    brightpath,
    dibels,
    edfi,
    harborlight,
    hr,
    invoices,
    iready,
    lakeside,
    map_growth,
    northstar,
    oneroster,
    plain_files,
    quillwork,
    sis_sql,
    star,
    state_test,
    surveys,
)
from hit_pipeline.synth.systems.log import Log
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.build import build_zone
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.invoices import InvoiceLines, bill
from hit_pipeline.synth.truth.scores import INSTRUMENTS
from hit_pipeline.synth.truth.surveys import Responses, ask
from hit_pipeline.synth.truth.zone import Zone

_VENDORS = (northstar, brightpath, lakeside, harborlight, quillwork)
_TESTS = (map_growth, iready, star, dibels, state_test)


@dataclass(frozen=True)
class Source:
    """A source that identifies pupils by itself: a vendor's log or a test product's results."""

    claims: Claims
    log: Log | None
    entries: Ints


@dataclass(frozen=True)
class Records:
    """A zone, and what vendors and test products say of it.

    Attributes:
        logs: By program: vendors' logs.
        tests: By instrument: results.
        bills: By program: what vendors bill.
        responses: What people answered to surveys.
        tutors: By program, what its vendor writes of tutors; at the end, what HR writes.
    """

    zone: Zone
    logs: list[Source]
    tests: list[Source]
    bills: list[InvoiceLines]
    responses: Responses
    tutors: list[TutorClaims]

    @property
    def sources(self) -> list[Source]:
        """Every source that identifies pupils by itself."""
        return self.logs + self.tests


def record_zone(plan: Plan, number: int) -> Records:
    """Build a zone and what its sources say of it."""
    zone = build_zone(plan.district, number)
    rate = rates(plan.dirt)
    return Records(
        zone=zone,
        logs=[_vendor(zone, at, rate) for at in range(len(_VENDORS))],
        tests=[_test(zone, at, rate) for at in range(len(_TESTS))],
        bills=[bill(zone, at, rate) for at in range(len(_VENDORS))],
        responses=ask(zone),
        tutors=[tutor_names(zone, source, rate) for source in _tutor_sources(zone)],
    )


def _tutor_sources(zone: Zone) -> list[str]:
    return [*(program.source for program in zone.programs), hr.SOURCE]


def _vendor(zone: Zone, program: int, rate: dict[str, float]) -> Source:
    source = zone.programs[program].source
    log, student = spoil_log(zone, clean_log(zone, program), rate)
    day = np.minimum(log.start_local.astype("datetime64[D]"), zone.calendar.days[-1])
    known = np.where(student >= 0, student, 0)
    claims = spoil(zone, clean_claims(zone, source, known, day), day, rate)
    claims = name_strangers(zone, replace(claims, student=student), log)
    return Source(claims, log, np.arange(len(student)))


def _test(zone: Zone, instrument: int, rate: dict[str, float]) -> Source:
    entries = np.flatnonzero(zone.scores.instrument == instrument)
    student, day = zone.scores.student[entries], zone.scores.taken[entries]
    claims = clean_claims(zone, INSTRUMENTS[instrument].name, student, day)
    return Source(spoil(zone, claims, day, rate), None, entries)


def sheets(plan: Plan, records: Records) -> Iterator[Recorded]:
    """Yield everything that is sent about a zone, night by night."""
    after_rollover = False
    for night in plan.nights:
        for sheet in _school_systems(plan, records, night, whole=after_rollover):
            yield Recorded(sheet, night)
        after_rollover = is_rollover(night, rates(plan.dirt))
        yield from _logs(plan, records, night)
        for test, source in zip(_TESTS, records.tests, strict=True):
            for sheet in test.sheets(records.zone, source.entries, source.claims, night):
                yield Recorded(sheet, night, source.claims)
        for sheet in _programs(plan, records, night):
            yield Recorded(sheet, night)


def _logs(plan: Plan, records: Records, night: Night) -> Iterator[Recorded]:
    for vendor, source, tutors in zip(_VENDORS, records.logs, records.tutors, strict=False):
        if source.log is not None:
            zone, log = with_tutors(records.zone, tutors), by_account(source.log, tutors)
            for sheet in vendor.sheets(zone, log, source.claims, night):
                about = about_tutors(sheet, tutors)
                one = Recorded(about, night, source.claims, source.log)
                yield from spoil_file(one, records.zone, plan)


def _programs(plan: Plan, records: Records, night: Night) -> Iterator[Sheet]:
    """Yield what comes of the programs themselves: answers to surveys, and invoices."""
    for sheet in surveys.sheets(records.zone, records.responses, night):
        yield spoil_survey(sheet, records.zone, rates(plan.dirt))
    for lines, source in zip(records.bills, records.logs, strict=True):
        if source.log is not None:
            yield from invoices.sheets(records.zone, lines, source.log, night)


def _school_systems(plan: Plan, records: Records, night: Night, *, whole: bool) -> Iterator[Sheet]:
    """Yield what the district's own systems send on a night.

    OneRoster comes as a bulk at first, with every new month and after a malformed bundle, between
    them as a delta. The plain
    files are saved queries of the first night of a month and of the last. Both come whole, too,
    on the night after a roll-over.
    """
    zone, rate = records.zone, rates(plan.dirt)
    new_month = night.is_first or night.is_last or _month(night.today) != _month(night.before)
    whole |= new_month
    yield from _bundles(plan, zone, night, whole=whole)
    if whole:
        for sheet in plain_files.sheets(zone, night):
            yield spoil_roster(sheet, night, zone, rate)
    if new_month:
        for sheet in hr.sheets(with_tutors(zone, records.tutors[-1]), night):
            yield spoil_hr(about_tutors(sheet, records.tutors[-1]), zone, rate)
    if night.is_last:
        for form, make in (("sql", sis_sql.sheets), ("edfi", edfi.sheets)):
            for sheet in make(zone, night) if form in plan.systems else ():
                yield spoil_roster(sheet, night, zone, rate)


def _bundles(plan: Plan, zone: Zone, night: Night, *, whole: bool) -> Iterator[Sheet]:
    make = oneroster.bulk if is_whole(plan, night, due=whole) else oneroster.delta
    for nth, version in enumerate(_oneroster_versions(plan)):
        for sheet in make(zone, night, version=version):
            spoilt = spoil_roster(sheet, night, zone, rates(plan.dirt))
            sent = spoil_bundle(spoilt, night, zone, plan)
            yield replace(sent, source=f"{sheet.source}_{nth + 1}") if nth else sent


def _oneroster_versions(plan: Plan) -> list[str]:
    """Return the versions asked for; a second one goes to a folder of its own."""
    forms = {"oneroster": "1.2", "oneroster_1p1": "1.1"}
    return [forms[form] for form in plan.systems if form in forms]


def _month(day: np.datetime64) -> np.datetime64:
    return day.astype("datetime64[M]")
