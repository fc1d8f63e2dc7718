"""Sources that are asked, in district.toml: one way each, no secret in the file or a message."""

from pathlib import Path

import pytest

from hit_pipeline.errors import SettingsError
from hit_pipeline.settings import District
from hit_pipeline.settings_file import load_district

HEAD = '[district]\nname = "Alder"\ntime_zone = "America/Chicago"\n'
REST = '[sources.sis]\nadapter = "oneroster_rest"\nkind = "roster"\n[sources.sis.rest]\n'
URL = 'url = "https://sis.example.org/ims/oneroster/rostering/v1p2"\n'


def load(folder: Path, text: str, **environment: str) -> District:
    (folder / "district.toml").write_text(HEAD + text, encoding="utf-8")
    return load_district(folder, environment)


def refused(folder: Path, text: str, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, text, **environment)
    return str(caught.value)


def secret_of(district: District) -> str:
    rest = district.sources["sis"].rest
    assert rest is not None
    assert rest.client_secret is not None
    return rest.client_secret.get_secret_value()


def test_a_secret_comes_from_a_variable(tmp_path: Path) -> None:
    found = load(tmp_path, REST + URL, HIT_SOURCES__SIS__REST__CLIENT_SECRET="hunter2")
    assert secret_of(found) == "hunter2"


def test_a_secret_comes_from_a_file_nobody_else_can_read(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "sources.sis.rest.client_secret"
    file.parent.mkdir()
    file.write_text("hunter2\n", encoding="utf-8")
    file.chmod(0o604)
    assert "chmod" in refused(tmp_path, REST + URL)
    file.chmod(0o600)
    assert secret_of(load(tmp_path, REST + URL)) == "hunter2"


@pytest.mark.parametrize(
    "name", ["sources.sis.rest.url", "sources.sis.rest", "sources..rest.token"]
)
def test_a_file_of_secrets_with_another_name_is_a_mistake(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secrets" / name
    file.parent.mkdir()
    file.write_text("hunter2\n", encoding="utf-8")
    file.chmod(0o600)
    told = refused(tmp_path, REST + URL)
    assert "unknown secret" in told
    assert "hunter2" not in told


def test_a_secret_in_the_file_is_a_mistake_that_says_where_it_belongs(tmp_path: Path) -> None:
    told = refused(tmp_path, REST + URL + 'client_secret = "hunter2"\n')
    assert "HIT_SOURCES__SIS__REST__CLIENT_SECRET" in told
    assert "secrets/sources.sis.rest.client_secret" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://sis.example.org/v1p1", "do not travel in the clear"),
        ("https://user:hunter2@sis.example.org", "keys of their own"),
        ("ftp://sis.example.org/hunter2", "must be a web address"),
        ("https://sis.example.org:hunter2/", "is no web address"),
    ],
)
def test_an_address_that_will_not_do_is_refused_and_not_repeated(
    tmp_path: Path, url: str, problem: str
) -> None:
    told = refused(tmp_path, f'{REST}url = "{url}"\n')
    assert problem in told
    assert "hunter2" not in told


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_may_be_asked_in_the_clear(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, f'{REST}url = "http://{host}:8080/v1p1/"\n').sources["sis"].is_asked


def test_an_adapter_that_asks_needs_its_table_and_takes_no_other(tmp_path: Path) -> None:
    source = '[sources.sis]\nadapter = "oneroster_rest"\nkind = "roster"\n'
    sftp = '[sources.sis.sftp]\nhost = "files.example.org"\nusername = "hit"\n'
    assert "needs this table" in refused(tmp_path, source)
    assert "does not belong to the adapter" in refused(tmp_path, REST + URL + sftp)
    files = source.replace("oneroster_rest", "oneroster_csv")
    assert load(tmp_path, files + sftp).sources["sis"].is_asked
    store = '[sources.sis.store]\nurl = "s3://bucket/sis"\n'
    assert "one of `sftp` and `store`" in refused(tmp_path, files + sftp + store)


def test_a_blackout_ends_after_it_starts(tmp_path: Path) -> None:
    text = "[[blackouts]]\nstart = 2027-07-02\nend = 2027-07-01\n"
    assert "ends before it starts" in refused(tmp_path, text)
