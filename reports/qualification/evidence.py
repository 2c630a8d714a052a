"""Sections that prove: plots, efficiency, safe state, signatures, hashes."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from hil.errors import BadInput
from hil.evidence import schema, signature
from hil.verdict.decisive import decisive
from reports.blocks import Block, bullets, pairs, plot, table, text
from reports.numbers import decimals, limits, quantity, uncertainty
from reports.qualification.efficiency import efficiency_points, efficiency_svg
from reports.qualification.results import by_requirement
from reports.run_data import Measurement, Run


def plots(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the trace of the decisive measurement of each requirement, worst verdict first."""
    every = [
        name for name in run.manifest.files if name.startswith(f"{schema.TRACES}/") and name.endswith(schema.TRACE)
    ]
    chosen = _chosen_traces(run, every)
    blocks = [
        plot(_svg(run.path / trace, f"{row.requirement}: {row.conditions}"), _caption(run, trace, row))
        for trace, row in chosen.items()
    ]
    if not blocks:
        return [text(texts["none"]["plots"])]
    note = texts["note"]["plots"].format(shown=len(blocks), all=len(every))
    return blocks if len(blocks) == len(every) else [text(note, "note"), *blocks]


def _chosen_traces(run: Run, every: list[str]) -> dict[str, Measurement]:
    """Return the traces to draw, each with the measurement that stands for it: one per requirement, worst first.

    It is the decisive measurement of those that come from a trace. Where that one passes, of those whose trace was kept
    with a drawing, if there are any: limits and targets are seen in it.
    """
    order = {verdict.id: -schema.SEVERITY.index(verdict.verdict) for verdict in run.verdicts}
    measured = by_requirement(run)
    chosen: dict[str, Measurement] = {}
    for requirement in sorted(measured, key=lambda name: order.get(name, 0)):
        rows = [row for row in measured[requirement] if row.traces]
        row = decisive(rows)
        if row is not None and row.verdict == schema.PASS:
            row = decisive([row for row in rows if any(_has_picture(run, name) for name in row.traces)]) or row
        if row is not None:
            trace = next((name for name in row.traces if _has_picture(run, name)), row.traces[0])
            chosen.setdefault(trace, row)
    unknown = sorted(set(chosen) - set(every))
    if unknown:
        raise BadInput(f"{run.path / schema.MEASUREMENTS} names {unknown[0]}, which is not in the manifest.")
    return chosen


def _has_picture(run: Run, trace: str) -> bool:
    return str(PurePosixPath(trace).with_suffix(schema.PICTURE)) in run.manifest.files


@cache
def _svg(path: Path, title: str) -> bytes:
    drawn = path.with_suffix(schema.PICTURE)
    if drawn.is_file():
        return drawn.read_bytes()
    from hil.evidence.picture import stored_picture  # loading the plotting takes half a second, and is seldom needed

    return stored_picture(path, title)


def _caption(run: Run, name: str, row: Measurement) -> str:
    said = [quantity(row.value, row.unit, decimals(row.uncertainty))]
    if row.lower is not None or row.upper is not None:
        said.append(limits(row.lower, row.upper, row.unit))
    measured = ", ".join([*said, row.verdict])
    return f"{row.requirement} {run.quantity(row)}: {measured}. {name}, SHA-256 {run.manifest.files[name]}"


def deviations(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return deviations from the procedure and interruptions."""
    found = [*run.manifest.deviations, *run.manifest.interruptions]
    return [bullets(found)] if found else [text(texts["none"]["deviations"])]


def efficiency(run: Run, texts: dict[str, Any]) -> list[Block]:
    """Return the efficiency map, where one was measured."""
    maps = efficiency_points(run.measurements)
    svg = efficiency_svg(maps)
    if svg is None:
        return [text(texts["none"]["efficiency"])]
    points = [point for own in maps.values() for point in own]
    largest = max((point.uncertainty for point in points if point.uncertainty is not None), default=None)
    doubt = uncertainty(largest, "1") or texts["label"]["not_stated"]
    return [plot(svg, texts["note"]["efficiency"].format(count=len(points), uncertainty=doubt))]


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
    bound = "" if state.touch_safe is None else f"≤ {state.touch_safe:g} V"
    words = {True: "ON", False: label["off"], None: "?"}
    terminals = [
        [name, words[state.outputs[name]] if name in state.outputs else "", _volts(state.volts.get(name)), bound]
        for name in dict.fromkeys([*state.outputs, *state.volts])
    ]
    if terminals:
        names = [column[name] for name in ("terminals", "output", "measured", "limit")]
        blocks.append(table(names, terminals, [3, 1, 1, 1]))
    first = min((step.began for step in state.steps), default=0.0)
    steps = [[step.what, f"{step.began - first:.2f} s", f"{step.took:.2f} s", step.outcome] for step in state.steps]
    if steps:
        names = [column[name] for name in ("step", "after", "took", "outcome")]
        blocks.append(table(names, steps, [3, 1, 1, 3]))
    return blocks


def _volts(volts: float | None) -> str:
    return "?" if volts is None else quantity(volts, "V", 2)


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
