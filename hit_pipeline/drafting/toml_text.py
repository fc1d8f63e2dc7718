"""Values as TOML text on one line; what comes out is read back as it went in."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def value_text(value: Any) -> str:
    """Return a value as TOML: text, truth, number, list or inline table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return table_text(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(map(value_text, value))}]"
    message = f"no TOML for {type(value).__name__}"
    raise TypeError(message)


def table_text(table: Mapping[str, Any]) -> str:
    """Return an inline table."""
    if not table:
        return "{}"
    return (
        f"{{ {', '.join(f'{key_text(key)} = {value_text(one)}' for key, one in table.items())} }}"
    )


def key_text(key: str) -> str:
    """Return a key, quoted where it must be."""
    return key if _BARE.fullmatch(key) else _quoted(key)


def comment_text(text: str) -> str:
    """Return a text that can stand in a comment: one line, no control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]+", " ", text).split())


def _quoted(text: str) -> str:
    literal = "\\" in text and "'" not in text and re.search(r"[\x00-\x1f\x7f]", text) is None
    return (
        f"'{text}'" if literal else json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    )
