"""Tutors are created from logs and told apart by identifiers; staff from rosters."""

from collections.abc import Callable

from tests.unit.identity.desk import ROSTER, VENDOR, Desk

NewDesk = Callable[..., Desk]


def test_tutors_are_one_by_own_number_or_email_and_never_by_name(new_desk: NewDesk) -> None:
    desk = new_desk(sis=ROSTER, north=VENDOR, bright=VENDOR)
    ana = {"tutor_id_vendor": "T1", "tutor_id_email": "Ana@north.example",
           "tutor_display_name": "Ana Ruiz"}  # fmt: skip
    rows = [
        {"row_id_source": "ana", **ana},
        {"row_id_source": "ana later", **ana, "tutor_display_name": "Ana Ruiz-Bell"},
        {"row_id_source": "bo", "tutor_id_vendor": "T2", "tutor_display_name": "Bo Lind"},
        {"row_id_source": "shared number", "tutor_id_vendor": "T2", "tutor_display_name": "Una Ek"},
        {"row_id_source": "number lost", "tutor_display_name": "Bo Lind"},
    ]
    desk.put("north", "typed_session_log", rows)
    there = [
        {"row_id_source": "ana there", "tutor_id_vendor": "T1", "tutor_given_name": "Ana",
         "tutor_family_name": "Ruiz", "tutor_id_email": "ana@North.example"},
        {"row_id_source": "bo there", "tutor_id_vendor": "T9", "tutor_display_name": "Bo Lind"},
        {"row_id_source": "mailbox", "tutor_id_vendor": "T7", "tutor_display_name": "Kit Orr",
         "tutor_id_email": "ana@north.example"},
    ]  # fmt: skip
    desk.put("bright", "typed_session_log", there)
    teacher = {"staff_id_source": "e1", "staff_id_email": "ana@north.example",
               "staff_given_name": "Ana", "staff_family_name": "Ruiz"}  # fmt: skip
    desk.put("sis", "typed_staff", [teacher, {**teacher, "staff_id_source": "e2"}])
    report = desk.night()

    def decided(row: str) -> tuple[str, str, str | None]:
        made = desk.decision("typed_session_log", "tutor", row_id_source=row)
        return made["outcome"], made["rule"], made["person_key"]

    assert decided("ana")[2] == decided("ana later")[2] == decided("ana there")[2]
    assert decided("bo there")[2] not in {decided("bo")[2], None}
    assert decided("shared number")[:2] == ("unsure", "id.shared")
    assert decided("number lost")[:2] == ("unsure", "name.only")
    assert decided("mailbox")[2] not in {decided("ana")[2], None}
    assert report.created["staff"] == 1
    assert not desk.night().changed
