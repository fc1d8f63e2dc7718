"""A district written by hand: a few rows, a release of them and the answer key, with mistakes.

What is wrong with the release is said beside each row; figures in the tests are worked out by hand
from here.
"""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hit_pipeline.synth.score.layouts import KEY, RELEASE, Layout

LOG = "sessions_1.csv"
AGAIN = "sessions_1_again.csv"
UNREAD = "attendance_1.csv"
BUNDLE = "oneroster_1.zip"
NOON = dt.datetime(2025, 10, 6, 17, 0, tzinfo=dt.UTC)
Rows = list[dict[str, Any]]

_KINDS = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}


def write_district(folder: Path) -> Path:
    """Write inbox, release and key."""
    shas = _inbox(folder / "inbox")
    release = folder / "lake" / "releases" / "R1" / "restricted"
    for name, rows in _release(shas).items():
        year = "school_year=2025-26" if name.startswith("session") else "."
        write(release / name / year / "part-0.parquet", rows, RELEASE[name])
    (folder / "lake" / "releases" / "current").write_text("R1\n")
    for name, rows in _key().items():
        write(folder / "key" / f"{name}.parquet", rows, KEY[name])
    return folder


def write(path: Path, rows: Rows, layout: Layout) -> None:
    """Write rows as Parquet with the columns of a layout."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(name, _KINDS[kind]) for name, kind in layout.items()])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def _inbox(inbox: Path) -> dict[str, str]:
    contents = {
        f"northstar/{LOG}": b"log",
        f"northstar/{AGAIN}": b"log",
        f"lakeside/{UNREAD}": b"slider",
        f"sis/{BUNDLE}": b"zip",
    }
    for name, content in contents.items():
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _release(shas: dict[str, str]) -> dict[str, Rows]:
    return {
        "delivery": [
            _delivery("D1", "northstar", shas[f"northstar/{LOG}"], 12, quarantined=1, repeated=1),
            _delivery("D2", "sis", shas[f"sis/{BUNDLE}"], 2),
        ],
        "student_identifier": _identifiers(),
        "unmatched": [
            {"role": "student", "person_record_id": "r5", "outcome": "unsure", "candidate_key": "E"}
        ],
        "session": [
            {"session_key": "M1", "started_at_utc": _utc(0), **_from(1)},
            {"session_key": "M2", "started_at_utc": _utc(60), "flags": "session.x", **_from(6)},
        ],
        "session_participant": _participants(),
        "section_enrollment": [
            {"student_key": "C", **_from(1, "D2", "enrollments")},
            {"student_key": None, **_from(2, "D2", "enrollments")},  # a teacher
        ],
        "quarantine": [
            {
                "delivery_id": "D1",
                "file": "sessions",
                "row": 9,
                "rule": "map.session_state.unmapped",
            }
        ],
        "delivery_finding": [
            {"delivery_id": "D2", "file": "users", "rule": "tolerance.crlf", "severity": "info"},
            {"delivery_id": "D2", "file": "users", "rule": "drift.renamed", "severity": "warning"},
        ],
        "student_dosage": [
            _dose("A", 3000, "below_25"),
            _dose("A", 9000, "full") | {"rule_version": 1},  # superseded
            _dose("C", 3600, "25_50"),  # true: 1800, below_25
            _dose("D", 0, "below_25"),
            _dose("D2", 1800, "below_25"),
            _dose("D2", 0, "below_25") | {"scope_key": "algebra"},  # its source is not read
        ],
    }


def _delivery(
    delivery_id: str, source: str, sha256: str, rows: int, quarantined: int = 0, repeated: int = 0
) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "source": source,
        "status": "landed",
        "sha256": sha256,
        "rows": rows,
        "rows_conformed": rows - quarantined - repeated,
        "rows_superseded": 0,
        "rows_repeated": repeated,
        "rows_excluded": 0,
        "rows_quarantined": quarantined,
    }


def _identifiers() -> Rows:
    """Key A holds the numbers of the twins 1 and 2; child 4 has two keys."""
    stated = [
        ("A", "district", "0000001", None),
        ("A", "state", "9000000001", None),
        ("A", "district", "0000002", None),
        ("C", "district", "0000003", None),
        ("C", "district", "0000005", NOON),  # withdrawn by the roster
        ("D", "district", "0000004", None),
        ("D2", "district", "0700004", None),
        ("E", "state", "9000000005", None),
    ]
    return [
        {"student_key": key, "system": system, "value": value, "valid_to": gone, "origin": "roster"}
        for key, system, value, gone in stated
    ]


def _participants() -> Rows:
    def one(row: int, key: str | None, present: int, **more: Any) -> dict[str, Any]:
        usual = {
            "session_key": "M1" if row < 6 else "M2",
            "person_record_id": f"r{row}",
            "student_key": key,
            "tutor_key": "T1",
            "planned_seconds": 1800,
            "present_seconds": present,
            "counts_attended": present > 0,
            "bucket": "delivered" if present else "absent_from_tutoring",
        }
        return usual | _from(row) | more

    return [
        one(1, "A", 1800),
        one(2, "A", 1500, bucket="late_or_left_early"),  # wrong child: the twins are one key
        one(3, "C", 3600),  # twice the true time
        one(4, "D2", 1800),
        one(5, None, 0),  # waits for review
        one(6, "C", 0, tutor_key=None),  # wrong child
        one(7, "E", 1800, flags="session.zero_minutes"),  # a stranger, taken for child 5
        one(
            10,
            None,
            0,
            tutor_key="T2",
            bucket="cancelled_vendor",  # true: closed
            flags="session.tutor_overlap",  # the fault is in the tutor's other meeting, row 5
        ),
        one(12, "D2", 600, tutor_key="T2", flags="session.duplicate,session.overlap"),
    ]


def _dose(key: str, actual: int, band: str) -> dict[str, Any]:
    return {
        "student_key": key,
        "scope_kind": "student_program",
        "scope_key": "math",
        "period": "2025-26-fall",
        "rule_id": "nssa",
        "rule_version": 2,
        "scheduled_seconds": 3600,
        "actual_seconds": actual,
        "datas_band": band,
        "reached_adequate": actual >= 3000,
    }


def _from(row: int, delivery: str = "D1", file: str = "sessions") -> dict[str, Any]:
    source = "northstar" if delivery == "D1" else "sis"
    return {"_source": source, "_delivery_id": delivery, "_row": row, "_file": file}


def _utc(minutes: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


def _key() -> dict[str, Rows]:
    return {
        "person": _people(),
        "row_truth": _truths(),
        "fault": _faults(),
        "fault_kind": [
            {
                "kind": kind,
                "family": family,
                "unit": "file of a log" if family == "delivery" else "row of a log",
                "injected": 1,
            }
            for kind, family in (
                ("name_typo", "name"),
                ("id_sibling", "id"),
                ("row_duplicate", "row"),
                ("row_unmapped_code", "row"),
                ("row_test_student", "row"),
                ("minutes_zero", "time"),
                ("file_resent", "delivery"),
                ("time_utc", "time"),
                ("row_tutor_overlap", "time"),
                ("lost_wallet", "row"),
            )
        ],
        "seat": _seats(),
        "minute_cause": _causes(),
        "dosage": [
            _true_dose(1, 3000),
            _true_dose(3, 1800),
            _true_dose(4, 1800),
            _true_dose(5, 600),
            _true_dose(5, 600) | {"scope_key": "algebra"},  # its source is not read
            _true_dose(5, 600) | {"rule_id": "not_in_force"},
        ],
        "overbilling": [
            {"source": "northstar", "cents_billed": 1800, "cents_owed": 0},
            {"source": "northstar", "cents_billed": 1800, "cents_owed": 1800},
        ],
    }


def _people() -> Rows:
    households = {1: 1, 2: 1, 3: 3, 4: 4, 5: 5}
    twins = {1: 2, 2: 1}
    pupils = [
        {
            "person_id": person,
            "role": "student",
            "number": f"000000{person}",
            "number_new": "0700004" if person == 4 else "",
            "state_id": f"900000000{person}",
            "household": household,
            "twin_id": twins.get(person),
        }
        for person, household in households.items()
    ]
    return [*pupils, {"person_id": 1, "role": "tutor", "number": "0000003"}]


def _truths() -> Rows:
    """Row, record, true person and seat of the log; rows 5 and 6 are of one child."""
    log = [
        (1, 11, 1, 1),
        (2, 12, 2, 2),
        (3, 13, 3, 3),
        (4, 14, 4, 4),
        (5, 15, 5, 5),
        (6, 16, 5, 6),
        (7, 17, None, None),
        (8, 13, 3, 7),  # not in the release
        (9, 18, 5, 8),  # quarantined
        (10, 19, 3, 9),
        (12, 14, 4, 4),  # duplicate of row 4
    ]
    rows = [
        _truth("northstar", file, row, person, record, seat)
        for file in (LOG, AGAIN)
        for row, record, person, seat in log
    ]
    tutor = _truth("northstar", LOG, 1, 101, None, None) | {"role": "tutor"}
    enrolled = _truth("sis", f"{BUNDLE}/enrollments.csv", 1, 3, 21, None)
    teacher = _truth("sis", f"{BUNDLE}/enrollments.csv", 2, 201, None, None) | {"role": "staff"}
    school = _truth("sis", f"{BUNDLE}/academicSessions.csv", 1, None, None, None) | {"role": ""}
    unread = _truth("lakeside", UNREAD, 1, 3, 31, 20)
    return [*rows, tutor, enrolled, teacher, school, unread]


def _truth(
    source: str, file: str, row: int, person: int | None, record: int | None, seat: int | None
) -> dict[str, Any]:
    return {
        "source": source,
        "file": file,
        "row": row,
        "role": "student",
        "person_id": person,
        "seat_id": seat,
        "record_id": record,
        "linkable": person is not None,
    }


def _faults() -> Rows:
    def one(kind: str, row: int | None, seat: int | None, person: int | None) -> Rows:
        return [
            {
                "kind": kind,
                "source": "northstar",
                "file": file,
                "row": row,
                "person_id": person,
                "seat_id": seat,
            }
            for file in (LOG, AGAIN)
        ]

    unread = {"kind": "name_typo", "source": "lakeside", "file": UNREAD, "row": 1, "person_id": 3}
    resent = [
        {"kind": "file_resent", "source": "northstar", "file": AGAIN, "row": row} for row in (1, 2)
    ]
    return [
        *one("name_typo", 3, 3, 3),  # linked all the same
        *one("id_sibling", 6, 6, 5),  # believed: linked to the wrong child
        *one("row_duplicate", 12, 4, 4),
        *one("row_unmapped_code", 9, 8, 5),
        *one("row_test_student", 7, None, None),  # linked to a child
        *one("minutes_zero", 10, 9, 3),  # nobody noticed
        *one("time_utc", 1, 1, 1),  # the release has the true start
        *one("time_utc", 6, 6, 5),  # the release is an hour off
        *one("row_tutor_overlap", 5, 5, 5),  # the other of the two meetings is flagged
        *one("lost_wallet", 1, 1, 1),
        *resent,
        unread,
    ]


_PERSON_OF_SEAT = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 5, 7: 3, 8: 5, 9: 3, 10: 1, 20: 3}


def _seats() -> Rows:
    """Seat, inside, surplus, tutor. Seat 10 is named by no row, seat 20 by an unread file only."""
    seats = [
        (1, "northstar", 1800, 0, 101),
        (2, "northstar", 1500, 0, 101),
        (3, "northstar", 1800, 0, 101),
        (4, "northstar", 1800, 0, 101),
        (5, "northstar", 0, 0, 102),
        (6, "northstar", 0, 0, 102),
        (7, "northstar", 1800, 300, 102),
        (8, "northstar", 1800, 0, 102),
        (9, "northstar", 0, 0, 102),
        (10, "northstar", 0, 0, None),
        (20, "lakeside", 1800, 0, 103),
    ]
    return [
        {
            "seat_id": seat,
            "source": source,
            "program_id": "math" if source == "northstar" else "algebra",
            "person_id": _PERSON_OF_SEAT.get(seat),
            "tutor_person_id": tutor,
            "local_date": NOON.date(),
            "started_at_utc": NOON,
            "planned_seconds": 1800,
            "inside_seconds": inside,
            "surplus_seconds": surplus,
        }
        for seat, source, inside, surplus, tutor in seats
    ]


def _causes() -> Rows:
    causes = [
        (1, "delivered", 1800),
        (2, "delivered", 1500),
        (2, "late_or_left_early", 300),
        (3, "delivered", 1800),
        (4, "delivered", 1800),
        (5, "absent_from_tutoring", 1800),
        (6, "absent_from_school", 1800),
        (7, "delivered", 1800),
        (8, "delivered", 1800),
        (9, "closed", 1800),
        (10, "cancelled_vendor", 1800),
        (20, "delivered", 1800),
    ]
    return [{"seat_id": seat, "cause": cause, "seconds": s} for seat, cause, s in causes]


def _true_dose(person: int, actual: int) -> dict[str, Any]:
    return {
        "person_id": person,
        "rule_id": "nssa",
        "scope_kind": "student_program",
        "scope_key": "math",
        "period": "2025-26-fall",
        "scheduled_seconds": 3600,
        "actual_seconds": actual,
        "datas_band": "<25%",
        "reached_adequate": actual >= 3000,
    }
