"""The ledger's page in a real browser: what is shown, filtered, linked and printed.

Skipped where Chromium, its driver or selenium is not installed, unless
``ANALOGTHEORY_BROWSER=required``.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analogtheory.claims import Run
from analogtheory.claims.ledger import Result
from analogtheory.report.ledger_page import render_page

VISIBLE = "return [...document.querySelectorAll('article.claim')].filter(c => c.checkVisibility())"
WIDTHS = (
    "const page = document.documentElement;"
    "return [page.scrollWidth, page.clientWidth, window.innerWidth]"
)
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--window-size=1200,900",
)  # fmt: skip


def missing() -> str:
    """What the tests of this file cannot do without; empty if all is there."""
    names = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    try:
        import selenium  # noqa: F401
    except ImportError:
        names.append("selenium")
    return ", ".join(names)


@pytest.fixture(scope="module")
def address(ledger: list[Result], tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "ledger.html"
    path.write_text(render_page(ledger, Run()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if names := missing():
        if os.environ.get("ANALOGTHEORY_BROWSER") == "required":
            pytest.fail(f"not installed: {names}")
        pytest.skip(f"not installed: {names}")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # The driver's path is given, so that selenium does not look for one on the network.
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture
def page(chromium: Any, address: str) -> Any:
    """The page, freshly loaded in a window of 1200 px."""
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    chromium.get("about:blank")
    chromium.get_log("performance")
    chromium.get_log("browser")
    chromium.get(address)
    return chromium


def shown(page: Any) -> set[str]:
    return {claim.get_attribute("id") for claim in page.execute_script(VISIBLE)}


def text_of(page: Any, selector: str) -> str:
    return str(page.find_element("css selector", selector).text)


def click(page: Any, selector: str) -> None:
    page.find_element("css selector", selector).click()


def set_width(page: Any, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def test_it_shows_everything_without_network_or_errors(page: Any, address: str) -> None:
    assert len(shown(page)) == 10
    assert "1 of 10 claims failed" in text_of(page, ".verdict")
    assert "9 of 10 broken twins rejected" in text_of(page, ".verdict")
    assert re.search(r"^all 2 2 1 1 3 1 10 9/10$", text_of(page, "table"), re.M)
    assert text_of(page, "#_shown") == "Showing 10 of 10 claims"
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert page.get_log("browser") == []


def test_formulas_have_a_size(page: Any) -> None:
    sizes = page.execute_script(
        "return [...document.querySelectorAll('math')].map(m => m.getBoundingClientRect())"
        ".map(r => [r.width, r.height])"
    )
    assert len(sizes) > 50
    assert all(width > 3 and height > 5 for width, height in sizes)
    fractions = "return document.querySelector('mfrac').getBoundingClientRect().height"
    assert page.execute_script(fractions) > 25


def test_filters_combine_and_clear(page: Any) -> None:
    click(page, "input[name=level][value=refuted]")
    assert shown(page) == {"constant-printed", "upper-bound-printed", "failing"}
    assert text_of(page, "#_shown") == "Showing 3 of 10 claims"
    click(page, "input[name=paper][value='2502.06309']")
    assert shown(page) == {"constant-printed", "upper-bound-printed"}
    click(page, "input[name=level][value=proved]")
    assert len(shown(page)) == 4
    click(page, "input[name=form][value=repaired]")
    assert shown(page) == {"upper-bound-repaired"}
    click(page, "button[type=reset]")
    assert wait(lambda: len(shown(page)) == 10)
    click(page, "input[name=failed]")
    assert shown(page) == {"failing"}
    headings = "return [...document.querySelectorAll('h2')].filter(h => h.checkVisibility()).length"
    assert page.execute_script(headings) == 2  # the paper of the one claim, and the contents


def wait(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true within five seconds."""
    end = time.monotonic() + 5
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_search_looks_at_the_words_and_not_at_certificates(page: Any) -> None:
    field = page.find_element("css selector", "input[type=search]")
    field.send_keys("Theorem 2 Euclid")
    assert shown(page) == {"upper-bound-printed"}
    field.clear()
    field.send_keys("q_down")
    assert shown(page) == set()
    assert text_of(page, "#_none") == "No claim matches the filters."


def test_a_deep_link_opens_its_claim_even_if_it_is_filtered_out(page: Any, address: str) -> None:
    click(page, "input[name=level][value=exact]")
    page.execute_script("location.hash = 'upper-bound-printed'")
    opened = "return document.querySelector('#upper-bound-printed details.more').open"
    assert wait(lambda: page.execute_script(opened))
    assert wait(lambda: len(shown(page)) == 10)
    page.get("about:blank")
    page.get(f"{address}#long-formula")
    assert page.execute_script(opened.replace("upper-bound-printed", "long-formula"))
    top = "return document.getElementById('long-formula').getBoundingClientRect().top"
    assert 0 <= page.execute_script(top) < 100


def test_the_keyboard_opens_a_claim_and_all_claims(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    page.find_element("css selector", "#failing details.more > summary").send_keys(Keys.ENTER)
    assert "a - 2*b >= 0" in text_of(page, "#failing")
    button = page.find_element("css selector", "#_open")
    button.send_keys(Keys.SPACE)
    assert page.execute_script("return !document.querySelector('details.more:not([open])')")
    assert button.text == "Close all"


@pytest.mark.parametrize("width", [320, 360, 768, 1200])
def test_no_window_scrolls_sideways(page: Any, width: int) -> None:
    set_width(page, width)
    page.refresh()
    page.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    content, inside, window = page.execute_script(WIDTHS)
    assert window == width
    assert content <= inside
    boxes = (
        "return [...document.querySelectorAll('.formula')].filter("
        "b => b.scrollWidth > b.clientWidth + 1 && b.tabIndex !== 0).length"
    )
    assert page.execute_script(boxes) == 0  # what scrolls can be reached with the keyboard


def test_paper_shows_what_is_folded_and_cuts_nothing(page: Any) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    set_width(page, 660)  # the text of an A4 page
    assert not page.find_element("css selector", "aside").is_displayed()
    assert len(shown(page)) == 10
    heights = "return [...document.querySelectorAll('h4')].map(h => h.getBoundingClientRect())"
    assert all(box["height"] > 5 for box in page.execute_script(heights))
    wide = (
        "return [...document.querySelectorAll('article *')].filter(e => e.checkVisibility() && "
        "e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)"
    )
    assert page.execute_script(wide) == []
    assert r"\beta_{29}" in text_of(page, "#wide-formula .formula-source")


def test_it_prints_as_several_pages(page: Any) -> None:
    answer = page.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    pdf = base64.b64decode(answer["data"])
    assert pdf.startswith(b"%PDF")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 20


def test_without_javascript_it_is_a_plain_document(page: Any) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.refresh()
    assert page.find_element("css selector", "#_filters").get_attribute("hidden") is not None
    articles = page.find_elements("css selector", "article.claim")
    assert len(articles) == 10
    assert all(article.is_displayed() for article in articles)
    click(page, "#failing details.more > summary")
    assert "a - 2*b >= 0" in text_of(page, "#failing")


def test_the_dark_theme_is_dark(page: Any) -> None:
    background = "return getComputedStyle(document.body).backgroundColor"
    levels = []
    for theme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": theme}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        levels.append(int(re.findall(r"\d+", page.execute_script(background))[0]))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert levels[0] > 240
    assert levels[1] < 40


def test_a_missing_browser_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing().startswith("chromium, chromedriver")
