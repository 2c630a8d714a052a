"""What a run writes about itself: begun with what is known at the start, completed at the end."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import platform
import subprocess
from pathlib import Path

from hil.bench.bench import Bench
from hil.bench.file import InstrumentEntry
from hil.bench.files import Files
from hil.client.jsonfile import read_json_file
from hil.evidence import manifest as words
from hil.evidence.manifest import Manifest
from hil.running.effort import Effort
from hil.running.options import RunOptions
from hil.safety.safe_state import SafeReport
from hil.verdict import Profile

PACKAGES = (
    "pytest",
    "pyvisa",
    "pyvisa-py",
    "pyserial",
    "pymodbus",
    "pandas",
    "numpy",
    "allure-pytest",
    "uncertainties",
)


def begin(files: Files, options: RunOptions, profile: Profile, start: datetime.datetime, command: str) -> Manifest:
    """Return the manifest of a run that begins."""
    bench, dut = files.bench, files.dut
    virtual = bench.virtual is not None
    speed = options.virtual.speed or (bench.virtual.speed if bench.virtual is not None else "hardware")
    return Manifest.model_validate(
        {
            "harness": harness(),
            "bench": {
                "name": bench.bench.name,
                "mode": speed,
                "virtual": virtual,
                "identity": hashlib.sha256(files.bench_path.read_bytes()).hexdigest(),
                "file": files.bench_path.name,
                "location": bench.laboratory.location,
                "wiring": bench.laboratory.wiring,
            },
            "dut": {
                **dut.identity.model_dump(exclude={"driver_version"}),
                "address": "" if virtual else bench.driver.url,
                "ratings": {
                    name: getattr(dut, name).model_dump(exclude_none=True)
                    for name in ("battery", "grid", "protections", "declared")
                },
            },
            "versions": versions(),
            "policy": client_file(files.policy_path),
            "hwconfig": client_file(files.hwconfig_path),
            "profile": profile.name,
            "decision_rule": profile.rule.value,
            "seed": _seed(files, options),
            "start": start,
            "operator": bench.laboratory.operator,
            "laboratory": {
                "name": bench.laboratory.name,
                "address": bench.laboratory.address,
                "contact": bench.laboratory.contact,
            },
            "customer": {
                "name": bench.laboratory.customer,
                "address": bench.laboratory.customer_address,
                "contact": bench.laboratory.customer_contact,
            },
            "environment": environment(files),
            "command": command,
            "deviations": list(bench.laboratory.deviations)
            + [f"defect switched on: {name}" for name in options.virtual.defects]
            + [f"oddity switched on: {name}" for name in options.virtual.oddities],
        }
    )


def end(manifest: Manifest, safe: list[SafeReport], effort: Effort, status: int, interruptions: list[str]) -> None:
    """Complete the manifest of a run that ends."""
    manifest.end = datetime.datetime.now(datetime.UTC)
    manifest.bench_seconds, manifest.bench_efficiency = effort.used, effort.efficiency
    manifest.planned = {"bench_seconds": effort.planned_seconds, **effort.planned.as_dict()}
    manifest.reached = effort.reached.as_dict()
    manifest.exit_status = status
    manifest.interruptions = interruptions
    if safe:
        manifest.safe_state = words.SafeState.model_validate(safe[-1].as_dict())


def instruments(bench: Bench) -> list[words.Instrument]:
    """Return every instrument as it identified itself, with its calibration and accuracy."""
    listed = []
    for name, instrument in bench.instruments.items():
        entry = bench.files.bench.instruments[name]
        identity = instrument.identify()
        listed.append(
            words.Instrument(
                name=name,
                roles=[
                    role.value.replace("_", " ") for role, filled in bench.files.bench.roles.items() if filled == name
                ],
                maker=identity.maker,
                model=identity.model,
                serial=identity.serial,
                firmware=identity.firmware,
                idn=identity.text,
                dialect=entry.dialect,
                address=entry.address,
                calibration=_calibration(entry),
                accuracy=_accuracies(entry),
                simulated=bench.files.bench.virtual is not None,
            )
        )
    return listed


def emulator(bench: Bench) -> dict[str, str]:
    """Return how well the emulator loop kept its time, as words."""
    report = bench.battery.emulator.report()
    return {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in vars(report).items()}


def harness() -> words.Harness:
    """Return the version of this program, with commit and cleanliness where it runs from a checkout."""
    root = Path(__file__).resolve().parents[2]

    def git(*arguments: str) -> str:
        try:
            done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return ""
        return done.stdout.strip()

    version = importlib.metadata.version("apis-hil")
    return words.Harness(version=version, commit=git("rev-parse", "HEAD"), dirty=bool(git("status", "--porcelain")))


def versions() -> words.Versions:
    """Return the versions of Python, system and packages."""
    packages = {name: importlib.metadata.version(name) for name in PACKAGES}
    return words.Versions(python=platform.python_version(), system=platform.platform(), packages=packages)


def client_file(path: Path) -> words.ClientFile:
    """Return one of the owner's files as it was read."""
    content = json.loads(json.dumps(read_json_file(path)))
    return words.ClientFile(name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), content=content)


def environment(files: Files) -> dict[str, str]:
    """Return the conditions of the laboratory, as words."""
    laboratory = files.bench.laboratory
    stated = {
        "ambient temperature": (laboratory.ambient_temperature_c, "°C"),
        "relative humidity": (laboratory.humidity_percent, "%"),
    }
    return {name: f"{value:g} {unit}" for name, (value, unit) in stated.items() if value is not None}


def _seed(files: Files, options: RunOptions) -> int | None:
    if options.virtual.seed is not None or files.bench.virtual is None:
        return options.virtual.seed
    return files.bench.virtual.seed


def _calibration(entry: InstrumentEntry) -> words.Calibration | None:
    calibration = entry.calibration
    if calibration.due is None and not calibration.certificate:
        return None
    return words.Calibration(
        certificate=calibration.certificate, due=calibration.due, laboratory=calibration.laboratory
    )


def _accuracies(entry: InstrumentEntry) -> dict[str, str]:
    stated = {"voltage": (entry.voltage, "V"), "current": (entry.current, "A")}
    return {
        name: f"{accuracy.percent:g} % of reading + {accuracy.offset:g} {unit}"
        for name, (accuracy, unit) in stated.items()
        if accuracy.percent or accuracy.offset
    }
