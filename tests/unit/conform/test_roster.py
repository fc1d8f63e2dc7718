from datetime import UTC, date, datetime

import ibis
import pytest

from hit_pipeline.conform.roster import course, section, term
from hit_pipeline.conform.subjects import subject_of
from hit_pipeline.engine import Engine
from tests.unit.conform.roster_bench import Bench, pick

AT = datetime(2026, 11, 12, 5, tzinfo=UTC)


def _session(key: str, first: date, last: date, year: str | None) -> dict[str, object]:
    return {"term_id_source": key, "start_date": first, "end_date": last, "school_year": year}


def test_a_session_keeps_its_stated_year_when_it_has_a_day_in_it(bench: Bench) -> None:
    bench.deliver("sis", "d1", AT)
    sessions = [
        _session("a", date(2026, 8, 17), date(2027, 5, 28), "2026-27"),
        _session("summer", date(2026, 6, 8), date(2026, 7, 24), "2026-27"),
        _session("unsaid", date(2026, 6, 30), date(2026, 6, 30), None),
        _session("wrong", date(2023, 9, 4), date(2024, 1, 25), "2022-23"),
    ]
    bench.typed("sis", "typed_term", sessions)
    assert pick(bench.build(term), "source", "term_id", "school_year") == [
        ("sis", "a", "2026-27"),
        ("sis", "summer", "2026-27"),
        ("sis", "unsaid", "2025-26"),
        ("sis", "wrong", "2023-24"),
    ]


def test_a_session_that_ends_before_it_starts_is_one_day_long(bench: Bench) -> None:
    bench.deliver("sis", "d1", AT)
    bench.typed("sis", "typed_term", [_session("a", date(2026, 8, 17), date(2026, 8, 16), None)])
    assert pick(bench.build(term), "start_date", "end_date") == [
        (date(2026, 8, 17), date(2026, 8, 17))
    ]


@pytest.mark.parametrize(
    ("subjects", "codes", "title", "meant"),
    [
        ("Mathematics", None, None, "math"),
        ("English/Language Arts I (9th grade)", "01001", "Algebra I", "ela"),
        ("Algebra I", None, None, "math"),
        ("Social Studies", None, None, "social_studies"),
        ("Political Science", None, None, "social_studies"),
        ("Computer Science", None, None, "other"),
        ("Social-Emotional Learning", None, None, "social_emotional"),
        ("English,Math", None, None, "ela"),
        ("Homeroom,Math", None, None, "other"),
        ("Block,Math", None, None, "math"),
        ("Art", None, None, "other"),
        (None, "02052", None, "math"),
        (None, "03001,01001", None, "science"),
        (None, "0205", "Chemistry", "science"),
        (None, None, "Reading 3", "ela"),
        (None, "99999", "Robots", "other"),
        (None, None, "Robots", None),
        (None, None, None, None),
    ],
)
def test_subject_is_read_from_subjects_then_codes_then_title(
    engine: Engine, subjects: str | None, codes: str | None, title: str | None, meant: str | None
) -> None:
    text = [ibis.literal(one, "string") for one in (subjects, codes, title)]
    row = ibis.memtable({"one": [1]}).select(subject=subject_of(*text))
    assert engine.collect(row).to_pylist() == [{"subject": meant}]


def test_a_section_without_subjects_has_that_of_its_course(bench: Bench) -> None:
    bench.deliver("sis", "d1", AT)
    bench.typed("sis", "typed_school", [{"school_id_source": "g1", "identifier": "0101"}])
    bench.typed(
        "sis",
        "typed_course",
        [
            {"course_id_source": "0310", "title": "Algebra I", "school_id_source": "g1"},
            {"course_id_source": "E", "subjects": "English", "title": "Algebra"},
        ],
    )
    bench.typed(
        "sis",
        "typed_section",
        [
            {"section_id_source": "s1", "course_id_source": "0310", "school_id_source": "g1"},
            {"section_id_source": "s2", "course_id_source": "E", "subjects": "Science"},
            {"section_id_source": "s3", "course_id_source": "E"},
            {"section_id_source": "s4", "course_id_source": "not there"},
        ],
    )
    assert pick(bench.build(course), "course_id", "subject", "school_id") == [
        ("0310", "math", "0101"),
        ("E", "ela", None),
    ]
    assert pick(bench.build(section), "section_id", "subject", "school_id") == [
        ("s1", "math", "0101"),
        ("s2", "science", None),
        ("s3", "ela", None),
        ("s4", None, None),
    ]
