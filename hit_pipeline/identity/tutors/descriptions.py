"""How accounts are described to the linkage library: names, e-mail addresses, schools.

The words of a mailbox are a name, too: ``willa.hawthorne7@`` of a Willa Johnson tells what she was
called before. They count only where one of them is a name the same record states; else the mailbox
may be an office's.
"""

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa

from hit_pipeline.identity.collect import naming_tables
from hit_pipeline.identity.normalize import with_names
from hit_pipeline.identity.records import NAME_PARTS
from hit_pipeline.identity.tutors.accounts import ROLE, Accounts, Row

if TYPE_CHECKING:
    from hit_pipeline.conform.context import BuildContext

LOG = "typed_session_log"

_COLUMNS = ("record", *NAME_PARTS, "email", "school")
_WORDS = 2
_LETTERS = 2


def described(context: "BuildContext", accounts: Accounts) -> pa.Table:
    """Return descriptions (see `linkage.prepared`) whose ``record`` is the account.

    Accounts without any name are left out: an identifier alone is nothing to compare.
    """
    schools = _schools(context)
    said: set[tuple[str | None, ...]] = set()
    for row in _with_mailbox_names(context, accounts):
        names = tuple(row[part] for part in NAME_PARTS)
        for school in schools.get(row["record"], {None}):
            said.add((accounts.records[row["record"]], *names, row["id_email"], school))
    cells = zip(*sorted(said, key=_sortable), strict=True) if said else [()] * len(_COLUMNS)
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(_COLUMNS, cells, strict=True)}
    )


def _sortable(cells: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(cell or "" for cell in cells)


def _schools(context: "BuildContext") -> dict[str, set[str | None]]:
    """Return the schools the sessions of each record state."""
    found: dict[str, set[str | None]] = defaultdict(set)
    if LOG not in naming_tables(context, ROLE):
        return found
    rows = context.typed(LOG)
    stated = rows.select(record=rows.tutor_record_id, school=rows.school_name).distinct()
    for row in context.engine.collect(stated.drop_null()).to_pylist():
        found[row["record"]].add(row["school"])
    return found


def _with_mailbox_names(context: "BuildContext", accounts: Accounts) -> list[Row]:
    """Return what records of accounts state with a name, and again by the names of mailboxes."""
    wanted = [row for row in accounts.stated if row["record"] in accounts.records]
    named = [row for row in wanted if _is_named(row)]
    read = _read(context, [row for row in named if row["id_email"]])
    rows = list(named)
    for row in named:
        words = _mailbox_words(row["id_email"])
        if words and set(words) & read.get(row["record"], set()):
            name = {"given_name": words[0], "family_name": words[1]}
            rows.append({**row, **dict.fromkeys(NAME_PARTS), **name})
    return rows


def _is_named(row: Row) -> bool:
    """Return whether a record states a name; one without two letters is none."""
    stated = "".join(row[part] or "" for part in NAME_PARTS)
    return sum(letter.isalpha() for letter in stated) >= _LETTERS


def _read(context: "BuildContext", rows: list[Row]) -> dict[str, set[str]]:
    """Return the given, preferred and family name of each record, each as one plain word."""
    columns = ("record", *NAME_PARTS)
    given = {name: pa.array([row[name] for row in rows], pa.string()) for name in columns}
    return {
        row.pop("record"): {word for word in row.values() if word}
        for row in _words(context, pa.table(given), "first", "preferred")
    }


def names_of(context: "BuildContext", descriptions: pa.Table) -> dict[str, set[tuple[str, str]]]:
    """Return given and family name of every account that is described with both."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in _words(context, descriptions):
        if row["given"] and row["last"]:
            found[row["record"]].add((row["given"], row["last"]))
    return found


def _words(context: "BuildContext", rows: pa.Table, *more: str) -> list[Row]:
    """Return ``record``, given and family name (and more) as names are compared, distinct."""
    if not rows.num_rows:
        return []
    named = with_names(context.engine.from_arrow(rows)).select("record", "given", "last", *more)
    words: list[Row] = context.engine.collect(named.distinct()).to_pylist()
    return words


def _mailbox_words(email: str | None) -> list[str]:
    """Return the two words of a mailbox such as ``ana.ruiz7``; nothing for any other form."""
    mailbox = (email or "").lower().partition("@")[0]
    words = [re.sub(r"\d+$", "", word) for word in re.split(r"[._-]+", mailbox)]
    fits = len(words) == _WORDS and all(word.isalpha() and len(word) >= _LETTERS for word in words)
    return words if fits else []
