"""The documents say what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from hit_pipeline.generated_docs import DOCUMENTS, write_all
from hit_pipeline.rules.catalog import shipped_rules
from hit_pipeline.settings import District, Source
from hit_pipeline.settings_environment import NOT_SETTINGS, SECRET_FILES, SHORT_NAMES
from hit_pipeline.settings_file import SHORTEST_SECRET
from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.catalog import TABLES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_generated_document_is_current(name: str) -> None:
    assert read(name) == DOCUMENTS[name](), "run `make docs` and commit what it writes"


def test_writing_them_all_writes_each(tmp_path: Path) -> None:
    write_all(tmp_path / "docs")
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "docs").iterdir()}
    assert written == {name: content() for name, content in DOCUMENTS.items()}


def test_the_index_leads_to_every_document() -> None:
    linked = set(re.findall(r"\]\(([\w.-]+)\)", read("index.md")))
    assert linked == {path.name for path in DOCS.iterdir()} - {"index.md"}


@EVERY_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)", text):
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.is_file(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.M)
            assert anchor in {one.lower().replace(" ", "-").strip("`") for one in headings}


@EVERY_PAGE
def test_toml_in_a_page_is_toml(page: Path) -> None:
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), flags=re.M | re.S):
        tomllib.loads(block)


def test_the_smallest_district_of_the_guide_is_one() -> None:
    block, *_ = re.findall(r"^```toml\n(.*?)^```", read("configuration.md"), flags=re.M | re.S)
    assert District.model_validate(tomllib.loads(block)).sources == {}


def test_the_guide_names_every_variable_and_secret() -> None:
    text = read("configuration.md")
    assert all(f"`{name}`" in text for name in (*SHORT_NAMES, *NOT_SETTINGS))
    assert all(f"`secrets/{name}`" in text for name in SECRET_FILES)
    assert f"at least {SHORTEST_SECRET} characters" in text


def test_the_guide_names_every_kind_of_source() -> None:
    kinds = Source.model_json_schema()["properties"]["kind"]["enum"]
    assert all(f"| `{kind}` |" in read("configuration.md") for kind in kinds)


def test_the_example_names_every_shipped_rule() -> None:
    text = (ROOT / "examples/district/district.toml").read_text(encoding="utf-8")
    assert all(rule.id in text for rule in shipped_rules())


def test_codes_in_the_page_of_contracts_are_those_of_the_vocabulary() -> None:
    rows = re.findall(r"^\| [^|]+ \| `(\w+)` \| `(\w+)` \|$", read("contracts.md"), flags=re.M)
    assert len(rows) >= 4
    assert all(state in words.SESSION_STATES for state, _ in rows)
    assert all(attendance in words.ATTENDANCE for _, attendance in rows)


def test_the_page_of_names_uses_names_that_exist() -> None:
    known = {name for table in TABLES.values() for name in table.column_names}
    for cell in re.findall(r"^\| (`[^|]+) \|", read("naming.md"), flags=re.M):
        for name in re.findall(r"`([\w.]+)`", cell):
            ending, start = name.removeprefix("..."), name.removesuffix("...")
            fits = [one for one in known if one.endswith(ending) or one.startswith(start)]
            assert fits, name
