"""Rows as Markdown tables."""

from collections.abc import Sequence

from hit_pipeline.synth.score.tables import Row

_SHARES = ("precision", "recall", "share")


def table(title: str, rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table under a title; shares with four digits, null as a dash."""
    if not rows:
        return f"\n### {title}\n\nnone\n"
    names = list(rows[0])
    lines = [f"\n### {title}\n", _line(names), _line("---" for _ in names)]
    lines += [_line(_cell(name, row[name]) for name in names) for row in rows]
    return "\n".join(lines)


def _line(cells: object) -> str:
    return "| " + " | ".join(cells) + " |"  # type: ignore[arg-type]


def _cell(name: str, value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        is_share = name == "value" or any(word in name for word in _SHARES)
        return f"{value:.4f}" if is_share else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
