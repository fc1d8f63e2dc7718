"""The Dagster UI of a small demo district that has run one night, and a headless Chromium."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from selenium import webdriver

from hit_pipeline.commands.setup import write_secret
from hit_pipeline.synth.demo import NIGHTS, write_district, write_night
from tests.nights import night

STARTUP_SECONDS = 180
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1600,1100",
)


@pytest.fixture(scope="session")
def demo_district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo district of 260 students after its first night."""
    return _after_a_night(tmp_path_factory.mktemp("demo"), students=260)


@pytest.fixture(scope="session")
def doubtful_district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo district of 900 students after its first night: large enough for many questions."""
    return _after_a_night(tmp_path_factory.mktemp("doubtful"), students=900)


def _after_a_night(folder: Path, students: int) -> Path:
    write_district(folder, students=students)
    write_secret(folder)
    write_night(folder, 1, students=students)
    told = night(folder, NIGHTS[0])
    assert told["failed"] == []
    return folder


@pytest.fixture(scope="session")
def ui(demo_district: Path) -> Iterator[str]:
    """Address of the Dagster UI of the demo district."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = demo_district / ".dagster"
    environment = {
        **os.environ,
        "HIT_DISTRICT": str(demo_district),
        "DAGSTER_HOME": str(home),
    }
    environment.pop("HIT_SAMPLES", None)
    module = ["-m", "hit_pipeline.definitions"]
    command = [sys.executable, "-m", "dagster", "dev", *module, "-h", "127.0.0.1", "-p", str(port)]
    with (home / "ui.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, cwd=home, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/server_info", server, home / "ui.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(30)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium with a profile of its own."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    opened = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield opened
    finally:
        opened.quit()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"dagster dev ended: {log.read_text(errors='replace')[-3000:]}")
        try:
            requests.get(address, timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"dagster dev did not answer: {log.read_text(errors='replace')[-3000:]}")
