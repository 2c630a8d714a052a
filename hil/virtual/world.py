"""Puts a virtual bench together: one plant, the instruments, driver and BMS line on it, each behind its port."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import simpy

from hil.virtual.devices.driver import Driver, FixedBattery, ModbusMaster
from hil.virtual.devices.scpi import ScpiInstrument, build_instrument
from hil.virtual.parameters import VirtualInstrument, VirtualParameters, VirtualPeer
from hil.virtual.plant import Plant
from hil.virtual.recording import TruthRecord
from hil.virtual.timekeeping import Timekeeping
from hil.virtual.wires import pty, tcp

LEADS = {"right": 1.0, "reversed": -1.0, "open": 0.0}
"""What a meter sees of its probe, by how its leads are connected."""


@dataclass(frozen=True)
class Addresses:
    """Where everything listens. peer: the driver of the second unit, None where there is none."""

    instruments: dict[str, str]
    driver: str
    bms: str
    peer: str | None


class World:
    """A virtual bench. Every part draws its noise from a generator of its own, derived from the seed."""

    def __init__(self, parameters: VirtualParameters) -> None:
        self.environment = simpy.Environment()
        self.parameters = parameters
        self.addresses: Addresses | None = None
        self.plant = Plant(parameters.plant, parameters.seed)
        self._record: TruthRecord | None = None
        self.master = ModbusMaster(self.environment, parameters.driver)
        self.driver = Driver(
            self.environment,
            self.plant.converter,
            self.master,
            parameters.driver,
            self.bring_up_to_date,
            random.Random(f"driver {parameters.seed}"),
        )
        self.peer = None if parameters.peer is None else self._peer(parameters.peer)
        self.instruments = {name: self._instrument(name, entry) for name, entry in parameters.instruments.items()}

    def bring_up_to_date(self) -> None:
        """Integrate the plant up to the present bench time."""
        self.plant.advance_to(self.environment.now)

    async def open_ports(self, keeper: Timekeeping) -> Addresses:
        """Put every device behind a port of its own, on loopback."""
        instruments = {name: await self._open_port(name, keeper) for name in self.instruments}
        driver = f"http://{tcp.HOST}:{await tcp.listen(self.driver, keeper)}"
        if self.parameters.serial == "pty":
            bms = pty.open_serial(self.master, keeper)
        else:
            bms = f"socket://{tcp.HOST}:{await tcp.listen(self.master, keeper)}"
        peer = None if self.peer is None else f"http://{tcp.HOST}:{await tcp.listen(self.peer, keeper)}"
        self.addresses = Addresses(instruments, driver, bms, peer)
        return self.addresses

    async def _open_port(self, name: str, keeper: Timekeeping) -> str:
        """Put one instrument behind its port; return the VISA resource string of it."""
        device = self.instruments[name]
        if self.parameters.instruments[name].port == "serial":
            return f"ASRL{pty.open_serial(device, keeper)}::INSTR"
        return f"TCPIP::{tcp.HOST}::{await tcp.listen(device, keeper)}::SOCKET"

    def truth(self) -> dict[str, float]:
        """Return the plant as it is now, for tests: every probe, and whether each stage is on (1.0) or off."""
        self.bring_up_to_date()
        on = {f"{name}.on": float(stage.on) for name, stage in self.plant.stages.items()}
        return {**self.plant.truth(), **on}

    def inspect(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer what is asked on the time wire apart from time. Raises ValueError with a sentence."""
        if "addresses" in request:
            return {} if self.addresses is None else {"speed": self.parameters.speed, **asdict(self.addresses)}
        if "truth" in request:
            return {"now": self.environment.now, "truth": self.truth()}
        if "record" in request:
            self.bring_up_to_date()
            self._record = TruthRecord(self.plant, self._probes(request["record"]))
            return {"now": self.environment.now}
        if "recorded" in request:
            return {"now": self.environment.now, "recorded": self._recorded()}
        if "set" in request:
            order = request["set"]
            if order["target"] == "driver":
                self._lay_on_driver(order["field"], order["value"])
            else:
                self._instrument_named(order["target"]).set_fault(order["field"], order["value"])
            return {"now": self.environment.now}
        raise ValueError(f"the time wire does not know {', '.join(request) or 'an empty request'}")

    def _probes(self, names: list[str]) -> list[str]:
        known = self.plant.probes()
        unknown = [str(name) for name in names if name not in known]
        if unknown:
            raise ValueError(f"there is no probe {', '.join(unknown)}; there are {', '.join(known)}")
        return names

    def _recorded(self) -> dict[str, list[float]]:
        if self._record is None:
            raise ValueError("no record is being taken; begin one with 'record' and the names of the probes")
        self.bring_up_to_date()
        record, self._record = self._record, None
        return record.end()

    def _lay_on_driver(self, field: str, value: object) -> None:
        faults = self.parameters.driver.faults
        if field not in type(faults).model_fields:
            raise ValueError(f"the driver has no fault {field}")
        changed = type(faults).model_validate({**faults.model_dump(), field: value})
        setattr(faults, field, getattr(changed, field))

    def _instrument_named(self, name: str) -> ScpiInstrument:
        if name not in self.instruments:
            raise ValueError(f"there is no instrument {name}; there are {', '.join(self.instruments)}")
        return self.instruments[name]

    def _peer(self, entry: VirtualPeer) -> Driver:
        """Return the driver of the second unit, which asks a battery of its own on a line of its own."""
        assert self.plant.peer is not None, "a bench file with [virtual.peer] has it in its plant"
        master = ModbusMaster(self.environment, entry.driver)
        FixedBattery(master, entry.driver, entry.rsoc, entry.sharing_permitted)
        return Driver(
            self.environment,
            self.plant.peer,
            master,
            entry.driver,
            self.bring_up_to_date,
            random.Random(f"peer {self.parameters.seed}"),
        )

    def _instrument(self, name: str, entry: VirtualInstrument) -> ScpiInstrument:
        stage = None if entry.stage is None else self.plant.stages[entry.stage]
        return build_instrument(
            self.environment,
            entry.personality,
            stage,
            None if entry.probe is None else self._probe(entry.probe, LEADS[entry.leads]),
            entry.settings,
            random.Random(f"{name} {self.parameters.seed}"),
            self.bring_up_to_date,
        )

    def _probe(self, name: str, sign: float) -> Callable[[], float]:
        return lambda: sign * self.plant.probe(name)
