from dataclasses import replace

import numpy as np
import pytest

from hit_pipeline.synth.dirt.kinds import KINDS, rates
from hit_pipeline.synth.dirt.people_files import spoil_hr, spoil_survey
from hit_pipeline.synth.nightly import nights
from hit_pipeline.synth.systems import hr, surveys
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.names import nicknames
from hit_pipeline.synth.truth.surveys import ask
from hit_pipeline.synth.truth.zone import Zone

Row = dict[str, str | None]
NONE = rates("none")
EVERY_HR = NONE | {"hr_ref_blank": 0.3, "hr_two_refs": 0.3}
EVERY_SURVEY = NONE | {"survey_id_mistyped": 0.3, "survey_nickname": 0.9}
WEEKLY = nights("weekly", 1)
LAST, EARLIER = WEEKLY[-1], WEEKLY[20]


def _rows(sheet: Sheet) -> list[Row]:
    return list(sheet.rows.to_pylist())


def _marked(sheet: Sheet, kind: str) -> list[int]:
    flags = sheet.faults.get(kind, np.zeros(sheet.rows.num_rows, dtype=bool))
    return np.flatnonzero(flags).tolist()


def _hr(zone: Zone, night: Night) -> tuple[Sheet, Sheet]:
    tutors, trainings = hr.sheets(zone, night)
    return tutors, trainings


@pytest.fixture(scope="module")
def answers(zone: Zone) -> list[Sheet]:
    """Every sheet of the surveys of a year."""
    responses = ask(zone)
    return [sheet for night in WEEKLY for sheet in surveys.sheets(zone, responses, night)]


def test_without_dirt_every_sheet_stays_as_it_is(zone: Zone, answers: list[Sheet]) -> None:
    for sheet in _hr(zone, LAST):
        assert spoil_hr(sheet, zone, NONE).rows.equals(sheet.rows)
    for sheet in answers:
        spoilt = spoil_survey(sheet, zone, NONE)
        assert spoilt.rows.equals(sheet.rows)
        assert not spoilt.faults


def test_a_post_with_two_references_is_listed_once_more(zone: Zone) -> None:
    clean, _ = _hr(zone, LAST)
    spoilt = spoil_hr(clean, zone, NONE | {"hr_two_refs": 0.2})
    size = clean.rows.num_rows
    assert spoilt.rows.slice(0, size).equals(clean.rows)
    added = _marked(spoilt, "hr_two_refs")
    assert added == list(range(size, spoilt.rows.num_rows))
    assert len(added) / size == pytest.approx(0.2, abs=0.1)
    posts = {
        (int(person), row["Employer"]): row
        for person, row in zip(clean.person, _rows(clean), strict=True)
    }
    refs = {row["Tutor Ref"] for row in posts.values()}
    for at in added:
        row = _rows(spoilt)[at]
        model = posts[int(spoilt.person[at]), row["Employer"]]
        assert row == model | {"Tutor Ref": row["Tutor Ref"]}
        assert row["Tutor Ref"] not in refs


def test_later_events_of_such_a_post_stand_under_the_second_reference(zone: Zone) -> None:
    (clean, events), rate = _hr(zone, LAST), NONE | {"hr_two_refs": 0.3}
    listed, told = spoil_hr(clean, zone, rate), spoil_hr(events, zone, rate)
    size = clean.rows.num_rows
    rows = _rows(listed)
    at_employer = {(p, r["Employer"]): r for p, r in zip(clean.person, rows[:size], strict=True)}
    second = {
        at_employer[person, row["Employer"]]["Tutor Ref"]: row["Tutor Ref"]
        for person, row in zip(listed.person[size:], rows[size:], strict=True)
    }
    for at, (before, after) in enumerate(zip(_rows(events), _rows(told), strict=True)):
        is_later = before["Event"] in ("coached", "left") and before["Tutor Ref"] in second
        ref = second[before["Tutor Ref"]] if is_later else before["Tutor Ref"]
        assert after == before | {"Tutor Ref": ref}
        assert (at in _marked(told, "hr_two_refs")) == is_later


def test_a_post_without_reference_has_none_in_both_files(zone: Zone) -> None:
    lost: list[set[str | None]] = []
    for clean in _hr(zone, LAST):
        spoilt = spoil_hr(clean, zone, EVERY_HR)
        refs, marked = clean.rows["Tutor Ref"].to_pylist(), _marked(spoilt, "hr_ref_blank")
        blank = [at for at, row in enumerate(_rows(spoilt)) if row["Tutor Ref"] is None]
        assert marked == blank
        lost.append({refs[at] for at in blank})
    assert lost[0] == lost[1]
    assert len(lost[0]) > 10


def test_the_same_posts_are_spoilt_every_night(zone: Zone) -> None:
    (early, _), (late, _) = _hr(zone, EARLIER), _hr(zone, LAST)
    known = early.rows["Tutor Ref"].to_pylist()
    then, now = spoil_hr(early, zone, EVERY_HR), spoil_hr(late, zone, EVERY_HR)
    for kind in ("hr_ref_blank", "hr_two_refs"):
        there = [(then.person[at], _rows(then)[at]["Employer"]) for at in _marked(then, kind)]
        later = [(now.person[at], _rows(now)[at]["Employer"]) for at in _marked(now, kind)]
        assert there
        assert set(there) <= set(later)
    assert set(known) <= set(late.rows["Tutor Ref"].to_pylist())


def test_answers_differ_in_number_and_first_name_where_they_are_marked(
    zone: Zone, answers: list[Sheet]
) -> None:
    hits = dict.fromkeys(EVERY_SURVEY, 0)
    for clean in answers:
        spoilt = spoil_survey(clean, zone, EVERY_SURVEY)
        is_form = clean.role == "student"
        assert is_form or spoilt.rows.equals(clean.rows)
        typed, short = (
            set(_marked(spoilt, kind)) for kind in ("survey_id_mistyped", "survey_nickname")
        )
        hits["survey_id_mistyped"] += len(typed)
        hits["survey_nickname"] += len(short)
        for at, (before, after) in enumerate(zip(_rows(clean), _rows(spoilt), strict=True)):
            changed = [name for name in before if before[name] != after[name]]
            wrong = [name for name in changed if "ID" in name]
            named = [name for name in changed if "irst name" in name]
            assert (bool(wrong), bool(named)) == (at in typed, at in short)
            assert len(wrong) + len(named) == len(changed)
            for name in wrong:
                assert _off(str(before[name]), str(after[name])) == 1
            for name in named:
                assert after[name] == nicknames()[str(before[name])]
    assert hits["survey_id_mistyped"] > 20
    assert hits["survey_nickname"] > 20


def _off(right: str, written: str) -> int:
    """Count the places in which two words of one length differ."""
    return sum(one != other for one, other in zip(right, written, strict=True))


def test_about_the_share_of_the_answers_with_a_number_is_mistyped(
    zone: Zone, answers: list[Sheet]
) -> None:
    hit = able = 0
    for clean in answers:
        header = next((name for name in clean.rows.column_names if "student ID" in name), None)
        header = header or next((n for n in clean.rows.column_names if "Student ID" in n), None)
        if header is not None:
            able += len(clean.rows) - clean.rows[header].null_count
            spoilt = spoil_survey(clean, zone, EVERY_SURVEY)
            hit += len(_marked(spoilt, "survey_id_mistyped"))
    assert hit / able == pytest.approx(0.3, abs=0.08)


def test_an_empty_sheet_stays_empty(zone: Zone) -> None:
    clean, _ = _hr(zone, LAST)
    empty = replace(clean, rows=clean.rows.slice(0, 0), person=clean.person[:0])
    assert spoil_hr(empty, zone, EVERY_HR) is empty


def test_every_kind_of_people_files_is_under_test() -> None:
    known = {name for name in (*EVERY_HR, *EVERY_SURVEY) if name.startswith(("hr_", "survey_"))}
    assert {kind.name for kind in KINDS if kind.family == "people"} == known
