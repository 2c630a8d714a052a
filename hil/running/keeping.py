"""The captures of a test that become evidence: those that a measurement comes from, and those with a picture."""

from __future__ import annotations

from collections.abc import Sequence

from hil.running import allure_view
from hil.running.run import Run
from hil.running.scene import Scene
from hil.verdict import Measurement


def keep_traces(
    run: Run, test: str, scene: Scene | None, measured: Sequence[Measurement], findings: Sequence[str]
) -> None:
    """Store the captures of a test in the run folder, and show in Allure those that have a drawing.

    findings: what failed in the test, as sentences; they stand in its pictures.
    """
    if scene is None:
        return
    named = {name for each in measured for name in each.traces}
    stored: dict[str, str] = {}
    for trace, drawing in scene.kept:
        trace, drawing = run.completed(trace, drawing, findings)
        if trace.name not in stored:
            stored[trace.name] = run.folder.save_trace(trace, trace.name, test, drawing)
        run.folder.draw(stored[trace.name], allure_view.attach_picture(f"{drawing.title} ({stored[trace.name]})"))
        allure_view.attach_readings(trace, drawing.title)
    for capture in scene.captures:
        if capture.name in named - stored.keys():
            run.folder.save_trace(capture.trace(), capture.name, test)
