"""A supply behind a PyMeasure driver: limits and rules above the wire, what it raises made trouble of the bench."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hil.bench import connecting, files
from hil.clock import RealClock
from hil.safety.supervisor import Supervision, Supervisor
from hil.safety.watching import Bounds
from instruments import kinds
from instruments.audit import AuditEvent
from instruments.errors import BadAnswer, CannotConnect, InstrumentRefused, NotProvided, OutsideLimits, TransportLost
from instruments.limits import Limits
from instruments.pymeasure_adapter import AttributeNames, PyMeasureSupply, open_pymeasure
from instruments.timing import WallTime

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(voltage_max=60.0, power_max=3000.0, source_current_max=50.0)


class Driver:
    """Stands for a PyMeasure driver."""

    def __init__(self, resource: str = "", **_: str) -> None:
        if resource == "nobody":
            raise OSError("VI_ERROR_RSRC_NFOUND")
        self.id = "ACME,P1,7,1.0\n"
        self.voltage_setpoint = self.current_limit = self.ovp = 0.0
        self.output_enabled = False
        self.voltage: Any = 11.9
        self.current = 1.5
        self.errors: list[Any] = []

    def check_errors(self) -> list[Any]:
        return self.errors

    def shutdown(self) -> None:
        raise AssertionError("closing must not shut down")


def test_it_is_a_supply_within_limits() -> None:
    driver = Driver()
    supply = PyMeasureSupply("psu", driver, WallTime(), LIMITS, AttributeNames(overvoltage="ovp"))
    assert isinstance(supply, kinds.Supply)
    assert isinstance(supply, kinds.Watched)
    assert (supply.identify().model, supply.arm_watchdog(1.0)) == ("P1", False)
    supply.set_voltage(12.0)
    supply.set_current_limit(3.0)
    supply.set_overvoltage_protection(15.0)
    supply.switch(True)
    assert (driver.voltage_setpoint, driver.current_limit, driver.ovp, driver.output_enabled) == (12.0, 3.0, 15.0, True)
    assert (supply.measure().voltage.value, supply.measure().current.value) == (11.9, 1.5)
    with pytest.raises(OutsideLimits):
        supply.set_voltage(61.0)
    assert driver.voltage_setpoint == 12.0
    with pytest.raises(NotProvided, match="no such setting"):
        supply.set_overcurrent_protection(3.0)
    supply.close()


def test_channels_and_methods_that_switch() -> None:
    class Channels(Driver):
        def __init__(self) -> None:
            super().__init__()
            self.ch_1 = Driver()

        def enable(self) -> None:
            self.output_enabled = True

        def disable(self) -> None:
            self.output_enabled = False

        def is_enabled(self) -> bool:
            return self.output_enabled

    driver = Channels()
    names = AttributeNames(
        voltage="ch_1.voltage_setpoint",
        measured_voltage="ch_1.voltage",
        output="is_enabled",
        output_on="enable",
        output_off="disable",
    )
    supply = PyMeasureSupply("psu", driver, WallTime(), LIMITS, names)
    supply.set_voltage(5.0)
    supply.switch(True)
    assert (driver.ch_1.voltage_setpoint, driver.voltage_setpoint, supply.is_on()) == (5.0, 0.0, True)
    supply.switch(False)
    assert not driver.output_enabled


def test_what_goes_wrong_is_trouble_of_the_bench() -> None:
    driver = Driver()
    supply = PyMeasureSupply("psu", driver, WallTime(), LIMITS, AttributeNames(output="nothing"))
    with pytest.raises(TransportLost, match="psu: PyMeasure failed at 'nothing'"):
        supply.is_on()
    driver.voltage = "garbage"
    with pytest.raises(BadAnswer, match="'garbage', and not a number in V"):
        supply.measure()
    driver.voltage = 9.91e37
    with pytest.raises(BadAnswer, match="outside its range"):
        supply.measure()
    driver.errors = ["-222"]
    with pytest.raises(InstrumentRefused, match="-222"):
        supply.raise_errors()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> str:
    made = ModuleType("acme_driver")
    monkeypatch.setattr(made, "Driver", Driver, raising=False)
    monkeypatch.setitem(sys.modules, "acme_driver", made)
    return "acme_driver.Driver"


def test_opening_says_what_is_wrong(module: str) -> None:
    with pytest.raises(CannotConnect, match=r"there is no PyMeasure driver 'acme_driver\.Nothing'"):
        open_pymeasure("psu", "acme_driver.Nothing", "", WallTime(), LIMITS)
    with pytest.raises(CannotConnect, match=r"Is PyMeasure installed \(pip install"):
        open_pymeasure("psu", "not_there.Driver", "", WallTime(), LIMITS)
    with pytest.raises(CannotConnect, match=r"cannot open nobody with acme_driver\.Driver: VI_ERROR_RSRC_NFOUND"):
        open_pymeasure("psu", module, "nobody", WallTime(), LIMITS)
    with pytest.raises(CannotConnect, match="expects 'P2'"):
        open_pymeasure("psu", module, "", WallTime(), LIMITS, idn="P2")


def test_a_bench_file_names_it_and_the_rules_hold(module: str, tmp_path: Path) -> None:
    text = (ROOT / "benches/example-lab.toml").read_text().replace("../duts/", f"{ROOT}/duts/")
    text = text.replace('grid_source = "grid"', 'grid_source = "solar"')
    text += '\n[instruments.solar]\nkind = "supply"\ndialect = "pymeasure"\naddress = "anywhere"\nidn = "P1"\n'
    text += f'pymeasure = {{ driver = "{module}" }}\n'
    (tmp_path / "bench.toml").write_text(text)
    read = files.read(tmp_path / "bench.toml")
    noted: list[AuditEvent] = []
    rules = connecting.rules_of(read.bench)
    supply: Any = connecting.instrument(read.bench, read.dut, "solar", {}, RealClock(), noted.append, rules)
    with pytest.raises(OutsideLimits, match="the bench is not armed"):
        supply.set_voltage(24.0)
    with pytest.raises(OutsideLimits, match="the bench is not armed"):
        supply.switch(True)
    rules.closed = None
    supply.set_voltage(24.0)
    assert [event.direction for event in noted if event.direction != "in"] == ["refused", "refused", "out"]


def test_the_supervisor_reads_it_and_judges_what_it_reads() -> None:
    driver, clock = Driver(), RealClock()
    supply = PyMeasureSupply("psu", driver, clock, LIMITS)
    reasons: list[str] = []
    bounds = {"psu": Bounds(volts=60.0)}
    supervisor = Supervisor(
        {"psu": supply},
        {"psu": supply},
        Supervision(0.02, 0.5, 0.3, bounds, ()),
        clock,
        lambda v: reasons.append(v.reason),
    )
    supervisor.start()
    assert not clock.wait_until(lambda: bool(reasons), 0.2)
    driver.voltage = 70.0
    assert clock.wait_until(lambda: bool(reasons), 2.0)
    assert reasons == ["psu: 70 V was measured, the limit is 60 V"]
    supervisor.stop()
    clock.close()
