"""Whatever a file holds, its draft loads without a mistake and repeats no cell of a pupil."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hit_pipeline.drafting.toml_text import value_text
from hit_pipeline.engine import Engine
from tests.unit.drafting.bench import drafted

SLOW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
KNOWN = [
    "Student ID",
    "StudentID",
    "Status",
    "Attendance",
    "Session Date",
    "Duration",
    "Tutor",
    "Notes",
    "Score %",
    "Grade",
    "",
    "Goal1Name",
    "Goal1Score",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
HEADERS = st.lists(st.sampled_from(KNOWN) | TEXT, min_size=2, max_size=8)
CELLS = (
    st.sampled_from(
        ["", "N/A", "Attended", "3", "0:45", "2026-09-14", "09/08/2026", "a;b", "50%", "Y"]
    )
    | TEXT
)


def as_csv(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return out.getvalue().encode()


@SLOW
@given(header=HEADERS, data=st.data())
def test_every_file_that_can_be_read_has_a_draft_that_loads(
    engine: Engine, header: list[str], data: st.DataObject
) -> None:
    row = st.lists(CELLS, min_size=len(header), max_size=len(header))
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    sure = ["Student Name", "Session ID", *header]
    with tempfile.TemporaryDirectory() as folder:
        text = as_csv(sure, [["Ada", f"S{n}", *one] for n, one in enumerate(rows)])
        found = drafted(engine, Path(folder), {"log.csv": text})
    assert found.contract.id == "vendor"


TOKEN = st.text("bcdfghjklmnpqrstvwxz", min_size=9, max_size=12)


@SLOW
@given(tokens=st.lists(TOKEN, min_size=40, max_size=40, unique=True), often=st.integers(1, 4))
def test_no_cell_of_a_pupil_is_written_or_told(
    engine: Engine, tokens: list[str], often: int
) -> None:
    header = [
        "Session ID",
        "Student ID",
        "Student Name",
        "Status",
        "Subject",
        "Grade",
        "Notes",
        "Mystery",
    ]
    rows = [tokens[n * 8 : n * 8 + 8] for n in range(5)]
    with tempfile.TemporaryDirectory() as folder:
        found = drafted(
            engine, Path(folder), {"log.csv": as_csv(header, rows * (1 if often < 3 else 2))}
        )
    told = found.text + repr(list(found.file.columns)) + repr(found.draft) + repr(found.doubts)
    assert not [token for token in tokens if token in told]


@given(
    st.recursive(
        TEXT | st.booleans() | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=6,
    )
)
def test_a_value_written_as_toml_is_read_back(value: object) -> None:
    import tomllib

    assert tomllib.loads(f"key = {value_text(value)}")["key"] == value
