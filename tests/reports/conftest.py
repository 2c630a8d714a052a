"""Sample run folders: passing, failing, conditional, interrupted."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hil.evidence import MeasurementRow, RunFolder, VerdictRow
from hil.evidence.manifest import Bench, Calibration, ClientFile, Contact, Dut, Harness, Instrument, Manifest, SafeState
from hil.evidence.manifest import Versions as PackageVersions
from hil.evidence.traces import Limit, Mark, TraceAbout, encode

START = datetime(2026, 11, 2, 20, 15, tzinfo=UTC)
CATALOGUE = [
    ("COM-01", "H", "Interface version handshake", "communication", "apis-main specification 5.2.8", "s"),
    ("COM-10", "T", "Driver restart with the converter running", "communication", "Sender", "s"),
    ("BAT-01", "S", "RSoC follows the battery", "battery", "owner's requirements 3-1", "1"),
    ("MOD-01", "S", "Any mode from any mode with one command", "modes", "owner's requirements 3-2", "s"),
    ("ZVS-02", "H", "Ramp-up reaches dvg − 4 V within 180 s", "zero-voltage start", "DealRampingUp", "s"),
    ("ZVS-03", "H", "No overshoot over 380 V", "zero-voltage start", "static check", "V"),
    ("CVD-01", "H", "|vg − dvg| ≤ 4 V", "constant voltage", "LocalSafetyEvaluation", "V"),
    ("CCA-01", "H", "|ig ∓ dig| ≤ 0.125 A", "constant current", "LocalSafetyEvaluation", "A"),
    ("CFG-01", "T", "Allowances cover what was measured", "configuration", "specification 6.2", "A"),
]
VALUES = {"pass": 0.4, "conditional pass": 0.97, "conditional fail": 1.02, "fail": 1.6}
LIMIT = {"s": 5.0, "1": 0.01, "V": 4.0, "A": 0.125}

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
        safe_state=SafeState(proven=True, reached_by="orderly close", measured={"grid voltage": "1.2 V"}),
        bench_seconds=2520.0, deviations=["Droop sweep at 25 °C instead of 23 °C."],
    )  # fmt: skip


def trace(requirement: str, peak: float) -> bytes:
    """Return a ramp with an overshoot to `peak` volts."""
    time = np.linspace(0, 2, 400)
    vg = 350 * (1 - np.exp(-5 * time)) + (peak - 350) * np.exp(-(((time - 1) / 0.1) ** 2))
    ig = 0.3 * np.exp(-5 * time)
    at = float(time[int(vg.argmax())])
    about = TraceAbout(
        title=f"{requirement}: zero-voltage start", requirement=requirement, dut="EP-2500", bench="hall-3",
        units={"grid voltage": "V", "grid current": "A"}, targets={"grid voltage": 350.0},
        limits=[Limit(channel="grid voltage", upper=380.0)], events=[Mark(time=0.05, label="command sent")],
        decisive=Mark(time=at, label="peak", channel="grid voltage", value=float(vg.max())),
    )  # fmt: skip
    return encode(pd.DataFrame({"time": time, "grid voltage": vg, "grid current": ig}), about)


def fill(folder: RunFolder, outcomes: dict[str, str], scale: float) -> list[VerdictRow]:
    """Write measurements, traces, journal, audit and Allure results; return the verdicts."""
    rows = []
    for number, (name, kind, title, group, clause, unit) in enumerate(CATALOGUE):
        verdict = outcomes.get(name, "pass")
        nodeid = f"suites/{group.replace(' ', '_')}/test_{name.lower()[:3]}.py::test_{name.lower().replace('-', '_')}"
        common: dict[str, Any] = {"id": name, "requirement_class": kind, "verdict": verdict, "title": title}
        common |= {"group": group, "clause": clause}
        if verdict == "not assessed":
            rows.append(VerdictRow(**common, reason="no instrument in the role grid sink"))
            continue
        folder.journal_started(nodeid, [name], 10.0 * number)
        folder.audit({"time": 10.0 * number, "link": "dmm", "direction": "sent", "text": "MEAS:VOLT?"})
        limit = LIMIT[unit]
        value = limit * VALUES.get(verdict, 0.5) * scale
        saved = folder.save_trace(name, trace(name, 350 + 7.5 * value)) if name.startswith("ZVS-03") else ""
        folder.add_measurement(
            MeasurementRow(
                requirement=name,
                test=nodeid,
                quantity=f"error {number}",
                value=value,
                unit=unit,
                uncertainty=0.05 * limit,
                lower=None,
                upper=limit,
                margin=limit - value,
                verdict=verdict,
                time=10.0 * number + 5,
                conditions={"vg": "350 V", "i": "1 A"},
                limit_source="policy.json",
                instruments="dmm",
                trace=saved,
            )
        )
        reason = "" if verdict == "pass" else f"error {number} = {value:.4g} {unit}, limit {limit:.4g} {unit}"
        rows.append(VerdictRow(**common, worst_margin=limit - value, unit=unit, reason=reason))
        failed = verdict in ("fail", "conditional fail")
        write_allure_result(folder.allure_results, nodeid, name, kind, group, reason if failed else "", verdict)
        folder.journal_finished(
            nodeid, [name], "failed" if failed else "passed", reason, 10.0 * number, 10.0 * number + 9
        )
    return rows


def write_allure_result(
    results: Path, nodeid: str, name: str, kind: str, group: str, message: str, verdict: str
) -> None:
    """Write one result as allure-pytest would."""
    path, function = nodeid.split("::")
    package = path.removesuffix(".py").replace("/", ".")
    severity = {"H": "critical", "S": "normal"}.get(kind[0], "minor")
    picture = results / f"{name}-attachment.svg"
    picture.write_text(PICTURE)
    result = {
        "uuid": f"00000000-0000-0000-0000-{abs(hash(name)) % 10**12:012d}", "historyId": name, "name": f"{name} test",
        "fullName": f"{package}#{function}", "status": "failed" if message else "passed",
        "statusDetails": {"message": f"AssertionError: {name}: verdict {verdict}: {message}"} if message else {},
        "start": 1793650000000, "stop": 1793650009000,
        "labels": [{"name": "epic", "value": group}, {"name": "feature", "value": name},
                   {"name": "severity", "value": severity}],
        "attachments": [{"name": f"{name} plot", "source": picture.name, "type": "image/svg+xml"}],
    }  # fmt: skip
    (results / f"{result['uuid']}-result.json").write_text(json.dumps(result))


def not_assessed() -> Iterable[VerdictRow]:
    """Return the verdicts at the start of a run."""
    for name, kind, title, group, clause, _ in CATALOGUE:
        yield VerdictRow(id=name, requirement_class=kind, verdict="not assessed", title=title, group=group,
                         clause=clause, reason="the run has not ended")  # fmt: skip


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
        folder.begin(about.model_copy(update={"end": None, "exit_status": None, "safe_state": None}), not_assessed())
        verdicts = fill(folder, outcomes or {}, scale)
        if killed:
            folder.journal_started("suites/modes/test_mod.py::test_stop", ["MOD-06"], 500.0)
            folder.close()
            return folder.path
        folder.write_verdicts(verdicts)
        folder.finish(about)
        return folder.path

    return make
