"""Makes a pytest session a run: options, markers, fixtures, evidence, verdicts, exit status.

Active only when a bench is named. Opening happens when the first test needs the bench, never at collection.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping

import pytest
from rich.console import Console

from hil.bench.bench import Bench
from hil.converter import DriverError
from hil.errors import BENCH_TROUBLE, BadInput, NotAssessed, NotProvenSafe
from hil.running import allure_view, options, planning, selecting
from hil.running.allure_result import Wording
from hil.running.choice import Choice
from hil.running.ending import EXIT_COULD_NOT_RUN
from hil.running.interrupting import Interrupting, refuse_several_processes
from hil.running.keeping import keep_end, keep_traces
from hil.running.marking import decides
from hil.running.outcome import Trouble, whose_in
from hil.running.reporting import derive, print_summary, reporter
from hil.running.run import Run
from hil.running.scene import Scene
from hil.running.scope import Scope
from hil.running.stash import BEGAN, ERROR, JUDGE, SCENE
from hil.verdict import Catalogue, Judge, Outcome, Verdict
from hil.verdict.decisive import closeness

RUN = pytest.StashKey[Run]()
REFUSED = pytest.StashKey[str]()
SCOPE = pytest.StashKey[Scope]()
LEFT_OUT = pytest.StashKey[dict[str, str]]()
TESTS = pytest.StashKey[Mapping[str, Iterable[str]]]()
REPORTS = pytest.StashKey[list[str]]()
TROUBLE = "trouble"
"""Name of the property of a pytest report that says whose trouble it tells of."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of a run."""
    options.add_to(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register a marker per requirement and group; begin a run if a bench is named."""
    config.addinivalue_line("markers", "requirement(decides): the requirements that a test decides")
    for line in selecting.marker_lines(Catalogue.load()):
        config.addinivalue_line("markers", line)
    chosen = options.of(config)
    if chosen is None or config.option.collectonly or config.option.help:
        return
    try:
        scope = Scope.of(chosen)
        config.stash[SCOPE] = scope
        if chosen.plan:
            return
        refuse_several_processes(config)
        run = Run(chosen, scope, shlex.join([*sys.argv]))
    except BadInput as error:
        if config.pluginmanager.hasplugin("terminal"):
            pytest.exit(str(error), EXIT_COULD_NOT_RUN)
        config.stash[REFUSED] = str(error)
        return
    config.stash[RUN] = run
    interrupting = Interrupting(run)
    interrupting.install()
    config.pluginmanager.register(interrupting, "hil interrupting")
    Wording(run).install(config)
    config.option.allure_report_dir = str(run.folder.allure_results)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Refuse a run that cannot begin where pytest has no word; said earlier, pytest would put one in front."""
    refused = session.config.stash.get(REFUSED, "")
    if refused:
        Console(stderr=True).print(refused, soft_wrap=True, highlight=False, markup=False)
        pytest.exit(refused, EXIT_COULD_NOT_RUN)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give every test the markers of its requirements, leave out what the profile leaves out, sort by group."""
    selecting.mark(items, Catalogue.load())
    scope = config.stash.get(SCOPE, None)
    if scope is not None:
        left_out, config.stash[LEFT_OUT] = selecting.leave_out(items, scope)
        config.stash[TESTS] = {item.nodeid: marked.requirements for item in items if (marked := decides(item))}
        run = config.stash.get(RUN, None)
        if run is not None:
            left_out += selecting.take_out_decided(items, run.decided)
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Show the plan, or open the bench: what cannot be opened ends the session before its first test."""
    scope, run = session.config.stash.get(SCOPE, None), session.config.stash.get(RUN, None)
    if scope is None or session.config.option.collectonly or session.testsfailed:
        return None
    left_out = session.config.stash[LEFT_OUT]
    if run is None:
        planning.show(planning.of_session(session, scope, left_out), scope, Console())
        return True
    run.outcomes += [Outcome(name, Verdict.NOT_ASSESSED, reason) for name, reason in left_out.items()]
    planned = planning.of_session(session, scope, left_out)
    run.effort.plan(planned.seconds, planned.extremes)
    taken = frozenset(item.nodeid for item in session.items)
    run.choose(Choice(session.config.stash[TESTS], taken, selecting.words_of(session.config)))
    if not session.items and not run.decided:
        run.could_not_run = "No test is left to run: look at -k, -m, the profile, and the roles that the bench fills."
    elif any("bench" in getattr(item, "fixturenames", ()) for item in session.items):
        _open(run)
    if run.could_not_run:
        names = sorted(run.choice.requirements)
        run.outcomes += [Outcome(name, Verdict.NOT_ASSESSED, run.could_not_run) for name in names]
        pytest.exit(run.could_not_run, EXIT_COULD_NOT_RUN)
    return None


def _open(run: Run) -> None:
    try:
        _ = run.bench
    except (BadInput, NotProvenSafe) as error:
        run.could_not_run = str(error)
        run.not_safe = isinstance(error, NotProvenSafe)


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run that this session is. Fails with a sentence when no bench was named."""
    found = request.config.stash.get(RUN, None)
    if found is None:
        raise pytest.UsageError("The suites need a bench: add --bench benches/virtual.toml, or your own bench file.")
    return found


@pytest.fixture(scope="session")
def bench(run: Run, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The bench, open, armed and timed; made safe when the session ends, whatever happened."""
    opened = run.bench
    heard = request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled
    try:
        with heard():  # what the guard has to say must reach a person, also when this process is gone
            opened.arm()
        budget = run.measure_budget()
        with heard():
            Console().print(f"\nLatency budget: {budget.sentence()}", highlight=False, soft_wrap=True)
        yield opened
    finally:
        with heard():
            run.close_bench()


@pytest.fixture
def judge(request: pytest.FixtureRequest, bench: Bench) -> Judge:
    """Judges the measurements of this test. The bench is checked before each test."""
    bench.check()
    return request.node.stash[JUDGE]  # type: ignore[no-any-return]


@pytest.fixture
def desk_judge(request: pytest.FixtureRequest) -> Judge:
    """Judges what stands in files; the bench is not opened for it."""
    request.getfixturevalue("run")
    return request.node.stash[JUDGE]  # type: ignore[no-any-return]


@pytest.fixture
def scene(request: pytest.FixtureRequest, run: Run, bench: Bench) -> Scene:
    """The bench at rest: converter stopped, grid dead, battery up and permitting."""
    marked = decides(request.node)
    requirement = marked.requirements[0] if marked is not None else "capture"
    made = request.node.stash[SCENE] = Scene(bench, lambda: run.name_capture(requirement), run.story.tell)
    made.rest()
    return made


@pytest.fixture
def repetitions(request: pytest.FixtureRequest, run: Run) -> int:
    """How often the profile repeats the method of the first requirement of this test."""
    marked = decides(request.node)
    assert marked is not None, "only a test marked with @requirement has repetitions"
    return run.profile.repetitions(run.catalogue.requirement(marked.requirements[0]))


@pytest.fixture
def dwell(request: pytest.FixtureRequest, run: Run) -> float:
    """How long, in seconds, the first requirement of this test has one repetition wait."""
    marked = decides(request.node)
    assert marked is not None, "only a test marked with @requirement has a dwell"
    return run.profile.dwell(run.catalogue.requirement(marked.requirements[0]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note in the journal that a test begins, and how it ended."""
    run = item.config.stash.get(RUN, None)
    marked = decides(item)
    if run is None or marked is None:
        return (yield)
    item.stash[JUDGE] = run.judge(item.nodeid)
    item.stash[BEGAN] = run.bench_time
    run.folder.journal_started(item.nodeid, marked.requirements, run.bench_time)
    run.overtime.begins(item.nodeid, run.bench_time, marked.seconds(run.catalogue, run.profile))
    try:
        return (yield)
    except KeyboardInterrupt as error:
        item.stash[ERROR] = error
        raise
    finally:
        run.overtime.ends()
        keep_end(run, item.nodeid, marked, item.stash.get(ERROR, None), item.stash[JUDGE], item.stash[BEGAN])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Tell Allure what the test is; after it, show what was measured and say which limits were exceeded."""
    run, marked = item.config.stash.get(RUN, None), decides(item)
    if run is None or marked is None:
        yield
        return
    judge = item.stash[JUDGE]
    allure_view.label(marked, run.catalogue)
    failed = True
    try:
        yield
        failed = bool(judge.failures)
        judge.raise_if_failed()
    except NotAssessed as reason:
        failed = False
        item.stash[ERROR] = reason
        pytest.skip(str(reason))
    finally:
        findings = [each.sentence() for each in sorted(judge.failures, key=closeness)]
        keep_traces(run, item.nodeid, item.stash.get(SCENE, None), judge.measurements, findings)
        allure_view.attach_measurements(judge.measurements)
        if failed:
            allure_view.attach_conversation(run.recent)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember what went wrong, and stop the session when the bench is in trouble."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    run = item.config.stash.get(RUN, None)
    if run is None or error is None:
        return report
    if isinstance(error, DriverError):
        error = _bench_trouble(run) or error
    skipped = isinstance(error, pytest.skip.Exception)
    if not skipped and item.stash.get(ERROR, None) is None:
        item.stash[ERROR] = error
    trouble = whose_in(error, run.told_to_end)
    report.user_properties.append((TROUBLE, trouble.value))
    if trouble in (Trouble.BENCH, Trouble.INTERRUPTED):
        item.session.shouldstop = run.told_to_end or f"bench trouble: {error}"
    if trouble in (Trouble.DUT, Trouble.NOT_CAPABLE, Trouble.BENCH, Trouble.INTERRUPTED):
        report.longrepr = run.told_to_end or str(error)
    return report


def _bench_trouble(run: Run) -> Exception | None:
    """Return what is wrong with the bench, if it explains why the driver did not answer as it should."""
    try:
        run.confirm_bench()
    except BENCH_TROUBLE as trouble:
        return trouble
    return None


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Make the bench safe, decide, seal the folder, make the reports, set the exit status."""
    yield
    run = session.config.stash.get(RUN, None)
    if run is None or session.config.option.collectonly:
        return
    if session.shouldstop:
        run.end_early(str(session.shouldstop))
    with reporter(run) as reports:
        status = run.finish(derive)
        said = session.exitstatus == pytest.ExitCode.USAGE_ERROR or (
            run.could_not_run and session.config.pluginmanager.hasplugin("terminalreporter")
        )
        session.exitstatus = status
        if not said:
            session.config.stash[REPORTS] = [] if run.could_not_run else reports()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Show the verdicts and where everything is."""
    run = config.stash.get(RUN, None)
    if run is not None and REPORTS in config.stash:
        print_summary(run, config.stash.get(REPORTS, []))
