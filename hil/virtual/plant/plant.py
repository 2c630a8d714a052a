"""The whole plant: two nodes, the instruments' power stages, the converter, and what else is on the grid."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from hil.virtual.plant.converter import Converter
from hil.virtual.plant.node import Element, Node
from hil.virtual.plant.parameters import ForeignParameters, NodeParameters, PlantParameters, Side
from hil.virtual.plant.stage import PowerStage

_SAME_TIME = 1e-9
_STILL = 1e-7
_PEER_SEED = 0x5EED


class ForeignSource:
    """A stiff source somewhere else on the grid that nobody on this bench controls."""

    def __init__(self, parameters: ForeignParameters, node: Node, disturb: Callable[[], None]) -> None:
        self._parameters = parameters
        self._disturb = disturb
        self._node = node
        self.element = Element("foreign source")

    def switch_on(self, volts: float) -> None:
        """Hold the grid at `volts`."""
        limit = self._parameters.current_limit
        self.element.shape(1.0 / self._parameters.resistance, volts, -limit, limit)
        if self.element not in self._node.elements:
            self._node.attach(self.element)
        self._disturb()

    def switch_off(self) -> None:
        """Let go of the grid."""
        self.element.carry(0.0)
        self._disturb()


class Plant:
    """Physics only: no input or output, no waiting. The same parameters, seed and calls give the same numbers.

    Bring it to the present with `advance_to` before looking at it or changing it. on_step, when set, is called after
    every accepted step.
    """

    def __init__(self, parameters: PlantParameters, seed: int) -> None:
        self.parameters = parameters
        self.time = 0.0
        self.on_step: Callable[[Plant], None] | None = None
        self._numerics = parameters.numerics
        self._step = parameters.numerics.step
        self._disturbed = True
        self._still = False
        self.grid = _node(parameters.grid)
        self.battery = _node(parameters.battery)
        self._slow_grid = parameters.numerics.voltage_change * parameters.grid.nominal_voltage
        self._slow_battery = parameters.numerics.voltage_change * parameters.battery.nominal_voltage
        sides = {Side.BATTERY: (self.battery, self._slow_battery), Side.GRID: (self.grid, self._slow_grid)}
        self.stages = {
            name: PowerStage(name, stage, *sides[stage.side], self._disturb)
            for name, stage in parameters.stages.items()
        }
        self._stages = list(self.stages.values())
        self.foreign_source = ForeignSource(parameters.foreign_source, self.grid, self._disturb)
        self.converter = Converter(parameters.converter, self.grid, self.battery, seed)
        self._units = [self.converter]
        self.peer: Converter | None = None
        if parameters.peer.fitted:
            self.peer = _peer(parameters, self.grid, seed)
            self._units.append(self.peer)

    def advance_to(self, time: float) -> None:
        """Integrate up to bench time `time` in s. Raises ValueError for a time that has passed."""
        if time < self.time - _SAME_TIME:
            raise ValueError(f"the plant is at {self.time} s and cannot go back to {time} s")
        while time - self.time > _SAME_TIME:
            self._advance(time)

    def probe(self, name: str) -> float:
        """Return a true value by its name, in V, A or degree Celsius. Raises KeyError.

        battery_current and grid_current are positive from their node into the converter, peer_current from the grid
        into the second unit where there is one; "<stage>.current" is positive out of that instrument.
        """
        converter = self.converter.train
        if name == "battery_voltage":
            return self.battery.voltage
        if name == "battery_current":
            return converter.battery_current
        if name == "grid_voltage":
            return self.grid.voltage
        if name == "grid_current":
            return converter.grid_current
        if name == "temperature":
            return converter.temperature
        if name == "peer_current" and self.peer is not None:
            return self.peer.train.grid_current
        stage_name, _, quantity = name.partition(".")
        stage = self.stages.get(stage_name)
        if stage is None or quantity not in ("voltage", "current"):
            raise KeyError(f"there is no probe {name}; there are {', '.join(self.probes())}")
        return stage.voltage if quantity == "voltage" else stage.current

    def probes(self) -> list[str]:
        """Return the names of all probes."""
        fixed = ["battery_voltage", "battery_current", "grid_voltage", "grid_current", "temperature"]
        if self.peer is not None:
            fixed.append("peer_current")
        return fixed + [f"{name}.{quantity}" for name in self.stages for quantity in ("voltage", "current")]

    def truth(self) -> dict[str, float]:
        """Return the true value of every probe."""
        return {name: self.probe(name) for name in self.probes()}

    # --- integration

    def _disturb(self, small: bool = False) -> None:
        """Note that somebody has changed something; a small change ends a rest but needs no short step."""
        self._still = False
        if not small:
            self._disturbed = True

    def _advance(self, until: float) -> None:
        """Take one step towards `until`."""
        for unit in self._units:
            if unit.agenda.next_time <= self.time + _SAME_TIME:
                unit.act(self.time, self.time + _SAME_TIME)
            if unit.disturbed:
                unit.disturbed = False
                self._disturb()
        if self._disturbed:
            self._disturbed = False
            self._step = self._numerics.step
        end = self.time + (self._numerics.longest_rest if self._still else self._step)
        for unit in self._units:
            end = min(end, unit.agenda.next_time)
        end = min(end, until)
        if self._still:
            self._coast(end, end - self.time)
        else:
            self._integrate(end, end - self.time)
        self.time = end
        if self.on_step is not None:
            self.on_step(self)

    def _coast(self, end: float, step: float) -> None:
        self.grid.hold(step)
        for unit in self._units:
            unit.coast(end, step)

    def _integrate(self, end: float, step: float) -> None:
        grid, units = self.grid, self._units
        slewing = False
        for stage in self._stages:
            if stage.changing:
                stage.prepare(step)
                slewing = slewing or stage.slewing
        for unit in units:
            unit.prepare(self.time, step)
        grid_before, battery_before = grid.voltage, self.battery.voltage
        current_before = self.converter.train.grid_current
        grid.integrate(step)
        for unit in units:
            unit.finish(end, step)
        for stage in self._stages:
            stage.protect(step)
        self._adapt(
            abs(grid.voltage - grid_before),
            abs(self.battery.voltage - battery_before),
            abs(self.converter.train.grid_current - current_before),
            slewing,
        )

    def _adapt(self, grid: float, battery: float, current: float, slewing: bool) -> None:
        """Choose the next step from what the last one has changed."""
        numerics = self._numerics
        share = max(grid / self._slow_grid, battery / self._slow_battery, current / numerics.current_change)
        if any(unit.protection.pending for unit in self._units):
            self._step = numerics.step
        elif share < 0.5:
            self._step = min(2.0 * self._step, numerics.longest_step)
        elif share > 1.0 and self._step > numerics.step:
            self._step = max(0.5 * self._step, numerics.step)
        if grid < _STILL and battery < _STILL and current < _STILL and not slewing:
            self._still = all(unit.resting for unit in self._units)


def _node(parameters: NodeParameters) -> Node:
    return Node(parameters.capacitance, 1.0 / parameters.bleeder_resistance, parameters.initial_voltage)


def _peer(parameters: PlantParameters, grid: Node, seed: int) -> Converter:
    """Return the second unit with a battery of its own."""
    battery = Node(1e-3, 0.0, parameters.peer.battery_voltage)
    source = Element("peer battery")
    source.shape(1.0 / parameters.peer.battery_resistance, parameters.peer.battery_voltage, -inf, inf)
    battery.attach(source)
    like = parameters.converter
    unit = parameters.peer.converter or like.model_copy(update={"faults": type(like.faults)()})
    return Converter(unit, grid, battery, seed ^ _PEER_SEED)
