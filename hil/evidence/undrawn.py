"""Pictures that were ordered and never drawn: the process died, or the run was told to draw none."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hil.capture.trace import trace_identity
from hil.errors import BadInput
from hil.evidence import drawing, schema
from hil.evidence.illustrator import PLACEHOLDER, Illustrator

_TRACE = re.compile(rf"\(({schema.TRACES}/[^/()]+\{schema.TRACE})\)$")
"""The trace that a picture in Allure shows, in its title."""


def placeholders(run: Path) -> dict[str, str]:
    """Return the files in the Allure results that still wait for a picture, each with its trace's path in the run."""
    results = run / schema.ALLURE_RESULTS
    waiting = {path.name for path in results.glob("*.svg") if path.stat().st_size == len(PLACEHOLDER)}
    waiting = {name for name in waiting if (results / name).read_bytes() == PLACEHOLDER}
    found = {}
    for path in results.glob("*-result.json") if waiting else ():
        for attachment in _attachments(path):
            named = _TRACE.search(attachment["name"])
            if attachment["source"] in waiting and named and (run / named[1]).is_file():
                found[attachment["source"]] = named[1]
    return found


def _attachments(path: Path) -> list[dict[str, str]]:
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{path} is not an Allure result ({error}). Remove it or restore it from a copy.") from error
    return [each for part in (result, *result.get("steps", [])) for each in part.get("attachments", [])]


def draw_missing(run: Path) -> None:
    """Draw what was ordered and is missing, in a run folder that is not sealed: beside the traces and in Allure."""
    orders: dict[Path, list[Path]] = {}
    for trace in sorted((run / schema.TRACES).glob(f"*{schema.TRACE}")):
        target = trace.with_suffix(schema.PICTURE)
        if not target.exists() and _is_to_be_drawn(trace):
            orders[trace] = [target]
    for name, trace_name in placeholders(run).items():
        orders.setdefault(run / trace_name, []).append(run / schema.ALLURE_RESULTS / name)
    illustrator = Illustrator()
    for trace, targets in orders.items():
        illustrator.order(trace, targets)
    illustrator.finish()


def _is_to_be_drawn(trace: Path) -> bool:
    try:
        return drawing.KEY in trace_identity(trace)
    except BadInput:  # written by half when the process died; the report of the run says that it cannot be read
        return False
