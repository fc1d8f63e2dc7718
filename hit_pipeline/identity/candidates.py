"""Whom a subject might be: found by identifier or by name, never by comparing all with all.

A *subject* is what is decided on: a person record, or the records of one roster that share its own
identifier. Nothing here decides.
"""

from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

SCOPED = ("source", "vendor")
"""Systems whose identifiers mean something only together with the source that issues them."""

_PREFERRED = ("district", "state", "sis", "email", "clever", "classlink")
_SAME_WIDTH_SHARE = 0.95
_PLACEHOLDER = 20
_FIRST_LETTERS = 2


@dataclass(frozen=True)
class Known:
    """What is known of the people of one role.

    Attributes:
        claims: ``system, issuer, value, person_key, origin, live`` and the columns of
            `normalize.with_reading`; ``live`` is false when no roster states it any more.
        told: ``person_key`` and what it was told to be called (`evidence.as_told`).
        names: What people are found by when asked by name (`keys_of_names`).
        widths: How many digits the numbers of a system have (`widths_of`).
    """

    claims: ir.Table
    told: ir.Table
    names: ir.Table
    widths: ir.Table

    def of(self, people: ir.Table) -> "Known":
        """Return the claims of those whose ``person_key`` is there, and all else as it is."""
        return replace(self, claims=self.claims.semi_join(people, "person_key"))


def placeholders(read: ir.Table) -> ir.Table:
    """Return ``system, core`` of the identifiers that too many people share."""
    crowd = read.group_by("system", "core").agg(people=lambda t: t.person_key.nunique())
    return crowd.filter(crowd.people > _PLACEHOLDER).select("system", "core")


def widths_of(claims: ir.Table) -> ir.Table:
    """Return ``system, width, padded`` as the rosters' own numbers show them.

    ``width`` is the number of digits nearly all numbers of the system have, null when there is no
    such; ``padded`` tells whether any begins with a zero.
    """
    numbers = claims.filter(claims.digits.notnull() & (claims.origin == "roster"))
    lengths = numbers.group_by("system", length=numbers.digits.length()).agg(
        numbers=lambda t: t.count(),
        zeros=lambda t: t.digits.startswith("0").sum(),
    )
    systems = lengths.group_by("system").agg(
        length=lambda t: t.length.argmax(t.numbers),
        top=lambda t: t.numbers.max(),
        total=lambda t: t.numbers.sum(),
        zeros=lambda t: t.zeros.sum(),
    )
    usual = systems.top >= systems.total * _SAME_WIDTH_SHARE
    return systems.select(
        "system",
        width=usual.ifelse(systems.length, ibis.null("int64")),
        padded=systems.zeros > 0,
    )


def by_identifier(identifiers: ir.Table, known: Known) -> ir.Table:
    """Find the people who claim a stated identifier, also after repair and in any id system.

    What a match taught of a log's identifiers is of that log alone: another counts from one, too.

    Args:
        identifiers: ``subject, source, standing, bare, anchor, system, value`` and the columns of
            `normalize.with_reading`.
        known: Claims to look in.

    Returns:
        One row per subject, person and way it was found: ``system`` (of the claim), ``same``
        (stated in that very system), ``own`` (the source's own identifier), ``exact``, ``alone``
        (may link with nothing beside it), ``rank`` (0 best), ``rule`` and ``codes``.
    """
    stated = identifiers.rename({"my_" + name: name for name in _READ})
    claims = known.claims.left_join(known.widths, "system").drop("system_right")
    pairs = stated.join(claims, stated.my_core == claims.core)
    one_prefix = (pairs.my_prefix == pairs.prefix) | (pairs.my_prefix == "") | (pairs.prefix == "")
    ours = (pairs.origin != "link") | (pairs.issuer == pairs.source)
    ways = _judged(pairs.filter(one_prefix & ours))
    exact = ways.filter(ways.exact & ways.same).select("subject", "my_system").distinct()
    repaired = ways.filter(ways.same & ~ways.exact).anti_join(exact, ["subject", "my_system"])
    return ways.filter(ways.exact | ~ways.same).union(repaired)


_READ = ("system", "value", "clean", "digits", "prefix", "form", "core")


def _judged(pairs: ir.Table) -> ir.Table:
    """Add to pairs of a stated identifier and a claim what kind of agreement it is."""
    email = (pairs.system == "email") & (pairs.my_clean == pairs.clean)
    exact = (pairs.my_value == pairs.value) | email
    scoped = pairs.system.isin(SCOPED)
    trusted = (pairs.system == "source") & (pairs.bare == "source") & (pairs.origin == "roster")
    issued = pairs.issuer == pairs.source
    same = (pairs.my_system == pairs.system) & (~scoped | issued | trusted)
    anchored = (pairs.standing != "log") & (pairs.my_system == pairs.anchor)
    confirmed = (pairs.origin == "link") & (pairs.standing == "log")
    own = exact & same & issued & (scoped | anchored | confirmed)
    vouched = (pairs.standing != "log") | (pairs.my_system == pairs.bare)
    rank = ibis.cases((own, 0), (same & exact, 10), (same, 20), (exact, 30), else_=40)
    rank += pairs.system.cases(*((system, at) for at, system in enumerate(_PREFERRED)), else_=9)
    how = ibis.cases((own, "id.remembered"), (exact, "id.exact."), else_="id.repaired.")
    elsewhere = (pairs.my_system != pairs.system).ifelse(
        "system=" + pairs.my_system + "_as_" + pairs.system, ibis.null("string")
    )
    return pairs.select(
        "subject",
        "person_key",
        "my_system",
        "system",
        same=same,
        own=own,
        exact=exact,
        alone=own | (same & vouched & (exact | _safe(pairs))),
        rank=rank,
        rule=own.ifelse(how, how + pairs.system),
        codes=ibis.literal(" ").join([_repairs(pairs, exact), elsewhere]),
    )


def _safe(pairs: ir.Table) -> ir.BooleanValue:
    """Return whether a repair can have but one meaning."""
    mine, claimed = pairs.my_digits.length(), pairs.digits.length()
    zeros = ibis.cases(
        (mine == claimed, ibis.literal(True)),  # noqa: FBT003
        (mine < claimed, claimed == pairs.width),
        else_=~pairs.padded,
    )
    safe: ir.BooleanValue = (pairs.my_form != "scientific_lossy") & zeros.fill_null(
        pairs.my_digits.isnull() & pairs.digits.isnull()
    )
    return safe.fill_null(False)  # noqa: FBT003


def _repairs(pairs: ir.Table, exact: ir.BooleanValue) -> ir.StringValue:
    """Return the codes of what was repaired; null when nothing was."""
    mine, claimed = pairs.my_digits.length(), pairs.digits.length()
    codes = [
        (pairs.my_form != "plain", "repair=" + pairs.my_form),
        (pairs.my_prefix != pairs.prefix, ibis.literal("repair=prefix")),
        (mine < claimed, ibis.literal("repair=lost_zeros")),
        (mine > claimed, ibis.literal("repair=extra_zeros")),
        (
            pairs.my_digits.isnull() | (pairs.my_value != pairs.my_clean),
            ibis.literal("repair=trimmed"),
        ),
    ]
    nothing = ibis.null("string")
    listed = [(happened & ~exact).ifelse(code, nothing) for happened, code in codes]
    text: ir.StringValue = ibis.literal(" ").join(listed)
    return text


def told_pairs(subjects: ir.Table, found: ir.Table, known: Known) -> ir.Table:
    """Put what subjects state beside everything told of the people found for them.

    Args:
        subjects: ``subject`` and the columns of `evidence.COMPARED`.
        found: ``subject, person_key``, each pair once.
        known: What is told of people.
    """
    with_subject = found.join(subjects, "subject")
    return with_subject.join(known.told, "person_key")


def keys_of_names(told: ir.Table) -> ir.Table:
    """Return ``person_key, told_birth_date, told_called, last`` of every word of a family name."""
    return told.select(
        "person_key", "told_birth_date", "told_called", last=told.told_lasts.unnest()
    ).distinct()


def by_name(subjects: ir.Table, known: Known) -> ir.Table:
    """Find people by birth date and the beginning of a name, or by first and last name.

    Args:
        subjects: ``subject`` and the columns of `evidence.COMPARED`.
        known: What is told of people.

    Returns:
        ``subject, person_key``, each pair once.
    """
    my_last = subjects.select(
        "subject", "birth_date", "called", "nicknames", last=subjects.lasts.unnest()
    )
    my_names = my_last.select("subject", "last", first=my_last.called.unnest()).union(
        my_last.select("subject", "last", first=my_last.nicknames.unnest())
    )
    last = known.names
    names = last.select("person_key", "last", first=last.told_called.unnest())
    by_both = my_names.join(names, ["first", "last"]).select("subject", "person_key")
    swapped = subjects.select("subject", "birth_date", last=subjects.called.unnest())
    dated = my_last.select("subject", "birth_date", "last").union(swapped)
    dated = dated.filter(dated.birth_date.notnull()).mutate(
        start=dated["last"].substr(0, _FIRST_LETTERS)
    )
    born = last.filter(last.told_birth_date.notnull())
    born = born.mutate(start=born["last"].substr(0, _FIRST_LETTERS))
    by_date = dated.join(
        born, [dated.birth_date == born.told_birth_date, dated.start == born.start]
    ).select("subject", "person_key")
    return by_both.union(by_date).distinct()
