"""Sections that prove: plots, derived configuration, efficiency, safe state, signatures, hashes."""

from __future__ import annotations

import json
from typing import Any

from hil.errors import BadInput
from hil.evidence import schema
from reports.plots import trace_svg
from reports.qualification.blocks import Block, bullets, heading, pairs, plot, table, text
from reports.qualification.efficiency import efficiency_svg
from reports.qualification.results import by_requirement, decisive
from reports.run_data import Measurement, Run

PLOTS = 24
"""Traces drawn in a report at most."""


def plots(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the trace of the decisive measurement of each requirement, worst verdict first."""
    order = {verdict.id: -schema.SEVERITY.index(verdict.verdict) for verdict in run.verdicts}
    measured = by_requirement(run)
    chosen: dict[str, Measurement] = {}
    for requirement in sorted(measured, key=lambda name: order.get(name, 0)):
        row = decisive([row for row in measured[requirement] if row.trace])
        if row is not None:
            chosen.setdefault(row.trace, row)
    blocks: list[Block] = []
    for trace, row in list(chosen.items())[:PLOTS]:
        if trace not in run.manifest.files:
            raise BadInput(f"{run.path / schema.MEASUREMENTS} names {trace}, which is not in the manifest.")
        caption = f"{row.requirement}: {row.quantity}, {row.verdict}. {trace}, SHA-256 {run.manifest.files[trace]}"
        blocks.append(plot(trace_svg(run.path / trace), caption))
    every = sum(name.startswith(f"{schema.TRACES}/") for name in run.manifest.files)
    if not blocks:
        return [text(texts["none"]["plots"])]
    note = texts["note"]["plots"].format(shown=len(blocks), all=every)
    return blocks if len(blocks) == every else [text(note, "note"), *blocks]


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
    rows = [(label["proven"], label["yes"] if state.proven else label["no"]), (label["reached_by"], state.reached_by)]
    return [pairs([*rows, *state.measured.items()], label["not_stated"])]


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
