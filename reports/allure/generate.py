"""Make the Allure site of a run."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from hil.evidence import schema
from hil.evidence.undrawn import placeholders
from reports.allure.configuration import configuration
from reports.allure.generator_process import GeneratorProcess
from reports.allure.history import give_back, history_file, take_before
from reports.allure.page import repair
from reports.run_data import Run


def generate(run: Run, generator: GeneratorProcess | None = None) -> Path:
    """Write allure-report/index.html and classic.html; return the former.

    generator: one that has been loading already. Raises GeneratorMissingError, with how to get it, when the generator
    is not installed or fails.
    """
    history = history_file(run.path, run.manifest)
    history.parent.mkdir(parents=True, exist_ok=True)
    with (
        generator or GeneratorProcess() as ready,
        tempfile.TemporaryDirectory(prefix="hil-allure-") as scratch,
        FileLock(f"{history}.lock"),
    ):
        made = _make(ready, run, history, Path(scratch))
        return _publish(made, run.path / schema.ALLURE_REPORT)


def _make(generator: GeneratorProcess, run: Run, history: Path, scratch: Path) -> Path:
    output, own_history = scratch / "out", scratch / "history.jsonl"
    take_before(history, run.path.name, own_history)
    generator.make(copy_with_pictures(run.path, scratch), configuration(run, output, own_history))
    give_back(history, run.path.name, run.manifest.start, own_history)
    return output


def copy_with_pictures(run: Path, scratch: Path) -> Path:
    """Return the Allure results of a run; where pictures in them were never drawn, a copy in which they are."""
    results, waiting = run / schema.ALLURE_RESULTS, placeholders(run)
    if not waiting:
        return results
    from hil.evidence.picture import stored_picture  # loading the plotting takes half a second, and is seldom needed

    copy = scratch / "results"
    shutil.copytree(results, copy)
    for name, trace in waiting.items():
        drawn = (run / trace).with_suffix(schema.PICTURE)
        (copy / name).write_bytes(drawn.read_bytes() if drawn.is_file() else stored_picture(run / trace))
    return copy


def _publish(made: Path, target: Path) -> Path:
    """Move the two looks to their names in the run folder, repaired."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for look, name in (("awesome", "index.html"), ("allure2", "classic.html")):
        page = (made / look / "index.html").read_text(encoding="utf-8")
        (target / name).write_text(repair(page), encoding="utf-8")
    return target / "index.html"
