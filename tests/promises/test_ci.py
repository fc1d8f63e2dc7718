"""The script by which continuous integration refuses skipped conformance and browser tests."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "no_skips.py"

RAN = '<testcase classname="tests.conformance.test_a" name="test_x"/>'
FAILED = '<testcase classname="tests.conformance.test_a" name="test_x"><failure/></testcase>'
SKIPPED = '<testcase classname="tests.conformance.test_a" name="test_y"><skipped/></testcase>'
SKIPPED_MODULE = '<testcase classname="" name="tests.conformance.test_b"><skipped/></testcase>'
SKIPPED_ELSEWHERE = '<testcase classname="tests.unit.test_c" name="test_z"><skipped/></testcase>'


def judge(folder: Path, *cases: str) -> subprocess.CompletedProcess[str]:
    """Run the script on a report of the given test cases, for tests/conformance."""
    report = folder / "junit.xml"
    report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    command = [sys.executable, str(SCRIPT), str(report), "tests.conformance"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("cases", [(RAN,), (FAILED,), (RAN, SKIPPED_ELSEWHERE)])
def test_accepts_a_report_without_skips_there(tmp_path: Path, cases: tuple[str, ...]) -> None:
    assert judge(tmp_path, *cases).returncode == 0


@pytest.mark.parametrize(
    ("cases", "named"),
    [
        ((RAN, SKIPPED), "tests.conformance.test_a::test_y was skipped"),
        ((RAN, SKIPPED_MODULE), "tests.conformance.test_b::"),
        ((SKIPPED_ELSEWHERE,), "tests.conformance has no test"),
        ((), "tests.conformance has no test"),
    ],
)
def test_refuses_and_names_what_did_not_run(
    tmp_path: Path, cases: tuple[str, ...], named: str
) -> None:
    run = judge(tmp_path, *cases)
    assert run.returncode == 1
    assert named in run.stderr
