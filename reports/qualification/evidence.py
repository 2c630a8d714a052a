"""Sections that prove: plots, efficiency, safe state, signatures, hashes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from hil.capture.trace import trace_identity
from hil.errors import BadInput
from hil.evidence import drawing, schema, signature
from reports.blocks import Block, bullets, pairs, plot, table, text
from reports.numbers import decimals, quantity
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
        plot(_svg(run.path / trace, f"{row.requirement}: {row.conditions}"), _caption(run, trace, row))
        for trace, row in list(chosen.items())[:PLOTS]
    ]
    if not blocks:
        return [text(texts["none"]["plots"])]
    note = texts["note"]["plots"].format(shown=len(blocks), all=len(every))
    return blocks if len(blocks) == len(every) else [text(note, "note"), *blocks]


def _chosen_traces(run: Run, every: list[str]) -> dict[str, Measurement]:
    """Return the traces to draw, each with the measurement that stands for it: one per requirement.

    It is the decisive measurement of those whose trace was kept with a drawing; without any, of those with a trace.
    """
    order = {verdict.id: -schema.SEVERITY.index(verdict.verdict) for verdict in run.verdicts}
    measured = by_requirement(run)
    drawn = {name for name in every if drawing.KEY in trace_identity(run.path / name)}
    chosen: dict[str, Measurement] = {}
    for requirement in sorted(measured, key=lambda name: order.get(name, 0)):
        rows = [row for row in measured[requirement] if row.traces]
        row = decisive([row for row in rows if drawn & set(row.traces)]) or decisive(rows)
        if row is not None:
            chosen.setdefault(next((name for name in row.traces if name in drawn), row.traces[0]), row)
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
    measured = f"{quantity(row.value, row.unit, decimals(row.uncertainty))} ({row.verdict})"
    return f"{row.requirement} {run.quantity(row)}: {measured}. {name}, SHA-256 {run.manifest.files[name]}"


def deviations(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return deviations from the procedure and interruptions."""
    found = [*run.manifest.deviations, *run.manifest.interruptions]
    return [bullets(found)] if found else [text(texts["none"]["deviations"])]


def efficiency(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the efficiency map, where one was measured."""
    svg = efficiency_svg(run.measurements)
    return [text(texts["none"]["efficiency"])] if svg is None else [plot(svg, texts["section"]["efficiency"])]


def safe_state(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return how the safe state was reached, in which time, and what was measured there."""
    state, label, column = run.manifest.safe_state, texts["label"], texts["column"]
    if state is None:
        return [text(texts["none"]["safe_state"])]
    rows: list[tuple[str, object]] = [(label["proven"], label["yes"] if state.proven else label["no"])]
    rows.append((label["summary"], state.summary))
    times = {"sources_off": state.sources_off_after, "safe_after": state.safe_after, "reaction": state.reaction}
    rows += [(label[name], f"{seconds:.2f} s") for name, seconds in times.items() if seconds is not None]
    if state.reason:
        rows.append((label["reason"], state.reason))
    blocks = [pairs(rows, label["not_stated"])]
    limit = "" if state.touch_safe is None else f"≤ {state.touch_safe:g} V"
    words = {True: "ON", False: label["off"], None: "?"}
    terminals = [
        [name, words[state.outputs[name]] if name in state.outputs else "", _volts(state.volts.get(name)), limit]
        for name in dict.fromkeys([*state.outputs, *state.volts])
    ]
    if terminals:
        names = [column[name] for name in ("terminals", "output", "measured", "limit")]
        blocks.append(table(names, terminals, [3, 1, 1, 1]))
    steps = [[step.what, f"{step.began:.2f} s", f"{step.took:.2f} s", step.outcome] for step in state.steps]
    if steps:
        names = [column[name] for name in ("step", "time", "took", "outcome")]
        blocks.append(table(names, steps, [3, 1, 1, 3]))
    return blocks


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
    said, _ = signature.check(run.path)
    return [
        text(texts["note"]["hashes"].format(allure=len(files) - len(shown)), "note"),
        text(texts["note"]["signed"].format(signature=said), "note"),
        table([column["file"], "SHA-256"], shown.items(), [1.4, 3]) | {"style": "mono"},
    ]
