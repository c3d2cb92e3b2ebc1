"""The page of figures: what it says, that it is self-contained, and how Chromium shows it."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analogtheory.claims.collect import collect
from analogtheory.experiments import run, store
from analogtheory.experiments.core import Data, Experiment, Size
from analogtheory.experiments.look import new_figure
from analogtheory.report.figures_page import records_in, write_page
from analogtheory.report.markdown import markdown_html

from .test_ledger_page_browser import WIDTHS, chromium, set_width  # noqa: F401 (a fixture)

SCRIPT = "<script>alert('x')</script>"
REFUTED = min(item.id for item in collect().values() if item.repaired_by)
CLAIMS = ("implicit-cost-cases", REFUTED, "gone-from-the-ledger")
TABLE = "## Few\n\n| method `f` | time |\n|---|---:|\n| SGD & <b> | 1.5 |\n\nAssumed: `n = 1`."


def experiment(name: str, width: Any = "double", **changes: Any) -> Experiment:
    def draw(data: Data) -> Any:
        figure = new_figure(2.0, width)
        axes: Any = figure.subplots()
        axes.plot(data["mean"])
        return figure

    inputs: dict[Size, dict[str, Any]] = {
        size: {"seed": 1, "grid": [0.5, 1.0], "law": {"sigma": 0.25}} for size in ("quick", "full")
    }
    settings: dict[str, Any] = {
        "name": name,
        "title": f"What {name} <shows>",
        "caption": f"Mean (claim {CLAIMS[0]}) & variance; also {CLAIMS[1]}, {CLAIMS[2]}. {SCRIPT}",
        "claims": CLAIMS,
        "inputs": inputs,
        "compute": lambda size, progress: {
            "mean": np.array([[-0.5, 2.0, np.nan], [0.0, 1e-7, 1.0]]),
            "an_array_with_a_very_long_name_indeed": np.full(3, np.nan),
        },
        "draw": draw,
        "tolerances": lambda data: {},
        "table": lambda data: TABLE,
    }
    return Experiment(**{**settings, **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three experiments, one of which has lost its numbers, and files that are not ours."""
    place = tmp_path_factory.mktemp("figures")
    for one in (
        experiment("alpha"),
        experiment("beta", "single", claims=(), caption="Nothing claimed.", table=None),
        experiment("gamma"),
    ):
        run.regenerate(one, "full", place)
    (place / "gamma.npz").write_bytes(b"cut")
    (place / "other.json").write_text('{"experiment": "another"}')
    (place / "list.json").write_text("[1]")
    (place / "broken.json").write_text("{")
    assert write_page(place) == place / "index.html"
    return place


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def article(text: str, name: str) -> str:
    return text[text.index(f'<article class="experiment" id="{name}"') :].partition("</article>")[0]


def test_each_figure_has_caption_claims_command_and_numbers(folder: Path, text: str) -> None:
    assert [record["experiment"] for record in records_in(folder)] == ["alpha", "beta", "gamma"]
    alpha = article(text, "alpha")
    ledger = collect()
    for words in (
        "What alpha &lt;shows&gt;",
        "<code>analogtheory figures alpha</code>",
        '<a href="alpha.pdf">PDF</a>',
        '<a href="alpha.npz">numbers (npz)</a>',
        '<a href="alpha.md">table (md)</a>',
        f'<a href="#alpha--{CLAIMS[0]}"><code>{CLAIMS[0]}</code></a>',
        f'<li id="alpha--{CLAIMS[0]}">',
        str(ledger[CLAIMS[0]].source.where).partition(",")[0],
        "gone-from-the-ledger</code> is not in this ledger any more",
        f"analogtheory verify {CLAIMS[0]} {REFUTED} --explain",
        "<td>2 × 3</td><td>−0.5</td><td>2</td>",
        "<td>3</td><td>·</td><td>·</td>",
        "<dt>seed</dt><dd>1</dd>",
        "<dt>grid</dt><dd>[0.5, 1.0]</dd>",
        store.read("alpha", folder).record["data_sha256"],
        f"numpy {np.__version__}",
        "<td>1.5</td>",
        "SGD &amp; &lt;b&gt;",
    ):
        assert words in alpha, words
    assert "refuted by a counterexample" in alpha
    assert f"Repaired by <code>{ledger[REFUTED].repaired_by}</code>" in alpha
    beta = article(text, "beta")
    assert "rests on" not in beta
    assert "beta.md" not in beta
    assert "missing or damaged; <code>analogtheory figures gamma</code>" in article(text, "gamma")


def test_it_is_self_contained_and_escaped(text: str) -> None:
    assert SCRIPT not in text
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assert not re.search(r"url\(|@import", text)
    images = re.findall(r'<img src="data:image/png;base64,([^"]+)"', text)
    assert len(images) == 3
    assert all(base64.b64decode(image).startswith(b"\x89PNG") for image in images)


def test_the_picture_within_the_page_is_small_and_looks_the_same(folder: Path, text: str) -> None:
    from PIL import Image

    [encoded] = re.findall(r'base64,([^"]+)"', article(text, "alpha"))
    inside, path = base64.b64decode(encoded), folder / "alpha.png"
    assert len(inside) < path.stat().st_size / 2
    shown, whole = (
        np.asarray(Image.open(file).convert("RGB"), dtype=int)
        for file in (io.BytesIO(inside), path)
    )
    assert np.abs(shown - whole).mean() < 0.5
    assert np.all(shown[(whole == 255).all(axis=-1)] == 255)


def test_the_same_files_give_the_same_bytes(folder: Path, text: str, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(folder, copy)
    (copy / "index.html").unlink()
    path = write_page(copy)
    assert path is not None
    assert path.read_text(encoding="utf-8") == text
    assert str(folder) not in text


def test_no_figure_is_no_page(tmp_path: Path) -> None:
    assert write_page(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_quick_sizes_say_so(tmp_path: Path) -> None:
    run.regenerate(experiment("alpha", claims=(), caption="Nothing."), "quick", tmp_path)
    path = write_page(tmp_path / "quick")
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert "1 figure at the quick sizes of the tests" in text
    assert "<code>analogtheory figures alpha --quick</code>" in text


def test_markdown_that_is_no_table() -> None:
    assert markdown_html("a < b\nand `c`") == "<p>a &lt; b and <code>c</code></p>"
    assert markdown_html("| a |") == "<p>| a |</p>"
    assert markdown_html("") == ""
    ragged = markdown_html("| a | b |\n|---|\n| 1 | 2 | 3 |")
    assert "<td>2</td><td>3</td>" in ragged


# ------------------------------------------------------------------ in a browser


@pytest.fixture
def page(chromium: Any, folder: Path) -> Any:  # noqa: F811 (the fixture)
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    chromium.get("about:blank")
    chromium.get_log("performance")
    chromium.get_log("browser")
    chromium.get((folder / "index.html").as_uri())
    return chromium


def test_chromium_shows_all_without_network_or_errors(page: Any, folder: Path) -> None:
    sizes = page.execute_script(
        "return [...document.images].map(i => [i.complete, i.naturalWidth, i.clientWidth, i.alt])"
    )
    assert [size[:2] for size in sizes] == [[True, 2100], [True, 1020], [True, 2100]]
    assert all(width > 300 and alt.startswith("Figure: What") for *_, width, alt in sizes)
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in asked if not url.startswith("data:")} == {
        (folder / "index.html").as_uri()
    }
    assert page.get_log("browser") == []
    assert page.find_element("css selector", "h1").text == "Figures"


@pytest.mark.parametrize("width", [400, 1200])
def test_no_window_scrolls_sideways(page: Any, width: int) -> None:
    set_width(page, width)
    page.refresh()
    page.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    content, inside, window = page.execute_script(WIDTHS)
    assert window == width
    assert content <= inside
    unreachable = (
        "return [...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex !== 0"
        " && e !== document.documentElement).map(e => e.outerHTML.slice(0, 80))"
    )
    assert page.execute_script(unreachable) == []


def test_links_and_keyboard(page: Any, folder: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    targets = page.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
        ".filter(h => !document.getElementById(h.slice(1)))"
    )
    assert targets == []
    ids = page.execute_script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    files = page.execute_script(
        "return [...document.querySelectorAll('.files a')].map(a => a.getAttribute('href'))"
    )
    assert files
    assert all((folder / name).is_file() for name in files)
    summary = page.find_elements("css selector", "#alpha > details.more > summary")[0]
    summary.send_keys(Keys.ENTER)
    assert "an_array_with_a_very_long_name_indeed" in page.find_element("id", "alpha").text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(page: Any, scheme: str) -> None:
    """The contrast of text and paper is that of WCAG AA, 4.5, in both schemes."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [feature]})
    colour: Callable[[str, str], str] = lambda element, name: str(  # noqa: E731
        page.find_element("css selector", element).value_of_css_property(name)
    )
    paper = luminance(colour("body", "background-color"))
    assert (paper < 0.2) == (scheme == "dark")
    for element in ("figcaption", ".files a", ".source", "summary", ".settings", "h2 a"):
        low, high = sorted((paper, luminance(colour(element, "color"))))
        assert (high + 0.05) / (low + 0.05) >= 4.5, element


def luminance(colour: str) -> float:
    parts = [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_it_prints_with_what_is_folded(page: Any) -> None:
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    set_width(page, 660)
    assert not page.find_element("css selector", "aside").is_displayed()
    heights = page.execute_script(
        "return [...document.querySelectorAll('h4')].map(h => h.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) > 5
    answer = page.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    pdf = base64.b64decode(answer["data"])
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 12
