"""The whole check: paper, links, wiring, and the safe state at its end."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from itertools import chain

from hil.bench.bench import Bench
from hil.bench.files import Files
from hil.bench.opening import Opening, open_bench
from hil.bench.virtual_process import VirtualOptions
from hil.checking import links, paper
from hil.checking.diagnosis import diagnose
from hil.checking.finding import Finding, Grade, ok, problem
from hil.checking.wiring import wiring
from hil.errors import BENCH_TROUBLE, BadInput, NotProvenSafe
from hil.running.planning import Plan


def check_bench(
    files: Files,
    plan: Plan,
    options: VirtualOptions,
    today: datetime.date,
    asking: Callable[[bool], None] = lambda _: None,
) -> Iterator[Finding]:
    """Check a bench for the planned tests, one finding after the other. asking: as in `Opening`.

    Energises nothing above the touch-safe limit, and nothing at all when the links are not as they should be. Raises
    BadInput when the bench is in use or its virtual part is wrong, NotProvenSafe when it could not be left safe.
    """
    yield from paper.calibrations(files, today)
    yield from paper.ranges(files, plan)
    try:
        with open_bench(files, Opening(options, asking=asking)) as bench:
            yield from _open(bench)
    except BadInput as refused:
        findings = list(diagnose(files, options))
        yield from findings
        if all(finding.grade is Grade.OK for finding in findings):
            yield problem("bench", "opening", str(refused))


def _open(bench: Bench) -> Iterator[Finding]:
    found = []
    try:
        yield from links.identities(bench)
        bench.prepare()
        for finding in chain(links.instruments(bench), links.peer(bench)):
            found.append(finding)
            yield finding
        if any(finding.grade is Grade.PROBLEM for finding in found):
            yield problem("bench", "wiring", "Not shown: put right what is above first. Nothing has been energised.")
        else:
            yield from wiring(bench)
    except BENCH_TROUBLE as error:
        yield problem("bench", "trouble", str(error))
    finally:
        report = bench.make_safe()
    if report is None:
        return
    if not report.proven:
        raise NotProvenSafe(report.summary)
    yield ok("bench", "left safe", report.summary)
