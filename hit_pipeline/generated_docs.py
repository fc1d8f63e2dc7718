"""The documents that follow from code, and the command that writes them: ``make docs``.

A test holds the committed files against what is written here.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from hit_pipeline.model_docs import json_schema
from hit_pipeline.reference_pages import reference_page
from hit_pipeline.release.dictionary import data_dictionary
from hit_pipeline.settings import District
from hit_pipeline.settings_file import district_json_schema
from hit_pipeline.sources.contract.model import Contract


def district_reference() -> str:
    """Return the page of every key of ``district.toml``."""
    opening = (
        "Generated from `hit_pipeline/settings.py` by `make docs`. "
        "[configuration.md](configuration.md) says how the file is used."
    )
    return reference_page(District, "Keys of district.toml", opening)


def contract_reference() -> str:
    """Return the page of every key of a contract."""
    opening = (
        "Generated from `hit_pipeline/sources/contract/model.py` by `make docs`. "
        "[contracts.md](contracts.md) says how a contract is written."
    )
    return reference_page(Contract, "Keys of a contract", opening)


def _json(schema: dict[str, object]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "data-dictionary.md": data_dictionary,
    "district-reference.md": district_reference,
    "contract-reference.md": contract_reference,
    "district.schema.json": lambda: _json(district_json_schema()),
    "contract.schema.json": lambda: _json(json_schema(Contract, "contract")),
}
"""File in ``docs/`` to what it holds."""


def write_all(folder: Path) -> None:
    """Write every generated document into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in DOCUMENTS.items():
        (folder / name).write_text(content(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
