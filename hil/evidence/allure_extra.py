"""What allure-pytest does not write: environment, categories, executor, metrics."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path

from hil.evidence import schema
from hil.evidence.allure_lost import write_lost_results
from hil.evidence.files import write_atomically
from hil.evidence.manifest import Instrument, Manifest

CATEGORIES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Interrupted", ("broken",), "^(Interrupted|Result lost):"),
    ("Not capable", ("broken",), "^Not capable:"),
    ("Conditional", ("failed", "passed"), "^(?![\\s\\S]*verdict fail)[\\s\\S]*verdict conditional"),
    ("Bench trouble", ("broken",), "^Bench trouble:"),
    ("DUT failed", ("failed",), ""),
    ("Harness bug", ("broken",), ""),
)
"""Name, Allure statuses, and what the message contains. The first that fits counts."""


def write(run: Path, manifest: Manifest) -> None:
    """Complete the Allure results of a run that has ended."""
    results = run / schema.ALLURE_RESULTS
    written = tidy(results)
    write_atomically(results / "environment.properties", _properties(environment(manifest)))
    write_atomically(results / "categories.json", _json(_categories()))
    write_atomically(
        results / "executor.json", _json({"name": manifest.bench.name, "type": "hil", "buildName": run.name})
    )
    write_atomically(results / "bench-perf.json", _json(metrics(run, manifest)))
    write_lost_results(run, manifest, written)


def tidy(results: Path) -> list[str]:
    """Remove what holds nothing: results and containers that a crash has cut short, and containers without a step.

    A container is written by allure-pytest for every fixture of every test; most hand something over and do nothing.
    Returns the full names of the results that stay.
    """
    names = []
    for file in (*results.glob("*-result.json"), *results.glob("*-container.json")):
        try:
            content = json.loads(file.read_bytes())
        except ValueError:
            file.unlink()
            continue
        if file.name.endswith("-result.json"):
            names.append(str(content.get("fullName", "")))
        elif not {"befores", "afters"} & content.keys():
            file.unlink()
    return names


def environment(manifest: Manifest) -> dict[str, str]:
    """Return what Allure shows as environment: bench, DUT, rule, versions, one line per instrument."""
    dut, bench = manifest.dut, manifest.bench
    lines = {
        "Bench": f"{bench.name} ({'virtual, ' if bench.virtual else ''}{bench.mode})",
        "DUT": f"{dut.manufacturer} {dut.model}, serial {dut.serial}".strip(),
        "DUT firmware": dut.firmware_version or "not stated",
        "Profile": manifest.profile,
        "Decision rule": manifest.decision_rule,
        "Harness": manifest.harness.version + (" (modified)" if manifest.harness.dirty else ""),
        "Python": manifest.versions.python,
        "Bench time": "" if manifest.bench_seconds is None else f"{manifest.bench_seconds:.0f} s",
        "Deviations": "; ".join(manifest.deviations),
        "Seed": "" if manifest.seed is None else str(manifest.seed),
        "Run": manifest.run,
    }
    for instrument in manifest.instruments:
        lines[f"Instrument {instrument.name}"] = _instrument(instrument)
    return {key: value for key, value in lines.items() if value}


def metric_key(requirement: str, quantity: str) -> str:
    """Return the key under which Allure follows a measured quantity over the runs."""
    return f"{requirement}.{re.sub(r'[^A-Za-z0-9]+', '_', quantity).strip('_').lower()}"


def metrics(run: Path, manifest: Manifest) -> list[dict[str, object]]:
    """Return one metric per requirement and quantity: its value at the smallest margin."""
    worst: dict[str, tuple[float, float]] = {}
    with (run / schema.MEASUREMENTS).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["value"]:
                continue
            key = metric_key(row["requirement"], row["quantity"])
            margin = float(row["margin"] or "inf")
            if key not in worst or margin < worst[key][0]:
                worst[key] = (margin, float(row["value"]))
    start = _milliseconds(manifest.start)
    taken = {"start": start, "stop": start if manifest.end is None else _milliseconds(manifest.end)}
    return [{"id": key, "key": key, "value": value, **taken} for key, (_, value) in sorted(worst.items())]


def _milliseconds(when: datetime) -> int:
    return int(when.timestamp() * 1000)


def _instrument(instrument: Instrument) -> str:
    who = " ".join(part for part in (instrument.maker, instrument.model) if part)
    calibration = instrument.calibration
    if instrument.simulated:
        state = "simulated"
    elif calibration is None:
        state = "no calibration stated"
    else:
        state = f"certificate {calibration.certificate}, due {calibration.due}"
    return f"{who}, serial {instrument.serial or 'unknown'}, {state}"


def _categories() -> list[dict[str, object]]:
    categories: list[dict[str, object]] = []
    for name, statuses, pattern in CATEGORIES:
        category: dict[str, object] = {"name": name, "matchedStatuses": list(statuses)}
        if pattern:
            category["messageRegex"] = f"[\\s\\S]*({pattern})[\\s\\S]*"
        categories.append(category)
    return categories


def _properties(lines: dict[str, str]) -> str:
    """Return Java properties; both sides are escaped."""
    return "".join(f"{_escaped(key, ' =:#!')}={_escaped(value, '')}\n" for key, value in lines.items())


def _escaped(text: str, special: str) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "")
    return "".join("\\" + character if character in special else character for character in text)


def _json(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
