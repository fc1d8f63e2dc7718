"""Finding somebody a record may be, where no rule found anybody: by name, number or birth date.

Looks in the promoted tables of people; of students their numbers as rosters state them, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hit_pipeline.lake import Lake
from hit_pipeline.review.questions import Shown
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.review import COMPARED, SHOWN_SYSTEMS

MOST = 20
"""Most people that are shown."""

_TABLES = {"student": "student", "tutor": "tutor", "staff": "staff"}
_READ = ("student", "student_identifier", "school", "tutor", "staff")
_NAMES = ("given_name", "middle_name", "family_name", "preferred_name", "display_name")
_SOUGHT = (*_NAMES, "birth_date", "email", "ids", "bare")


@dataclass(frozen=True)
class Person:
    """Somebody who was found.

    Attributes:
        key: Durable key.
        known: What is known, as a question shows it.
    """

    key: str
    known: Shown

    @property
    def name(self) -> str:
        """Given and family name; the key where neither is known."""
        parts = [
            str(self.known[name]) for name in ("given_name", "family_name") if self.known[name]
        ]
        return " ".join(parts) or self.key


@dataclass(frozen=True)
class Directory:
    """The people of one role.

    Attributes:
        rows: Their rows.
        texts: What is sought in: `plain` words, a blank before each.
    """

    rows: pa.Table
    texts: pa.ChunkedArray

    @classmethod
    def read(cls, lake: Lake, role: str) -> "Directory":
        """Read the people of a role from the promoted tables; nobody before the first night."""
        name = _TABLES[role]
        rows = _read(lake, name).rename_columns(
            ["key" if one == f"{role}_key" else one for one in TABLES[name].column_names]
        )
        if role == "student":
            rows = _with_schools(lake, _with_numbers(lake, rows))
        cells = [rows[one].cast(pa.string()) for one in _SOUGHT if one in rows.column_names]
        joined = pc.binary_join_element_wise(*cells, " ", null_handling="skip")
        return cls(rows, pc.binary_join_element_wise("", plain(joined), " "))

    def find(self, stated: str) -> list[Person]:
        """Return who fits every word stated, each the beginning of a name or of a number.

        Case, accents and marks count for nothing. At most `MOST`, by family name.
        """
        words = plain(pa.array([stated[:_LONGEST]]))[0].as_py().split()
        if not words:
            return []
        fits = reduce(pc.and_, (pc.match_substring(self.texts, f" {one}") for one in words))
        found = self.rows.filter(fits).to_pylist()
        found.sort(key=lambda row: (str(row.get("family_name") or ""), row["key"]))
        return [_person(row) for row in found[:MOST]]

    def person(self, key: str) -> Person | None:
        """Return who has a key; None when nobody has."""
        found = self.rows.filter(pc.equal(self.rows["key"], key)).to_pylist()
        return _person(found[0]) if found else None


_LONGEST = 200


def plain(texts: Any) -> Any:
    """Return texts as lower-case words one blank apart, without accents and marks."""
    bare = pc.replace_substring_regex(pc.utf8_normalize(texts, "NFD"), r"\p{M}+", "")
    parted = pc.replace_substring_regex(pc.utf8_lower(bare), r"[^\p{L}\p{N}]+", " ")
    return pc.utf8_trim(parted, " ")


def stamps(lake: Lake) -> tuple[tuple[Path, int, int], ...]:
    """Return what changes whenever one of the tables that are read does."""
    paths = [path for name in _READ for path in lake.parts(TABLES[name])]
    return tuple((path, path.stat().st_ino, path.stat().st_mtime_ns) for path in paths)


def _read(lake: Lake, name: str) -> pa.Table:
    table, paths = TABLES[name], lake.parts(TABLES[name])
    if paths:
        return pa.concat_tables(
            pq.read_table(path, columns=[*table.column_names]) for path in paths
        )
    return pa.table({one: pa.array([], pa.string()) for one in table.column_names})


def _with_numbers(lake: Lake, rows: pa.Table) -> pa.Table:
    """Add ``ids``, the numbers as shown, and ``bare``, them without leading zeros."""
    stated: dict[str, list[tuple[int, str, str]]] = {}
    known = _read(lake, "student_identifier").select(
        ["student_key", "system", "value", "valid_to", "origin"]
    )
    known = known.filter(
        pc.and_(pc.is_null(known["valid_to"]), pc.equal(known["origin"], "roster"))
    )
    cells = (known[name].to_pylist() for name in ("student_key", "system", "value"))
    for key, system, value in zip(*cells, strict=True):
        stated.setdefault(key, []).append((SHOWN_SYSTEMS.index(system), system, value))
    ids = [sorted({*stated.get(key, ())}) for key in rows["key"].to_pylist()]
    shown = ["; ".join(f"{system} {value}" for _, system, value in one) for one in ids]
    bare = [" ".join(value.lstrip("0") for *_, value in one) for one in ids]
    return rows.append_column("ids", pa.array(shown, pa.string())).append_column(
        "bare", pa.array(bare, pa.string())
    )


def _with_schools(lake: Lake, rows: pa.Table) -> pa.Table:
    schools = _read(lake, "school").select(["school_id", "name"]).to_pylist()
    names = {one["school_id"]: one["name"] for one in schools}
    placed = [names.get(one) or one for one in rows["school_id_current"].to_pylist()]
    return rows.append_column("school", pa.array(placed, pa.string()))


def _person(row: Mapping[str, Any]) -> Person:
    shown = {name: row.get(name) for name in COMPARED}
    shown["grade"] = row.get("grade_current")
    shown["ids"] = row.get("ids") or row.get("email")
    if "display_name" in row:
        shown["given_name"] = row["display_name"]
    return Person(row["key"], shown)


def shown_people(found: Sequence[Person]) -> list[tuple[Person, str]]:
    """Return people with what tells them apart, in one line each."""
    named = ("birth_date", "school", "grade", "ids")
    return [
        (one, ", ".join(str(one.known[name]) for name in named if one.known[name])) for one in found
    ]
