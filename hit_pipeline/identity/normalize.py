"""How names and identifiers are read before they are compared.

Expressions only: nothing here decides whether two readings are the same person.
"""

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine_functions import first_letters

_SUFFIX = r"(?i)[\s,]+(jr|sr|ii|iii|iv|2nd|3rd)\.?\s*(,|$)"
_PARTICLES = r"\b(de|la|las|los|del|der|den|da|das|do|dos|di|du|van|von|vande|al|el|bin|ibn|y|e)\b"
_UNHEARD = "['\u2019\u2018\u02bb`\u00b4.]"
_WRAPPING = "[\\s\u00a0\u200b\ufeff'\u2019`\"=,]+"
_SCIENTIFIC = r"^([0-9])(?:\.([0-9]+))?e\+([0-9]{1,2})$"
_DECIMAL = r"^([0-9]+)\.0+$"
_PREFIXED = r"^([a-z]+)[-_:#/.]*([0-9]+)$"


@ibis.udf.scalar.builtin(name="strip_accents")  # type: ignore[untyped-decorator]
def _strip_accents(text: str) -> str:  # type: ignore[empty-body] # DuckDB's own
    """Return a text without its accents."""


def plain(name: ir.StringValue) -> ir.StringValue:
    """Return a name in lower case, without accents, apostrophes and points, words one blank apart.

    Hyphens and other marks part words. Letters of any script stay. Null when nothing is left.
    """
    heard: ir.StringValue = _strip_accents(name.lower().re_replace(_UNHEARD, ""))
    return _or_null(heard.re_replace(r"[^\p{L}\p{N}]+", " ").strip())


def with_stated_names(records: ir.Table) -> ir.Table:
    """Add ``stated_given`` and ``stated_family``, without suffixes such as Jr or III.

    A display name counts only where neither is stated: "Last, First" when it has a comma, else the
    first word is the given name and the rest the family name.
    """
    shown = records.display_name.re_replace(_SUFFIX, r"\2").strip()
    rows = records.mutate(
        _shown=shown,
        _comma=shown.find(","),
        _blank=shown.find(" "),
        _split=records.given_name.isnull() & records.family_name.isnull(),
    )
    comma, blank = rows["_comma"] >= 0, rows["_blank"] >= 0
    given = ibis.cases(
        (~rows["_split"], rows.given_name),
        (comma, rows["_shown"].substr(rows["_comma"] + 1)),
        (blank, first_letters(rows["_shown"], rows["_blank"])),
        else_=rows["_shown"],
    )
    family = ibis.cases(
        (~rows["_split"], rows.family_name.re_replace(_SUFFIX, r"\2")),
        (comma, first_letters(rows["_shown"], rows["_comma"])),
        (blank, rows["_shown"].substr(rows["_blank"] + 1)),
        else_=ibis.null("string"),
    )
    named = rows.mutate(stated_given=given.strip(), stated_family=family.strip())
    return named.drop("_shown", "_comma", "_blank", "_split")


def with_names(records: ir.Table) -> ir.Table:
    """Add what names are compared by.

    Args:
        records: Rows with the five name columns of `records.NAME_PARTS`.

    Returns:
        The rows with ``given`` (given name as one word), ``first`` (its first word), ``compound``
        (whether it has another), ``preferred``, ``called`` (given and preferred name, each as one
        word), ``middles``, ``last`` (family name as one word) and ``lasts`` (that, and its parts
        without particles). Null where the part is not stated.
    """
    stated = with_stated_names(records)
    read = stated.mutate(
        _given=plain(stated.stated_given),
        _family=plain(stated.stated_family),
        preferred=_joined(plain(records.preferred_name)),
        _middle=plain(records.middle_name),
    )
    given, last = _joined(read._given), _joined(read._family)
    parts = _or_null(read._family.re_replace(_PARTICLES, " ").re_replace(" +", " ").strip())
    named = read.mutate(
        given=given,
        first=read._given.split(" ")[0],
        compound=read._given.contains(" "),
        called=_words(given, read.preferred),
        middles=_words(read._middle),
        last=last,
        lasts=_words(last, parts),
    )
    return named.drop("_given", "_family", "_middle", "stated_given", "stated_family")


def with_reading(rows: ir.Table, value: str = "value") -> ir.Table:
    """Add what identifiers are compared by.

    Args:
        rows: Rows with an identifier.
        value: Its column.

    Returns:
        The rows with ``clean`` (lower case; blanks, quotes and commas inside or around removed),
        ``digits`` (of a number, also one written as ``123.0``, ``1.23E+06`` or after letters such
        as ``S123``; else null), ``prefix`` (those letters; empty when none), ``form`` (``plain``,
        ``decimal``, ``scientific``, or ``scientific_lossy`` when digits are gone for good) and
        ``core``: what two readings of one identifier have in common, the digits without leading
        zeros or the whole clean text; null for nothing but zeros, which identify nobody.
    """
    rows = rows.mutate(_clean=rows[value].lower().re_replace(_WRAPPING, ""))
    clean = rows["_clean"]
    rows = rows.mutate(
        _number=clean.re_search(r"^[0-9]+$"),
        _power=clean.re_extract(_SCIENTIFIC, 3).try_cast("int64") + 1,
        _mantissa=clean.re_extract(_SCIENTIFIC, 1) + clean.re_extract(_SCIENTIFIC, 2),
        _exact=clean.re_extract(_SCIENTIFIC, 1)
        + clean.re_extract(_SCIENTIFIC, 2).re_replace("0+$", ""),
        _whole=clean.re_search(_SCIENTIFIC),
    )
    clean, number, power, mantissa, exact = (
        rows[name] for name in ("_clean", "_number", "_power", "_mantissa", "_exact")
    )
    whole = rows["_whole"] & (exact.length() <= power)
    decimal, prefixed = clean.re_search(_DECIMAL), clean.re_search(_PREFIXED)
    read = rows.mutate(
        clean=_or_null(clean),
        digits=ibis.cases(
            (number, clean),
            (decimal, clean.re_extract(_DECIMAL, 1)),
            (whole, exact.rpad(power.cast("int32"), "0")),
            (prefixed, clean.re_extract(_PREFIXED, 2)),
            else_=ibis.null("string"),
        ),
        prefix=number.ifelse("", clean.re_extract(_PREFIXED, 1)),
        form=ibis.cases(
            (number, "plain"),
            (decimal, "decimal"),
            (whole & (mantissa.length() < power), "scientific_lossy"),
            (whole, "scientific"),
            else_="plain",
        ),
    ).drop("_clean", "_number", "_power", "_mantissa", "_exact", "_whole")
    bare = _or_null(read.digits.re_replace("^0+", ""))
    return read.mutate(core=read.digits.notnull().ifelse(bare, read.clean))


def _or_null(text: ir.StringValue) -> ir.StringValue:
    return text.nullif("")


def _joined(name: ir.StringValue) -> ir.StringValue:
    return name.replace(" ", "")


def _words(*texts: ir.StringValue) -> ir.ArrayValue:
    """Return the words of several texts as one array; null when none is stated."""
    joined = ibis.literal(" ").join(texts)
    return _or_null(joined).split(" ")
