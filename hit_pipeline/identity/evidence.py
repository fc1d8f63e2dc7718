"""What speaks for and against two readings being one person: names and birth dates.

Identifiers are weighed elsewhere. Comparisons are three-valued: null means that one side does not
state it.
"""

import tomllib
from functools import cache
from importlib import resources

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from nicknames import name_triplets

from hit_pipeline.engine import Engine
from hit_pipeline.engine_functions import first_letters

COMPARED = (
    "given",
    "first",
    "compound",
    "preferred",
    "called",
    "middles",
    "last",
    "lasts",
    "birth_date",
    "nicknames",
)
"""What both sides of a pair carry: `normalize.with_names`, `with_nicknames`, the birth date."""

ALIKE, SAME = 1, 3
"""Levels of first names: only spelt alike; called the same (see `compare`)."""
EQUAL = 2
"""Level of equal birth dates."""

_LONG = 5
_ALIKE_FIRST = 0.85
_ALIKE_LAST = 0.92


@ibis.udf.scalar.builtin(name="list_has_any")  # type: ignore[untyped-decorator]
def shares(left: list[str], right: list[str]) -> bool:  # type: ignore[empty-body] # DuckDB's own
    """Return whether two arrays have an element in common."""


@ibis.udf.scalar.builtin(name="jaro_winkler_similarity")  # type: ignore[untyped-decorator]
def _likeness(left: str, right: str) -> float:  # type: ignore[empty-body] # DuckDB's own
    """Return the Jaro-Winkler similarity of two texts, 0 to 1."""


@ibis.udf.scalar.builtin(name="damerau_levenshtein")  # type: ignore[untyped-decorator]
def edits(left: str, right: str) -> int:  # type: ignore[empty-body] # DuckDB's own
    """Return the number of edits, transpositions among them, between two texts."""


@cache
def _nicknames() -> pa.Table:
    """Return ``first, nicknames``: for every name the short and the long forms of it."""
    known: dict[str, set[str]] = {}
    pairs = [(triplet.name1, triplet.name2) for triplet in name_triplets()]
    more = resources.files("hit_pipeline.identity") / "hypocoristics.toml"
    for name, short_forms in tomllib.loads(more.read_text(encoding="utf-8")).items():
        pairs += [(name, short) for short in short_forms]
    for one, other in pairs:
        known.setdefault(one, set()).add(other)
        known.setdefault(other, set()).add(one)
    forms = [sorted(known[name]) for name in known]
    return pa.table({"_name": list(known), "nicknames": pa.array(forms, pa.list_(pa.string()))})


def with_nicknames(engine: Engine, named: ir.Table) -> ir.Table:
    """Add ``nicknames``: short and long forms of the first and of the preferred name, or null.

    A name that is one edit away from a known one has that one's forms too: Gabriela is as good a
    Gabby as Gabriella.
    """
    names = named.select(name="first").union(named.select(name="preferred")).distinct()
    known = engine.from_arrow(_nicknames())
    pairs = names.join(known, names.name.substr(0, 2) == known["_name"].substr(0, 2))
    near = (pairs.name.length() >= _LONG) & (edits(pairs.name, pairs["_name"]) <= 1)
    pairs = pairs.filter((pairs.name == pairs["_name"]) | near)
    forms = pairs.group_by("name").agg(forms=pairs.nicknames.collect().flatten())
    forms = engine.keep(forms)
    of_first = forms.rename(first="name", _first_forms="forms")
    of_preferred = forms.rename(preferred="name", _preferred_forms="forms")
    columns = named.columns
    joined = named.left_join(of_first, "first")[[*columns, "_first_forms"]]
    joined = joined.left_join(of_preferred, "preferred")
    joined = joined[[*columns, "_first_forms", "_preferred_forms"]]
    both = joined["_first_forms"].concat(joined["_preferred_forms"])
    found = ibis.coalesce(both, joined["_first_forms"], joined["_preferred_forms"])
    return joined.mutate(nicknames=found).drop("_first_forms", "_preferred_forms")


def as_told(named: ir.Table) -> ir.Table:
    """Rename the compared columns to ``told_...``: the side of the person in a pair."""
    return named.rename({f"told_{name}": name for name in COMPARED})


def compare(pairs: ir.Table) -> ir.Table:
    """Compare the two sides of pairs.

    Args:
        pairs: Rows with `COMPARED` of the record and ``told_...`` of the person.

    Returns:
        The rows with ``first_level`` (3: called the same; 2: a nickname, or its middle name; 1:
        spelt much alike; 0: another name), ``last_fits`` and ``birth_level`` (2: equal; 1: one of
        year, month and day differs, or day and month are exchanged; 0: another date).
    """
    swapped = shares(pairs.called, pairs.told_lasts) & shares(pairs.lasts, pairs.told_called)
    return pairs.mutate(
        first_level=swapped.fill_null(False).ifelse(3, _first_level(pairs)),  # noqa: FBT003
        last_fits=swapped.fill_null(False) | _last_fits(pairs),  # noqa: FBT003
        birth_level=_birth_level(pairs.birth_date, pairs.told_birth_date),
        same_initial=_same_initial(pairs["first"], pairs["told_first"]),
    )


def weigh(pairs: ir.Table) -> ir.Table:
    """Compare pairs and keep the best of everything a person was ever told to be called.

    Args:
        pairs: As for `compare`, with ``subject`` and ``person_key``; several rows of a pair are
            several statements about the person.

    Returns:
        One row per subject and person: ``f, l, b`` (first name, last name and birth date; -1 where
        not stated on both sides, else as in `compare`), ``same_initial``, and ``verdict``:
        ``fits``, ``contrary``, or ``silent`` when nothing can be compared.
    """
    best = (
        compare(pairs)
        .group_by("subject", "person_key")
        .agg(
            f=lambda t: t.first_level.max().fill_null(-1),
            l=lambda t: t.last_fits.cast("int8").max().fill_null(-1),
            b=lambda t: t.birth_level.max().fill_null(-1),
            same_initial=lambda t: t.same_initial.any().fill_null(False),  # noqa: FBT003
        )
    )
    return best.mutate(verdict=_verdict(best.f, best.l, best.b))


def _verdict(f: ir.IntegerValue, last: ir.IntegerValue, b: ir.IntegerValue) -> ir.StringValue:
    """Return what names and birth date say of an identifier's claim.

    The first name tells siblings apart, the birth date does not tell twins apart; the family name
    alone tells nobody apart.
    """
    fits = (
        ((f >= 1) & (last == 1) & (b != 0))
        | ((f >= 1) & (b == 2))
        | ((f >= 2) & (last == -1) & (b != 0))
        | ((f == -1) & (last != 0) & (b == 2))
    )
    silent = (f == -1) & (last != 0) & (b == -1)
    verdict: ir.StringValue = ibis.cases((fits, "fits"), (silent, "silent"), else_="contrary")
    return verdict


def in_words(weighed: ir.Table) -> ir.StringValue:
    """Return the codes of a comparison, such as ``first=nickname birth=equal``; no values."""
    first = weighed.f.cases(
        (3, "first=same"), (2, "first=nickname"), (1, "first=alike"), (0, "first=other")
    )
    last = weighed.l.cases((1, "last=fits"), (0, "last=other"))
    birth = weighed.b.cases((2, "birth=equal"), (1, "birth=near"), (0, "birth=other"))
    words: ir.StringValue = ibis.literal(" ").join([first, last, birth])
    return words


def _first_level(pairs: ir.Table) -> ir.IntegerValue:
    mine, told = pairs["first"], pairs["told_first"]
    same_word = (mine == told) & ~(pairs.compound & pairs.told_compound)
    initial = (mine.length() == 1) | (told.length() == 1)
    short = shares(pairs.nicknames, pairs.told_called)
    long = shares(pairs.called, pairs.told_nicknames)
    called_by_middle = shares(pairs.called, pairs.told_middles)
    level: ir.IntegerValue = ibis.cases(
        (mine.isnull() | told.isnull(), ibis.null("int8")),
        (shares(pairs.called, pairs.told_called) & ~initial, 3),
        (initial, _same_initial(mine, told).ifelse(ibis.null("int8"), 0)),
        (same_word, 3),
        (short, 2),
        (long, 2),
        (called_by_middle, 2),
        (_spelt_alike(mine, told), 1),
        (_spelt_alike(pairs.given, pairs.told_given), 1),
        (_spelt_alike(mine, pairs.told_preferred).fill_null(False), 1),  # noqa: FBT003
        (_spelt_alike(pairs.preferred, told).fill_null(False), 1),  # noqa: FBT003
        else_=0,
    )
    return level


def _same_initial(mine: ir.StringValue, told: ir.StringValue) -> ir.BooleanValue:
    return first_letters(mine, 1) == first_letters(told, 1)


def _spelt_alike(mine: ir.StringValue, told: ir.StringValue) -> ir.BooleanValue:
    """Return whether names are one edit apart, begin alike, or nearly.

    They begin alike with the same four letters, or when one is the beginning of the other: Ale.
    """
    start = (mine.length() >= 4) & (first_letters(mine, 4) == first_letters(told, 4))
    short = (mine.length() >= 3) & (told.length() >= 3)
    start |= short & (mine.startswith(told) | told.startswith(mine))
    edit = (mine.length() >= 3) & (edits(mine, told) <= 1)
    alike: ir.BooleanValue = (_likeness(mine, told) >= _ALIKE_FIRST) | start | edit
    return alike


def _last_fits(pairs: ir.Table) -> ir.BooleanValue:
    mine, told = pairs["last"], pairs["told_last"]
    initial = (mine.length() == 1) | (told.length() == 1)
    edit = (mine.length() >= 4) & (edits(mine, told) <= 1)
    fits: ir.BooleanValue = ibis.cases(
        (mine.isnull() | told.isnull(), ibis.null("boolean")),
        (mine == told, ibis.literal(True)),  # noqa: FBT003
        (initial, _same_initial(mine, told).ifelse(ibis.null("boolean"), ibis.literal(False))),  # noqa: FBT003
        else_=shares(pairs.lasts, pairs.told_lasts) | (_likeness(mine, told) >= _ALIKE_LAST) | edit,
    )
    return fits


def _birth_level(mine: ir.DateValue, told: ir.DateValue) -> ir.IntegerValue:
    same = [
        (mine.year() == told.year()),
        (mine.month() == told.month()),
        (mine.day() == told.day()),
    ]
    agreeing = sum((one.cast("int8") for one in same), ibis.literal(0, "int8"))
    exchanged = same[0] & (mine.month() == told.day()) & (mine.day() == told.month())
    level: ir.IntegerValue = ibis.cases(
        (mine.isnull() | told.isnull(), ibis.null("int8")),
        (agreeing == 3, 2),
        ((agreeing == 2) | exchanged, 1),
        else_=0,
    )
    return level
