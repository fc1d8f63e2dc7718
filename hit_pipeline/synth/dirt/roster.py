"""Faults of records of the student information system, in every form it is written in.

A pupil, an employee and a record bear the same faults every night, in every file they stand in.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hit_pipeline.synth.dirt.editing import Editing, share, words
from hit_pipeline.synth.systems.cells import joined
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import opaque
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.truth.draws import Flags
from hit_pipeline.synth.truth.zone import Zone

_BUNDLE = "oneroster_"
_FILES = "sis_files"
_LEFT_OUT = 0.8
"""Share of the pupils that are not in the files of the roll-over."""


def spoil_roster(sheet: Sheet, night: Night, zone: Zone, rates: Mapping[str, float]) -> Sheet:
    """Return a sheet of a OneRoster bundle, plain file, table or resource as the system exports it.

    Other sheets stay as they are; so does every sheet when all rates are 0.
    """
    ours = sheet.file.startswith(_BUNDLE) or sheet.source in {_FILES, *_CHECKED}
    if not ours or not sheet.rows.num_rows:
        return sheet
    work = Editing(sheet, zone, rates)
    if is_rollover(night, rates) and sheet.role == "student":
        _left_out(work, night)
    if work.size:
        for fault in _CHECKED.get(sheet.source, _FAULTS).get(_table(sheet), ()):
            fault(work)
    return work.sheet


def is_rollover(night: Night, rates: Mapping[str, float]) -> bool:
    """Say whether a night is the first after 1 July, when most pupils are left out.

    Never the last one: the delivery after it has everybody again.
    """
    july = np.datetime64(f"{str(night.today)[:4]}-07-01")
    is_first_after = bool(night.before < july) and bool(july <= night.today)
    return rates["sis_rollover"] > 0 and is_first_after and not night.is_last


def _table(sheet: Sheet) -> str:
    """Return which file a sheet is of, without date and ending."""
    name = sheet.file.rpartition("/")[2].removesuffix(".csv")
    return name.rpartition("_")[0] or name


def _left_out(work: Editing, night: Night) -> None:
    """Leave out most pupils; of a pupil all rows of rosters, none of what was recorded by day."""
    if _table(work.sheet) in ("attendance", "program_assignments"):
        return
    year = np.asarray(int(str(night.today)[:4]))
    draw = share(work.zone, "sis_rollover", [work.sheet.person, year])
    work.drop("sis_rollover", (work.sheet.person >= 0) & (draw < _LEFT_OUT))


def _everybody(work: Editing) -> Flags:
    return np.ones(work.size, dtype=bool)


def _is_role(work: Editing, role: str) -> Flags:
    return np.full(work.size, work.sheet.role == role, dtype=bool)


# ---- users ------------------------------------------------------------------------------------


def _user_twice(work: Editing) -> None:
    """Let a pupil be a second user, with the number of the first, in users, roles, demographics."""
    hit = work.by_person("sis_user_twice", _is_role(work, "student"))
    if not hit.any():
        return
    own = "userSourcedId" if work.has("userSourcedId") else "sourcedId"
    changes = {own: _other_id(work, "second user", own)}
    if own != "sourcedId":
        changes["sourcedId"] = _other_id(work, "second role", "sourcedId")
    work.add("sis_user_twice", hit, changes)


def _user_per_role(work: Editing) -> None:
    """Let an employee with two roles be two users, as 1.1 has users by role."""
    if work.has("role"):
        teachers = _is_role(work, "staff") & work.equal("role", "teacher")
        hit = work.by_person("sis_user_per_role", teachers)
        other = pc.replace_substring_regex(work.cells("sourcedId"), "^t", "a")
        changes = {"sourcedId": other, "role": "administrator"}
        work.add("sis_user_per_role", hit, changes)


def _other_id(work: Editing, kind: str, column: str) -> pa.Array:
    """Return ids of the same form that are not those of a column; a prefix letter stays."""
    own = work.cells(column)
    prefix = pc.replace_substring_regex(own, ".{36}$", "")
    return joined(prefix, opaque(work.zone.seed, kind, *words(own)))


def _username(work: Editing) -> None:
    hit = work.by_person("sis_username_blank", work.filled("username"))
    work.put("username", hit, None)
    work.mark("sis_username_blank", hit)


def _staff_number(work: Editing) -> None:
    staff = _is_role(work, "staff") & work.filled("identifier")
    blank = work.by_person("sis_staff_number_blank", staff)
    prefixed = work.by_person("sis_staff_number_prefixed", staff & ~blank)
    for column in ("identifier", "userIds"):
        own = work.cells(column)
        number = pc.replace_substring_regex(own, r"([0-9]+)", r"TCH_\1")
        work.put(column, blank, None)
        work.put(column, prefixed, number)
    work.mark("sis_staff_number_blank", blank)
    work.mark("sis_staff_number_prefixed", prefixed)


# ---- cells of several files --------------------------------------------------------------------


def _grade(work: Editing) -> None:
    column = "grades" if work.has("grades") else "grade"
    known = _is_role(work, "student") & work.filled(column)
    blank = work.by_person("sis_grade_blank", known)
    if work.sheet.source == _FILES:
        blank &= False
    misspelt = work.by_person("sis_grade_misspelt", known & ~blank)
    work.put(column, misspelt, joined(work.cells(column), "th Grde"))
    work.put(column, blank, None)
    work.mark("sis_grade_blank", blank)
    work.mark("sis_grade_misspelt", misspelt)


def _surname(work: Editing) -> None:
    column = "familyName" if work.has("familyName") else "last_name"
    known = _is_role(work, "student") & work.filled(column)
    hit = work.by_person("sis_surname_blanks", known)
    work.put(column, hit, joined(work.cells(column), "  "))
    work.mark("sis_surname_blanks", hit)


def _surname_of_object(work: Editing) -> None:
    """Write blanks after the surname of a JSON object."""
    hit = work.by_person("sis_surname_blanks", _is_role(work, "student"))
    surname = r'("lastSurname": *"(?:[^"\\]|\\.)*)"'
    work.put("json", hit, pc.replace_substring_regex(work.cells("json"), surname, r'\1  "'))
    work.mark("sis_surname_blanks", hit)


def _birth(work: Editing) -> None:
    column = next(name for name in ("birthDate", "birth_date", "dob") if work.has(name))
    hit = work.by_person("sis_birth_blank", work.filled(column))
    work.put(column, hit, None)
    work.mark("sis_birth_blank", hit)


def _state_id(work: Editing) -> None:
    column = "state_id" if work.has("state_id") else "state_studentnumber"
    hit = work.by_person("sis_state_id_blank", work.filled(column))
    work.put(column, hit, None)
    work.mark("sis_state_id_blank", hit)


def _two_numbers(work: Editing) -> None:
    """Mark the rows of a pupil under the new number beside which rows under the old one stand."""
    if work.rates["sis_two_numbers"]:
        given = [number for number in work.zone.students.number_new if number]
        numbers = pc.utf8_rtrim_whitespace(work.cells("student_number"))
        new = pc.is_in(numbers, value_set=pa.array(given, pa.string()))
        flags = np.asarray(new.to_numpy(zero_copy_only=False), dtype=bool)
        person = work.sheet.person
        work.mark("sis_two_numbers", flags & np.isin(person, person[~flags]))


# ---- rows of bundles ---------------------------------------------------------------------------


def _deletion(work: Editing) -> None:
    """Write ``active`` where a row is gone, of all rows of a human alike."""
    hit = work.by_person("sis_delete_unseen", work.equal("status", "tobedeleted"))
    work.put("status", hit, "active")
    work.mark("sis_delete_unseen", hit)


def _status(work: Editing) -> None:
    """Lose a letter of the status of a delta's row."""
    able = work.filled("status") & ~work.borne("sis_delete_unseen")
    hit = work.by_key("sis_status_misspelt", able, "sourcedId")
    word = pc.replace_substring_regex(work.cells("status"), "i(ve)$|e(ted)$", r"\1\2")
    work.put("status", hit, word)
    work.mark("sis_status_misspelt", hit)


def _modified(work: Editing) -> None:
    """Write a time of last change as a person does: month first, no seconds, no zone."""
    hit = work.by_key("sis_modified_bad", work.filled("dateLastModified"), "sourcedId")
    own = work.cells("dateLastModified")
    parts = r"^(\d+)-(\d+)-(\d+)T(\d+:\d+).*$"
    work.put("dateLastModified", hit, pc.replace_substring_regex(own, parts, r"\2/\3/\1 \4"))
    work.mark("sis_modified_bad", hit)


def _role(work: Editing) -> None:
    """Exchange two letters of a role: no such role is known."""
    if work.has("role"):
        hit = work.by_key("sis_role_misspelt", work.filled("role"), "sourcedId")
        word = pc.replace_substring_regex(work.cells("role"), "^(.)(.)(.)", r"\1\3\2")
        work.put("role", hit, word)
        work.mark("sis_role_misspelt", hit)


def _orphan(work: Editing) -> None:
    """Enrol a user that no bundle has."""
    able = _is_role(work, "student") & work.filled("userSourcedId")
    hit = work.by_key("sis_enrollment_orphan", able, "sourcedId")
    if hit.any():
        work.put("userSourcedId", hit, _other_id(work, "no user", "userSourcedId"))
        work.forget(hit)
        work.mark("sis_enrollment_orphan", hit)


def _no_id(work: Editing) -> None:
    able = _everybody(work) & ~work.borne("sis_enrollment_orphan")
    hit = work.by_key("sis_enrollment_id_blank", able, "sourcedId")
    work.put("sourcedId", hit, None)
    work.mark("sis_enrollment_id_blank", hit)


_GONE = (_deletion, _status, _modified)
_Faults = Mapping[str, tuple[Callable[[Editing], None], ...]]
_FAULTS: _Faults = {
    "users": (
        _user_twice,
        _user_per_role,
        *_GONE,
        _role,
        _username,
        _staff_number,
        _grade,
        _surname,
    ),
    "roles": (_user_twice, *_GONE, _role),
    "enrollments": (*_GONE, _orphan, _no_id),
    "demographics": (_user_twice, *_GONE, _birth),
    "students": (_state_id, _birth, _grade, _surname, _two_numbers),
}
"""Faults of each file, in order: copies of rows come first and bear all other faults too."""
_CHECKED: Mapping[str, _Faults] = {
    "sis_sql": {"students": (_state_id, _birth, _surname, _two_numbers)},
    "sis_edfi": {"students": (_surname_of_object,)},
}
"""Forms whose keys, types and closed lists a database or an ODS enforces: few faults get in."""
