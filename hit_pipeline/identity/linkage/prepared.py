"""How descriptions of people are read before they are compared: one row per statement.

A *description* is a row with a ``record`` and any of `TEXTS` and ``birth_date``: a date, or a text
of year, month and day in this order, which need not be in the calendar. Several rows of one record
are several statements about the same person. Expressions only: nothing here compares.
"""

import functools
from collections import Counter
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from nicknames import name_triplets

from hit_pipeline.engine import Engine
from hit_pipeline.engine_functions import first_letters, trimmed
from hit_pipeline.identity.evidence import with_nicknames
from hit_pipeline.identity.normalize import plain, with_names

NAMES = ("given_name", "middle_name", "family_name", "preferred_name", "display_name")
PLAIN = ("school", "tutor", "address_line", "address_line_2", "locality", "region")
TEXTS = (
    *NAMES,
    *PLAIN,
    "gender",
    "grade",
    "phone",
    "email",
    "street_number",
    "postcode",
    "programs",
)
"""The text columns of a description. All may be absent or null, and so may ``birth_date``."""

PART_MARK = "|"
"""What stands between several ``programs``."""

_PHONE_DIGITS = 10
_DATE_DIGITS = 8
_ZIP_WITH_ROUTE = r"^([0-9]{5})[- ]?[0-9]{4}$"
_WAYS = (
    ("street", "st"),
    ("road", "rd"),
    ("avenue", "ave"),
    ("drive", "dr"),
    ("lane", "ln"),
    ("court", "ct"),
    ("place", "pl"),
    ("boulevard", "blvd"),
    ("highway", "hwy"),
    ("apartment", "apt"),
)
_SOUNDS = (("ph", "f"), ("gh", ""), ("ck", "k"), ("c", "k"), ("q", "k"), ("z", "s"))
_DOUBLED = "bdfgklmnprstv"


@dataclass(frozen=True)
class Prepared:
    """One side of a linkage, read.

    Attributes:
        rows: One row per statement: ``unique_id`` (0, 1, ... in the order of the records and of
            what they state, whatever the order of the rows given), ``record`` and what is compared.
        filled: Columns of ``rows`` that hold anything.
        statements: Number of rows.
        records: Number of distinct records.
    """

    rows: ir.Table
    filled: frozenset[str]
    statements: int
    records: int


def prepare(engine: Engine, described: ir.Table | pa.Table) -> Prepared:
    """Read descriptions; equal statements of one record count once.

    Raises:
        ValueError: There is no column ``record``, or a record is null.
    """
    given = engine.from_arrow(described) if isinstance(described, pa.Table) else described
    stated = engine.keep(_stated(given).distinct())
    if engine.scalar(stated.record.isnull().any()):
        message = "a description has no record"
        raise ValueError(message)
    read = engine.keep(_read(stated))
    heard = engine.keep(_sounds(read))
    roots = engine.from_arrow(_roots())
    keyed = engine.keep(_with_keys(with_nicknames(engine, read), roots, heard))
    engine.drop(stated, read, heard, roots)
    counted = keyed.aggregate(
        [keyed.count().name("statements"), keyed.record.nunique().name("records")]
        + [keyed[name].count().name(f"n_{name}") for name in keyed.columns]
    )
    counts = engine.collect(counted).to_pylist()[0]
    return Prepared(
        rows=keyed,
        filled=frozenset(name for name in keyed.columns if counts[f"n_{name}"]),
        statements=counts["statements"],
        records=counts["records"],
    )


def _stated(given: ir.Table) -> ir.Table:
    """Return all columns of a description as text, trimmed; what is not there is null."""
    if "record" not in given.columns:
        message = "a description needs a column record"
        raise ValueError(message)
    texts = {
        name: trimmed(given[name].cast("string")) if name in given.columns else ibis.null("string")
        for name in TEXTS
    }
    born = _born(given.birth_date) if "birth_date" in given.columns else ibis.null("string")
    return given.select(record=given.record.cast("string"), born=born, **texts)


def _born(stated: ir.Value) -> ir.StringValue:
    """Return a birth date as eight digits, year first; one that no calendar has is kept."""
    digits = stated.cast("string").re_replace("[^0-9]", "")
    written: ir.StringValue = (digits.length() == _DATE_DIGITS).ifelse(digits, ibis.null("string"))
    return written


def _read(stated: ir.Table) -> ir.Table:
    order = [stated[name].asc(nulls_first=False) for name in stated.columns]
    numbered = stated.mutate(unique_id=ibis.row_number().over(order_by=order).cast("int64"))
    named = with_names(numbered)
    words = {name: plain(named[name]) for name in PLAIN}
    parts = named.lasts
    return named.select(
        "unique_id",
        "record",
        "given",
        "first",
        "preferred",
        "called",
        "middles",
        "last",
        "lasts",
        "born",
        fam=(parts.length() > 1).ifelse(parts[1], parts[0]),
        fam_end=(parts.length() > 1).ifelse(parts[parts.length() - 1], parts[0]),
        gender=_gender(named.gender),
        school=words["school"],
        tutor=words["tutor"],
        grade=_grade(named.grade),
        phone=_phone(named.phone),
        email=named.email.lower().nullif(""),
        mailbox=named.email.lower().split("@")[0].nullif(""),
        line=_street(words["address_line"]),
        line_2=_street(words["address_line_2"]),
        house=plain(named.street_number),
        postcode=_postcode(named.postcode),
        locality=words["locality"],
        region=words["region"],
        programs=named.programs.lower().split(PART_MARK),
    )


def _gender(text: ir.StringValue) -> ir.StringValue:
    code: ir.StringValue = first_letters(text.lower(), 1).cases(
        ("b", "m"), ("g", "f"), ("w", "f"), else_=first_letters(text.lower(), 1)
    )
    return code


def _grade(text: ir.StringValue) -> ir.IntegerValue:
    """Return a grade as a number, kindergarten 0, before it -1; null where it is no such."""
    low = text.lower()
    number = low.re_extract(r"([0-9]{1,2})", 1).try_cast("int8")
    level: ir.IntegerValue = ibis.cases(
        (low.re_search(r"^(pk|p-?[34]|pre)"), ibis.literal(-1, "int8")),
        (low.re_search(r"^(k|kg|tk|kindergarten)$"), ibis.literal(0, "int8")),
        else_=number,
    )
    return level


def _phone(text: ir.StringValue) -> ir.StringValue:
    return text.re_replace("[^0-9]", "").right(_PHONE_DIGITS).nullif("")


def _postcode(text: ir.StringValue) -> ir.StringValue:
    short = text.re_replace(_ZIP_WITH_ROUTE, r"\1").upper()
    return short.re_replace("[^0-9A-Z]", "").nullif("")


def _street(text: ir.StringValue) -> ir.StringValue:
    """Write the usual words for ways as their abbreviations."""
    for long, short in _WAYS:
        text = text.re_replace(rf"\b{long}\b", short)
    return text


@functools.cache
def _roots() -> pa.Table:
    """Return ``first, root``: for every nickname the name it is short for most often.

    Where it is short for several, the one with the most nicknames is taken, then the first in the
    alphabet. A root brings candidates together; it decides nothing.
    """
    short_of: dict[str, list[str]] = {}
    for triplet in name_triplets():
        short_of.setdefault(triplet.name2, []).append(triplet.name1)
    sizes = Counter(triplet.name1 for triplet in name_triplets())
    best = {
        short: min(names, key=lambda name: (-sizes[name], name))
        for short, names in short_of.items()
        if short not in sizes
    }
    return pa.table({"first": list(best), "_root": list(best.values())})


def _sounds(read: ir.Table) -> ir.Table:
    """Return ``name, heard``: the consonants of first and family names, roughly as spoken."""
    names = read.select(name="first").union(read.select(name="last")).distinct()
    return names.filter(names.name.notnull()).mutate(heard=_heard(names.name))


def _with_keys(read: ir.Table, roots: ir.Table, heard: ir.Table) -> ir.Table:
    """Add ``root``, ``sound`` and ``last_sound``, which bring candidates together."""
    joined = read.left_join(roots, "first")[[*read.columns, "_root"]]
    rooted = joined.mutate(root=ibis.coalesce(joined["_root"], joined["first"])).drop("_root")
    first = rooted.left_join(heard.rename(first="name", sound="heard"), "first")
    first = first[[*rooted.columns, "sound"]]
    last = first.left_join(heard.rename(last="name", last_sound="heard"), "last")
    return last[[*first.columns, "last_sound"]]


def _heard(name: ir.StringValue) -> ir.StringValue:
    for written, spoken in _SOUNDS:
        name = name.replace(written, spoken)
    start = first_letters(name, 1).re_replace("[aeiouy]", "a").replace("j", "g")
    rest = name.substr(1).re_replace("[aeiouyhw]", "")
    for letter in _DOUBLED:
        rest = rest.replace(letter * 2, letter)
    return start + rest
