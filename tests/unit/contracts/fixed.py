"""Records of fixed width of a test's own making."""

from collections.abc import Mapping

from hit_pipeline.sources.contract.model import FileSpec


def record(spec: FileSpec, cells: Mapping[str, str]) -> str:
    """Write one record, ended by a line end; what is not given is blank."""
    spans = {one.name: ((one.start or 1) - 1, one.width or 0) for one in spec.columns}
    line = [" "] * max(first + width for first, width in spans.values())
    for name, text in cells.items():
        first, width = spans[name]
        assert len(text) <= width, f"{name} has {width} characters"
        line[first : first + width] = text.ljust(width)
    return "".join(line) + "\n"
