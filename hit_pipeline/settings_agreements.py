"""Agreements by which pupils' data may leave: the tables ``[agreements.<name>]`` of a district.

Belongs here: who may get which columns for which purpose from when to when. Whether a single file
may go out is decided in `hit_pipeline.privacy.disclosure`.
"""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from hit_pipeline.settings_values import Model, one_of, word_schema
from hit_pipeline.tables import vocabulary as words

OWN_STAFF: Final = "district"
"""The recipient that is the district's own staff; every other one is outside of the district."""
FIELDS: Final = (
    "student_id_district",
    "student_id_state",
    "student_id_sis",
    "given_name",
    "middle_name",
    "family_name",
    "preferred_name",
    "birth_date",
    "grade_current",
    "school_id_current",
    "gender",
    "ell",
    "iep",
)
"""Columns of a student an agreement may allow. ``school_id_current`` stands for its name too."""

Purpose = Annotated[
    str,
    AfterValidator(one_of("purpose", words.CONSENT_PURPOSES)),
    word_schema(words.CONSENT_PURPOSES),
]
OutboundField = Annotated[str, AfterValidator(one_of("field", FIELDS)), word_schema(FIELDS)]
Unknown = Literal["share", "hold"]


class Agreement(Model):
    """An agreement by which somebody is given data of pupils.

    Attributes:
        recipient: Who is given them: ``district`` for the district's own staff, else the name by
            which consents and programs know the recipient, such as a program's ``vendor``.
        purposes: What for.
        fields: Columns of a student that may be given; a file with any other one is refused.
        start: First day it is in force.
        end: Last day it is in force, inclusive.
        signed_by: Who signed it for the district.
    """

    recipient: str = Field(min_length=1)
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    fields: tuple[OutboundField, ...] = Field(min_length=1)
    start: date
    end: date
    signed_by: str = Field(min_length=1)

    @field_validator("end")
    @classmethod
    def _not_before_it_starts(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and end < start:
            message = f"the agreement ends before it starts on {start}"
            raise ValueError(message)
        return end
