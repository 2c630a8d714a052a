"""What allure-pytest does not write: environment, categories, executor, metrics, and results a crash has lost."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

from hil.converter import DriverError
from hil.errors import BENCH_TROUBLE, BadInput
from hil.evidence import schema
from hil.evidence.files import write_atomically
from hil.evidence.journal import JournalEntry, read_journal
from hil.evidence.manifest import Instrument, Manifest


def _names(*classes: type[Exception]) -> list[str]:
    """Return the names of exceptions and of everything derived from them: Allure shows them in its messages."""
    derived = [name for item in classes for name in _names(*item.__subclasses__())]
    return sorted({*derived, *(item.__name__ for item in classes)})


_TROUBLE_CLASSES = "|".join(_names(*BENCH_TROUBLE))
_DRIVER_CLASSES = "|".join(_names(DriverError))

CATEGORIES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Interrupted", ("broken",), "^(Interrupted|Result lost):"),
    ("Not capable", ("failed", "broken", "skipped"), "[Nn]ot capable|NotCapable"),
    ("Conditional", ("failed",), "^(?![\\s\\S]*verdict fail)[\\s\\S]*verdict conditional"),
    ("Bench trouble", ("failed", "broken", "skipped"), f"[Bb]ench trouble|\\b({_TROUBLE_CLASSES})\\b"),
    ("DUT failed", ("broken",), f"\\b({_DRIVER_CLASSES})\\b"),
    ("DUT failed", ("failed",), ""),
    ("Harness bug", ("broken",), ""),
)
"""Name, Allure statuses, and what the message contains. The first that fits counts."""


def write(run: Path, manifest: Manifest) -> None:
    """Complete the Allure results of a run that has ended."""
    results = run / schema.ALLURE_RESULTS
    write_atomically(results / "environment.properties", _properties(environment(manifest)))
    write_atomically(results / "categories.json", _json(_categories()))
    write_atomically(
        results / "executor.json", _json({"name": manifest.bench.name, "type": "hil", "buildName": run.name})
    )
    write_atomically(results / "bench-perf.json", _json(metrics(run, manifest)))
    _write_lost_results(run, manifest)


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


def _write_lost_results(run: Path, manifest: Manifest) -> None:
    """Give every attempt in the journal that has no Allure result a *broken* one."""
    results = run / schema.ALLURE_RESULTS
    seen = Counter(_full_name_of(path) for path in results.glob("*-result.json"))
    entries = read_journal(run)
    for number, entry in sorted(enumerate(entries), key=lambda item: (item[1].outcome is None, item[0])):
        name = full_name(entry.nodeid)
        if seen[name] > 0:
            seen[name] -= 1
        else:
            result = _lost_result(entry, manifest, number)
            write_atomically(results / f"{result['uuid']}-result.json", _json(result))


def full_name(nodeid: str) -> str:
    """Return the full name that allure-pytest gives the test with this pytest node id."""
    path, *classes, function = nodeid.split("[", 1)[0].split("::")
    module = path.removesuffix(".py").replace("/", ".")
    return ".".join([module, *classes]) + f"#{function}"


def _full_name_of(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["fullName"])
    except (ValueError, KeyError) as error:
        raise BadInput(f"{path} is not an Allure result ({error}). Remove it or restore it from a copy.") from error


def _lost_result(entry: JournalEntry, manifest: Manifest, number: int) -> dict[str, object]:
    if entry.outcome is None:
        message = "Interrupted: the run ended while this test was in progress, so it has no result."
    else:
        message = f"Result lost: the journal says {entry.outcome}, but Allure's own record was not written."
    when = _milliseconds(manifest.end or manifest.start)
    digest = hashlib.sha256(f"{manifest.run} {number} {entry.nodeid}".encode()).hexdigest()
    package, _, test = full_name(entry.nodeid).partition("#")
    tags = [{"name": "tag", "value": requirement} for requirement in entry.requirements]
    return {
        "uuid": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        "historyId": hashlib.md5(entry.nodeid.encode(), usedforsecurity=False).hexdigest(),
        "fullName": f"{package}#{test}",
        "name": entry.nodeid.rpartition("::")[2],
        "status": "broken",
        "stage": "interrupted",
        "statusDetails": {"message": message, "trace": entry.message},
        "labels": [{"name": "suite", "value": package.rpartition(".")[2]}, *tags],
        "start": when,
        "stop": when,
    }


def _properties(lines: dict[str, str]) -> str:
    """Return Java properties; both sides are escaped."""
    return "".join(f"{_escaped(key, ' =:#!')}={_escaped(value, '')}\n" for key, value in lines.items())


def _escaped(text: str, special: str) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "")
    return "".join("\\" + character if character in special else character for character in text)


def _json(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
