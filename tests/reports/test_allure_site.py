"""The Allure site in a real browser, from disk; and what is done to make it open every time."""

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports.allure.generate import generate
from reports.allure.history import history_file
from reports.allure.install import modules
from reports.allure.page import repair
from reports.run_data import read_run
from tools.browser.chromium import Browser
from tools.browser.fetch import NoBrowserError, fetch

SampleRun = Callable[..., Path]

needs_generator = pytest.mark.skipif(
    modules() is None, reason="the Allure generator is not installed: python -m reports.allure.install"
)


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A headless browser. Without one the test says so; where CI is set, as build servers do, it fails."""
    try:
        fetch()
    except NoBrowserError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NOT LOOKED AT IN A BROWSER. {missing}")
    with Browser() as opened:
        yield opened


def failed_test(page: Path) -> str:
    """Return the id of a failed test in a single-file page."""
    for encoded in re.findall(r'"data/test-results/[^"]+",\s*"([^"]+)"', page.read_text(encoding="utf-8")):
        result = json.loads(base64.b64decode(encoded))
        if result["status"] == "failed":
            return str(result["id"])
    raise AssertionError(f"{page} has no failed test")


@needs_generator
def test_the_site_opens_from_disk_and_shows_overview_plot_and_trend(sample_run: SampleRun, browser: Browser) -> None:
    generate(read_run(sample_run()))
    page = generate(read_run(sample_run({"ZVS-03": "fail"}, day=1, scale=1.1)))

    for _ in range(5):
        browser.open(page)
        browser.wait_for_text("Decision rule")
        assert browser.run("performance.getEntriesByType('resource').filter(e => /^http/.test(e.name)).length") == 0

    browser.open(page, f"#{failed_test(page)}")
    browser.wait_for_text("verdict fail")
    browser.wait_for_text("Category: DUT failed")
    browser.run("[...document.querySelectorAll('button')].find(b => b.innerText.includes('ZVS-03 plot')).click()")
    browser.wait_for("[...document.images].some(i => i.naturalWidth === 600)")

    browser.open(page, "#charts")
    browser.wait_for_text("Status dynamics")
    browser.wait_for("document.querySelectorAll('svg rect, svg path').length > 20")
    browser.open(page, "#metrics")
    browser.wait_for_text("Performance metrics")
    browser.wait_for_text("highest grid voltage during and after the ramp")

    browser.open(page.with_name("classic.html"))
    browser.wait_for_text("DUT failed")


@needs_generator
def test_making_a_report_again_adds_no_point_to_the_trend(sample_run: SampleRun) -> None:
    first, second = sample_run(day=0), sample_run(day=1)
    for path in (second, first, first, second):
        generate(read_run(path))
    lines = history_file(first, read_run(first).manifest).read_text().splitlines()
    assert [json.loads(line)["hilRun"] for line in lines] == [first.name, second.name]
    assert json.loads(lines[0])["timestamp"] == int(read_run(first).manifest.start.timestamp() * 1000)


@needs_generator
def test_no_page_names_a_host_that_is_asked(sample_run: SampleRun) -> None:
    page = generate(read_run(sample_run()))
    for look in (page, page.with_name("classic.html")):
        text = look.read_text(encoding="utf-8")
        assert "googletagmanager" not in text
        assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"https?:", text)
        assert "Content-Security-Policy" in text[:2000]


def test_repairing_twice_changes_nothing() -> None:
    page = (
        "<html><head>\n<title>x</title></head><body>"
        '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>\n'
        "<script>\n window.dataLayer = window.dataLayer || [];</script><p>rest</p></body></html>"
    )
    once = repair(page)
    assert "googletagmanager" not in once
    assert "<p>rest</p>" in once
    assert once.index("window.allureReportData={}") < once.index("<title>")
    assert repair(once) == once
