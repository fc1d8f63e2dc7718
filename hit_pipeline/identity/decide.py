"""What is decided on a subject: tiers 0 to 2, one set of rules for every role.

The order of the rules is the order of this module: an identifier that name or birth date bear out;
an identifier alone, where its system is vouched for; a unique name with birth date. Whatever
speaks against an identifier sends the subject to review, never to another tier.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.identity.candidates import SCOPED, Known, by_identifier, by_name, told_pairs
from hit_pipeline.identity.evidence import ALIKE, EQUAL, SAME, in_words, weigh
from hit_pipeline.identity.name_tier import named, stated_beside, with_seats

RULES_VERSION = 3
"""Raised with every change of a rule: open records are then tried again."""

_NULL = ibis.null("string")
_SHORT = 2
"""Level of a first name that is a short form, or the middle name."""


@dataclass(frozen=True)
class Decided:
    """What the rules decided. Both tables are kept.

    Attributes:
        decisions: One row per subject: ``subject, outcome`` (``match``, ``unsure`` or
            ``no_match``), ``person_key, candidate_key, tier, rule, evidence, probability``.
        candidates: Whom those not matched might be: ``subject, person_key, worth`` (the greater the
            likelier; a probability where one is stated), ``probability, evidence``.
    """

    decisions: ir.Table
    candidates: ir.Table


def decide(
    engine: Engine,
    subjects: ir.Table,
    identifiers: ir.Table,
    known: Known,
    denied: ir.Table | None = None,
) -> Decided:
    """Decide on subjects.

    Args:
        engine: Computes what is used more than once.
        subjects: ``subject, source, standing`` (``roster``, ``completion`` or ``log``), ``anchor``
            (system of a roster's own identifier, ``name`` when it has none) and the columns of
            `evidence.COMPARED`.
        identifiers: As for `candidates.by_identifier`.
        known: What is known of the people of the role.
        denied: ``subject, person_key`` that a steward said are not the same; None: none.
    """
    pair = ["subject", "person_key"]
    ways = by_identifier(identifiers, known)
    ways = engine.keep(ways if denied is None else ways.anti_join(denied, pair))
    near = known.of(ways)
    weighed = engine.keep(_weighed(subjects, ways, near))
    silent = weighed.filter(weighed.alone & (weighed.verdict == "silent"))
    against = stated_beside(silent, identifiers, near).filter(lambda t: t.other)
    weighed = engine.keep(_not_alone(weighed, against))
    by_id = engine.keep(_by_identifier(subjects, ways, weighed))
    doubtful = by_id.filter((by_id.outcome != "match") | by_id.weak)
    called = subjects.filter(subjects.given.notnull() & subjects["last"].notnull())
    wanted = engine.keep(called.semi_join(doubtful, "subject"))
    might = _might_by_identifier(weighed)
    if not engine.scalar(wanted.count()):
        decisions = by_id.drop("standing", "anchor", "weak")
        return _told(engine, decisions, might)
    found = by_name(wanted, known)
    found = found if denied is None else found.anti_join(denied, pair)
    called = engine.keep(weigh(told_pairs(wanted, found, known)))
    fitting = called.filter((called.l == 1) & (called.b != 0))
    beside = engine.keep(stated_beside(fitting, identifiers, known))
    names = engine.keep(named(with_seats(called, wanted, known.of(called)), beside))
    return _told(engine, _together(by_id, names), might.union(_might_by_name(called)))


def undecided(subjects: ir.Table, outcome: str, rule: str) -> ir.Table:
    """Return one and the same decision without a person for all subjects."""
    return subjects.select(
        "subject",
        outcome=ibis.literal(outcome),
        person_key=_NULL,
        candidate_key=_NULL,
        tier=ibis.null("int64"),
        rule=ibis.literal(rule),
        evidence=_NULL,
        probability=ibis.null("float64"),
    )


def _told(engine: Engine, decisions: ir.Table, might: ir.Table) -> Decided:
    none = ibis.null("float64")
    decisions = engine.keep(decisions.mutate(probability=none))
    open_ = decisions.filter(decisions.outcome == "unsure")
    best = might.group_by("subject", "person_key").agg(
        worth=might.worth.max(), evidence=might.evidence.argmax(might.worth)
    )
    listed = best.semi_join(open_, "subject").mutate(probability=none)
    return Decided(decisions, engine.keep(listed.select(*CANDIDATE_COLUMNS)))


CANDIDATE_COLUMNS = ("subject", "person_key", "worth", "probability", "evidence")


def _not_alone(weighed: ir.Table, against: ir.Table) -> ir.Table:
    """Let an identifier not decide alone where another one stated is not the person's."""
    marked = against.select("subject", "person_key", against=True)
    both = weighed.left_join(marked, ["subject", "person_key"])[[*weighed.columns, "against"]]
    return both.mutate(alone=both.alone & both.against.isnull()).drop("against")


def _might_by_identifier(weighed: ir.Table) -> ir.Table:
    worth = weighed.verdict.cases(("fits", 0.9), ("silent", 0.5), else_=0.4)
    return weighed.select(
        "subject", "person_key", worth=worth, evidence=_text(weighed.codes, in_words(weighed))
    )


def _might_by_name(called: ir.Table) -> ir.Table:
    """Return those a name points to: all that fit, unless the birth date is another."""
    fits = called.filter((called.l == 1) & (called.f >= ALIKE) & (called.b != 0))
    worth = (fits.b == EQUAL).ifelse(0.8, 0.6) + fits.f * 0.02
    return fits.select("subject", "person_key", worth=worth, evidence=in_words(fits))


def _weighed(subjects: ir.Table, ways: ir.Table, known: Known) -> ir.Table:
    """Return each subject and person found by identifier once, with the verdict on them.

    A roster's own identifier is believed unless name and birth date both belong to somebody else. A
    log's own identifier, once linked, and the first name are enough, whatever else it states. Who
    has another family name now is known by the first name and two identifiers. Another first name
    is another child: twins share everything else.
    People the same roster lists elsewhere are the same only when name and birth date agree.
    """
    ways = ways.mutate(order=ways["rank"].cast("string").lpad(2, "0") + ways.codes)
    best = ways.group_by("subject", "person_key").agg(
        own=lambda t: t.own.any(),
        same=lambda t: t.same.any(),
        alone=lambda t: t.alone.any(),
        rank=lambda t: t["rank"].min(),
        system=lambda t: t.system.argmin(t.order),
        rule=lambda t: t.rule.argmin(t.order),
        codes=lambda t: t.codes.argmin(t.order),
        shared=lambda t: (~t.my_system.isin(SCOPED)).any(),
        agreeing=lambda t: t.my_system.nunique(where=t.exact & t.same),
    )
    compared = weigh(told_pairs(subjects, best.select("subject", "person_key"), known))
    pairs = best.left_join(compared, ["subject", "person_key"])
    pairs = pairs.select(
        *best.columns,
        f=pairs.f.fill_null(-1),
        l=pairs.l.fill_null(-1),
        b=pairs.b.fill_null(-1),
        verdict=pairs.verdict.fill_null("silent"),
    )
    asked = with_seats(pairs, subjects, known)
    of_list = asked.standing != "log"
    own = asked.own & of_list
    reused = (asked.f == 0) & ((asked.b == 0) | ((asked.b == -1) & (asked.l == 0)))
    seated = asked.seated & of_list & ~own
    several = asked.agreeing > 1
    renamed = (asked.f == SAME) & (asked.b != 0) & (asked.own | several)
    certain = (asked.f == SAME) & (asked.l == 1) & (asked.b != 0)
    verdict = ibis.cases(
        (own, reused.ifelse("contrary", "fits")),
        (seated | renamed, "fits"),
        else_=asked.verdict,
    )
    remembered = asked.own & ~of_list & (verdict == "fits") & (asked.f >= ALIKE)
    return asked.filter(~seated | certain).mutate(
        settled=own, remembered=remembered, verdict=verdict
    )


def _by_identifier(subjects: ir.Table, ways: ir.Table, weighed: ir.Table) -> ir.Table:
    """Return every subject with what its identifiers decide.

    ``weak`` marks a match on a first name that is only spelt alike.
    """
    verdicts = weighed.select("subject", "person_key", "verdict")
    stated = ways.join(verdicts, ["subject", "person_key"])
    stated = stated.group_by("subject", "my_system").agg(
        borne_out=lambda t: (t.verdict == "fits").any(),
        contrary=lambda t: ((t.verdict == "contrary") & t.same).any(),
    )
    against = stated.group_by("subject").agg(against=lambda t: (t.contrary & ~t.borne_out).any())
    facts = weighed.mutate(
        fits=weighed.verdict == "fits",
        contrary=(weighed.verdict == "contrary") & weighed.same,
        silent=weighed.verdict == "silent",
        evidence=_text(weighed.codes, in_words(weighed)),
    )
    facts = facts.mutate(order=_order(facts))
    counted = facts.group_by("subject").agg(
        settled=lambda t: (t.settled & t.fits).any(),
        remembered=lambda t: t.remembered.any(),
        reused=lambda t: (t.settled & t.contrary).any(),
        fits=lambda t: t.fits.sum(),
        contrary=lambda t: t.contrary.sum(),
        alone=lambda t: (t.silent & t.alone).sum(),
        same=lambda t: t.same.sum(),
        silent=lambda t: t.silent.sum(),
        shared=lambda t: (t.silent & t.shared).any(),
        own=lambda t: t.own.argmin(t.order),
        **{name: facts[name].argmin(facts.order) for name in _OF_CHOSEN},
    )
    asked = subjects.select("subject", "standing", "anchor", "has_ids")
    joined = asked.left_join(counted, "subject").drop("subject_right")
    joined = joined.left_join(against, "subject").drop("subject_right")
    return _judged(joined.fill_null({**dict.fromkeys(_FLAGS, False), **dict.fromkeys(_COUNTS, 0)}))


_OF_CHOSEN = ("person_key", "system", "rule", "evidence", "f")
_FLAGS = ("settled", "remembered", "reused", "shared", "own", "against")
_COUNTS = ("fits", "contrary", "alone", "same", "silent")


def _order(facts: ir.Table) -> ir.StringValue:
    """Return what puts the person first who stands for a subject; no two are alike."""
    order = facts["rank"] + ibis.cases(
        (facts.settled & facts.fits, 100),
        (facts.fits, 200),
        (facts.contrary, 300),
        (facts.silent & facts.alone, 400),
        (facts.silent, 500),
        else_=600,
    )
    text: ir.StringValue = order.cast("string") + facts.person_key
    return text


def _judged(facts: ir.Table) -> ir.Table:
    """Turn the counts of one subject into outcome and rule."""
    one = (facts.fits == 1) & (facts.remembered | ~facts.against)
    borne_out = facts.settled | one
    alone = (facts.fits == 0) & ~facts.against & (facts.alone == 1) & (facts.same == 1)
    bare = ((facts.standing == "log") & ~facts.own).ifelse("id.bare." + facts.system, facts.rule)
    matched = borne_out | alone
    unsure = facts.against | (facts.fits > 1) | (facts.alone > 0) | facts.shared
    leading = ibis.cases(
        (facts.fits > 0, facts.fits), (facts.contrary > 0, facts.contrary), else_=facts.silent
    )
    return facts.select(
        "subject",
        "standing",
        "anchor",
        "evidence",
        outcome=ibis.cases((matched, "match"), (unsure, "unsure"), else_="no_match"),
        person_key=matched.ifelse(facts.person_key, _NULL),
        candidate_key=(~matched & (leading == 1)).ifelse(facts.person_key, _NULL),
        tier=matched.ifelse(facts.own.ifelse(0, 1), ibis.null("int64")),
        weak=borne_out & ~facts.settled & ~facts.remembered & facts.f.isin((ALIKE, _SHORT)),
        rule=ibis.cases(
            (borne_out, facts.rule),
            (alone, bare),
            (facts.reused, "id.reused"),
            (facts.against, "id.contradicted"),
            (facts.fits > 1, "id.ambiguous"),
            (facts.alone > 0, "id.shared"),
            (facts.silent > 0, "id.uncorroborated"),
            (facts.has_ids, "id.unknown"),
            else_="name.unknown",
        ),
    )


def _together(by_id: ir.Table, names: ir.Table) -> ir.Table:
    """Join both decisions; the doubt of an identifier is never overruled by a name."""
    both = by_id.left_join(names, "subject").drop("subject_right")
    both = both.fill_null(
        {
            "sure": 0,
            "close": 0,
            "namesakes": 0,
            "slips": 0,
            "dated": False,
            "other": False,
            "called": False,
        }
    )
    namesake = (both.namesakes > 1) | (both.namesake_key != both.person_key).fill_null(False)  # noqa: FBT003
    overturned = both.weak & namesake
    log = both.standing == "log"
    slipped = log & (both.slips == 1) & (both.outcome == "no_match")
    open_ = (both.outcome == "no_match") & ~slipped
    other = both.other & ~(log & both.called)
    named = open_ & (both.sure == 1) & ~other
    crowded = open_ & (both.sure > 1)
    denied = open_ & (both.sure == 1) & other
    nameless_roster = (both.standing != "roster") | (both.anchor == "name")
    close = open_ & (both.sure == 0) & (both.close > 0) & nameless_roster
    single_sure = (both.sure == 1).ifelse(both.sure_key, _NULL)
    single_close = (close & (both.close == 1)).ifelse(both.close_key, _NULL)
    single_namesake = (both.namesakes == 1).ifelse(both.namesake_key, _NULL)
    matched = ((both.outcome == "match") & ~overturned) | named | slipped
    candidate = overturned.ifelse(
        single_namesake, ibis.coalesce(single_sure, both.candidate_key, single_close)
    )
    return both.select(
        "subject",
        outcome=ibis.cases(
            (matched, "match"),
            (overturned | crowded | denied | close, "unsure"),
            else_=both.outcome,
        ),
        person_key=ibis.cases(
            (overturned, _NULL),
            (slipped, both.slip_key),
            (named, both.sure_key),
            else_=both.person_key,
        ),
        candidate_key=matched.ifelse(_NULL, candidate),
        tier=ibis.cases(
            (overturned, ibis.null("int64")), (slipped, 1), (named, 2), else_=both.tier
        ),
        rule=ibis.cases(
            (overturned, "id.contradicted"),
            (slipped, "id.mistyped"),
            (named, "name.birth_date"),
            (crowded, "name.ambiguous"),
            (denied, "name.other_id"),
            (close, both.dated.ifelse("name.close", "name.only")),
            else_=both.rule,
        ),
        evidence=ibis.cases(
            (slipped, both.slip_evidence),
            (named | crowded | denied, both.sure_evidence),
            (close, both.close_evidence),
            else_=both.evidence,
        ),
    )


def _text(*codes: ir.StringValue) -> ir.StringValue:
    """Return codes in one text; null when there is none."""
    parts = [code.nullif("") for code in codes]
    text: ir.StringValue = ibis.literal(" ").join(parts).nullif("")
    return text
