"""Nothing is lost from delivery to mart, and nothing points nowhere."""

from collections.abc import Sequence

import pytest

from hit_pipeline.errors import ReleaseRefused
from hit_pipeline.release import completeness
from tests.unit.release.bench import YEAR, Bench, Row, participants, sessions, typed_log


def refused(bench: Bench) -> tuple[str, ...]:
    with pytest.raises(ReleaseRefused) as caught:
        bench.publish()
    return caught.value.reasons


def test_fates_that_do_not_sum_to_the_rows_are_named_by_delivery(bench: Bench) -> None:
    row = dict(bench.rows["delivery", None][0])
    bench.rows["delivery", None] = [{**row, "rows_conformed": 7}]
    bench.build("delivery")
    assert refused(bench) == ("delivery logs-1: the fates of its rows do not sum to its rows",)


def test_every_fate_counts(bench: Bench) -> None:
    row = dict(bench.rows["delivery", None][0])
    fates = {"rows_conformed": 1, "rows_superseded": 1, "rows_repeated": 2, "rows_excluded": 3}
    bench.rows["delivery", None] = [{**row, **fates, "rows_quarantined": 1}]
    bench.build("delivery")
    assert bench.publish() is not None


def test_a_refused_delivery_needs_no_fates(bench: Bench) -> None:
    row = dict(bench.rows["delivery", None][0])
    bench.rows["delivery", None] = [{**row, "status": "refused", "rows_conformed": 0}]
    bench.build("delivery")
    assert bench.publish() is not None


def test_a_delivery_of_the_store_that_no_table_lists_is_missed(bench: Bench) -> None:
    bench.rows["delivery", None] = []
    bench.build("delivery")
    assert refused(bench) == ("delivery logs-1: it is not in the table delivery",)


@pytest.mark.parametrize("typed", [7, 9])
def test_typed_participations_and_the_keyed_table_must_agree(bench: Bench, typed: int) -> None:
    bench.type_rows("typed_session_log", typed_log(typed))
    told = f"session_participant: source logs has {typed} typed participations, the table holds 8"
    assert refused(bench) == (told,)


def test_a_loss_in_one_source_is_not_made_up_by_another(bench: Bench) -> None:
    moved = [{**row, "_source": "other"} for row in typed_log(1)]
    bench.type_rows("typed_session_log", [*typed_log(7), *moved])
    assert [reason.split()[2] for reason in refused(bench)] == ["logs", "other"]


def test_rows_that_were_joined_into_one_participation_count_each(bench: Bench) -> None:
    joined = [{**row, "source_rows": 2} for row in participants()]
    bench.rows["session_participant", YEAR] = joined
    bench.build("session_participant")
    bench.type_rows("typed_session_log", typed_log(16))
    assert bench.publish() is not None


def test_meeting_rows_are_no_participations(bench: Bench) -> None:
    meeting = {"record_level": "meeting", "_source": "logs"}
    bench.type_rows("typed_session_log", [*typed_log(8), meeting])
    assert bench.publish() is not None


def test_a_score_that_is_in_no_school_year_is_missed(bench: Bench) -> None:
    bench.type_rows("typed_assessment", [{"_source": "map"}])
    told = "assessment_result: source map has 1 typed scores, the table holds 0"
    assert refused(bench) == (told,)


@pytest.mark.parametrize("name", ["consent", "tutor_event", "group_member", "eligibility"])
def test_a_row_of_a_list_is_in_its_table_exactly_once(bench: Bench, name: str) -> None:
    bench.type_rows(f"typed_{name}", [{"_source": "lists"}] * 3)
    assert refused(bench) == (f"{name}: source lists has 3 typed rows, the table holds 0",)
    bench.rows[name, None] = [{"_source": "lists", "source_rows": 3}]
    bench.build(name)
    assert bench.publish() is not None


def test_a_line_of_an_invoice_stands_for_itself(bench: Bench) -> None:
    bench.type_rows("typed_invoice_line", [{"_source": "bills"}] * 2)
    bench.rows["invoice_line", YEAR] = [{"_source": "bills"}]
    bench.build("invoice_line")
    told = "invoice_line: source bills has 2 typed rows, the table holds 1"
    assert refused(bench) == (told,)


def test_a_table_that_lost_its_list_is_missed(bench: Bench) -> None:
    bench.rows["consent", None] = [{"_source": "lists", "source_rows": 2}]
    bench.build("consent")
    assert refused(bench) == ("consent: source lists has 0 typed rows, the table holds 2",)


def test_rows_that_are_quarantined_after_typing_are_not_missed(bench: Bench) -> None:
    place = {"_delivery_id": "logs-1", "_file": "sessions", "_row": 99, "_source": "logs"}
    bench.type_rows("typed_session_log", [*typed_log(8), {"record_level": "participant", **place}])
    bench.type_rows("typed_assessment", [place])
    assert len(refused(bench)) == 2
    bench.rows["quarantine", None] = [
        {
            "source": "logs",
            "delivery_id": "logs-1",
            "file": "sessions",
            "row": 99,
            "rule": "session.no_date",
            "column": "",
            "reason": "has no date",
            "fingerprint": "0",
            "first_seen_at": bench.now,
        }
    ]
    bench.build("quarantine")
    assert bench.publish() is not None


def test_all_school_years_are_counted(bench: Bench) -> None:
    bench.rows["session", "2025-26"] = sessions("2025-26")
    bench.rows["session_participant", "2025-26"] = participants("2025-26")
    bench.typed_state("both", (YEAR, "2025-26"))
    bench.type_rows("typed_session_log", typed_log(16))
    bench.build()
    assert bench.publish() is not None


def _broken(bench: Bench, table: str, rows: Sequence[Row], year: str | None = None) -> None:
    """Promote a table after the ones that refer to it were checked."""
    bench.rows[table, year] = rows
    bench.build(table)


def test_a_reference_that_broke_after_its_table_was_checked_is_found(bench: Bench) -> None:
    _broken(bench, "student", bench.rows["student", None][:-1])
    told = f"session_participant {YEAR}: 1 values of student_key are not in student"
    assert refused(bench) == (told,)


def test_references_count_distinct_values_and_leave_nulls_out(bench: Bench) -> None:
    _broken(bench, "student", [])
    told = f"session_participant {YEAR}: 4 values of student_key are not in student"
    assert refused(bench) == (told,)


def test_a_partition_refers_to_the_same_partition(bench: Bench) -> None:
    bench.rows["session", "2025-26"] = sessions(YEAR)
    bench.rows["session_participant", "2025-26"] = []
    bench.typed_state("both", (YEAR, "2025-26"))
    bench.build()
    _broken(bench, "session", [], YEAR)
    told = f"session_participant {YEAR}: 8 values of session_key are not in session"
    assert refused(bench) == (told,)


def test_an_orphan_that_is_only_a_warning_does_not_refuse(bench: Bench) -> None:
    gone = [{**row, "school_id_current": "no such school"} for row in bench.rows["student", None]]
    _broken(bench, "student", gone)
    assert bench.publish() is not None


def test_what_was_looked_up_in_the_very_file_is_not_looked_up_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    monkeypatch.setattr(completeness, "_orphans", lambda *given: looked.append(given))
    bench.build()
    assert bench.publish() is not None
    assert looked == []
