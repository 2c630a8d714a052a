"""What a person sees while a run goes on: what runs now, how far, passes and fails, bench time passed and left."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.live import Live
from rich.text import Text

from hil.running import plugin
from hil.running.marking import decides
from hil.running.run import Run

STYLES = {"passed": "green", "failed": "red", "skipped": "yellow"}
"""Of how a test ended; the others are nobody's verdict on the unit."""


class Progress:
    """Shows one live line; on a console that cannot do that, a line per test."""

    def __init__(self) -> None:
        self._console = Console()
        self._live: Live | None = None
        self._planned: dict[str, float] = {}
        self._passed = self._failed = self._other = 0
        self._now = ""
        self.run: Run | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Add up what is planned."""
        self.run = session.config.stash.get(plugin.RUN, None)
        if self.run is None:
            return
        for item in session.items:
            marked = decides(item)
            if marked is not None:
                self._planned[item.nodeid] = marked.seconds(self.run.catalogue, self.run.profile)
        self._live = Live(console=self._console, refresh_per_second=8, transient=True, get_renderable=self._line)
        self._live.start()
        self.run.asking = self._make_room

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show what runs now."""
        self._now = nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count, and leave a line for everything that did not pass."""
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self._planned.pop(report.nodeid, None)
            self._passed += report.passed
            self._failed += report.failed
            self._other += report.skipped
            word = str(dict(report.user_properties).get(plugin.TROUBLE, report.outcome))
            style = STYLES.get(word, "magenta")
            self._console.print(Text(f"{word:>7}  {report.nodeid}", style=style), soft_wrap=True)
        elif report.failed:
            self._console.print(Text(f"  error  {report.nodeid} ({report.when})", style="magenta"), soft_wrap=True)
        if report.failed:
            for line in str(report.longrepr).splitlines()[-4:]:
                self._console.print(Text(f"         {line}", style="dim"), soft_wrap=True)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Show why a file could not be collected."""
        if report.failed:
            self._console.print(Text(f"cannot collect {report.nodeid}\n{report.longrepr}", style="red"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """End the live line; the summary follows."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _make_room(self, asking: bool) -> None:
        """Leave the terminal to a question and its answer."""
        if self._live is not None:
            self._live.stop() if asking else self._live.start()

    def _line(self) -> Text:
        passed = self.run.bench_time if self.run is not None else 0.0
        left = sum(self._planned.values())
        share = passed / (passed + left) if passed + left > 0 else 1.0
        bar = "█" * int(20 * share)
        return Text.assemble(
            (f"{bar:<20} ", "cyan"),
            f"{100 * share:3.0f} %  ",
            (f"{self._passed} passed ", "green"),
            (f"{self._failed} failed ", "red" if self._failed else "dim"),
            f" bench time {passed:.0f} s, about {left:.0f} s left  ",
            (self._now.rsplit("::", 1)[-1], "bold"),
        )
