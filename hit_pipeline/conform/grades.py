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
_OTHERS = {
    "KG": ("k", "kg", "0", "00", "0.0", "kindergarten", "kinder", "grade k", "kf", "kh", "tk",
           "transitional kindergarten"),
    "PK": ("pk", "-1", "-1.0", "prek", "pre-k", "pre k", "prekindergarten", "pre-kindergarten",
           "pre kindergarten", "preschool", "p3", "p4", "pk3", "pk4", "grade pk"),
    "UG": ("ug", "ungraded", "un"),
    "AE": ("ae", "adult", "adult education"),
}


def spellings() -> dict[str, str]:
    """Return every spelling in lower case and the code it means."""
    codes = {}
    for number, words in enumerate(_ORDINALS, start=1):
        code, plain = f"{number:02d}", str(number)
        codes |= dict.fromkeys((code, plain, f"{plain}.0", *words), code)
        codes |= dict.fromkeys((f"{word} grade" for word in (*words, plain)), code)
        codes |= dict.fromkeys((f"grade {word}" for word in (plain, code)), code)
        codes |= dict.fromkeys((f"gr {plain}", f"gr. {plain}", f"g{plain}"), code)
    return codes | {word: code for code, words in _OTHERS.items() for word in words}


def grade(text: ir.StringValue) -> ir.StringValue:
    """Return the code of a cleaned grade text; null when no spelling fits."""
    code: ir.StringValue = text.lower().cases(*spellings().items(), else_=ibis.null("string"))
    return code
