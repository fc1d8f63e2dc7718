"""Fail when tests that must run in CI did not: no_skips.py JUNIT_XML PACKAGE..."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def not_run(report: Path, packages: list[str]) -> list[str]:
    """Return one line for each skipped test of the packages and each package without a test.

    A module that was skipped as a whole has no class name in pytest's report; its own name counts.
    """
    cases = ElementTree.parse(report).findall(".//testcase")  # noqa: S314 - pytest wrote the file
    rows = []
    for package in packages:
        own = [case for case in cases if _module(case).startswith(f"{package}.")]
        skipped = [case for case in own if case.find("skipped") is not None]
        rows += [f"{_module(case)}::{case.get('name')} was skipped" for case in skipped]
        if not own:
            rows.append(f"{package} has no test")
    return rows


def _module(case: ElementTree.Element) -> str:
    """Return the dotted module (and class) of a test case."""
    return case.get("classname") or case.get("name") or ""


def main() -> int:
    """Write what did not run to standard error; 1 when there was anything, else 0."""
    rows = not_run(Path(sys.argv[1]), sys.argv[2:])
    sys.stderr.writelines(f"must run in CI: {row}\n" for row in rows)
    return 1 if rows else 0


if __name__ == "__main__":
    sys.exit(main())
