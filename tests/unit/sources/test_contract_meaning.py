"""What a contract may not mean though its form is right."""

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from hit_pipeline.errors import Misfit
from hit_pipeline.sources.contract.meaning import contract_misfits, override_misfits
from hit_pipeline.sources.contract.model import Contract

FILE = """
pattern = "*.csv"
delivers = "full"
columns = [{ name = "Student", aliases = ["Pupil"] }, { name = "Score" }, { name = "Kind" }]
"""
FEED = ("files", "f", "feeds", 0)


def contract(feed: str, file: str = FILE, top: str = "") -> Contract:
    values: dict[str, Any] = tomllib.loads(top) | {"id": "x", "version": 1, "title": "X"}
    values["files"] = {"f": tomllib.loads(file) | {"feeds": [tomllib.loads(feed)]}}
    return Contract.model_validate(values)


def misfits(feed: str, file: str = FILE, top: str = "") -> list[Misfit]:
    return list(contract_misfits(contract(feed, file, top)))


LOG = 'table = "typed_session_log"\ncolumns.record_level.value = "participant"\n'
TEST = 'table = "typed_assessment"\ncolumns.instrument.value = "x"\n'


def test_a_sound_contract_has_none() -> None:
    assert (
        misfits(LOG + 'columns.attendance = { from = "Kind", map = { A = "late", B = "" } }') == []
    )


@pytest.mark.parametrize("name", ["student", "PUPIL", "Stu dent"])
def test_one_header_may_not_be_declared_twice(name: str) -> None:
    file = FILE.replace('"Kind" }', f'"Kind", aliases = ["{name}"] }}')
    assert [(one.path, one.received) for one in misfits(LOG, file)] == [
        (("files", "f", "columns", 2), f'"{name}"')
    ]


def test_absence_says_nothing_in_an_increment() -> None:
    file = FILE.replace('"full"', '"increment"') + 'absence = "removed"\n'
    assert [one.path for one in misfits(LOG, file)] == [("files", "f", "absence")]


@pytest.mark.parametrize(
    ("feed", "sound"),
    [
        (LOG + 'columns.student_id_state.from = "Student"', True),
        (LOG + 'columns.student_display_name.from = "Student"', True),
        (LOG + 'columns.tutor_display_name.from = "Student"', False),
        (LOG, False),
        ('table = "typed_school"\ncolumns.school_id_source.from = "Student"', False),
        (
            LOG + 'columns.session_id_source.from = "Kind"\n'
            'columns.student_display_name.from = "Student"\neach = { from = "Student" }',
            False,
        ),
    ],
)
def test_one_row_per_student_is_said_of_files_whose_rows_name_one(feed: str, sound: bool) -> None:
    found = misfits(feed, FILE + "one_row_per_student = true\n")
    assert [one.path for one in found] == [("files", "f", "one_row_per_student")] * (not sound)
    assert misfits(feed) == []


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ('{ value = "maths" }', ("value",)),
        ('{ from = "Kind", default = "maths" }', ("default",)),
        ('{ from = "Kind", map = { M = "math", R = "reading" } }', ("map", "R")),
    ],
)
def test_a_word_the_vocabulary_lacks_is_found_where_it_stands(
    target: str, path: tuple[str, ...]
) -> None:
    (misfit,) = misfits(f"{LOG}columns.subject = {target}")
    assert misfit.path == (*FEED, "columns", "subject", *path)
    assert "math" in misfit.valid


def test_a_duration_needs_a_unit_and_nothing_else_has_one() -> None:
    hours = 'columns.topic = { from = "Kind", unit = "hours" }'
    text = f'{LOG}columns.present_seconds.from = "Score"\n{hours}'
    assert [one.path[4:] for one in misfits(text)] == [
        ("columns", "present_seconds"),
        ("columns", "topic", "unit"),
    ]


def test_a_code_may_not_be_in_a_map_twice() -> None:
    (misfit,) = misfits(f'{LOG}columns.topic = {{ from = "Kind", map = {{ P = "x", p = "y" }} }}')
    assert misfit.path[-2:] == ("map", "p")


STATUS = """
[columns.session_state]
from = "Kind"
map = { Done = "completed", Off = "cancelled_school" }
[columns.attendance]
from = "Kind"
map = { done = "present", off = "not_expected" }
"""


def test_a_status_code_says_of_session_and_student_what_can_be() -> None:
    assert misfits(LOG + STATUS) == []
    (misfit,) = misfits(LOG + STATUS.replace("not_expected", "present"))
    assert misfit.path == (*FEED, "columns", "attendance", "map", "off")
    assert "cancelled_school and present cannot be together" in misfit.problem


def test_a_status_code_is_mapped_on_both_axes_or_its_rows_would_be_quarantined() -> None:
    (misfit,) = misfits(LOG + STATUS.replace(', off = "not_expected"', ""))
    assert (misfit.path[-2:], misfit.received) == (("attendance", "map"), "off")
    (misfit,) = misfits(LOG + STATUS.replace(', Off = "cancelled_school"', ""))
    assert (misfit.path[-2:], misfit.received) == (("session_state", "map"), "off")
    lenient = STATUS.replace(', off = "not_expected" }', ' }\nunmapped = "null"')
    assert misfits(LOG + lenient) == []


def test_maps_of_different_columns_are_not_held_against_each_other() -> None:
    two = STATUS.replace('from = "Kind"', 'from = "Score"', 1).replace("not_expected", "present")
    assert misfits(LOG + two) == []


def test_an_exclusive_end_belongs_to_dates() -> None:
    (misfit,) = misfits(f'{LOG}columns.topic = {{ from = "Kind", exclusive_end = true }}')
    assert misfit.path[-1] == "exclusive_end"


def test_date_formats_belong_to_dates() -> None:
    assert misfits(LOG + 'columns.started_at_local = { from = "Kind", formats = ["%Y"] }') == []
    (misfit,) = misfits(LOG + 'columns.topic = { from = "Kind", formats = ["%Y"] }')
    assert misfit.path[-1] == "formats"


def test_a_required_column_that_nothing_fills_is_found() -> None:
    (misfit,) = misfits('table = "typed_session_log"\ncolumns.topic.from = "Kind"')
    assert "requires record_level" in misfit.problem


def test_scores_fill_their_own_columns_and_targets_of_every_score_count() -> None:
    score = '\n[[scores]]\nkind = "rit"\nfrom = "Score"\n'
    assert misfits(TEST + score) == []
    bare = 'table = "typed_assessment"\ncolumns = {}\n'
    with_instrument = score + 'columns.instrument.value = "map"\n'
    assert misfits(bare + with_instrument) == []
    (misfit,) = misfits(bare + with_instrument + score)
    assert "requires instrument" in misfit.problem
    (misfit,) = misfits(TEST)
    assert "requires score_kind, score_text" in misfit.problem


def test_targets_of_a_score_are_held_to_the_vocabulary_too() -> None:
    (misfit,) = misfits(
        TEST + '\n[[scores]]\nkind = "rit"\nfrom = "Score"\ncolumns.subject.value = "maths"\n'
    )
    assert misfit.path == (*FEED, "scores", 0, "columns", "subject", "value")


def test_a_table_that_another_step_completes_need_not_be_whole() -> None:
    feed = 'table = "typed_term"\ncolumns.title.from = "Kind"'
    assert misfits(feed)
    assert misfits(feed, top='derive = "oneroster"') == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("typed_session_log.subject", "math", None),
        ("typed_session_log.topic", "anything", None),
        ("typed_session_log.subject", "maths", "is not a value of subject"),
        ("typed_session_log.nothing", "x", "typed_session_log has no column of this name"),
        ("typed_student.grade", "03", "is not `table.column`"),
        ("subject", "math", "is not `table.column`"),
    ],
)
def test_overrides_are_held_to_the_tables_the_contract_feeds(
    key: str, value: str, problem: str | None
) -> None:
    found = list(override_misfits(contract(LOG), {key: value}))
    assert [one.path for one in found] == ([] if problem is None else [(key,)])
    assert all(problem in one.problem for one in found if problem)


@pytest.mark.parametrize(
    ("optional", "told"),
    [('["Score"]', "must be in `natural_key`"), ('["Student"]', "must leave a header")],
)
def test_an_optional_part_of_a_key_is_a_part_and_not_all_of_it(optional: str, told: str) -> None:
    file = f'{FILE}natural_key = ["Student"]\noptional_key = {optional}\n'
    with pytest.raises(ValidationError, match=told):
        contract(LOG, file)


EACH = """
table = "typed_session_log"
each.from = "Student"
columns.record_level.value = "participant"
columns.student_id_vendor.from = "Student.id"
"""


def test_members_of_a_list_must_say_which_meeting_they_share() -> None:
    (misfit,) = misfits(EACH)
    assert misfit.path == (*FEED, "columns")
    assert misfit.valid == ["_landed_row"]
    assert misfits(f'{EACH}columns.session_id_source.from = "_landed_row"') == []


def test_a_field_of_a_member_is_a_header_only_of_a_list_in_json() -> None:
    with pytest.raises(ValidationError, match="columns"):
        contract(EACH.replace("Student.id", "Pupils.id"))
    with pytest.raises(ValidationError, match="columns"):
        contract(EACH + 'each.split = ";"')


@pytest.mark.parametrize(
    ("target", "key"),
    [
        ('topic = { from = "Kind", decimal = "," }', "decimal"),
        ('topic = { from = "Kind", true_when = ["X"] }', "true_when"),
        ('topic = { from = "Kind", weekday_from = "Score" }', "weekday_from"),
        ('started_at_utc = { from = "Kind", instant = true }', "instant"),
        ('started_at_local = { from = "Kind", formats = ["epoch_s"] }', "formats"),
        ('present_seconds = { from = "Kind", unit = "percent" }', "unit"),
        ('present_share = { from = "Kind", unit = "minutes" }', "unit"),
        ('topic = { from = "Kind", unit_from = "Score", units = { m = "minutes" } }', "units"),
        ('subject = { from = "Kind", patterns = [{ matches = "M", to = "maths" }] }', "patterns"),
    ],
)
def test_a_word_belongs_to_columns_of_its_kind(target: str, key: str) -> None:
    (misfit,) = misfits(f"{LOG}columns.{target}")
    assert misfit.path[6] == key


PATTERNS = """
[columns.session_state]
from = "Kind"
map = { Done = "completed" }
patterns = [{ matches = "^off", to = "cancelled_school" }]
[columns.attendance]
from = "Kind"
map = { Done = "present", "Off - snow" = "not_expected" }
patterns = [{ matches = "^off", to = "not_expected" }]
"""


def test_families_of_codes_are_held_together_like_codes() -> None:
    assert misfits(LOG + PATTERNS) == []
    (misfit,) = misfits(LOG + PATTERNS.replace('^off", to = "not_expected"', '^off", to = "late"'))
    assert misfit.path == (*FEED, "columns", "attendance", "patterns", 0, "to")
    (misfit,) = misfits(LOG + PATTERNS.replace('snow" = "not_expected"', 'snow" = "present"'))
    assert misfit.path == (*FEED, "columns", "attendance", "map", "Off - snow")
