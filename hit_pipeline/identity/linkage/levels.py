"""What is compared, and by which levels: the elements of the probabilistic model.

Each comparison has levels, best first, in the SQL that splink runs. ``m`` is how often two
statements about one person fall into a level, ``u`` how often those about two people do. The
shipped values are common sense from the literature on record linkage, not fitted to any file:
training replaces them where there is enough to train on.

Names that are swapped speak once: in the given name; the family name is then as good as not
compared, or the same evidence would count twice.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """One level of a comparison.

    Attributes:
        code: What is told of it in evidence, such as ``nickname``.
        sql: Condition on columns ``..._l`` and ``..._r``; the first that holds counts.
        m: Shipped chance of it among statements about one person.
        u: Shipped chance of it among statements about two people.
    """

    code: str
    sql: str
    m: float
    u: float


@dataclass(frozen=True)
class Comparison:
    """One element of the evidence.

    Attributes:
        name: What is told of it in evidence.
        needs: Column that must be filled on both sides for it to play a part.
        unknown: SQL of when nothing can be said.
        levels: Levels, best first; the last has no condition of its own.
        frequency: Column whose values are weighed by how common they are at the first level; None:
            all values weigh the same.
        group: ``own`` (of the person alone) or what children of one family share (see `weights`):
            ``family``, ``address``, ``household``; half of them the ``school``; twins ``birth``.
    """

    name: str
    needs: str
    unknown: str
    levels: tuple[Level, ...]
    frequency: str | None
    group: str


ELSE = "ELSE"
_BOTH = "given_l = last_r AND last_l = given_r"
_ONE = "(given_l = last_r AND {0}) OR (last_l = given_r AND {1})"
_NEAR = "(damerau_levenshtein({0}, {1}) <= 2 AND least(length({0}), length({1})) >= 4)"
SWAPPED = f"({_BOTH})"
HALF_SWAPPED = (
    "(" + _ONE.format(_NEAR.format("last_l", "given_r"), _NEAR.format("given_l", "last_r")) + ")"
)
CROSSED = "((given_l = last_r OR last_l = given_r) AND last_l <> last_r AND given_l <> given_r)"


def _missing(*columns: str) -> str:
    return " OR ".join(f"{name}_{side} IS NULL" for name in columns for side in "lr")


def _edits(column: str, most: int, at_least: int) -> str:
    """Return SQL: at most so many edits apart, lengths looked at first because that is cheap."""
    left, right = f"{column}_l", f"{column}_r"
    return (
        f"abs(length({left}) - length({right})) <= {most} "
        f"AND least(length({left}), length({right})) >= {at_least} "
        f"AND damerau_levenshtein({left}, {right}) <= {most}"
    )


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


_INITIAL = "(length({0}_l) = 1 OR length({0}_r) = 1) AND left({0}_l, 1) = left({0}_r, 1)"

GIVEN = Comparison(
    "given",
    "given",
    _missing("first"),
    (
        Level("same", _same("given"), 0.78, 0.008),
        Level("swapped", SWAPPED, 0.01, 2e-5),
        Level("swapped_near", HALF_SWAPPED, 0.004, 2e-5),
        Level("crossed", CROSSED, 0.003, 0.001),
        Level(
            "word",
            "list_has_any(called_l, called_r) "
            "OR (first_l = first_r AND (first_l = given_l OR first_r = given_r))",
            0.03,
            0.003,
        ),
        Level(
            "nickname",
            "list_has_any(nicknames_l, called_r) OR list_has_any(called_l, nicknames_r)",
            0.06,
            0.006,
        ),
        Level(
            "middle",
            "list_has_any(middles_l, called_r) OR list_has_any(called_l, middles_r)",
            0.01,
            0.003,
        ),
        Level("edit", _edits("given", 1, 3), 0.04, 0.003),
        Level("initial", _INITIAL.format("first"), 0.005, 0.002),
        Level("near", f"({_edits('given', 2, 6)}) OR {_alike('given', 0.9)}", 0.02, 0.006),
        Level("other", ELSE, 0.04, 0.965),
    ),
    "given",
    "own",
)
FAMILY = Comparison(
    "family",
    "last",
    f"{_missing('last')} OR {SWAPPED} OR {HALF_SWAPPED} OR {CROSSED}",
    (
        Level("same", _same("last"), 0.86, 0.002),
        Level("part", "list_has_any(lasts_l, lasts_r)", 0.03, 0.001),
        Level("edit", _edits("last", 1, 3), 0.05, 0.001),
        Level("initial", _INITIAL.format("last"), 0.002, 0.001),
        Level("near", f"({_edits('last', 2, 6)}) OR {_alike('last', 0.92)}", 0.02, 0.003),
        Level("other", ELSE, 0.04, 0.99),
    ),
    "last",
    "family",
)
_YEAR, _MONTH, _DAY = (f"substr(born_{{0}}, {at}, {n})" for at, n in ((1, 4), (5, 2), (7, 2)))


def _part(part: str, other: str | None = None) -> str:
    return f"{part.format('l')} = {(other or part).format('r')}"


BIRTH = Comparison(
    "birth",
    "born",
    _missing("born"),
    (
        Level("same", _same("born"), 0.93, 0.0002),
        Level(
            "exchanged",
            f"{_part(_YEAR)} AND {_part(_MONTH, _DAY)} AND {_part(_DAY, _MONTH)}",
            0.01,
            0.0001,
        ),
        Level("digit", _edits("born", 1, 8), 0.025, 0.005),
        Level(
            "part",
            f"({_part(_YEAR)} AND ({_part(_MONTH)} OR {_part(_DAY)})) "
            f"OR ({_part(_MONTH)} AND {_part(_DAY)})",
            0.02,
            0.02,
        ),
        Level("other", ELSE, 0.015, 0.975),
    ),
    "born",
    "birth",
)
MIDDLE = Comparison(
    "middle",
    "middles",
    _missing("middles"),
    (
        Level("same", "list_has_any(middles_l, middles_r)", 0.6, 0.01),
        Level(
            "initial",
            "(length(middles_l[1]) = 1 OR length(middles_r[1]) = 1) "
            "AND left(middles_l[1], 1) = left(middles_r[1], 1)",
            0.3,
            0.06,
        ),
        Level("other", ELSE, 0.1, 0.93),
    ),
    None,
    "own",
)


def _simple(
    name: str,
    column: str,
    same: tuple[float, float],
    near: tuple[str, float, float] | None,
    group: str,
) -> Comparison:
    """Return a comparison with the levels same, near (where given) and other."""
    levels = [Level("same", _same(column), *same)]
    if near is not None:
        levels.append(Level("near", *near))
    m, u = (1 - sum(values) for values in zip(*((one.m, one.u) for one in levels), strict=True))
    levels.append(Level("other", ELSE, m, u))
    return Comparison(name, column, _missing(column), tuple(levels), column, group)


def _close(column: str, most: int, at_least: int, alike: float) -> str:
    return f"({_edits(column, most, at_least)}) OR {_alike(column, alike)}"


_CROSSED_LINES = "(line_l = line_2_r OR line_2_l = line_r)"
ADDRESS = Comparison(
    "address",
    "line",
    _missing("line"),
    (
        Level("same", _same("line"), 0.7, 0.001),
        Level("crossed", _CROSSED_LINES, 0.03, 0.0005),
        Level("near", _close("line", 2, 6, 0.92), 0.12, 0.002),
        Level("other", ELSE, 0.15, 0.9965),
    ),
    "line",
    "address",
)
SECOND_LINE = Comparison(
    "address2",
    "line_2",
    f"{_missing('line_2')} OR {_CROSSED_LINES}",
    (
        Level("same", _same("line_2"), 0.7, 0.005),
        Level("near", _close("line_2", 2, 6, 0.92), 0.1, 0.002),
        Level("other", ELSE, 0.2, 0.993),
    ),
    "line_2",
    "address",
)

COMPARISONS = (
    GIVEN,
    FAMILY,
    BIRTH,
    MIDDLE,
    _simple("gender", "gender", (0.98, 0.5), None, "own"),
    _simple("school", "school", (0.85, 0.03), (_alike("school", 0.92), 0.03, 0.01), "school"),
    Comparison(
        "grade",
        "grade",
        _missing("grade"),
        (
            Level("same", _same("grade"), 0.8, 0.09),
            Level("next", "abs(grade_l - grade_r) = 1", 0.17, 0.16),
            Level("other", ELSE, 0.03, 0.75),
        ),
        "grade",
        "birth",
    ),
    _simple("tutor", "tutor", (0.7, 0.01), (_close("tutor", 2, 6, 0.92), 0.1, 0.005), "own"),
    Comparison(
        "program",
        "programs",
        _missing("programs"),
        (
            Level("same", "list_has_any(programs_l, programs_r)", 0.9, 0.15),
            Level("other", ELSE, 0.1, 0.85),
        ),
        None,
        "own",
    ),
    _simple("phone", "phone", (0.7, 1e-4), (_edits("phone", 1, 7), 0.05, 1e-5), "household"),
    _simple("email", "email", (0.6, 5e-5), (_close("mailbox", 1, 4, 0.97), 0.1, 1e-4), "household"),
    ADDRESS,
    SECOND_LINE,
    _simple("number", "house", (0.8, 0.02), (_edits("house", 1, 2), 0.08, 0.05), "address"),
    _simple("postcode", "postcode", (0.8, 0.01), (_edits("postcode", 1, 4), 0.08, 0.01), "address"),
    _simple(
        "locality", "locality", (0.8, 0.02), (_close("locality", 2, 6, 0.92), 0.1, 0.005), "address"
    ),
    _simple("region", "region", (0.93, 0.3), None, "address"),
)
"""All comparisons, in the order in which evidence tells them."""


def in_play(mine: frozenset[str], told: frozenset[str]) -> tuple[Comparison, ...]:
    """Return the comparisons whose column is filled on both sides."""
    return tuple(one for one in COMPARISONS if one.needs in mine and one.needs in told)
