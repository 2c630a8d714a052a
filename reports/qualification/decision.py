"""May the word *qualified* be said, and if not, why?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hil.evidence import schema
from hil.evidence.manifest import Instrument, Manifest
from reports.run_data import Run

BEYOND = (schema.FAIL, schema.CONDITIONAL_FAIL)


@dataclass(frozen=True)
class Decision:
    """word: qualified, failed or incomplete. failed: ids. missing, remarks: sentences and names for page one.

    targets: ids of requirements that do not decide, and were not met.
    """

    word: str
    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)


def decide(run: Run, texts: dict[str, Any]) -> Decision:
    """Decide a run. *Qualified* needs every required requirement passed and nothing missing."""
    failed = [verdict.id for verdict in run.verdicts if verdict.required and verdict.verdict == schema.FAIL]
    missing = [
        *_bench(run.manifest, texts["missing"]),
        *_requirements(run, texts["missing"]),
        *_calibration(run.manifest, texts["missing"]),
        *_course(run.manifest, texts),
    ]
    word = "failed" if failed else "incomplete" if missing else "qualified"
    targets = [verdict.id for verdict in run.verdicts if not verdict.required and verdict.verdict in BEYOND]
    return Decision(word, failed, missing, _remarks(run.manifest, texts["remark"]), targets)


def _bench(manifest: Manifest, texts: dict[str, str]) -> list[str]:
    missing = []
    if manifest.bench.virtual or manifest.bench.mode != "hardware":
        missing.append(texts["virtual"])
    if manifest.decision_rule != "guarded":
        missing.append(texts["rule"].format(rule=manifest.decision_rule))
    if manifest.profile != "qualification":
        missing.append(texts["profile"].format(profile=manifest.profile))
    return missing


def _requirements(run: Run, texts: dict[str, str]) -> list[str]:
    required = [verdict for verdict in run.verdicts if verdict.required]
    if not required:
        return [texts["no_required"]]
    missing = []
    for word in reversed(schema.SEVERITY):
        ids = [verdict.id for verdict in required if verdict.verdict == word]
        if ids and word not in (schema.PASS, schema.FAIL):
            text = texts["verdict_one" if len(ids) == 1 else "verdict"]
            missing.append(text.format(count=len(ids), verdict=word, ids=", ".join(ids)))
    measured = {row.requirement for row in run.measurements}
    bare = [verdict.id for verdict in required if verdict.verdict == schema.PASS and verdict.id not in measured]
    return [*missing, texts["unmeasured"].format(ids=", ".join(bare))] if bare else missing


def _calibration(manifest: Manifest, texts: dict[str, str]) -> list[str]:
    if not manifest.instruments:
        return [texts["no_instruments"]]
    bare = [item.name for item in manifest.instruments if _uncalibrated(item)]
    overdue = [
        f"{item.name} ({item.calibration.due})"
        for item in manifest.instruments
        if item.calibration is not None and item.calibration.due is not None and item.calibration.due < manifest.day
    ]
    missing = [texts["uncalibrated"].format(names=", ".join(bare))] if bare else []
    return [*missing, texts["overdue"].format(names=", ".join(overdue))] if overdue else missing


def _uncalibrated(item: Instrument) -> bool:
    calibration = item.calibration
    return item.simulated or calibration is None or not calibration.certificate or calibration.due is None


def _course(manifest: Manifest, texts: dict[str, Any]) -> list[str]:
    words = texts["missing"]
    missing = [words["interrupted"].format(what=what) for what in manifest.interruptions]
    if manifest.exit_status is None:
        missing.append(words["no_exit"])
    elif manifest.exit_status > 1:
        meaning = texts["exit"].get(str(manifest.exit_status), "")
        missing.append(words["exit"].format(status=manifest.exit_status, meaning=meaning))
    if manifest.safe_state is None or not manifest.safe_state.proven:
        missing.append(words["unsafe"])
    if manifest.harness.dirty:
        missing.append(words["dirty"].format(commit=manifest.harness.commit[:12]))
    return missing


def _remarks(manifest: Manifest, texts: dict[str, str]) -> list[str]:
    stated = {
        "laboratory": manifest.laboratory.name,
        "laboratory_address": manifest.laboratory.address,
        "customer": manifest.customer.name,
        "operator": manifest.operator,
        "environment": manifest.environment,
    }
    for key in ("manufacturer", "serial", "hardware_version", "firmware_version", "condition", "received"):
        stated[f"dut_{key}"] = getattr(manifest.dut, key)
    remarks = [texts[key] for key, value in stated.items() if not value]
    bare = [item.name for item in manifest.instruments if not item.serial]
    return remarks + [texts["instrument_serial"].format(name=name) for name in bare]
