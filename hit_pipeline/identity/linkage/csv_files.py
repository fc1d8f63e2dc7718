"""Descriptions out of any CSV file: columns are known by the names people usually give them.

A file without a column of ids gets the number of each row. Columns that are not known, identifiers
other than the record's own among them, are left out.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from hit_pipeline.errors import HitError

USUAL = {
    "record": "record record_id rec_id recid id unique_id uid row_id person_id",
    "given_name": "given_name givenname given first_name firstname first fname forename "
    "first_names forenames fname_c1 name_first student_first_name",
    "family_name": "family_name familyname family last_name lastname last lname surname sname "
    "lname_c1 name_last student_last_name",
    "middle_name": "middle_name middlename middle mname middle_names middle_initial mi fname_c2",
    "preferred_name": "preferred_name preferred nickname known_as preferred_first_name",
    "display_name": "name full_name fullname display_name student_name person_name",
    "birth_date": "birth_date birthdate date_of_birth dateofbirth dob birthday born "
    "student_birth_date birth_dt",
    "birth_year": "birth_year year_of_birth yob by",
    "birth_month": "birth_month month_of_birth mob bm",
    "birth_day": "birth_day day_of_birth bd",
    "gender": "gender sex gender_code sex_code",
    "school": "school school_name school_id building campus",
    "grade": "grade grade_level gradelevel current_grade",
    "tutor": "tutor tutor_name",
    "phone": "phone phone_number phone_num telephone tel mobile cell home_phone",
    "email": "email e_mail email_address mail",
    "address_line": "address address_line address_1 address1 address_line_1 addr1 addr_1 street "
    "street_address street_name res_street_address",
    "address_line_2": "address_2 address2 address_line_2 addr2 addr_2",
    "street_number": "street_number street_num house_number house_num house_no",
    "postcode": "postcode post_code postal_code postalcode zip zip_code zipcode",
    "locality": "locality city suburb town place res_city_desc",
    "region": "region state province state_cd",
}
"""Column of a description, and the headers it is known by, apart by blanks."""

_COLUMN_OF = {header: column for column, names in USUAL.items() for header in names.split()}
_PARTS = ("birth_year", "birth_month", "birth_day")
_DELIMITERS = ",;\t|"
_DATE = re.compile(r"^(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})\b")
_LAST_MONTH = 12
_CENTURY = 30  # two digits up to here are of this century


@dataclass(frozen=True)
class Described:
    """Descriptions read from a file.

    Attributes:
        rows: Descriptions, as text.
        columns: Per column of a description, the header it was read from.
        unused: Headers that were left out.
    """

    rows: pa.Table
    columns: dict[str, str]
    unused: tuple[str, ...]


def read_described(file: Path, record: str | None = None) -> Described:
    """Read a CSV file in UTF-8 or Windows-1252, apart by comma, semicolon, tab or bar.

    Args:
        file: The file; its first line is the header.
        record: Header of the column of ids; None: the usual names, else rows are numbered from 1.

    Raises:
        HitError: The file has no rows, lacks the column of ids, or no column is known.
    """
    text = _decoded(file)
    lines = csv.reader(
        text.splitlines(keepends=True), delimiter=_delimiter(text), skipinitialspace=True
    )
    header = [name.strip() for name in next(lines, [])]
    rows = [row for row in lines if any(cell.strip() for cell in row)]
    if not rows:
        message = f"{file.name} has no rows"
        raise HitError(message, remedy="It needs a header line and at least one row below it.")
    at = _columns(file, header, record)
    texts = {name: [_cell(row, place) for row in rows] for name, place in at.items()}
    texts = _with_birth_date(texts)
    if len(texts) <= ("record" in texts):
        message = f"no column of {file.name} is known as a name, a birth date or the like"
        raise HitError(message, remedy="docs/linking.md lists the headers that are known.")
    ids = texts.pop("record", None) or [None] * len(rows)
    numbered = [one or f"row {number}" for number, one in enumerate(ids, start=1)]
    if "record" not in at:
        numbered = [str(number) for number in range(1, len(rows) + 1)]
    table = pa.table(
        {"record": numbered, **{n: pa.array(v, pa.string()) for n, v in texts.items()}}
    )
    used = {name: header[place] for name, place in at.items()}
    return Described(table, used, tuple(name for name in header if name not in used.values()))


def _decoded(file: Path) -> str:
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _columns(file: Path, header: Sequence[str], record: str | None) -> dict[str, int]:
    """Return the place of each known column; the first of two that mean the same counts."""
    at: dict[str, int] = {}
    if record is not None:
        if record not in header:
            message = f"{file.name} has no column {record}"
            raise HitError(message, remedy=f"It has: {', '.join(header)}.")
        at["record"] = header.index(record)
    for place, name in enumerate(header):
        column = _COLUMN_OF.get(re.sub("[^a-z0-9]+", "_", name.lower()).strip("_"))
        if column is not None:
            at.setdefault(column, place)
    return at


def _cell(row: Sequence[str], place: int) -> str | None:
    return (row[place].strip() or None) if place < len(row) else None


def _with_birth_date(texts: dict[str, list[str | None]]) -> dict[str, list[str | None]]:
    """Write birth dates as year, month, day; three columns of parts count as one."""
    if "birth_date" not in texts and all(part in texts for part in _PARTS):
        parts = zip(*(texts[part] for part in _PARTS), strict=True)
        texts["birth_date"] = [
            f"{int(y):04}{int(m):02}{int(d):02}" if _numbers(y, m, d) else None for y, m, d in parts
        ]
    elif "birth_date" in texts:
        texts["birth_date"] = _dates(texts["birth_date"])
    return {name: values for name, values in texts.items() if name not in _PARTS}


def _numbers(*texts: str | None) -> bool:
    return all(text is not None and text.isdigit() for text in texts)


def _dates(stated: Sequence[str | None]) -> list[str | None]:
    """Write dates as year, month, day.

    Whether 3/4/2012 is in March or April is decided for the column: the month comes first unless a
    row has a number above 12 there and none has one in the second place.
    """
    found = [_DATE.match(text) if text else None for text in stated]
    first = [int(one[1]) for one in found if one and len(one[1]) <= 2]
    second = [int(one[2]) for one in found if one and len(one[1]) <= 2]
    day_first = max(first, default=0) > _LAST_MONTH >= max(second, default=0)
    return [
        _written(one, day_first=day_first) if one else text
        for one, text in zip(found, stated, strict=True)
    ]


def _written(date: re.Match[str], *, day_first: bool) -> str:
    a, b, c = (int(part) for part in date.groups())
    if len(date[1]) > 2:
        return f"{a:04}{b:02}{c:02}"
    if len(date[3]) <= 2:
        c += 2000 if c <= _CENTURY else 1900
    month, day = (b, a) if day_first else (a, b)
    return f"{c:04}{month:02}{day:02}"
