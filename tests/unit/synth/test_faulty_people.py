"""What a whole zone's files and key say of the roll-over, and of tutors."""

from collections import Counter

import pytest

from hit_pipeline.synth import key
from hit_pipeline.synth.injected import Injected
from hit_pipeline.synth.plan import Plan, Recorded
from hit_pipeline.synth.recording import Records, record_zone, sheets
from hit_pipeline.synth.truth.build import District

DATES = ("2026-06-20", "2026-06-27", "2026-07-04", "2026-07-11", "2026-07-18")
STAMPS = tuple(date.replace("-", "") for date in DATES)
PLAN = Plan(District(5, 300, 3), "typical", "weekly", ("oneroster",), DATES)


@pytest.fixture(scope="module")
def records() -> Records:
    return record_zone(PLAN, 0)


@pytest.fixture(scope="module")
def recorded(records: Records) -> list[Recorded]:
    return list(sheets(PLAN, records))


def _pupils(recorded: list[Recorded], name: str) -> list[int]:
    """Return, night by night, how many rows about pupils the files of a name have."""
    found = Counter({one.night.stamp: 0 for one in recorded})
    for one in recorded:
        of_district = one.sheet.source in ("sis", "sis_files")
        if of_district and name in one.sheet.file and one.sheet.role == "student":
            found[one.night.stamp] += one.sheet.rows.num_rows
    return [found[stamp] for stamp in STAMPS]


def test_the_night_after_the_roll_over_has_everybody_again(recorded: list[Recorded]) -> None:
    before, delta, rolled, healed, again = _pupils(recorded, ".zip/users.csv")
    assert delta < before / 4
    assert rolled < before / 2
    assert healed > before * 0.9
    assert again > before * 0.9
    _, none, left, whole, last = _pupils(recorded, "students_2026")
    assert none == 0
    assert left < whole / 2
    assert whole == last


def test_the_manifest_says_what_the_bundle_of_that_night_is(recorded: list[Recorded]) -> None:
    modes = {}
    for one in recorded:
        if one.sheet.file.endswith("manifest.csv"):
            rows = dict(zip(*one.sheet.rows.to_pydict().values(), strict=True))
            modes[one.night.stamp] = rows["file.users"]
    assert modes == dict(zip(STAMPS, ("bulk", "delta", "bulk", "bulk", "bulk"), strict=True))


def test_the_key_has_one_line_per_source_and_tutor_and_one_per_second_account(
    records: Records,
) -> None:
    zone = records.zone
    lines = key.tutor_claims(zone, records.tutors).to_pylist()
    seen = Counter((line["source"], line["tutor_person_id"]) for line in lines)
    for at, program in enumerate(zone.programs):
        works = zone.tutors.person[zone.tutors.vendors >> at & 1 == 1].tolist()
        assert {person for source, person in seen if source == program.source} == set(works)
    assert {person for source, person in seen if source == "hr"} == set(zone.tutors.person.tolist())
    second = Counter(
        (line["source"], line["tutor_person_id"])
        for line in lines
        if line["kind"] == "tutor_two_ids"
    )
    assert seen == Counter(dict.fromkeys(seen, 1)) + second


def test_a_fault_of_a_tutor_counts_by_entry_of_a_log_and_row_of_hr(
    records: Records, recorded: list[Recorded]
) -> None:
    counted, expected = Injected(records), Counter[str]()
    for one in recorded:
        counted.add(one)
        if one.sheet.source == "hr":
            expected.update({kind: int(flags.sum()) for kind, flags in one.sheet.faults.items()})
    for source, tutors in zip(records.logs, records.tutors, strict=False):
        assert source.log is not None
        accounts: dict[int, list[int]] = {}
        for account, tutor in enumerate(tutors.tutor.tolist()):
            accounts.setdefault(tutor, []).append(account)
        for tutor, start in zip(source.log.tutor.tolist(), source.log.start_local, strict=True):
            first, *second = accounts[tutor]
            again = [at for at in second if tutors.since[at] <= start.astype("datetime64[D]")]
            named = (again or [first])[0]
            expected.update(kind for kind, flags in tutors.kinds.items() if flags[named])
    told = {kind: n for kind, n in counted.totals.items() if kind.startswith("tutor_") and n}
    assert told == {kind: n for kind, n in expected.items() if kind.startswith("tutor_") and n}
    assert len(told) > 3


def test_a_row_about_a_tutor_is_about_a_human_of_the_key(
    records: Records, recorded: list[Recorded]
) -> None:
    humans = set(records.zone.tutors.person.tolist())
    for one in recorded:
        if one.sheet.role == "tutor":
            named = set(one.sheet.person[one.sheet.person >= 0].tolist())
            assert named <= humans
