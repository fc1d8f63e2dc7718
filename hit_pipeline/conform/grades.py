"""Grade levels as people write them, and the one code each becomes.

Used for every grade column whose contract gives no map of its own. Codes are those of
`hit_pipeline.tables.vocabulary.GRADES`; what is not listed here has no code.
"""

import ibis
import ibis.expr.types as ir

_ORDINALS = (
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("eighth", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
    ("eleventh", "11th"),
    ("twelfth", "12th"),
)
_KINDERGARTEN = "k kg 0 00 0.0 kf kh tk kinder kindergarten transitional_kindergarten grade_k"
_BEFORE = (
    "pk -1 -1.0 p3 p4 pk3 pk4 prek pre-k pre_k preschool prekindergarten pre-kindergarten "
    "pre_kindergarten preschool/prekindergarten early_education grade_pk"
)
_OTHERS = {
    "KG": _KINDERGARTEN,
    "PK": _BEFORE,
    "UG": "ug un ungraded",
    "AE": "ae adult adult_education",
}
"""Spellings of the other codes, apart by blanks; an underscore stands for a blank."""


def spellings() -> dict[str, str]:
    """Return every spelling in lower case and the code it means."""
    codes: dict[str, str] = {}
    for number, words in enumerate(_ORDINALS, start=1):
        code, plain = f"{number:02d}", str(number)
        codes |= dict.fromkeys((code, plain, f"{plain}.0", *words), code)
        codes |= dict.fromkeys((f"{word} grade" for word in (*words, plain)), code)
        codes |= dict.fromkeys((f"grade {word}" for word in (plain, code)), code)
        codes |= dict.fromkeys((f"gr {plain}", f"gr. {plain}", f"g{plain}"), code)
    others = ((word, code) for code, words in _OTHERS.items() for word in words.split())
    return codes | {word.replace("_", " "): code for word, code in others}


def grade(text: ir.StringValue) -> ir.StringValue:
    """Return the code of a cleaned grade text; null when no spelling fits."""
    code: ir.StringValue = text.lower().cases(*spellings().items(), else_=ibis.null("string"))
    return code
