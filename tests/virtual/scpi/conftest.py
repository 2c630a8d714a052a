"""Stand-ins for what surrounds an instrument: connection, power stage, and a bench that puts them together."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import simpy

from hil.virtual.devices.scpi import InstrumentSettings, ScpiInstrument, build_instrument


class FakeConnection:
    """Keeps what the device sends."""

    def __init__(self, key: str = "tcp:1") -> None:
        self.key = key
        self.received = b""
        self.closed = False

    def send(self, data: bytes) -> None:
        assert not self.closed
        self.received += data

    def close(self) -> None:
        self.closed = True


class FakeStage:
    """A power stage that shows what it was told, in front of a resistor (or a stiff source, for loads)."""

    def __init__(self, resistance: float = 10.0, source_voltage: float | None = None) -> None:
        self.resistance, self.source_voltage = resistance, source_voltage
        self.set: dict[str, object] = {}
        self.load = ("CC", 0.0)
        self.on = False
        self.held = "CV"
        self.tripped: set[str] = set()

    def set_voltage(self, volts: float) -> None:
        self.set["voltage"] = volts

    def set_source_limit(self, amperes: float) -> None:
        self.set["source"] = amperes

    def set_sink_limit(self, amperes: float) -> None:
        self.set["sink"] = amperes

    def set_power_limits(self, source_watts: float, sink_watts: float) -> None:
        self.set["power"] = (source_watts, sink_watts)

    def set_series_resistance(self, ohms: float) -> None:
        self.set["resistance"] = ohms

    def set_slew(self, volts_per_second: float | None) -> None:
        self.set["slew"] = volts_per_second

    def set_load(self, mode: str, level: float) -> None:
        self.set["load"] = self.load = (mode, level)

    def switch(self, on: bool) -> None:
        self.on = on

    def set_overvoltage(self, volts: float) -> None:
        self.set["ovp"] = volts

    def set_overcurrent(self, amperes: float) -> None:
        self.set["ocp"] = amperes

    def set_undervoltage(self, volts: float | None) -> None:
        self.set["uvp"] = volts

    def clear_trip(self) -> None:
        self.tripped = set()

    def trip(self, reason: str) -> None:
        self.on = False
        self.held = "CV"
        self.tripped = self.tripped | {reason}

    @property
    def sensed(self) -> float:
        return self.voltage

    @property
    def voltage(self) -> float:
        if self.source_voltage is not None:
            return self.source_voltage
        return float(str(self.set.get("voltage", 0.0))) if self.on else 0.0

    @property
    def current(self) -> float:
        if not self.on:
            return 0.0
        if self.source_voltage is None:
            return self.voltage / self.resistance
        mode, level = self.load
        return {"CC": -level, "CP": -level / self.source_voltage, "CR": -self.source_voltage / level, "CV": 0.0}[mode]

    @property
    def power(self) -> float:
        return self.voltage * self.current

    @property
    def regulation(self) -> str:
        return self.held if self.on else "OFF"


class Desk:
    """One instrument on a table with one client; `ask` lets bench time pass until it has answered."""

    def __init__(
        self,
        personality: str,
        probe: Callable[[], float] | None = None,
        source_voltage: float | None = None,
        **settings: object,
    ) -> None:
        self.environment = simpy.Environment()
        self.stage = FakeStage(source_voltage=source_voltage)
        self.instrument: ScpiInstrument = build_instrument(
            self.environment,
            personality,
            self.stage,
            probe,
            InstrumentSettings.model_validate(settings),
            random.Random(1),
        )
        self.connection = self.connect()

    def connect(self, key: str = "tcp:1") -> FakeConnection:
        connection = FakeConnection(key)
        self.instrument.connected(connection)
        return connection

    def pass_time(self, seconds: float) -> None:
        self.environment.run(until=self.environment.now + seconds)

    def send(self, message: str | bytes, seconds: float = 0.1) -> bytes:
        """Send bytes as they are, let time pass, return what has come back since."""
        data = message.encode("latin-1") if isinstance(message, str) else message
        self.connection.received = b""
        self.instrument.received(self.connection, data)
        self.pass_time(seconds)
        return self.connection.received

    def tell(self, message: str) -> None:
        assert self.send(message + "\n") == b""

    def ask(self, message: str, seconds: float = 0.1) -> str:
        answer = self.send(message + "\n", seconds)
        assert answer.endswith(b"\n"), f"{message!r} was answered with {answer!r}"
        return answer[:-1].decode()

    def error(self) -> int:
        return int(self.ask("SYST:ERR?").split(",")[0])


@pytest.fixture
def desk_of() -> type[Desk]:
    """Return the maker of desks: desk_of(personality, ...)."""
    return Desk
