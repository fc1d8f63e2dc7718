"""Any CSV file read as descriptions."""

from pathlib import Path

import pytest

from hit_pipeline.errors import HitError
from hit_pipeline.identity.linkage.csv_files import read_described


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "people.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize(
    "header",
    [
        "rec_id, given_name, surname, date_of_birth, soc_sec_id",
        "ID;First Name;Last Name;DOB;SSN",
        "id\tfname\tlname\tbirthdate\tsocial",
        "record_id|FIRSTNAME|LastName|Birth Date|number",
    ],
)
def test_usual_names_and_delimiters_are_known(tmp_path: Path, header: str) -> None:
    mark = next(mark for mark in ";\t|," if mark in header)
    line = mark.join(["7", "Ana", "Petrovic", "2012-03-09", "999"])
    described = read_described(written(tmp_path, f"{header}\n{line}\n"))
    assert described.rows.to_pylist() == [
        {
            "record": "7",
            "given_name": "Ana",
            "family_name": "Petrovic",
            "birth_date": "20120309",
        }
    ]
    assert len(described.unused) == 1


@pytest.mark.parametrize(
    ("dates", "read"),
    [
        (["3/9/2012", "12/31/2011"], ["20120309", "20111231"]),
        (["3/9/2012", "31/12/2011"], ["20120903", "20111231"]),
        (["9.3.12", "31.12.99"], ["20120309", "19991231"]),
        (["2012-3-9 00:00:00", "20111231"], ["20120309", "20111231"]),
        (["", "19351340"], [None, "19351340"]),
    ],
)
def test_dates(tmp_path: Path, dates: list[str], read: list[str | None]) -> None:
    rows = "".join(f"Ana,{date}\n" for date in dates)
    described = read_described(written(tmp_path, f"given_name,dob\n{rows}"))
    assert described.rows["birth_date"].to_pylist() == read
    assert described.rows["record"].to_pylist() == ["1", "2"]


def test_a_birth_date_in_three_columns(tmp_path: Path) -> None:
    text = "fname_c1,lname_c1,by,bm,bd\nCARSTEN,MEIER,1949,7,22\nGERD,BAUER,1968,,27\n"
    described = read_described(written(tmp_path, text))
    assert described.rows["birth_date"].to_pylist() == ["19490722", None]


def test_windows_text_and_short_rows(tmp_path: Path) -> None:
    described = read_described(written(tmp_path, "first,last\nZoë,Núñez\nAna\n\n", "cp1252"))
    assert described.rows["given_name"].to_pylist() == ["Zoë", "Ana"]
    assert described.rows["family_name"].to_pylist() == ["Núñez", None]


def test_the_column_of_ids_can_be_named(tmp_path: Path) -> None:
    file = written(tmp_path, "nr,first\nx9,Ana\n")
    assert read_described(file, "nr").rows["record"].to_pylist() == ["x9"]
    with pytest.raises(HitError, match="no column code"):
        read_described(file, "code")


@pytest.mark.parametrize("text", ["", "first,last\n", "colour,size\nred,4\n"])
def test_a_file_without_people_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(HitError, match=r"people\.csv"):
        read_described(written(tmp_path, text))
