"""The manifest: what was run, on what, with what, by whom, and the hash of every file."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hil.errors import BadInput
from hil.evidence import schema


class Part(BaseModel):
    """Base of everything in the manifest: unknown keys are errors, not guesses."""

    model_config = ConfigDict(extra="forbid")


class Harness(Part):
    """The version of this program. `dirty`: the working tree differed from the commit."""

    version: str
    commit: str = ""
    dirty: bool = False


class Bench(Part):
    """The bench. `virtual`: a simulator stands where the hardware should be. `identity`: SHA-256 of its file."""

    name: str
    mode: Literal["stepped", "realtime", "hardware"]
    virtual: bool
    identity: str = ""
    file: str = ""
    location: str = ""
    wiring: str = ""


class Dut(Part):
    """The device under test. `address`: where its driver was reached. `ratings`: as the DUT file states them."""

    manufacturer: str = ""
    model: str
    serial: str
    part_number: str = ""
    hardware_version: str = ""
    firmware_version: str = ""
    driver_version: str = ""
    condition: str = ""
    received: date | None = None
    address: str = ""
    ratings: dict[str, Any] = Field(default_factory=dict)


class Calibration(Part):
    """A calibration certificate and the last day it is good for."""

    certificate: str = ""
    due: date | None = None
    calibrated: date | None = None
    laboratory: str = ""


class Instrument(Part):
    """One instrument in one or more roles, as it answered *IDN?. `accuracy`: words per quantity."""

    name: str
    roles: list[str] = Field(default_factory=list)
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    idn: str = ""
    dialect: str = ""
    address: str = ""
    calibration: Calibration | None = None
    accuracy: dict[str, str] = Field(default_factory=dict)
    simulated: bool = False


class ClientFile(Part):
    """A policy.json or hwConfig.json of the client: its name, SHA-256 and content as it was read."""

    name: str
    sha256: str
    content: dict[str, Any]


class Contact(Part):
    """A laboratory or a customer."""

    name: str = ""
    address: str = ""
    contact: str = ""


class SafeStep(Part):
    """One step towards the safe state: what, begin (bench time, s), duration (s), outcome."""

    what: str
    began: float
    took: float
    outcome: str


class SafeState(Part):
    """How the safe state was reached and what was measured: volts per terminal, on or off per output.

    It takes what `hil.safety.SafeReport.as_dict` gives; `reason` and `took_s` are there when the guard acted.
    """

    proven: bool
    summary: str = ""
    steps: list[SafeStep] = Field(default_factory=list)
    outputs: dict[str, bool | None] = Field(default_factory=dict)
    volts: dict[str, float | None] = Field(default_factory=dict)
    touch_safe: float | None = None
    sources_off_after: float | None = None
    safe_after: float | None = None
    reason: str = ""
    reaction: float | None = None
    took_s: float | None = None


class Versions(Part):
    """Python, operating system and every package that took part."""

    python: str = ""
    system: str = ""
    packages: dict[str, str] = Field(default_factory=dict)


class Manifest(Part):
    """All that identifies a run. Times are UTC; `bench_seconds` is bench time used.

    bench_efficiency: the part of it that repetitions and dwells of the requirements demanded. planned, reached: highest
    voltages and currents, and the energy. exit_status: 0 all assessed requirements pass, 1 something failed, 2 could
    not run, 3 not proven safe; None in a run that never ended. latency_budget: how well the bench times a control
    action, in s. files: SHA-256 of every file of evidence. reports: SHA-256 of what was made from it and can be made
    again. digest: SHA-256 over everything but `reports`; it is what gets signed.
    """

    schema_version: int = schema.SCHEMA_VERSION
    run: str = ""
    harness: Harness
    bench: Bench
    dut: Dut
    instruments: list[Instrument] = Field(default_factory=list)
    versions: Versions = Field(default_factory=Versions)
    policy: ClientFile | None = None
    hwconfig: ClientFile | None = None
    profile: str
    decision_rule: Literal["guarded", "simple"]
    seed: int | None = None
    start: datetime
    end: datetime | None = None
    operator: str = ""
    laboratory: Contact = Field(default_factory=Contact)
    customer: Contact = Field(default_factory=Contact)
    environment: dict[str, str] = Field(default_factory=dict)
    command: str = ""
    exit_status: int | None = None
    protections: dict[str, dict[str, str]] = Field(default_factory=dict)
    safe_state: SafeState | None = None
    interruptions: list[str] = Field(default_factory=list)
    bench_seconds: float | None = None
    bench_efficiency: float | None = None
    planned: dict[str, float] = Field(default_factory=dict)
    reached: dict[str, float] = Field(default_factory=dict)
    emulator: dict[str, str] = Field(default_factory=dict)
    latency_budget: dict[str, float] = Field(default_factory=dict)
    deviations: list[str] = Field(default_factory=list)
    files: dict[str, str] = Field(default_factory=dict)
    reports: dict[str, str] = Field(default_factory=dict)
    digest: str = ""

    @property
    def day(self) -> date:
        """Return the last day of the run, UTC: calibrations are judged against it."""
        return (self.end or self.start).date()

    def text(self) -> str:
        """Return the manifest as the JSON text that is written."""
        return self.model_dump_json(indent=2) + "\n"


def digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest as it stands in its file, without `reports` and `digest`, as canonical JSON.

    It is taken of the file's content and not of a `Manifest`, so that fields added later do not change it.
    """
    kept = {key: value for key, value in content.items() if key not in ("reports", "digest")}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_content(path: Path) -> dict[str, Any]:
    """Read a manifest file as plain JSON. Raises BadInput when it is absent, unreadable or of a newer version."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"{path.parent} is not a finished run: it has no {path.name}.") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as JSON ({error}). Restore the file from a copy.") from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if not isinstance(version, int):
        raise BadInput(f"{path} states no schema_version: it is not the manifest of a run.")
    if version > schema.SCHEMA_VERSION:
        raise BadInput(
            f"{path} has schema version {version}; this program reads up to {schema.SCHEMA_VERSION}. "
            "Use the version of the harness that wrote it, or a newer one."
        )
    return dict(content)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest file. Raises BadInput as `read_content` does, and naming the key that has a wrong value."""
    content = read_content(path)
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"{path}, key {where}: {first['msg']}."
        raise BadInput(f"{said} Another version of the harness wrote it, or it was altered.") from error
