"""What reporting costs: the share of a run's wall time spent in evidence, pictures, Allure and reports.

    .venv/bin/python -m benchmarks.reporting [options of hil run]

One run, by default the acceptance run of `make run`; every part is timed inside it, so a busy machine changes both
sides of the ratio. Pictures are drawn by a process of their own: they count with the time that the run waits for them.
"""

from __future__ import annotations

import functools
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from allure_commons.logger import AllureFileLogger
from allure_commons.reporter import AllureReporter

GOAL = 5.0
"""Per cent of the wall time of an acceptance run."""


class Shares:
    """Wall time per part; what runs inside another part counts for itself alone."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._inside: list[float] = []

    def time(self, part: str, owner: Any, *names: str) -> None:
        """Let the functions `names` of a class or module count for `part`."""
        for name in names:
            setattr(owner, name, self.timed(part, getattr(owner, name)))

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts for `part`."""

        @functools.wraps(function)
        def counted(*arguments: Any, **options: Any) -> Any:
            self._inside.append(0.0)
            began = time.perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                took = time.perf_counter() - began
                self.seconds[part] += took - self._inside.pop()
                self.calls[part] += 1
                if self._inside:
                    self._inside[-1] += took

        return counted


def cost_of_timing() -> float:
    """Return how many seconds the stop-watch adds to what it measures, per call: a run makes 200,000 of them."""

    class Nothing:
        def happens(self) -> None:
            """Do nothing."""

    shares = Shares()
    shares.time("nothing", Nothing, "happens")
    nothing = Nothing()
    for _ in range(100_000):
        nothing.happens()
    return shares.seconds["nothing"] / shares.calls["nothing"]


def main() -> None:
    """Run, then print the shares."""
    began = time.perf_counter()
    shares = instrumented()
    status = run(sys.argv[1:])
    whole = time.perf_counter() - began
    own = cost_of_timing()
    for part, calls in shares.calls.items():
        shares.seconds[part] -= own * calls
    for part, seconds in sorted(shares.seconds.items(), key=lambda share: share[1], reverse=True):
        print(f"{part:<32} {seconds:7.2f} s  {100.0 * seconds / whole:5.1f} %")
    cost = 100.0 * sum(shares.seconds.values()) / whole
    print(f"reporting: {cost:.1f} % of {whole:.1f} s of wall time (goal: at most {GOAL:g} %); exit status {status}")


def instrumented() -> Shares:
    """Put stop-watches into everything that writes or reports."""
    from hil.evidence.folder import RunFolder
    from hil.evidence.illustrator import Illustrator
    from hil.running import allure_view, plugin, reporting
    from hil.running.story import Story

    shares = Shares()
    writing = ("begin", "audit", "add_measurement", "save_trace", "write_verdicts", "journal_started", "finish")
    shares.time("evidence", RunFolder, *writing, "journal_finished")
    shares.time("pictures (waited for)", Illustrator, "order", "finish")
    shares.time("Allure results", allure_view, "label", "attach_measurements", "attach_picture", "attach_readings")
    shares.time(
        "Allure results", AllureReporter, "start_step", "stop_step", "schedule_test", "close_test", "stop_group"
    )
    shares.time("Allure results", AllureFileLogger, "_report_item")
    shares.time("Allure results", Story, "tell", "command", "judged")
    shares.time("reports and Allure site", plugin, "derive")
    vars(plugin)["reporter"] = _counted_reporter(shares, reporting.reporter)
    return shares


def _counted_reporter(shares: Shares, reporter: Callable[..., Any]) -> Callable[..., Any]:
    part = "reports and Allure site"

    @contextmanager
    def counted(run: object) -> Iterator[Callable[[], Any]]:
        with ExitStack() as stack:
            yield shares.timed(part, shares.timed(part, stack.enter_context)(reporter(run)))

    return counted


def run(options: list[str]) -> object:
    """Do what `hil run` does, in this process; return its exit status."""
    from hil.cli.main import main as hil

    sys.argv = ["hil", "run", *options]
    try:
        hil()
    except SystemExit as ended:
        return ended.code
    return 0


if __name__ == "__main__":
    main()
