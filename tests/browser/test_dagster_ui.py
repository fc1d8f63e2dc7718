"""The groups of the flow and what a materialised asset shows, read from the page itself."""

import os
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.nights import one_row

WAIT_SECONDS = 60


def words_of(browser: webdriver.Chrome, address: str, *wanted: str) -> str:
    """Open a page and return its text once it shows every wanted word."""
    browser.get(address)

    def shown(page: webdriver.Chrome) -> str:
        text = page.find_element(By.TAG_NAME, "body").text
        return text if all(word.lower() in text.lower() for word in wanted) else ""

    try:
        text: str = WebDriverWait(browser, WAIT_SECONDS).until(shown)
    except Exception:
        picture(browser, "failed")
        raise
    return text


def picture(browser: webdriver.Chrome, name: str) -> None:
    """Keep a screenshot where BROWSER_SCREENSHOTS says; nowhere when it is not set."""
    folder = os.environ.get("BROWSER_SCREENSHOTS")
    if folder:
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def test_the_groups_are_the_words_of_the_flow(browser: webdriver.Chrome, ui: str) -> None:
    words_of(browser, f"{ui}/asset-groups", "sources", "landing", "conformed", "marts", "release")
    picture(browser, "groups")


def test_an_asset_shows_its_rows_columns_and_sql(
    browser: webdriver.Chrome, ui: str, demo_district: Path
) -> None:
    rows = one_row(demo_district, "SELECT count(*) AS n FROM student")["n"]
    words_of(browser, f"{ui}/assets/conformed/student", f"{rows:,}", "student_key")
    picture(browser, "student")


def test_a_mart_shows_its_partition_and_passing_check(browser: webdriver.Chrome, ui: str) -> None:
    words_of(browser, f"{ui}/assets/marts/student_dosage?view=checks", "suite")
    picture(browser, "checks")
    words_of(browser, f"{ui}/assets/marts/student_dosage?view=partitions", "2025-07-01")
    picture(browser, "partitions")


def test_the_nights_runs_are_listed(browser: webdriver.Chrome, ui: str) -> None:
    words_of(browser, f"{ui}/runs", "landing", "conform", "school_year", "release")
    picture(browser, "runs")


@pytest.mark.parametrize("job", ["landing", "conform", "school_year", "release"])
def test_every_job_of_the_night_is_there(browser: webdriver.Chrome, ui: str, job: str) -> None:
    words_of(browser, f"{ui}/jobs", job)
