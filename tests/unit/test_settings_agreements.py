"""Agreements of district.toml: what they must say, and what is a mistake."""

from pathlib import Path

import pytest

from hit_pipeline.errors import SettingsError
from hit_pipeline.settings import District
from hit_pipeline.settings_agreements import FIELDS
from hit_pipeline.settings_file import load_district
from hit_pipeline.tables.catalog import TABLES

GOOD = """
[district]
name = "Alder"
time_zone = "America/Denver"

[unknown_consent]
tutoring = "share"

[agreements.staff]
recipient = "district"
purposes = ["tutoring"]
fields = ["given_name"]
start = 2026-07-01
end = 2027-06-30
signed_by = "Ada Director"
"""


def load(folder: Path, text: str) -> District:
    (folder / "district.toml").write_text(text, encoding="utf-8")
    return load_district(folder, {})


def test_an_agreement_says_who_what_for_which_fields_and_when(tmp_path: Path) -> None:
    district = load(tmp_path, GOOD)
    agreement = district.agreements["staff"]
    assert (agreement.recipient, agreement.purposes) == ("district", ("tutoring",))
    assert agreement.fields == ("given_name",)
    assert district.unknown_consent == {"tutoring": "share"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"given_name"', '"lunch"', "unknown field"),
        ('["tutoring"]', '["fun"]', "unknown purpose"),
        ('["given_name"]', "[]", "fields"),
        ("2027-06-30", "2026-06-30", "ends before it starts"),
        ('signed_by = "Ada Director"', "", "signed_by"),
        ('tutoring = "share"', 'tutoring = "maybe"', "unknown_consent"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load(tmp_path, GOOD.replace(old, new))


def test_every_field_is_a_column_of_ours() -> None:
    columns = {
        *TABLES["student"].column_names,
        *TABLES["typed_student"].column_names,
    }
    assert set(FIELDS) <= columns
