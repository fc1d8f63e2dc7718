"""A draft as the TOML of a contract: read from top to bottom, every doubt above its line."""

from collections.abc import Iterator, Mapping
from typing import Any

from hit_pipeline.drafting.draft import Draft, FileDraft
from hit_pipeline.drafting.feed import FeedDraft
from hit_pipeline.drafting.filled import Filled
from hit_pipeline.drafting.layout import Layout
from hit_pipeline.drafting.toml_text import comment_text, key_text, table_text, value_text

_WIDE = 96
_MARK = "# doubt: "
_ROSTERS = ("typed_student", "typed_staff", "typed_calendar_day")


def contract_text(draft: Draft) -> str:
    """Return the contract."""
    return "\n".join([*_head(draft), *(line for one in draft.files for line in _file(one))]) + "\n"


def source_text(draft: Draft, path: str, programs: tuple[str, ...], owners: tuple[str, ...]) -> str:
    """Return the lines that name the source in ``district.toml``.

    Args:
        draft: The draft.
        path: Where the contract is, as ``district.toml`` would say it.
        programs: Programs of the district, for a session log.
        owners: Its owners.
    """
    lines = [f"[sources.{draft.name}]", 'adapter = "files"', f"contract = {value_text(path)}"]
    lines.append(f'kind = "{draft.kind}"')
    lines.append(_of_one("owner", owners, "who is told when it breaks?"))
    sessions = [
        one
        for one in draft.files
        if one.choice.table and one.choice.table.name == "typed_session_log"
    ]
    if sessions and not any("program" in one.feed.lines for one in sessions):
        lines.append(_of_one("program", programs, "which program do its sessions belong to?"))
    return "\n".join(lines)


def _of_one(key: str, known: tuple[str, ...], doubt: str) -> str:
    """Return a key with the one value there is, else what must be chosen."""
    if len(known) == 1:
        return f"{key} = {value_text(known[0])}"
    choice = f" One of {', '.join(known)}." if known else ""
    return f"# {key} = ...     {_MARK[2:]}{doubt}{choice}"


def doubts_of(draft: Draft) -> list[dict[str, Any]]:
    """Return every doubt of a draft: ``line`` of the contract it is about, and ``doubt``."""
    lines = contract_text(draft).splitlines()
    return [
        {"line": number, "doubt": line.removeprefix(_MARK)}
        for number, line in enumerate(lines, start=1)
        if line.startswith(_MARK)
    ]


def _doubt(text: str) -> str:
    return f"{_MARK}{comment_text(text)}"


def _head(draft: Draft) -> Iterator[str]:
    files = sum(len(one.samples) for one in draft.files)
    yield f"# A draft of a contract, made by `hit source new` from {files} sample file(s)."
    yield "#"
    yield "# Read it from top to bottom: every line that is not certain has a doubt above it. When"
    yield "# a doubt is settled, take its line away. docs/contracts.md explains the words."
    yield ""
    yield f"id = {value_text(draft.name)}"
    yield "version = 1"
    yield _doubt("what are these files called, and where does their layout come from?")
    yield f"title = {value_text(draft.name.replace('_', ' ').capitalize())}"
    yield f"about = {value_text(_about(draft))}"
    for who, key in (("student", "bare_id_system"), ("tutor", "tutor_id_system")):
        system = draft.bare_system(who)
        if system is not None:
            yield _doubt(f"does this id link a {who} with no name and no birth date beside it?")
            yield f"{key} = {value_text(system)}"


def _about(draft: Draft) -> str:
    files = ", ".join(f"{one.pattern} ({one.rows} rows)" for one in draft.files)
    roster = (
        "compared with the district's roster" if draft.compared else "no roster to compare with"
    )
    return f"Drafted from {files}; {roster}."


def _file(one: FileDraft) -> Iterator[str]:
    yield ""
    yield f"# ---- {one.name.capitalize()} {'-' * (92 - len(one.name))}"
    yield ""
    yield f"[files.{one.name}]"
    if one.product is not None:
        share = f"{one.product.share:.0%}"
        yield _doubt(
            f"{one.product.contract} is shipped and knows {share} of this: use it instead?"
        )
    yield _doubt("do all file names look like this?")
    yield f"pattern = {value_text(one.pattern)}"
    yield from _layout(one.samples[0].layout)
    yield from _times(one)
    if one.never_kept:
        yield _doubt(
            "free text may say things about children: it is not kept unless you take this away"
        )
        yield f"forbidden = {value_text([_exactly(header) for header in one.never_kept])}"
    yield from _columns(one)
    if one.choice.table is None:
        yield _doubt("what is one row? Nothing says which table these rows belong to")
        yield "feeds = []"
    for feed in one.feeds:
        yield from _feed(one, feed)


def _exactly(header: str) -> str:
    """Return a regular expression of a header; without look-around, as RE2 has it."""
    escaped = "".join(f"\\{mark}" if mark in r".^$*+?()[]{}|\\" else mark for mark in header)
    return f"(?i)^{escaped}$"


def _layout(found: Layout) -> Iterator[str]:
    usual = Layout("delimited")
    keys: dict[str, Any] = {
        "format": found.format,
        "encoding": found.encoding,
        "header_row": found.header_row,
    }
    if found.format == "delimited":
        keys |= {"delimiter": found.delimiter, "quote": found.quote}
    if found.format == "excel":
        keys |= {"sheet": found.sheet}
    if found.format == "json":
        keys |= {"records": found.records}
    for key, value in keys.items():
        if key in found.doubts:
            yield _doubt(found.doubts[key])
        if (value != getattr(usual, key) or key in found.doubts) and value is not None:
            yield f"{key} = {value_text(value)}"


def _times(one: FileDraft) -> Iterator[str]:
    yield _doubt(one.key.doubt)
    if one.key.headers:
        yield f"natural_key = {value_text(one.key.headers)}"
    if one.key.optional:
        yield _doubt("blank in some rows of the sample")
        yield f"optional_key = {value_text(one.key.optional)}"
    yield _doubt(one.delivers.doubt)
    yield f"delivers = {value_text(one.delivers.mode)}"
    if one.delivers.mode == "full":
        yield _doubt('is a row gone when a later file lacks it? Then: absence = "removed"')
        yield 'absence = "nothing"'
    if (
        one.choice.table
        and one.choice.table.name not in _ROSTERS
        and one.choice.table.name != "typed_assessment"
    ):
        yield 'empty = "nothing_happened"'


def _columns(one: FileDraft) -> Iterator[str]:
    spans = {name: (start, width) for name, start, width in one.samples[0].layout.spans}
    for header in (header for header, look in one.looks.items() if look.is_json):
        yield _doubt(f'"{header}" holds lists in JSON: their members need a feed with `each`')
    for twin in one.twins:
        yield _doubt(f'"{twin}" is left out: but for case and blanks it is another header')
    yield "columns = ["
    for header in one.looks:
        column: dict[str, Any] = {"name": header}
        if header in one.required:
            column["required"] = True
        if header in spans:
            column |= {"start": spans[header][0], "width": spans[header][1]}
        yield f"  {table_text(column)},"
    yield "]"


def _feed(one: FileDraft, feed: FeedDraft) -> Iterator[str]:
    table = feed.table
    if table is None:
        return
    yield ""
    yield f"[[files.{one.name}.feeds]]"
    if feed is one.also:
        yield _doubt("are the scores in this file to be kept too?")
    elif one.choice.rival is not None:
        yield _doubt(f"could be {one.choice.rival.name} as well")
    if table.weights.get("student.id") and not feed.names_student:
        yield _doubt("no column names a student: which one does?")
    yield f"table = {value_text(table.name)}"
    if feed.each is not None:
        yield _doubt("one cell holds several students: each becomes a row of its own")
        yield f"each = {table_text({'from': feed.each[0], 'split': feed.each[1]})}"
    if feed.scores:
        yield _doubt("are these all scores, and is each named as you would?")
        yield "scores = ["
        yield from (f"  {table_text(score)}," for score in feed.scores)
        yield "]"
    yield ""
    at = f"files.{one.name}.feeds.columns"
    yield f"[{at}]"
    yield from _targets(feed.lines, at)


def _targets(lines: Mapping[str, Filled], at: str) -> Iterator[str]:
    """Yield targets, those with a long map last, as tables of their own."""
    maps = {
        name: one
        for name, one in lines.items()
        if len(table_text(one.target)) > _WIDE and "map" in one.target
    }
    for name, one in lines.items():
        if name not in maps:
            yield from map(_doubt, one.doubts)
            yield f"{name} = {table_text(one.target)}"
    for name, one in maps.items():
        yield ""
        yield from map(_doubt, one.doubts)
        yield f"[{at}.{name}]"
        yield from (
            f"{key} = {value_text(value)}" for key, value in one.target.items() if key != "map"
        )
        yield ""
        yield f"[{at}.{name}.map]"
        yield from (
            f"{key_text(code)} = {value_text(word)}" for code, word in one.target["map"].items()
        )
