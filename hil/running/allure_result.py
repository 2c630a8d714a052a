"""Puts what allure-pytest is about to write of a test into the words of its readers.

allure-pytest names tests, fixtures and errors after functions and classes. Here they get the words of the requirement,
the status that follows from whose trouble it was, the steps of the test, and an identity that no run changes.
"""

from __future__ import annotations

from collections.abc import Generator

import allure_commons
import pytest
from allure_commons.model2 import (
    Attachment,
    Label,
    Link,
    Parameter,
    StatusDetails,
    TestResult,
    TestResultContainer,
    TestStepResult,
)

from hil.evidence import allure_names
from hil.running.marking import Decides, decides
from hil.running.outcome import Trouble, sentence, whose_in
from hil.running.run import Run
from hil.running.stash import BEGAN, ERROR, JUDGE
from hil.running.story import Step
from hil.verdict import Judge, Verdict

STATUS = {
    Trouble.NONE: "passed",
    Trouble.DUT: "failed",
    Trouble.NOT_ASSESSED: "skipped",
    Trouble.NOT_CAPABLE: "broken",
    Trouble.BENCH: "broken",
    Trouble.HARNESS: "broken",
    Trouble.INTERRUPTED: "broken",
}
BEGINNING = {
    Trouble.NOT_CAPABLE: "Not capable: ",
    Trouble.NOT_ASSESSED: "Not assessed: ",
    Trouble.BENCH: "Bench trouble: ",
    Trouble.HARNESS: "Harness bug: ",
    Trouble.INTERRUPTED: "Interrupted: ",
}
"""How a message begins; the categories of the report go by it (hil/evidence/allure_extra.py)."""
FIXTURES = {
    "bench": "Open the bench, arm its guard, measure how well it times",
    "scene": "Bring the bench to rest: converter stopped, grid dead, battery permitting",
}
AFTERWARDS = {"bench": "Make the bench safe and measure that it is"}
"""Fixtures that do something on the bench; the others only hand things over, and are not shown."""
STEP_STATUS = {Verdict.FAIL: "failed", Verdict.CONDITIONAL_FAIL: "failed", Verdict.NOT_CAPABLE: "broken"}
DOUBTFUL = (Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL, Verdict.NOT_CAPABLE)
PLUMBING = ("parentSuite", "suite", "subSuite", "host", "thread", "framework", "language")


class Wording:
    """A plugin of pytest, which knows the test, and of allure-pytest, which writes it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._item: pytest.Item | None = None

    def install(self, config: pytest.Config) -> None:
        """Hear from pytest and from allure-pytest until the session has ended."""
        config.pluginmanager.register(self, "hil wording")
        allure_commons.plugin_manager.register(self)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Let allure-pytest alone again."""
        allure_commons.plugin_manager.unregister(self)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Remember whose result is going to be written."""
        self._item = item
        self._run.story.begin()
        try:
            return (yield)
        finally:
            self._item = None

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: TestResult) -> None:
        """Reword a result before it is written."""
        item = self._item
        marked = None if item is None else decides(item)
        if item is None or marked is None:
            return
        error = item.stash.get(ERROR, None)
        trouble = whose_in(error, self._run.told_to_end)
        result.name = allure_names.title(item.nodeid)
        result.historyId = result.testCaseId = allure_names.history_id(item.nodeid)
        result.status = STATUS[trouble]
        result.statusDetails = self._details(trouble, error, item.stash[JUDGE], result.statusDetails)
        result.labels = _labels(result.labels, item.stash[JUDGE])
        result.links = [_link(name) for name in marked.requirements]
        result.parameters = [*_variants(item), *self._extent(marked, item)]
        result.steps = [*map(_shown, result.attachments), *_course(self._run.story.steps, result.stop), *result.steps]
        result.attachments = []

    @allure_commons.hookimpl(tryfirst=True)
    def report_container(self, container: TestResultContainer) -> None:
        """Name what is done before and after a test, and leave out what only hands things over."""
        container.befores = [_named(each, FIXTURES) for each in container.befores if each.name in FIXTURES]
        afters = [each for each in container.afters if each.name.endswith("::1")]
        container.afters = [_named(each, AFTERWARDS) for each in afters if each.name[:-3] in AFTERWARDS]

    def _details(
        self, trouble: Trouble, error: BaseException | None, judge: Judge, written: StatusDetails | None
    ) -> StatusDetails | None:
        if trouble is Trouble.NONE:
            conditional = [each for each in judge.measurements if each.verdict is Verdict.CONDITIONAL_PASS]
            own = [each for each in conditional if not each.target]
            return StatusDetails(message=f"Conditional pass: {own[0].sentence()}") if own else None
        message = self._run.told_to_end if trouble is Trouble.INTERRUPTED else sentence(error)
        trace = written.trace if trouble is Trouble.HARNESS and written is not None else None
        return StatusDetails(message=BEGINNING.get(trouble, "") + message, trace=trace)

    def _extent(self, marked: Decides, item: pytest.Item) -> list[Parameter]:
        """Return how much of the method was done, in bench time; it says nothing about which test this is."""
        run = self._run
        repetitions = run.profile.repetitions(run.catalogue.requirement(marked.requirements[0]))
        extent = {"repetitions": str(repetitions), "bench time": f"{run.bench_time - item.stash[BEGAN]:.1f} s"}
        return [Parameter(name=name, value=value, excluded=True) for name, value in extent.items()]


def _labels(labels: list[Label], judge: Judge) -> list[Label]:
    """Return each label once, without those that say how the program is built, and with the doubtful verdicts."""
    found = {(each.name, each.value): each for each in labels if each.name not in PLUMBING}
    for each in judge.measurements:
        if each.verdict in DOUBTFUL and not each.target:
            found[("tag", each.verdict.value)] = Label("tag", each.verdict.value)
    feature = next((each.value for each in labels if each.name == "feature"), "")
    return [*found.values(), Label("suite", feature)]


def _link(requirement: str) -> Link:
    """Return where the report has it. Only the classic look follows such a link, so its name tells."""
    report = f"qualification-internal.html#{requirement}"
    return Link("requirement", f"../{report}", report)


def _variants(item: pytest.Item) -> list[Parameter]:
    """Return the parameters of a test as a reader knows them: a mode by its name, a function by what it is called.

    Excluded from its identity, which the node id has whole: a result that a crash has lost knows no more than that.
    """
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return [Parameter(name=name.replace("_", " "), value=_word(value), excluded=True) for name, value in given.items()]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(getattr(value, "name", None) or getattr(value, "__name__", value)).strip("_").replace("_", " ")


def _shown(attachment: Attachment) -> TestStepResult:
    return TestStepResult(name=attachment.name, status="passed", attachments=[attachment])


def _course(steps: list[Step], when: int) -> list[TestStepResult]:
    """Return one step that holds all others: the pictures below it are what is looked at first."""
    if not steps:
        return []
    name = f"what was done and found, by bench time: {len(steps)} steps"
    own = [_step(each, when) for each in steps]
    return [TestStepResult(name=name, status="passed", start=when, stop=when, steps=own)]


def _step(step: Step, when: int) -> TestStepResult:
    status = "passed" if step.verdict is None else STEP_STATUS.get(step.verdict, "passed")
    return TestStepResult(name=f"{step.time:.2f} s  {step.sentence}", status=status, start=when, stop=when)


def _named(part: TestStepResult, names: dict[str, str]) -> TestStepResult:
    part.name = names[part.name.partition("::")[0]]
    return part
