"""What of a test becomes evidence: how it ended, the captures that a measurement comes from, those with a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hil.capture import Trace
from hil.evidence.drawing import Drawing, LimitLine, Point
from hil.running import allure_view
from hil.running.marking import Decides
from hil.running.outcome import Trouble, outcomes, sentence, whose_in
from hil.running.run import Run
from hil.running.scene import Scene
from hil.verdict import Judge, Measurement, Verdict
from hil.verdict.decisive import decisive


def keep_end(run: Run, test: str, marked: Decides, error: BaseException | None, judge: Judge, began: float) -> None:
    """Keep how a test ended, for the journal and the verdicts. began: bench time in s."""
    trouble = whose_in(error, run.told_to_end)
    message = run.told_to_end if trouble is Trouble.INTERRUPTED else sentence(error)
    run.troubles.append(trouble)
    run.outcomes += outcomes(trouble, marked.requirements, message, judge)
    ended = run.bench_time
    run.effort.add_test(marked.requirements, marked.demanded(run.catalogue, run.profile), ended - began)
    run.folder.journal_finished(test, marked.requirements, trouble.value, message, began, ended, run.energy)
    run.choice.finished.add(test)


def keep_traces(
    run: Run, test: str, scene: Scene | None, measured: Sequence[Measurement], findings: Sequence[str]
) -> None:
    """Store the captures of a test in the run folder, and show in Allure those that have a drawing.

    findings: what failed in the test, as sentences; they stand in its pictures.
    """
    if scene is None:
        return
    kept = [*scene.kept, *_decisive_capture(scene, measured)]
    stored: dict[str, str] = {}
    for trace, drawing in kept:
        trace, drawing = run.completed(trace, drawing, findings)
        if trace.name not in stored:
            stored[trace.name] = run.folder.save_trace(trace, trace.name, test, drawing)
        run.folder.draw(stored[trace.name], allure_view.attach_picture(f"{drawing.title} ({stored[trace.name]})"))
        allure_view.attach_readings(trace, drawing.title)
    named = {name for each in measured for name in each.traces}
    for capture in scene.captures:
        if capture.name in named - stored.keys():
            run.folder.save_trace(capture.trace(), capture.name, test)


def _decisive_capture(scene: Scene, measured: Sequence[Measurement]) -> list[tuple[Trace, Drawing]]:
    """Return the capture that decided, to be drawn too: of a test that keeps no drawing, or that did not pass."""
    worst = decisive(each for each in measured if each.traces)
    if worst is None or (scene.kept and worst.verdict is Verdict.PASS):
        return []
    drawn = {trace.name for trace, _ in scene.kept}
    found = [capture for capture in scene.captures if capture.name in worst.traces]
    if not found or drawn & set(worst.traces):
        return []
    trace = found[0].trace()
    return [(trace, drawing_of(worst, trace))]


def drawing_of(measured: Measurement, trace: Trace) -> Drawing:
    """Return what to draw with a trace: its limits, where a sample of it is the measured value itself."""
    title = f"{measured.requirement}: {measured.conditions}"
    for channel in trace.channels:
        signal = trace.signal(channel)
        if signal.unit != measured.unit or not len(signal.value):
            continue
        at = int(np.argmin(np.abs(signal.value - measured.value)))
        if math.isclose(float(signal.value[at]), measured.value, rel_tol=1e-9, abs_tol=1e-9):
            limit = LimitLine(channel=channel, lower=measured.lower, upper=measured.upper)
            point = Point(channel=channel, time=float(signal.time[at]), value=float(signal.value[at]))
            return Drawing(title=title, limits=[limit], decisive=point)
    return Drawing(title=title)
