"""The trend shown by Allure: one line per run of the same DUT model on the same bench.

The generator appends a line each time it runs. Here each run has one line however often its report is made,
in the order of the runs, and a report shows the runs before it and not those after it.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

from hil.evidence.files import write_atomically
from hil.evidence.manifest import Manifest
from reports.allure.configuration import HISTORY_LIMIT

_RUN = "hilRun"


def history_file(run: Path, manifest: Manifest) -> Path:
    """Return the history of this run's DUT model and bench; it lies beside the run folders."""
    name = f"{manifest.dut.manufacturer}-{manifest.dut.model}-{manifest.bench.name}"
    return run.parent / ".history" / (re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("._-") + ".jsonl")


def take_before(history: Path, run: str, into: Path) -> None:
    """Write to `into` the lines of the runs that came before `run`."""
    into.write_text("".join(line for name, line in sorted(_lines(history).items()) if name < run), encoding="utf-8")


def give_back(history: Path, run: str, start: datetime, made: Path) -> None:
    """Put the line the generator appended to `made` into the history, as that of `run`, at the time it started."""
    lines = made.read_text(encoding="utf-8").splitlines()
    if not lines:
        return
    new = {_RUN: run, **{key: value for key, value in json.loads(lines[-1]).items() if key != _RUN}}
    new["timestamp"] = int(start.timestamp() * 1000)
    by_run = {**_lines(history), run: json.dumps(new, ensure_ascii=False) + "\n"}
    history.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(history, "".join(by_run[name] for name in sorted(by_run)[-HISTORY_LIMIT:]))


def _lines(history: Path) -> dict[str, str]:
    """Return the lines of a history by run, without damaged ones: every run can be put back by its report."""
    if not history.is_file():
        return {}
    lines = {}
    for text in history.read_text(encoding="utf-8").split("\n"):
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and isinstance(name := line.get(_RUN), str):
            lines[name] = text + "\n"
    return lines
