"""Whom a name and a birth date point to, and what an identifier says against it."""

import ibis.expr.types as ir

from hit_pipeline.identity.candidates import SCOPED, Known
from hit_pipeline.identity.evidence import ALIKE, EQUAL, SAME, edits, in_words

_FAR = 2
_LONG_ENOUGH = 5
"""Digits an identifier must have for one wrong digit to be seen as a slip."""


def with_seats(pairs: ir.Table, subjects: ir.Table, known: Known) -> ir.Table:
    """Add who asks, and ``seated``: the roster lists the person under an identifier of its own."""
    asking = subjects.select("subject", "source", "standing", "anchor")
    stated = known.claims.filter(known.claims.live & (known.claims.origin == "roster"))
    seats = stated.select("person_key", source="issuer", anchor="system").distinct()
    seats = seats.mutate(seated=True)
    joined = pairs.join(asking, "subject")
    joined = joined.left_join(seats, ["person_key", "source", "anchor"])
    return joined.mutate(seated=joined.seated.fill_null(False)).select(  # noqa: FBT003
        *pairs.columns, "standing", "anchor", "seated"
    )


def stated_beside(pairs: ir.Table, identifiers: ir.Table, known: Known) -> ir.Table:
    """Return ``subject, person_key, other, slip`` where both state a number in one system.

    ``other``: in some system the person's is quite another, more than two edits away. ``slip``: in
    some system it is one edit away, a mistyped digit or two exchanged, and in none quite another.
    Own identifiers of sources and e-mails differ for many reasons and count for nothing, and
    neither does what looks unlike the person's: it is of some other system.
    """
    numbers = identifiers.core.length() >= _LONG_ENOUGH
    stated = identifiers.filter((identifiers.form != "scientific_lossy") & numbers)
    stated = stated.select(
        "subject", "system", mine="core", my_prefix="prefix", my_digits=stated.digits.length()
    )
    claimed = known.claims.filter(~known.claims.system.isin((*SCOPED, "email")))
    both = (
        pairs.select("subject", "person_key")
        .join(stated, "subject")
        .join(
            claimed.select(
                "person_key", "system", "core", "prefix", length=claimed.digits.length()
            ),
            ["person_key", "system"],
        )
    )
    both = both.filter((both.my_prefix == both.prefix) & (both.my_digits <= both.length))
    nearest = both.group_by("subject", "person_key", "system").agg(
        apart=edits(both.mine, both.core).min()
    )
    return nearest.group_by("subject", "person_key").agg(
        other=lambda t: (t.apart > _FAR).any(),
        slip=lambda t: (t.apart == 1).any() & (t.apart <= _FAR).all(),
    )


def named(asked: ir.Table, beside: ir.Table) -> ir.Table:
    """Return per subject whom its name points to.

    ``sure`` counts the people whose names fit and whose birth date is the same, of those called
    most alike, ``called`` when more than spelt alike; a first name that is only spelt alike must
    begin with the same letter. ``other``: that person's identifier is quite another. ``close``
    counts those who might be meant, ``namesakes`` those called exactly the same, ``slips`` those
    whose identifier was mistyped.
    """
    asked = asked.filter((asked.standing != "roster") | ~asked.seated)
    asked = asked.left_join(beside, ["subject", "person_key"])[[*asked.columns, "other", "slip"]]
    asked = asked.fill_null({"other": False, "slip": False})
    fits = asked.l == 1
    alike = (asked.f > ALIKE) | ((asked.f == ALIKE) & asked.same_initial)
    sure = fits & (asked.b == EQUAL) & alike
    facts = asked.mutate(
        sure=sure,
        close=fits & ~sure & (asked.f >= ALIKE) & (asked.b != 0),
        namesake=fits & (asked.f == SAME) & (asked.b != 0),
        slipped=fits & (asked.f > ALIKE) & (asked.b != 0) & asked.slip,
        evidence=in_words(asked),
    )
    best = facts.group_by("subject").agg(best=lambda t: t.f.max(where=t.sure))
    facts = facts.left_join(best, "subject").drop("subject_right")
    facts = facts.mutate(sure=facts.sure & (facts.f == facts.best))
    return facts.group_by("subject").agg(
        sure=lambda t: t.sure.sum(),
        sure_key=lambda t: t.person_key.min(where=t.sure),
        sure_evidence=lambda t: t.evidence.min(where=t.sure),
        other=lambda t: (t.sure & t.other).any(),
        called=lambda t: (t.sure & (t.f > ALIKE)).any(),
        slips=lambda t: t.slipped.sum(),
        slip_key=lambda t: t.person_key.min(where=t.slipped),
        slip_evidence=lambda t: t.evidence.min(where=t.slipped),
        close=lambda t: t.close.sum(),
        close_key=lambda t: t.person_key.min(where=t.close),
        close_evidence=lambda t: t.evidence.min(where=t.close),
        dated=lambda t: (t.close & (t.b >= 0)).any(),
        namesakes=lambda t: t.namesake.sum(),
        namesake_key=lambda t: t.person_key.min(where=t.namesake),
    )
