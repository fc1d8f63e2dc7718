"""Children of a small roster, with the siblings, twins and shared numbers that real ones have."""

from datetime import date
from typing import Any

Child = dict[str, Any]


def child(number: int, given: str, family: str, born: date | None, **more: Any) -> Child:
    """Return a roster row; all identifiers follow from the number unless given."""
    return {
        "student_id_source": f"u{number}",
        "student_id_district": f"{number:07d}",
        "student_id_state": str(9_000_000_000 + number),
        "student_given_name": given,
        "student_family_name": family,
        "birth_date": born,
    } | more


MARIA = child(12345, "María", "García-López", date(2014, 3, 5))
JOSE = child(12346, "José", "García-López", date(2016, 8, 30))
WILLIAM = child(990000, "William", "Stone", date(2013, 1, 9), student_id_state="1230000000")
JAYDEN = child(20001, "Jayden", "Okafor", date(2015, 6, 1))
KAYDEN = child(20002, "Kayden", "Okafor", date(2015, 6, 1))
IDA = child(30001, "Ida", "Marsh", date(2012, 2, 2))
SHARES_IDAS_NUMBER = child(30002, "Omar", "Haddad", date(2017, 7, 7), student_id_district="0030001")
GRACE = child(40001, "Anna", "Kim", date(2012, 11, 3), student_middle_name="Grace")
LONG = child(50001, "Lena", "Vogel", date(2013, 4, 4), student_id_state="1234567891")
GABRIELA = child(60001, "Gabriela", "Sato", date(2014, 9, 9))
ROUND = child(1200000, "Uma", "Voss", date(2011, 5, 5))

TOM = child(60009, "Tom", "Reyes", date(2012, 12, 1))
FRANCISCO = child(70001, "Francisco", "Ruiz", date(2013, 10, 10))

ROSTER_ROWS = [
    MARIA, JOSE, WILLIAM, JAYDEN, KAYDEN, IDA, SHARES_IDAS_NUMBER, GRACE, LONG,
    GABRIELA,
    ROUND,
    TOM,
    FRANCISCO,
]  # fmt: skip
