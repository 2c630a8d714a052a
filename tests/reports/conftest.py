"""Sample run folders: passing, failing, conditional, interrupted."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hil.capture.trace import Event, Trace
from hil.evidence.drawing import Drawing, LimitLine, Point
from hil.evidence.folder import RunFolder
from hil.evidence.manifest import (
    Bench,
    Calibration,
    ClientFile,
    Contact,
    Dut,
    Harness,
    Instrument,
    Manifest,
    SafeState,
    SafeStep,
)
from hil.evidence.manifest import Versions as PackageVersions
from hil.verdict import Catalogue, Measurement, Outcome, RequirementVerdict, Rule, Verdict, summarise
from hil.waveform import Contribution
from instruments.audit import AuditEvent

START = datetime(2026, 11, 2, 20, 15, tzinfo=UTC)
CATALOGUE = Catalogue.load()
STEP = SafeStep(what="switch psu off", began=2519.0, took=0.1, outcome="done")
VALUES = {"pass": 0.4, "conditional pass": 0.97, "conditional fail": 1.02, "fail": 1.6, "not capable": 0.9}
LIMIT = 4.0
NO_RESULT = {
    "not assessed": "this bench has no grid sink",
    "bench trouble": "the load at 192.168.7.33:5025 did not answer",
    "harness bug": "KeyError: 'vg'",
}

PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="600" height="200">
<path d="M0 190 L200 20 L600 60" stroke="#06c" fill="none"/><text x="10" y="20">vg</text></svg>"""

SampleRun = Callable[..., Path]


def manifest(start: datetime, virtual: bool, serial: str, due: date) -> Manifest:
    """Return the manifest of a complete run."""

    def instrument(name: str, roles: list[str], model: str) -> Instrument:
        calibration = None if virtual else Calibration(certificate=f"C-{name}-26", due=due, laboratory="JQA")
        return Instrument(
            name=name, roles=roles, maker="ACME", model=model, serial=f"{name}-77", firmware="1.4",
            idn=f"ACME,{model},{name}-77,1.4", dialect="scpi", address="TCPIP::192.168.7.21::5025::SOCKET",
            calibration=calibration, accuracy={"voltage": "0.02 % + 20 mV"}, simulated=virtual,
        )  # fmt: skip

    return Manifest(
        harness=Harness(version="0.1.0", commit="1b2c3d4e5f60718293a4b5c6d7e8f90123456789"),
        bench=Bench(name="virtual" if virtual else "hall-3", mode="stepped" if virtual else "hardware",
                    virtual=virtual, identity="ab" * 32, file="benches/x.toml", location="Hall 3"),
        dut=Dut(manufacturer="Example Power", model="EP-2500", serial=serial, hardware_version="B2",
                firmware_version="2.1.0", condition="as delivered, no visible damage",
                address="http://192.168.7.50:4380"),
        instruments=[instrument("psu", ["battery source"], "PS 750"), instrument("dmm", ["grid voltmeter"], "DMM 6")],
        versions=PackageVersions(python="3.11.7", system="Linux", packages={"pytest": "9.2.0", "pyvisa": "1.15.0"}),
        policy=ClientFile(name="policy.json", sha256="cd" * 32, content={"gridVoltageAllowanceV": 4}),
        hwconfig=ClientFile(name="hwConfig.json", sha256="ef" * 32, content={"gridCurrentAllowanceA": 0.125}),
        profile="acceptance" if virtual else "qualification", decision_rule="simple" if virtual else "guarded",
        seed=1 if virtual else None, start=start, end=start + timedelta(minutes=42), operator="T. Engineer",
        laboratory=Contact(name="Example Lab", address="1 Test Road, Tokyo"),
        customer=Contact(name="Example Power K.K.", contact="Q. Manager"),
        environment={"ambient temperature": "23.1 ... 24.0 °C", "humidity": "41 ... 44 %"}, exit_status=0,
        safe_state=SafeState(proven=True, summary="Safe state measured: every output off.", volts={"dmm": 1.2},
                             outputs={"psu": False}, steps=[STEP]),
        bench_seconds=2520.0, deviations=["Droop sweep at 25 °C instead of 23 °C."],
    )  # fmt: skip


def trace(peak: float) -> tuple[Trace, Drawing]:
    """Return a ramp with an overshoot to `peak` volts, and what to draw with it."""
    time = np.linspace(0, 2, 400)
    vg = 350 * (1 - np.exp(-5 * time)) + (peak - 350) * np.exp(-(((time - 1) / 0.1) ** 2))
    channels = (("grid voltage", "V", vg), ("grid current", "A", 0.3 * np.exp(-5 * time)))
    frames = [
        pd.DataFrame({"channel": name, "start": time - 0.002, "end": time + 0.002, "time": time, "value": values,
                      "unit": unit, "fresh": True})
        for name, unit, values in channels
    ]  # fmt: skip
    drawing = Drawing(
        title="ZVS-03: start from zero volts", targets={"grid voltage": 350.0},
        limits=[LimitLine(channel="grid voltage", upper=380.0)],
        decisive=Point(channel="grid voltage", time=float(time[vg.argmax()]), value=float(vg.max()), label="peak"),
    )  # fmt: skip
    return Trace(pd.concat(frames, ignore_index=True), (Event(0.05, "command"), Event(0.4, "answer"))), drawing


def measurement(
    requirement: str, quantity: str, unit: str, verdict: str, value: float, test: str, time: float
) -> Measurement:
    """Return a measurement against the upper limit 4, with an uncertainty of 0.1."""
    return Measurement(
        requirement=requirement, test=test, quantity=quantity, value=value, unit=unit, uncertainty=0.1, lower=None,
        upper=LIMIT, margin=LIMIT - value, verdict=Verdict(verdict), conditions="vg=350 V; i=1 A", time=time,
        limit_source="policy.json", rule=Rule.GUARDED, instruments=("dmm",),
        budget=(Contribution("accuracy of dmm", 0.05, unit, instrument="dmm"),),
    )  # fmt: skip


def fill(folder: RunFolder, outcomes: dict[str, str], scale: float) -> list[RequirementVerdict]:
    """Write measurements, traces, journal, audit and Allure results of every requirement; return the verdicts."""
    measurements, others = [], []
    for number, requirement in enumerate(CATALOGUE):
        name, verdict = requirement.id, outcomes.get(requirement.id, "pass")
        if verdict in NO_RESULT:
            others.append(Outcome(name, Verdict(verdict), NO_RESULT[verdict]))
            continue
        group = requirement.group.lower()
        test = f"suites/{group}/test_{group}.py::test_{name.lower().replace('-', '_')}"
        begin = 10.0 * number
        folder.journal_started(test, [name], begin)
        folder.audit(AuditEvent(begin, "dmm", "out", "MEAS:VOLT?"))
        value = LIMIT * VALUES[verdict] * scale
        if name == "ZVS-03":
            recorded, drawing = trace(350 + 7.5 * value)
            folder.save_trace(recorded, name, test, drawing)
        traces = ("ZVS-03",) if name == "ZVS-03" else ()
        own = [
            replace(measurement(name, limit, row.unit, verdict, value, test, begin + 5), traces=traces)
            for limit, row in requirement.limits.items()
        ]
        for each in own:
            folder.add_measurement(each)
        measurements += own
        failed = verdict in ("fail", "conditional fail")
        message = own[0].sentence() if failed else ""
        write_allure_result(folder.allure_results, test, name, requirement.kind, requirement.group, message)
        folder.journal_finished(test, [name], "failed" if failed else "passed", message, begin, begin + 9)
    return summarise(measurements, CATALOGUE, others)


def write_allure_result(results: Path, nodeid: str, name: str, kind: str, group: str, message: str) -> None:
    """Write one result as allure-pytest would."""
    path, function = nodeid.split("::")
    package = path.removesuffix(".py").replace("/", ".")
    severity = {"H": "critical", "S": "normal"}.get(kind[0], "minor")
    picture = results / f"{name}-attachment.svg"
    picture.write_text(PICTURE)
    result = {
        "uuid": f"00000000-0000-0000-0000-{abs(hash(name)) % 10**12:012d}", "historyId": name, "name": f"{name} test",
        "fullName": f"{package}#{function}", "status": "failed" if message else "passed",
        "statusDetails": {"message": f"hil.verdict.judge.LimitsExceeded: {message}"} if message else {},
        "start": 1793650000000, "stop": 1793650009000,
        "labels": [{"name": "epic", "value": group}, {"name": "feature", "value": name},
                   {"name": "severity", "value": severity}],
        "attachments": [{"name": f"{name} plot", "source": picture.name, "type": "image/svg+xml"}],
    }  # fmt: skip
    (results / f"{result['uuid']}-result.json").write_text(json.dumps(result))


@pytest.fixture
def sample_run(tmp_path: Path) -> SampleRun:
    """Return a maker of run folders: outcomes per requirement id, virtual or not, finished or killed."""

    def make(
        outcomes: dict[str, str] | None = None,
        *,
        virtual: bool = False,
        killed: bool = False,
        day: int = 0,
        scale: float = 1.0,
        serial: str = "SN-0042",
        due: date = date(2027, 6, 1),
        change: Callable[[Manifest], None] = lambda manifest: None,
    ) -> Path:
        start = START + timedelta(days=day)
        about = manifest(start, virtual, serial, due)
        folder = RunFolder.create(tmp_path / "runs", serial, start)
        change(about)
        folder.begin(about.model_copy(update={"end": None, "exit_status": None, "safe_state": None}), CATALOGUE)
        about.exit_status = int(any(word in ("fail", "conditional fail") for word in (outcomes or {}).values()))
        verdicts = fill(folder, outcomes or {}, scale)
        if killed:
            folder.journal_started("suites/modes/test_mod.py::test_stop", ["MOD-06"], 500.0)
            folder.close()
            return folder.path
        folder.write_verdicts(verdicts)
        folder.finish(about)
        return folder.path

    return make
