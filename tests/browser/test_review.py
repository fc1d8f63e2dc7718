"""The pages of `hit review` in a real browser, from start to finish with the keyboard alone."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from hit_pipeline.lake import Lake
from hit_pipeline.registry.database import Registry
from hit_pipeline.settings_file import load_district
from hit_pipeline.tables.catalog import TABLES
from tests.browser.test_dagster_ui import picture

WAIT_SECONDS = 20
_SPACE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def pages(doubtful_district: Path) -> Iterator[str]:
    """The address `hit review` prints for the demo district after its first night."""
    command = [sys.executable, "-c", "from hit_pipeline.cli import main; main()"]
    words = ["review", "-d", str(doubtful_district), "--as", "Ana Day", "--json"]
    server = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        text = ""
        while not text.endswith("}\n"):
            line = server.stdout.readline()
            assert line, "hit review ended"
            text += line
        yield json.loads(text)["address"]
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
    assert server.returncode == 0


def decisions(folder: Path) -> list[tuple[str, str, bool]]:
    """Return what the registry remembers: who, answer, whether in force."""
    with Registry.open(load_district(folder, {}).registry_url) as registry:
        rows = registry.decisions("student").to_pylist()
    return [(one["decided_by"], one["answer"], one["in_force"]) for one in rows]


class Keyboard:
    """Hands that have a keyboard and no mouse."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser

    @property
    def focused(self) -> Any:
        return self.browser.switch_to.active_element

    def press(self, *keys: str) -> None:
        """Press keys one after another, wherever the focus is."""
        ActionChains(self.browser).send_keys(*keys).perform()

    def tab_to(self, words: str, most: int = 60) -> None:
        """Press Tab until what has the focus begins with words; its outline must be seen."""
        for _ in range(most):
            self.press(Keys.TAB)
            stated = self.focused.text or self.focused.get_attribute("value") or ""
            label = self.focused.get_attribute("name") or ""
            if words in {stated[: len(words)], label}:
                assert self.focused.value_of_css_property("outline-style") != "none"
                return
        pytest.fail(f"Tab does not lead to {words!r}")

    def until(self, *words: str) -> str:
        """Wait until the page shows words; return its text."""

        def shown(page: webdriver.Chrome) -> str:
            text = page.find_element(By.TAG_NAME, "body").text
            return text if all(one in text for one in words) else ""

        try:
            found: str = WebDriverWait(
                self.browser, WAIT_SECONDS, ignored_exceptions=[Exception]
            ).until(shown)
        except Exception:
            picture(self.browser, "review-failed")
            raise
        return found


def of_one_candidate(pages: str) -> str:
    """Return the address of the questions about records that one identifier alone speaks for."""
    return pages.partition("/?")[0] + "/?kind=id.uncorroborated"


def told(browser: webdriver.Chrome, words: str) -> None:
    """Wait until the status line says so: it is what a screen reader announces."""
    wait = WebDriverWait(browser, WAIT_SECONDS, ignored_exceptions=[Exception])
    wait.until(lambda page: page.find_element(By.ID, "told").text == words)


def test_a_steward_decides_undoes_and_looks_back_with_the_keyboard_alone(
    browser: webdriver.Chrome, pages: str, doubtful_district: Path
) -> None:
    hands = Keyboard(browser)
    browser.get(pages)
    browser.get(of_one_candidate(pages))
    hands.until("Who is this?", "waiting", "You decide as Ana Day")
    picture(browser, "review-queue")
    assert "token" not in browser.current_url
    waiting = len(browser.find_elements(By.CSS_SELECTOR, "a.row"))
    assert waiting > 3

    hands.press("j", "j", "k", Keys.ENTER)  # to the first record, by single keys
    hands.until("Is this the same student?")
    picture(browser, "review-case")
    first = browser.current_url
    hands.tab_to("note")
    hands.press("snuz")  # typed into the note: no key of the pages
    hands.tab_to("Same student")
    hands.press(Keys.ENTER)
    told(browser, "Answered: same.")
    assert browser.current_url != first
    assert decisions(doubtful_district) == [("Ana Day", "same", True)]

    hands.press("n")
    told(browser, "Answered: not the same.")
    hands.press("z")
    told(browser, "Taken back: 1 decision.")
    assert [one[1:] for one in decisions(doubtful_district)] == [
        ("same", True), ("not_same", False), ("undo", False),
    ]  # fmt: skip

    hands.press("u")
    told(browser, "Answered: unsure.")
    hands.press("l")
    text = hands.until("Who decided what", "took back no. 2", "snuz")
    assert text.count("Ana Day") >= 5
    picture(browser, "review-log")
    hands.tab_to("Undo")
    hands.press(Keys.ENTER)
    told(browser, "Taken back: 1 decision.")


def test_the_queue_is_filtered_with_the_keyboard_alone(
    browser: webdriver.Chrome, pages: str
) -> None:
    hands = Keyboard(browser)
    browser.get(pages)
    hands.tab_to("kind")
    hands.press("an identifier belongs to somebody whose")
    hands.tab_to("Show")
    hands.press(Keys.ENTER)
    WebDriverWait(browser, WAIT_SECONDS).until(lambda page: "kind=" in page.current_url)
    cells = browser.find_elements(By.CSS_SELECTOR, ".queue tbody tr td:nth-of-type(3)")
    assert cells
    assert {cell.text[:24] for cell in cells} == {"an identifier belongs to"}


def test_many_are_accepted_at_once_after_being_asked_and_taken_back(
    browser: webdriver.Chrome, pages: str, doubtful_district: Path
) -> None:
    hands = Keyboard(browser)
    before = len([one for one in decisions(doubtful_district) if one[2]])
    browser.get(pages)
    hands.press("b")
    hands.until("Many at once")
    hands.press("j", Keys.ENTER)
    hands.until("Take the tick away")
    ticks = len(browser.find_elements(By.CSS_SELECTOR, "input[type=checkbox]"))
    hands.tab_to("question")
    hands.press(Keys.SPACE)  # the first is left to be looked at
    picture(browser, "review-bulk")
    hands.tab_to("Go on", most=ticks + 60)
    hands.press(Keys.ENTER)
    hands.until("with “same”?")
    assert len([one for one in decisions(doubtful_district) if one[2]]) == before
    hands.tab_to("Yes, all")
    hands.press(Keys.ENTER)
    left = ticks - 1
    told(browser, f"Answered: same, {left} questions." if left > 1 else "Answered: same.")
    assert len([one for one in decisions(doubtful_district) if one[2]]) == before + left
    hands.press("z")
    hands.until("Taken back")
    assert len([one for one in decisions(doubtful_district) if one[2]]) == before


def test_somebody_is_found_for_a_record_nobody_was_found_for_with_the_keyboard_alone(
    browser: webdriver.Chrome, pages: str, doubtful_district: Path
) -> None:
    hands = Keyboard(browser)
    before = len(decisions(doubtful_district))
    lake = Lake.open(load_district(doubtful_district, {}).lake_path)
    student = pq.read_table(lake.part(TABLES["student"])).slice(0, 1).to_pylist()[0]
    name = f"{student['given_name']} {student['family_name']}"
    browser.get(pages)
    browser.get(pages.partition("/?")[0] + "/?show=unmatched&role=student")
    hands.until("Nobody was found", "You decide as Ana Day")
    hands.press("j", Keys.ENTER)
    hands.until("Who is this student?", "Somebody else?")
    hands.press("f")
    assert hands.focused.get_attribute("name") == "find"
    hands.press(f"{name} {student['birth_date']}", Keys.ENTER)
    hands.until("1 person")
    picture(browser, "review-find")
    _assert_contrast(browser)
    hands.tab_to("Find")  # past the field, which holds the name too
    hands.tab_to(name)
    hands.press(Keys.ENTER)
    hands.until("Compared", name)
    assert browser.execute_script(_SPACE) <= 0
    picture(browser, "review-found")
    hands.press("s")
    told(browser, "Answered: same.")
    with Registry.open(load_district(doubtful_district, {}).registry_url) as registry:
        *_, newest = registry.decisions("student").to_pylist()
        linked = registry.history("student", newest["person_record_id"]).to_pylist()[-1]
    assert newest["person_key"] == linked["person_key"] == student["student_key"]
    hands.press("z")
    told(browser, "Taken back: 1 decision.")
    assert len(decisions(doubtful_district)) == before + 2


def test_without_javascript_everything_works_and_access_keys_do_too(
    browser: webdriver.Chrome, pages: str, doubtful_district: Path
) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(pages)
        browser.get(of_one_candidate(pages))
        browser.find_element(By.CSS_SELECTOR, "a.row").send_keys(Keys.ENTER)
        keys = Keyboard(browser)
        keys.until("Is this the same student?")
        count = len(decisions(doubtful_district))
        keys.press("s")  # a single key is the script's
        time.sleep(0.5)
        assert len(decisions(doubtful_district)) == count
        ActionChains(browser).key_down(Keys.ALT).send_keys("u").key_up(Keys.ALT).perform()
        keys.until("Answered: unsure.")
        browser.find_element(By.CSS_SELECTOR, ".told button").send_keys(Keys.ENTER)
        keys.until("Taken back: 1 decision.")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_single_keys_can_be_turned_off(
    browser: webdriver.Chrome, pages: str, doubtful_district: Path
) -> None:
    hands = Keyboard(browser)
    browser.get(pages)
    hands.tab_to("Keys", most=300)
    hands.press(Keys.ENTER)
    hands.tab_to("Single keys are on")
    hands.press(Keys.ENTER)
    assert hands.focused.text == "Single keys are off"
    browser.get(of_one_candidate(pages))
    browser.find_element(By.CSS_SELECTOR, "a.row").send_keys(Keys.ENTER)
    hands.until("Is this the same student?")
    count = len(decisions(doubtful_district))
    hands.press("s", "n", "j")
    time.sleep(0.5)
    assert len(decisions(doubtful_district)) == count
    browser.execute_script("localStorage.clear()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(
    browser: webdriver.Chrome, pages: str, scheme: str
) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    try:
        base = pages.partition("/?")[0]
        browser.get(pages)
        for path in ("/?kind=id.contradicted", "/bulk", "/log"):
            browser.get(base + path)
            _assert_contrast(browser)
        browser.get(f"{base}/?kind=id.contradicted")
        browser.find_element(By.CSS_SELECTOR, "a.row").send_keys(Keys.ENTER)
        WebDriverWait(browser, WAIT_SECONDS).until(lambda page: "/case/" in page.current_url)
        assert browser.find_elements(By.TAG_NAME, "mark")
        _assert_contrast(browser)
        picture(browser, f"review-{scheme}")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


_CONTRAST = """
const rgb = text => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
const behind = one => {
  for (let at = one; at; at = at.parentElement) {
    const colour = rgb(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const words = [...document.querySelectorAll("body *")].filter(one => one.checkVisibility() &&
  [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
return words.map(one => {
  const [a, b] = [light(rgb(getComputedStyle(one).color)), light(behind(one))];
  return [one.tagName + " " + one.className + " " + one.textContent.trim().slice(0, 30),
    (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
}).filter(([, ratio]) => ratio < 4.5);
"""
"""Words whose contrast is less than the 4.5 that WCAG 2.2 asks of text, level AA."""


def _assert_contrast(browser: webdriver.Chrome) -> None:
    faint: list[Any] = browser.execute_script(_CONTRAST)
    assert faint == []


@pytest.mark.parametrize("zoom", [2, 4])
def test_a_page_twice_and_four_times_as_large_needs_no_sideways_scrolling(
    browser: webdriver.Chrome, pages: str, zoom: int
) -> None:
    size = {"width": 1280 // zoom, "height": 1024 // zoom, "deviceScaleFactor": zoom}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**size, "mobile": False})
    try:
        base = pages.partition("/?")[0]
        browser.get(pages)
        for path in (
            "/",
            "/?show=unmatched",
            "/?kind=id.contradicted",
            "/bulk",
            "/log",
            "/nothing",
        ):
            browser.get(base + path)
            assert browser.execute_script(_SPACE) <= 0, path
        browser.get(f"{base}/?kind=id.contradicted")
        browser.find_element(By.CSS_SELECTOR, "a.row").send_keys(Keys.ENTER)
        Keyboard(browser).until("student is this?")
        assert browser.execute_script(_SPACE) <= 0
        picture(browser, f"review-zoom-{zoom}")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_screen_reader_finds_names_roles_and_headings(
    browser: webdriver.Chrome, pages: str
) -> None:
    browser.get(pages)
    browser.get(of_one_candidate(pages))
    browser.find_element(By.CSS_SELECTOR, "a.row").send_keys(Keys.ENTER)
    Keyboard(browser).until("same student?")
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    nodes = [
        (one["role"]["value"], one.get("name", {}).get("value", ""))
        for one in tree
        if not one["ignored"]
    ]
    acted_on = {"button", "link", "textbox", "combobox", "checkbox", "region", "form"}
    assert [one for one in nodes if one[0] in acted_on and not one[1]] == []
    roles = {role for role, _ in nodes}
    assert {"banner", "main", "navigation", "contentinfo", "table", "columnheader"} <= roles
    assert {"rowheader", "status", "heading"} <= roles
    assert ("textbox", "Note (may stay blank)") in nodes
