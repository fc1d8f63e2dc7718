"""The published tables of identity."""

from datetime import datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import HitError
from hit_pipeline.identity import publish
from hit_pipeline.identity.explain import explain
from hit_pipeline.identity.linkage.levels import COMPARISONS
from hit_pipeline.identity.wording import EVIDENCE, RULES, evidence_in_words, rule_in_words
from hit_pipeline.registry.decision import Answer
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to
from tests.unit.identity.children import JOSE, MARIA, WILLIAM
from tests.unit.identity.desk import ROSTER, START, VENDOR, Desk

SIBLING: dict[str, Any] = {
    "student_id_district": JOSE["student_id_district"],
    "student_display_name": "Garcia-Lopez, Maria",
    "birth_date": MARIA["birth_date"],
}
ANA = {"tutor_id_vendor": "T1", "tutor_id_email": "ana@d.example", "tutor_display_name": "Ana Ruiz"}


def wall_clock(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, 30)  # noqa: DTZ001 (a local time has no zone)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Desk:
    made = Desk.open(tmp_path_factory.mktemp("publish"), engine, {"sis": ROSTER, "vendor": VENDOR})
    made.put("sis", "typed_student", [MARIA, JOSE, WILLIAM])
    teacher = {
        "staff_id_source": "e1",
        "staff_id_email": "ANA@d.example",
        "staff_given_name": "Ana",
    }
    made.put("sis", "typed_staff", [teacher])
    sessions = [
        {"student_id_district": "12345", "started_at_local": wall_clock(10, day), **ANA}
        for day in (6, 1)
    ]
    later = {"tutor_display_name": "Ana Ruiz-Bell", "started_at_local": wall_clock(11, 2)}
    sessions += [
        {**SIBLING, **ANA, **later},
        {**SIBLING, "present_seconds": None, "tutor_id_vendor": "T2"},
        {"student_id_vendor": "v-9", "present_seconds": 60},
    ]
    made.put("vendor", "typed_session_log", sessions)
    made.put("vendor", "typed_assessment", [{**SIBLING}])
    made.night()
    return made


def rows(desk: Desk, name: str, built: ir.Table) -> list[dict[str, Any]]:
    """Return a built table, cast as strictly as the lake casts it."""
    found: list[dict[str, Any]] = desk.context.engine.collect(
        conform_to(TABLES[name], built)
    ).to_pylist()
    keys = [tuple(row[column] for column in TABLES[name].key) for row in found]
    assert len(set(keys)) == len(keys)
    return found


def test_every_record_has_one_link_with_the_rows_that_name_it(desk: Desk) -> None:
    links = rows(desk, "person_link", publish.person_link(desk.context))
    typed = {
        (role, row[f"{role}_record_id"])
        for table in ("typed_student", "typed_staff", "typed_session_log", "typed_assessment")
        for row in desk.rows(table)
        for role in ("student", "tutor", "staff")
        if row.get(f"{role}_record_id")
    }
    assert {(link["role"], link["person_record_id"]) for link in links} == typed
    counts = {(link["source"], link["rule"]): link["row_count"] for link in links}
    assert counts["vendor", "id.bare.district"] == 2
    assert counts["vendor", "id.contradicted"] == 3
    for link in links:
        assert (link["person_key"] is not None) == (link["outcome"] == "match")
        assert (link["decided_by"], link["row_count"] > 0) == ("engine", True)


def test_the_unmatched_say_which_identifier_to_fix(desk: Desk) -> None:
    found = rows(desk, "unmatched", publish.unmatched(desk.context))
    by_rule = {row["rule"]: row for row in found}
    assert set(by_rule) == {"id.contradicted", "id.unknown"}
    sibling, unknown = by_rule["id.contradicted"], by_rule["id.unknown"]
    assert sibling["candidate_key"] == desk.key("typed_student", student_given_name="María")
    assert (sibling["id_system"], sibling["id_value"]) == ("district", "0012346")
    assert (sibling["given_name"], sibling["family_name"]) == ("Maria", "Garcia-Lopez")
    assert (sibling["row_count"], sibling["present_seconds"]) == (3, 1800)
    assert (unknown["id_system"], unknown["id_value"]) == ("vendor", "v-9")
    assert unknown["present_seconds"] == 60
    for row in found:
        assert row["reason"] == RULES[row["rule"]]


def test_identifiers_carry_who_stated_them_and_since_when(desk: Desk) -> None:
    found = rows(desk, "student_identifier", publish.student_identifier(desk.context))
    assert {(row["system"], row["issuer"], row["origin"]) for row in found} == {
        ("source", "sis", "roster"),
        ("district", "sis", "roster"),
        ("state", "sis", "roster"),
    }
    assert all(row["valid_from"] > START and row["valid_to"] is None for row in found)


def test_a_tutor_shows_the_newest_name_and_the_employee(desk: Desk) -> None:
    found = rows(desk, "tutor", publish.tutor(desk.context))
    ana = next(row for row in found if row["email"])
    assert ana["display_name"] == "Ana Ruiz-Bell"
    assert ana["staff_key"] == desk.key("typed_staff", "staff")
    assert ana["sources"] == "vendor"
    assert (ana["first_session_date"].day, ana["last_session_date"].day) == (1, 2)
    other = next(row for row in found if not row["email"])
    assert (other["staff_key"], other["first_session_date"]) == (None, None)


def test_a_district_without_anything_publishes_empty_tables(tmp_path: Path, engine: Engine) -> None:
    desk = Desk.open(tmp_path, engine, {"sis": ROSTER})
    assert not desk.night().created
    for name in ("person_link", "unmatched", "student_identifier", "tutor"):
        assert rows(desk, name, getattr(publish, name)(desk.context)) == []


def test_an_explanation_tells_what_was_stated_decided_and_would_settle_it(desk: Desk) -> None:
    record = desk.decision("typed_assessment")["person_record_id"]
    told = {row["what"]: row["words"] for row in explain(desk.context, record).as_rows()}
    assert "district 0012346" in told["states"]
    assert "the first name is another" in told["decided"]
    assert f"{desk.key('typed_student', student_given_name='María')}" in told["decided"]
    assert "correction" in told["would settle it"]


def test_a_key_and_an_identifier_are_explained_too(desk: Desk) -> None:
    maria = desk.key("typed_student", student_given_name="María")
    assert maria is not None
    by_key = explain(desk.context, maria).told
    assert {one.what for one in by_key} == {"identifier", "states", "decided"}
    by_id = explain(desk.context, "12345").told
    assert any("lost leading zeros" in one.words for one in by_id)
    with pytest.raises(HitError) as error:
        explain(desk.context, "no-such-thing")
    assert "no-such-thing" not in str(error.value)


def test_every_rule_and_code_has_words(desk: Desk) -> None:
    for role in ("student", "tutor", "staff"):
        for link in desk.context.registry.links(role).to_pylist():
            assert rule_in_words(link["rule"])
            assert all(evidence_in_words(link["evidence"]))
    assert rule_in_words("id.bare.state").endswith("(state)")
    words = ["it was stated as sis and is known as state"]
    assert evidence_in_words("system=sis_as_state") == words
    assert evidence_in_words(None) == []
    assert len(set(EVIDENCE.values())) == len(EVIDENCE)


def test_every_level_of_the_probabilistic_tier_has_words() -> None:
    for one in COMPARISONS:
        for level in one.levels:
            (words,) = evidence_in_words(f"{one.name}={level.code}")
            assert words.startswith("the ")
            assert "stated as" not in words


def test_an_old_key_leads_to_the_one_it_lives_on_as_until_they_are_parted(
    tmp_path: Path, engine: Engine
) -> None:
    desk = Desk.open(tmp_path, engine, {"sis": ROSTER})
    desk.put("sis", "typed_student", [MARIA, JOSE])
    desk.night()
    one, other = (
        desk.key("typed_student", student_id_source=row["student_id_source"])
        for row in (MARIA, JOSE)
    )
    assert one is not None
    asked = Answer(role="student", person_key=one, other_key=other, answer="same")
    (seq,) = desk.context.registry.decide([asked], by="Ana Day", now=START)
    (merge,) = rows(desk, "person_merge", publish.person_merge(desk.context))
    assert {merge["old_key"], merge["new_key"]} == {one, other}
    assert (merge["what"], merge["lives_as"]) == ("merge", merge["new_key"])
    assert merge["decided_by"] == "Ana Day"
    desk.context.registry.undo(seq, by="Ana Day", now=START)
    found = rows(desk, "person_merge", publish.person_merge(desk.context))
    assert sorted(row["what"] for row in found) == ["merge", "split"]
    assert {row["lives_as"] for row in found} == {merge["old_key"]}
