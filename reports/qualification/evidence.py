"""Sections that prove: plots, derived configuration, efficiency, safe state, signatures, hashes."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from hil.capture.trace import Trace
from hil.errors import BadInput
from hil.evidence import schema
from reports.blocks import Block, bullets, heading, pairs, plot, table, text
from reports.qualification.efficiency import efficiency_svg
from reports.qualification.results import by_requirement, decisive
from reports.run_data import Measurement, Run

PLOTS = 24
"""Traces drawn in a report at most."""


def plots(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the trace of the decisive measurement of each requirement, worst verdict first."""
    every = [
        name for name in run.manifest.files if name.startswith(f"{schema.TRACES}/") and name.endswith(schema.TRACE)
    ]
    chosen = _chosen_traces(run, every)
    blocks = [
        plot(_svg(run.path / trace, row.requirement), _caption(run, trace, row))
        for trace, row in list(chosen.items())[:PLOTS]
    ]
    if not blocks:
        return [text(texts["none"]["plots"])]
    note = texts["note"]["plots"].format(shown=len(blocks), all=len(every))
    return blocks if len(blocks) == len(every) else [text(note, "note"), *blocks]


def _chosen_traces(run: Run, every: list[str]) -> dict[str, Measurement]:
    """Return the traces to draw, each with the measurement it decided.

    A measurement without a trace of its own has the first one of its test.
    """
    of_test: dict[str, str] = {}
    for name in every:
        of_test.setdefault(Trace.from_parquet(run.path / name)[1].get("test", ""), name)
    order = {verdict.id: -schema.SEVERITY.index(verdict.verdict) for verdict in run.verdicts}
    measured = by_requirement(run)
    chosen: dict[str, Measurement] = {}
    for requirement in sorted(measured, key=lambda name: order.get(name, 0)):
        row = decisive([row for row in measured[requirement] if row.trace or row.test in of_test])
        if row is not None:
            chosen.setdefault(row.trace or of_test[row.test], row)
    unknown = sorted(set(chosen) - set(every))
    if unknown:
        raise BadInput(f"{run.path / schema.MEASUREMENTS} names {unknown[0]}, which is not in the manifest.")
    return chosen


@lru_cache(maxsize=PLOTS)
def _svg(path: Path, title: str) -> bytes:
    drawn = path.with_suffix(schema.PICTURE)
    if drawn.is_file():
        return drawn.read_bytes()
    from hil.evidence.picture import stored_picture  # only runs of older versions have traces without pictures

    return stored_picture(path, title)


def _caption(run: Run, name: str, row: Measurement) -> str:
    return f"{row.requirement}: {run.quantity(row)}: {row.verdict}. {name}, SHA-256 {run.manifest.files[name]}"


def deviations(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return deviations from the procedure and interruptions."""
    found = [*run.manifest.deviations, *run.manifest.interruptions]
    return [bullets(found)] if found else [text(texts["none"]["deviations"])]


def configuration(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the proposed client files, key by key with the source of each value."""
    blocks: list[Block] = []
    for name in (file for file in run.manifest.files if file.startswith(f"{schema.PROPOSED}/")):
        try:
            content = json.loads((run.path / name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise BadInput(f"{run.path / name} cannot be read as JSON ({error}).") from error
        column = texts["column"]
        blocks += [heading(name), table([column["key"], column["value"]], _flat(content), [2, 3])]
    return blocks or [text(texts["none"]["configuration"])]


def efficiency(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the efficiency map, where one was measured."""
    svg = efficiency_svg(run.measurements)
    return [text(texts["none"]["efficiency"])] if svg is None else [plot(svg, texts["section"]["efficiency"])]


def safe_state(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return how the safe state was reached and what was measured there."""
    state, label = run.manifest.safe_state, texts["label"]
    if state is None:
        return [text(texts["none"]["safe_state"])]
    rows: list[tuple[str, object]] = [(label["proven"], label["yes"] if state.proven else label["no"])]
    rows.append((label["summary"], state.summary))
    if state.reason:
        rows.append((label["reason"], state.reason))
    rows += [(name, _volts(volts)) for name, volts in state.volts.items()]
    rows += [(name, {True: "ON", False: "off", None: "?"}[on]) for name, on in state.outputs.items()]
    steps = [[step.what, f"{step.began:.2f} s", f"{step.took:.2f} s", step.outcome] for step in state.steps]
    column = texts["column"]
    names = [column[name] for name in ("step", "time", "took", "outcome")]
    return [pairs(rows, label["not_stated"]), *([table(names, steps, [3, 1, 1, 3])] if steps else [])]


def _volts(volts: float | None) -> str:
    return "?" if volts is None else f"{volts:.2f} V"


def signatures(texts: dict[str, Any]) -> list[Block]:
    """Return lines to sign on."""
    word = texts["signature"]
    people = [word[key] for key in ("tested", "reviewed", "authorised", "customer")]
    return [
        {"type": "signatures", "people": people, "columns": [word["name"], word["date"], word["signature"]]},
        text(texts["method"]["items"], "note"),
        text(texts["method"]["copy"], "note"),
    ]


def hashes(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the hash list, without the many files of Allure."""
    files = run.manifest.files
    shown = {name: digest for name, digest in files.items() if not name.startswith(f"{schema.ALLURE_RESULTS}/")}
    column = texts["column"]
    return [
        table([column["file"], "SHA-256"], shown.items(), [1.6, 3]) | {"style": "mono"},
        text(texts["note"]["hashes"].format(allure=len(files) - len(shown)), "note"),
        text(texts["note"]["signed"], "note"),
    ]


def _flat(content: object, prefix: str = "") -> list[tuple[str, object]]:
    if isinstance(content, dict):
        return [
            row for key, value in content.items() for row in _flat(value, f"{prefix}.{key}" if prefix else str(key))
        ]
    return [(prefix, content)]
