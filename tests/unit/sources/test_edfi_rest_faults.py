"""An Ed-Fi ODS that fails: told by its kind, taken up again, never half a whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hit_pipeline.engine import Engine
from hit_pipeline.errors import PermanentSourceError, SourceError, TransientSourceError
from hit_pipeline.sources.pull.pulling import RECORD, PulledPart, read_pull
from tests.unit.sources.asked import Asked
from tests.unit.sources.edfi_district import ADA, district, enrolled, student
from tests.unit.sources.edfi_ods import Manners, Ods
from tests.unit.sources.edfi_service import wait_until


def brought(asked: Asked) -> dict[str, PulledPart]:
    failure = asked.bring()
    assert failure is None, failure
    return read_pull(_pull(asked))


def failed(asked: Asked) -> SourceError:
    """Ask, expect a failure, and that nothing waits to be landed."""
    failure = asked.bring()
    assert failure is not None
    assert not (_pull(asked) / RECORD).exists()
    for secret in ("our-secret", "Alder", ADA):
        assert secret not in str(failure)
    return failure


def _pull(asked: Asked) -> Path:
    return asked.lake.landing / ".pulls" / "sis" / "pull"


@pytest.mark.parametrize("fault", [500, 502, 503, 408, 429, "cut", "malformed"])
@pytest.mark.parametrize("path", ["/students", "/oauth/token", "/availableChangeVersions"])
def test_what_fails_for_the_moment_is_tried_again(
    fault: object, path: str, engine: Engine, tmp_path: Path
) -> None:
    if path == "/oauth/token" and fault == "malformed":
        return  # an answer that holds no token is refused
    with district(engine, tmp_path) as (ods, asked):
        ods.fail(path, fault, fault)
        assert brought(asked)["students"].rows == 2


@pytest.mark.parametrize("fault", [500, "cut", "malformed", "no list"])
def test_what_fails_again_and_again_is_for_the_next_night(
    fault: object, engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, retries=1) as (ods, asked):
        ods.fail("/students", *[fault] * 9)
        assert isinstance(failed(asked), TransientSourceError)
        ods.faults.clear()
        assert brought(asked)["students"].rows == 2


def test_wrong_credentials_are_told_with_the_setting_to_mend(
    engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, client_id="somebody") as (_, asked):
        failure = failed(asked)
        assert isinstance(failure, PermanentSourceError)
        assert "sources.sis.rest" in str(failure)


def test_a_secret_that_is_not_set_is_named(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, client_secret=None) as (_, asked):
        assert "HIT_SOURCES__SIS__REST__CLIENT_SECRET" in str(failed(asked))


def test_a_token_that_ended_early_is_renewed(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, parameters={"snapshot": "never"}) as (ods, asked):

        def expire(resource: str, _page: int) -> None:
            if resource == "schools":
                ods.valid_tokens.clear()

        ods.after_page = expire
        assert brought(asked)["students"].rows == 2
        assert len(ods.tokens) == 2


def test_a_token_is_asked_for_once_while_it_lasts(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, parameters={"snapshot": "never"}) as (ods, asked):
        brought(asked)
        assert len(ods.tokens) == 1


def test_a_key_that_is_not_accepted_any_more_is_told(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (ods, asked):
        ods.fail("/students", 401, 401)
        failure = failed(asked)
        assert isinstance(failure, PermanentSourceError)
        assert "401" in str(failure)


def test_an_optional_resource_the_key_may_not_see_is_let_go_and_told(
    engine: Engine, tmp_path: Path
) -> None:
    manners = Manners(forbidden=frozenset({"studentAssessments"}))
    with district(engine, tmp_path, manners) as (_, asked):
        got = brought(asked)
        assert "student_assessments" not in got
        told = [one for one in got["students"].findings if one.rule == "edfi.not_allowed"]
        assert [one.file for one in told] == ["student_assessments"]
        assert "studentAssessments" in told[0].detail


@pytest.mark.parametrize("resource", ["students", "schools", "studentSchoolAssociations"])
def test_a_needed_resource_the_key_may_not_see_fails_the_night(
    resource: str, engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, Manners(forbidden=frozenset({resource}))) as (_, asked):
        failure = failed(asked)
        assert isinstance(failure, PermanentSourceError)
        assert f"/{resource}" in str(failure)
        assert "403" in str(failure)


def test_a_key_that_sees_no_student_removes_none(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path, Manners(change_queries=False)) as (ods, asked):
        asked.landed()
        ods.state.rows["students"].clear()
        asked.later(hours=24)
        got = asked.night()
        assert isinstance(got.failure, PermanentSourceError)
        assert "claim set" in str(got.failure)
        assert len(asked.table("typed_student")) == 2


def test_pages_a_server_does_not_give_are_told_with_the_setting_to_mend(
    engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, Manners(version="7.1", most=100)) as (_, asked):
        failure = failed(asked)
        assert isinstance(failure, PermanentSourceError)
        assert "pages of 500 rows" in str(failure)
        assert "sources.sis.rest.page_size" in str(failure)


def test_social_security_numbers_never_reach_a_disk(engine: Engine, tmp_path: Path) -> None:
    with district(engine, tmp_path) as (ods, asked):
        system = "uri://ed-fi.org/StudentIdentificationSystemDescriptor"
        codes = [
            {
                "studentIdentificationSystemDescriptor": f"{system}#{name}",
                "assigningOrganizationIdentificationCode": "100",
                "identificationCode": number,
            }
            for name, number in (("SSN", "123-45-6789"), ("District", "0042"))
        ]
        ods.put(
            "studentEducationOrganizationAssociations",
            {
                "studentReference": {"studentUniqueId": ADA},
                "studentIdentificationCodes": codes,
                "disabilities": [{"disabilityDiagnosis": "told in confidence"}],
            },
        )
        got = brought(asked)["student_education_organization_associations"]
        assert [one.count for one in got.findings if one.rule == "landing.scrubbed"] == [1]
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert b"0042" in kept
        assert b"123-45-6789" not in kept
        assert b"in confidence" not in kept


_CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from hit_pipeline.engine import Engine, EngineOptions
from tests.unit.sources.edfi_district import source
from tests.unit.sources.edfi_ods import Ods
ods = Ods()
ods.url = sys.argv[1]
with Engine.open(EngineOptions(threads=1)) as engine:
    source(engine, Path(sys.argv[2]), ods, page_size=5).bring()
"""


@pytest.mark.parametrize("version", ["7.3", "7.1"])
def test_a_pull_that_was_killed_goes_on_where_it_stopped(
    version: str, engine: Engine, tmp_path: Path
) -> None:
    with district(engine, tmp_path, Manners(version=version), page_size=5) as (ods, asked):
        ods.put("students", *(student(str(2000 + n), "Cy") for n in range(60)))
        ods.put("studentSchoolAssociations", *(enrolled(str(2000 + n), 1) for n in range(60)))
        child = subprocess.Popen([sys.executable, "-c", _CHILD, ods.url, str(tmp_path)])

        def kill(resource: str, page: int) -> None:
            if (resource, page) == ("students", 6):
                os.kill(child.pid, signal.SIGKILL)
                child.wait()

        ods.after_page = kill
        wait_until(lambda: child.poll() is not None, 60)
        assert child.returncode == -signal.SIGKILL
        spells, pages = _pages(ods, "studentSchoolAssociations"), _pages(ods, "students")
        asked.landed()
        assert _pages(ods, "studentSchoolAssociations") == spells
        assert _pages(ods, "students") - pages <= 9
        assert asked.modes()["students"] == [("bulk", 62)]
        assert len(asked.table("typed_student")) == 62


def _pages(ods: Ods, resource: str) -> int:
    return ods.pages[resource]
