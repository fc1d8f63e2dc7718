"""Whom a name and a birth date point to, and what an identifier says against it."""

import ibis.expr.types as ir

from hit_pipeline.identity.candidates import SCOPED, Known
from hit_pipeline.identity.evidence import ALIKE, EQUAL, SAME, edits, in_words

_SLIPS = 2


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


def other_identifier(weighed: ir.Table, identifiers: ir.Table, known: Known) -> ir.Table:
    """Return ``subject, person_key`` where the person's identifier is quite another in one system.

    Up to two edits may be a slip of the hand. Own identifiers of sources and e-mails differ for
    many reasons and count for nothing.
    """
    stated = identifiers.filter(identifiers.form != "scientific_lossy")
    stated = stated.select("subject", "system", mine="core")
    claimed = known.claims.filter(~known.claims.system.isin((*SCOPED, "email")))
    pairs = weighed.filter(weighed.b == EQUAL).select("subject", "person_key")
    both = pairs.join(stated, "subject").join(
        claimed.select("person_key", "system", "core"), ["person_key", "system"]
    )
    nearest = both.group_by("subject", "person_key", "system").agg(
        apart=edits(both.mine, both.core).min()
    )
    far = nearest.filter(nearest.apart > _SLIPS)
    return far.select("subject", "person_key", other=True).distinct()


def named(asked: ir.Table, other: ir.Table) -> ir.Table:
    """Return per subject whom its name points to.

    ``sure`` counts the people whose names fit and whose birth date is the same, of those called
    most alike; a first name that is only spelt alike must begin with the same letter. ``close``
    counts those who might be meant, ``namesakes`` those called exactly the same.
    """
    asked = asked.filter((asked.standing != "roster") | ~asked.seated)
    asked = asked.left_join(other, ["subject", "person_key"])[[*asked.columns, "other"]]
    fits = asked.l == 1
    alike = (asked.f > ALIKE) | ((asked.f == ALIKE) & asked.same_initial)
    sure = fits & (asked.b == EQUAL) & alike
    facts = asked.mutate(
        sure=sure,
        close=fits & ~sure & (asked.f >= ALIKE) & (asked.b != 0),
        namesake=fits & (asked.f == SAME) & (asked.b != 0),
        evidence=in_words(asked),
    )
    best = facts.group_by("subject").agg(best=lambda t: t.f.max(where=t.sure))
    facts = facts.left_join(best, "subject").drop("subject_right")
    facts = facts.mutate(sure=facts.sure & (facts.f == facts.best))
    return facts.group_by("subject").agg(
        sure=lambda t: t.sure.sum(),
        sure_key=lambda t: t.person_key.min(where=t.sure),
        sure_evidence=lambda t: t.evidence.min(where=t.sure),
        other=lambda t: (t.sure & t.other.notnull()).any(),
        close=lambda t: t.close.sum(),
        close_key=lambda t: t.person_key.min(where=t.close),
        close_evidence=lambda t: t.evidence.min(where=t.close),
        dated=lambda t: (t.close & (t.b >= 0)).any(),
        namesakes=lambda t: t.namesake.sum(),
        namesake_key=lambda t: t.person_key.min(where=t.namesake),
    )
