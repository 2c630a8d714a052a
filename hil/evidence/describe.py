"""The manifest at the start of a run, from the files of the bench and what its instruments answered."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from hil.bench.file import Accuracy, InstrumentEntry
from hil.bench.files import Files
from hil.evidence.files import sha256
from hil.evidence.manifest import (
    Bench,
    Calibration,
    ClientFile,
    Contact,
    Dut,
    Harness,
    Instrument,
    Manifest,
    Versions,
)
from hil.verdict import Rule
from instruments.kinds import Identity

PACKAGE = "apis-hil"


def describe(
    files: Files, identities: Mapping[str, Identity], *, profile: str, rule: Rule, start: datetime
) -> Manifest:
    """Return what is known when a run begins. identities: what each instrument answered to *IDN?, by name.

    start: UTC. The caller adds what only it knows: seed of the run, command line, deviations; and at the end the
    end time, exit status, safe state and bench time.
    """
    bench, laboratory = files.bench, files.bench.laboratory
    conditions = {
        "ambient temperature": (laboratory.ambient_temperature_c, "°C"),
        "relative humidity": (laboratory.humidity_percent, "%"),
    }
    return Manifest(
        harness=harness(),
        bench=_bench(files),
        dut=_dut(files),
        instruments=[
            _instrument(name, entry, files, identities.get(name)) for name, entry in bench.instruments.items()
        ],
        versions=versions(),
        policy=_client_file(files.policy_path),
        hwconfig=_client_file(files.hwconfig_path),
        profile=profile,
        decision_rule=rule.value,
        seed=bench.virtual.seed if bench.virtual else None,
        start=start,
        operator=laboratory.operator,
        laboratory=Contact(name=laboratory.name, address=laboratory.address),
        customer=Contact(name=laboratory.customer),
        environment={name: f"{value:g} {unit}" for name, (value, unit) in conditions.items() if value is not None},
    )


def harness() -> Harness:
    """Return the version of this program, and its commit when it runs from a checkout."""
    root = Path(__file__).resolve().parents[2]
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        version = "not installed"
    if not (root / ".git").exists():
        return Harness(version=version)
    commit = _git(root, "rev-parse", "HEAD")
    return Harness(version=version, commit=commit, dirty=bool(_git(root, "status", "--porcelain")))


def versions() -> Versions:
    """Return Python, operating system and the packages this program depends on."""
    try:
        needed = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        needed = []
    names = {
        line.split(";")[0].split(">")[0].split("<")[0].split("=")[0].strip() for line in needed if "extra" not in line
    }
    installed = {name: metadata.version(name) for name in sorted(names)}
    return Versions(python=platform.python_version(), system=platform.platform(), packages=installed)


def _git(root: Path, *arguments: str) -> str:
    """Return what git says, or nothing where there is no git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _bench(files: Files) -> Bench:
    header, virtual = files.bench.bench, files.bench.virtual
    return Bench(
        name=header.name,
        mode=virtual.speed if virtual else "hardware",
        virtual=virtual is not None,
        identity=sha256(files.bench_path),
        file=str(files.bench_path),
    )


def _dut(files: Files) -> Dut:
    ratings = files.dut.model_dump(mode="json", exclude={"identity"})
    return Dut(**files.dut.identity.model_dump(), address=files.bench.driver.url, ratings=ratings)


def _instrument(name: str, entry: InstrumentEntry, files: Files, identity: Identity | None) -> Instrument:
    known: dict[str, Any] = {}
    if identity is not None:
        known = {"maker": identity.maker, "model": identity.model, "serial": identity.serial}
        known |= {"firmware": identity.firmware, "idn": identity.text}
    quantities = {"voltage": (entry.voltage, "V"), "current": (entry.current, "A")}
    return Instrument(
        name=name,
        roles=[role.value.replace("_", " ") for role, filler in files.bench.roles.items() if filler == name],
        dialect=entry.dialect,
        address=entry.address,
        calibration=Calibration(**entry.calibration.model_dump()) if entry.calibration.certificate else None,
        accuracy={quantity: _accuracy(*stated) for quantity, stated in quantities.items() if stated[0] != Accuracy()},
        simulated=files.bench.virtual is not None,
        **known,
    )


def _accuracy(accuracy: Accuracy, unit: str) -> str:
    return f"{accuracy.percent:g} % of reading + {accuracy.offset:g} {unit}"


def _client_file(path: Path) -> ClientFile:
    return ClientFile(name=path.name, sha256=sha256(path), content=json.loads(path.read_text(encoding="utf-8")))
