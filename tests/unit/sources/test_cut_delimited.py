"""Reports: tables that lie somewhere in a delimited file, and the lines around them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.engine import Engine
from tests.unit.sources.shapes import (
    OTHERS,
    columns,
    contract,
    kinds,
    read,
    read_text,
    refused,
    using,
)

VISITS: dict[str, Any] = {"find_header": True, "columns": columns("Student", "Minutes")}
MEETING: dict[str, Any] = {
    "find_header": True,
    "columns": columns("Meeting ID", "Topic", "Start Time"),
}
SEATS: dict[str, Any] = {
    "find_header": True,
    "columns": columns("Name (Original Name)", "Join Time"),
    "feeds": using("Name (Original Name)", "_meeting.Topic", "_meeting.Meeting ID"),
}
REPORT = """Minutes by student
Generated on 11/02/2026

,,
Student,Minutes
00012,30
00013,25
Total,55
End of report
"""


def test_a_header_is_found_below_a_preamble_of_any_length(engine: Engine, tmp_path: Path) -> None:
    found = read_text(engine, tmp_path, REPORT, contract(visits={**VISITS, "ends_at": "^Total"}))
    visits = found["visits"]
    assert visits.rows == [
        {"Student": "00012", "Minutes": "30"},
        {"Student": "00013", "Minutes": "25"},
    ]
    assert visits.file.header == ("Student", "Minutes")
    assert kinds(found) == [
        ("1", "outside"),
        ("2", "outside"),
        ("4", "blank"),
        ("8", "end"),
        ("9", "outside"),
    ]
    others = found[OTHERS].file
    assert (others.excluded_rule, others.count) == ("landing.outside_table", 5)


def test_what_a_line_outside_holds_is_not_repeated(engine: Engine, tmp_path: Path) -> None:
    found = read_text(engine, tmp_path, "Ann Lee\n" + REPORT, contract(visits=VISITS))
    assert "Ann" not in str(found[OTHERS].rows)


def test_a_file_without_the_header_is_refused_with_the_line_most_like_it(
    engine: Engine, tmp_path: Path
) -> None:
    text = "Ann Lee\n\nStudent,Mins,SSN\n00012,30,1\n"
    error = refused(engine, tmp_path, text, contract(visits=VISITS))
    assert error.rule == "contract.missing_column"
    assert "line 3" in str(error)
    assert "Minutes" in str(error)
    assert "Ann" not in str(error)
    assert error.forbidden == ("SSN",)
    assert refused(engine, tmp_path, "\n \n", contract(visits=VISITS)).rule == "landing.empty_file"
    error = refused(engine, tmp_path, "a,b\n1,2\n", contract(visits=VISITS))
    assert error.rule == "landing.no_contract_file"


def test_headers_are_found_by_alias_and_in_other_spelling(engine: Engine, tmp_path: Path) -> None:
    names = [{"name": "Student", "aliases": ["Pupil"], "required": True}, {"name": "Room"}]
    agreed = contract(visits={"find_header": True, "columns": names})
    found = read_text(engine, tmp_path, "Report\n PUPIL ,Extra\n1,2\n", agreed)["visits"]
    assert found.rows == [{"Student": "1", "Extra": "2", "Room": None}]


def test_a_table_ends_at_a_blank_line_where_the_contract_says_so(
    engine: Engine, tmp_path: Path
) -> None:
    text = "Student,Minutes\n1,30\n\nNotes\nlate,bus\n"
    found = read_text(engine, tmp_path, text, contract(visits={**VISITS, "ends_at": "^$"}))
    assert [row["Student"] for row in found["visits"].rows] == ["1"]
    assert kinds(found) == [("4", "outside"), ("5", "outside")]
    whole = read_text(engine, tmp_path, text, contract(visits=VISITS))["visits"]
    assert [row["Student"] for row in whole.rows] == ["1", "late"]
    assert whole.malformed == [(4, "landing.ragged")]


def test_footers_are_left_out_of_a_file_with_an_ordinary_header(
    engine: Engine, tmp_path: Path
) -> None:
    agreed = contract(visits={"columns": columns("Student", "Minutes"), "ends_at": "^Total"})
    found = read_text(engine, tmp_path, "Student,Minutes\n1,30\nTotal: 1\n", agreed)
    assert [row["Student"] for row in found["visits"].rows] == ["1"]
    assert kinds(found) == [("3", "end")]
    error = refused(engine, tmp_path, "Pupil,Minutes\n1,30\n", agreed)
    assert error.rule == "contract.missing_column"


ZOOM = (
    "Meeting ID,Topic,Start Time,\n"
    '811 2233,"Reading, group 4",09/14/2026 03:00:00 PM,\n'
    "\n"
    "Name (Original Name),Join Time,\n"
    "Ann,09/14/2026 03:01:00 PM,\n"
    '"Bo ""B""",09/14/2026 03:02:00 PM,\n'
)


def test_two_tables_of_one_file_come_apart_and_rows_know_their_meeting(
    engine: Engine, tmp_path: Path
) -> None:
    found = read_text(engine, tmp_path, ZOOM, contract(meeting=MEETING, seats=SEATS))
    assert [row["Topic"] for row in found["meeting"].rows] == ["Reading, group 4"]
    seats = found["seats"]
    assert [row["Name (Original Name)"] for row in seats.rows] == ["Ann", 'Bo "B"']
    assert {row["_meeting.Topic"] for row in seats.rows} == {"Reading, group 4"}
    assert {row["_meeting.Meeting ID"] for row in seats.rows} == {"811 2233"}
    assert seats.file.header == ("Name (Original Name)", "Join Time")
    assert OTHERS not in found


def test_each_block_of_rows_takes_the_meeting_nearest_above(engine: Engine, tmp_path: Path) -> None:
    second = ZOOM.replace("811 2233", "999").replace("Ann", "Cy")
    found = read_text(
        engine, tmp_path, ZOOM + "\n" + second, contract(meeting=MEETING, seats=SEATS)
    )
    meetings = [
        (row["Name (Original Name)"], row["_meeting.Meeting ID"]) for row in found["seats"].rows
    ]
    assert meetings == [
        ("Ann", "811 2233"),
        ('Bo "B"', "811 2233"),
        ("Cy", "999"),
        ('Bo "B"', "999"),
    ]
    assert len(found["meeting"].rows) == 2
    assert kinds(found) == [("8", "again"), ("11", "again")]


def test_rows_below_several_meetings_take_none_over_and_that_is_said(
    engine: Engine, tmp_path: Path
) -> None:
    text = ZOOM.replace("\n\n", "\n812,Maths,09/14/2026 04:00:00 PM,\n\n", 1)
    found = read_text(engine, tmp_path, text, contract(meeting=MEETING, seats=SEATS))
    assert [row["_meeting.Topic"] for row in found["seats"].rows] == [None, None]
    assert found["seats"].rules["contract.unclear_context"] == 2


def test_a_table_that_is_not_there_is_noted_only_where_it_must_be(
    engine: Engine, tmp_path: Path
) -> None:
    agreed = contract(meeting={**MEETING, "optional": False}, seats=SEATS, visits=VISITS)
    found = read_text(engine, tmp_path, ZOOM[ZOOM.index("Name") :] + "\n" + REPORT, agreed)
    missing = [
        finding.file
        for one in found.values()
        for finding in one.file.findings
        if finding.rule == "contract.missing_table"
    ]
    assert missing == ["meeting"]
    assert found["seats"].rows[0]["_meeting.Topic"] is None


def test_labelled_values_reach_the_rows_below_them(engine: Engine, tmp_path: Path) -> None:
    grouped = {
        **VISITS,
        "preamble": {"School": r"^School:\|*\s*(.+)$", "Week": r"Week of ([0-9/]+)"},
        "feeds": using("Student", "_preamble.School", "_preamble.Week"),
    }
    text = (
        'Week of 9/14/2026\nSchool:,"Lincoln, East"\nStudent,Minutes\n1,30\n2,"2,5"\n'
        "School: Adams\n3,20\n,\nSchool:,,Grant\nStudent,Minutes\n4,10\n"
    )
    found = read_text(engine, tmp_path, text, contract(visits=grouped))
    told = [
        (row["Student"], row["_preamble.School"], row["_preamble.Week"])
        for row in found["visits"].rows
    ]
    assert told == [
        ("1", "Lincoln, East", "9/14/2026"),
        ("2", "Lincoln, East", "9/14/2026"),
        ("3", "Adams", "9/14/2026"),
        ("4", "Grant", "9/14/2026"),
    ]
    assert found["visits"].rows[1]["Minutes"] == "2,5"
    assert [kind for _, kind in kinds(found)] == [
        "label",
        "label",
        "label",
        "blank",
        "label",
        "again",
    ]


def test_blank_cells_take_the_cell_above_and_inner_ones_begin_anew(
    engine: Engine, tmp_path: Path
) -> None:
    filled = {"columns": columns("School", "Tutor", "Student"), "fill_down": ["School", "Tutor"]}
    text = "School,Tutor,Student\nA,T1,1\n,,2\n,T2,3\nB,,4\n,T3,5\nB, ,6\n"
    found = read_text(engine, tmp_path, text, contract(visits=filled))["visits"]
    assert [(row["School"], row["Tutor"]) for row in found.rows] == [
        ("A", "T1"),
        ("A", "T1"),
        ("A", "T2"),
        ("B", None),
        ("B", "T3"),
        ("B", "T3"),
    ]
    assert found.rules["tolerance.filled_down"] == 5


def test_records_of_other_types_are_counted(engine: Engine, tmp_path: Path) -> None:
    detail = {"header_row": 0, "columns": columns("Type", "Student", "Minutes"), "only": r"^D\|"}
    tutor = {"header_row": 0, "columns": columns("Type", "Tutor"), "only": r"^T\|"}
    text = "H,2026-11-02,vendor,x\nT,Cy\nD,1,30\nD,2,25\nZ,2\n"
    found = read_text(engine, tmp_path, text, contract(detail=detail, tutor=tutor))
    assert [row["Student"] for row in found["detail"].rows] == ["1", "2"]
    assert [row["Tutor"] for row in found["tutor"].rows] == ["Cy"]
    assert kinds(found) == [("1", "record_type"), ("5", "record_type")]


def test_another_header_of_the_same_table_is_read_by_its_own_order(
    engine: Engine, tmp_path: Path
) -> None:
    text = "Student,Minutes\n1,30\nMinutes,Student,Room\n20,2,7\n"
    rows = read_text(engine, tmp_path, text, contract(visits=VISITS))["visits"].rows
    assert [(row["Student"], row["Minutes"], row["Room"]) for row in rows] == [
        ("1", "30", None),
        ("2", "20", "7"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252"])
def test_encodings_and_line_ends_are_those_of_any_file(
    engine: Engine, tmp_path: Path, encoding: str
) -> None:
    declared = encoding if encoding == "windows-1252" else "utf-8"
    path = tmp_path / "report.csv"
    path.write_bytes("Bericht é\r\n\r\nStudent,Minutes\r\nZoë,30\r\n".encode(encoding))
    agreed = contract(visits={**VISITS, "encoding": declared})
    found = read(engine, path, agreed)
    assert [row["Student"] for row in found["visits"].rows] == ["Zoë"]
    assert kinds(found) == [("1", "outside")]


def test_lines_that_cannot_be_split_are_malformed_inside_and_counted_outside(
    engine: Engine, tmp_path: Path
) -> None:
    text = '"Ann" x,1\nStudent,Minutes\n1,30\n"2" x,25\n3,"l1\nStudent,Minutes"\n4,5,6\n5,"open\n'
    found = read_text(engine, tmp_path, text, contract(visits=VISITS))
    assert [row["Student"] for row in found["visits"].rows] == ["1", "3"]
    assert found["visits"].rows[1]["Minutes"] == "l1\nStudent,Minutes"
    assert found["visits"].malformed == [
        (4, "landing.bad_quote"),
        (7, "landing.ragged"),
        (8, "landing.bad_quote"),
    ]
    assert kinds(found) == [("1", "outside")]


LINES = st.sampled_from(
    [
        "",
        ",,",
        "Report",
        "Student,Minutes",
        "Student,Minutes,",
        "1,30",
        "2,",
        "3",
        '"4","a\nb"',
        "6,7,8",
        "School:,Grant",
        "Total,9",
        "Meeting ID,Topic,Start Time",
        "811,Maths,x",
    ]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(LINES, max_size=25))
def test_every_line_is_a_header_a_row_malformed_or_counted(
    engine: Engine, tmp_path: Path, lines: list[str]
) -> None:
    agreed = contract(
        visits={
            **VISITS,
            "ends_at": "^Total",
            "preamble": {"School": r"^School:\|(.+)$"},
            "feeds": using("_preamble.School"),
            "empty": "nothing_happened",
        },
        meeting={**MEETING, "empty": "nothing_happened"},
        anything={
            "header_row": 0,
            "only": "^$",
            "columns": columns("x", required=0),
            "empty": "nothing_happened",
        },
    )
    path = tmp_path / "report.csv"
    path.write_text("start\n" + "".join(f"{line}\n" for line in lines))
    found = read(engine, path, agreed)
    headers = sum(
        bool(one.file.header) and file not in (OTHERS, "anything") for file, one in found.items()
    )
    landed = sum(len(one.rows) + len(one.malformed) for one in found.values())
    expected = 1 + sum(bool(line) for line in lines)
    assert landed + headers == expected
