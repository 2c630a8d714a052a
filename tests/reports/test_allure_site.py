"""The Allure site in a real browser, from disk; and what is done to make it open every time."""

import base64
import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.allure.generate import generate
from reports.allure.history import history_file
from reports.allure.install import command_line_script
from reports.allure.page import repair
from reports.run_data import read_run

SampleRun = Callable[..., Path]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
PATIENCE = 60.0

needs_generator = pytest.mark.skipif(
    command_line_script() is None, reason="the Allure generator is not installed: python -m reports.allure.install"
)
needs_browser = pytest.mark.skipif(
    BROWSER is None or DRIVER is None, reason="no chromium with chromedriver on this machine"
)


class Browser:
    """As much of W3C WebDriver as these tests need."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        options = {
            "binary": BROWSER,
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1300"],
        }
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._base += f"/session/{self._call('/session', wanted)['sessionId']}"

    def open(self, page: Path, fragment: str = "") -> None:
        self._call("/url", {"url": "about:blank"})
        self._call("/url", {"url": page.as_uri() + fragment})

    def run(self, script: str) -> Any:
        return self._call("/execute/sync", {"script": script, "args": []})

    def wait_for(self, script: str) -> Any:
        """Run a script until it returns something true; fail with the text of the page."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.run(script)
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(
            f"{script} stayed false; the page says: {self.run('return document.body.innerText')[:500]}"
        )

    def wait_for_text(self, text: str) -> None:
        self.wait_for(f"return document.body.innerText.includes({json.dumps(text)})")

    def close(self) -> None:
        urllib.request.urlopen(urllib.request.Request(self._base, method="DELETE"), timeout=PATIENCE).close()

    def _call(self, path: str, content: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self._base + path, json.dumps(content).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]


@pytest.fixture
def browser() -> Iterator[Browser]:
    assert DRIVER is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            assert time.monotonic() < end, "chromedriver does not answer"
            time.sleep(0.05)
        opened = Browser(port)
        yield opened
        opened.close()
    finally:
        process.kill()
        process.wait()


def failed_test(page: Path) -> str:
    """Return the id of a failed test in a single-file page."""
    for encoded in re.findall(r'"data/test-results/[^"]+",\s*"([^"]+)"', page.read_text(encoding="utf-8")):
        result = json.loads(base64.b64decode(encoded))
        if result["status"] == "failed":
            return str(result["id"])
    raise AssertionError(f"{page} has no failed test")


@needs_generator
@needs_browser
def test_the_site_opens_from_disk_and_shows_overview_plot_and_trend(sample_run: SampleRun, browser: Browser) -> None:
    generate(read_run(sample_run()))
    page = generate(read_run(sample_run({"ZVS-03": "fail"}, day=1, scale=1.1)))

    for _ in range(5):
        browser.open(page)
        browser.wait_for_text("Decision rule")
        assert (
            browser.run("return performance.getEntriesByType('resource').filter(e => /^http/.test(e.name)).length") == 0
        )

    browser.open(page, f"#{failed_test(page)}")
    browser.wait_for_text("verdict fail")
    browser.wait_for_text("Category: DUT failed")
    browser.run("[...document.querySelectorAll('button')].find(b => b.innerText.includes('ZVS-03 plot')).click()")
    browser.wait_for("return [...document.images].some(i => i.naturalWidth === 600)")

    browser.open(page, "#charts")
    browser.wait_for_text("Status dynamics")
    browser.wait_for("return document.querySelectorAll('svg rect, svg path').length > 20")
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
