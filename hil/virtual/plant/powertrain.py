"""The power part of a converter: regulation on the grid side, power balance to the battery side, heat."""

from __future__ import annotations

from math import exp

from hil.virtual.plant.converter_parameters import ConverterParameters
from hil.virtual.plant.losses import LossModel
from hil.virtual.plant.modes import Mode
from hil.virtual.plant.node import Element, Node
from hil.virtual.plant.regulation import GridRegulation

_BATTERY_CONDUCTANCE = 20.0
_LEAST_VOLTAGE = 1.0


class PowerTrain:
    """Moves charge and energy between the two nodes.

    grid_current: A, positive from the grid node into the unit. battery_current: A, positive from the battery node into
    the unit. Both include what charges the unit's own capacitances. grid_charge, grid_energy, battery_charge,
    battery_energy: C and J given to the nodes since the start, without what these capacitances hold. control_energy: J
    taken from the grid for control. loss_power: W over the last step; heat_energy: J turned into heat since the start.
    temperature: degree Celsius.
    """

    def __init__(self, parameters: ConverterParameters, grid: Node, battery: Node, seed: int) -> None:
        self._parameters = parameters
        self._thermal = parameters.thermal
        self._ratings = parameters.ratings
        self._efficiency = 1.0
        self._clamp = parameters.ratings.battery_clamp_voltage
        self._fed_power = parameters.faults.control_power.from_grid
        self._losses = LossModel(parameters.losses)
        losses = parameters.losses
        self._standby = {
            Mode.STOP: losses.standby_stop,
            Mode.CV: losses.standby_cv,
            Mode.DISCHARGE: losses.standby_discharge,
            Mode.CHARGE: losses.standby_charge,
        }
        self.grid = grid
        self.battery = battery
        self.regulation = GridRegulation(parameters, seed)
        self.battery_element = Element("converter", capacitance=parameters.regulation.battery_capacitance)
        self.control_element = Element("control power")
        grid.attach(self.regulation.element)
        battery.attach(self.battery_element)
        if self._fed_power:
            grid.attach(self.control_element)
        self.powered = False
        self.fed_by_grid = False
        self.temperature = parameters.thermal.ambient
        self.grid_current = self.battery_current = 0.0
        self.loss_power = self.heat_energy = 0.0
        self.grid_charge = self.grid_energy = 0.0
        self.battery_charge = self.battery_energy = 0.0
        self.control_energy = 0.0
        self._decay_step, self._decay = 0.0, 1.0

    def prepare(self, time: float, step: float) -> None:
        """Set the line on the grid node for the coming `step` seconds from `time`."""
        grid = self.grid.voltage
        ratings, battery = self._ratings, self.battery.voltage
        standby = self._standby[self.regulation.mode]
        limit = (ratings.highest_battery_current * battery - standby) * self._efficiency
        limit = max(0.0, min(ratings.highest_power, limit))
        self.regulation.prepare(time, step, grid, battery, self.temperature, limit)
        if self.fed_by_grid:
            self.control_element.shape(1.0, 0.0, -self._fed_power / max(grid, _LEAST_VOLTAGE), 0.0)
        elif self._fed_power:
            self.control_element.carry(0.0)

    def finish(self, step: float) -> None:
        """Balance the battery side after the grid node has been integrated over `step` seconds."""
        charge, energy = self._collect_grid()
        self.regulation.finish(step, charge / step)
        battery, element = self.battery, self.battery_element
        voltage = max(battery.voltage, _LEAST_VOLTAGE)
        standby = self._standby[self.regulation.mode] if self.powered and not self.fed_by_grid else 0.0
        transferred = energy / step
        efficiency = self._losses.efficiency(abs(transferred), self.grid.voltage / voltage)
        self._efficiency = efficiency
        power = standby + (transferred / efficiency if transferred > 0.0 else transferred * efficiency)
        if power >= 0.0:
            element.shape(_BATTERY_CONDUCTANCE, 0.0, -power / voltage, 0.0)
        else:
            element.shape(_BATTERY_CONDUCTANCE, self._clamp, 0.0, -power / voltage)
        battery.integrate(step)
        self._warm(step, -self._collect_battery() - energy)
        self._note_currents()

    def coast(self, step: float) -> None:
        """Let `step` seconds pass in equilibrium, after the grid node has done so."""
        self._collect_grid()
        self.battery.hold(step)
        self._collect_battery()
        self._warm(step, self.loss_power * step)

    def _collect_grid(self) -> tuple[float, float]:
        """Take charge (C) and energy (J) given to the grid node in this step from its element's counters.

        They are taken step by step, because the difference of two large sums would be too coarse for a short step.
        """
        element = self.regulation.element
        charge, energy = element.charge, element.energy
        element.charge = element.energy = 0.0
        self.grid_charge += charge
        self.grid_energy += energy
        if self._fed_power:
            self.control_energy -= self.control_element.energy
            self.control_element.energy = 0.0
        return charge, energy

    def _collect_battery(self) -> float:
        """Take the energy given to the battery node in this step, J."""
        element = self.battery_element
        energy = element.energy
        self.battery_charge += element.charge
        self.battery_energy += energy
        element.charge = element.energy = 0.0
        return energy

    def _note_currents(self) -> None:
        element = self.regulation.element
        self.grid_current = element.capacitance * self.grid.slope - element.current
        if self._fed_power:
            self.grid_current -= self.control_element.current
        element = self.battery_element
        self.battery_current = element.capacitance * self.battery.slope - element.current

    def _warm(self, step: float, heat: float) -> None:
        """Let `heat` J, spread over `step` s, act on the thermal mass."""
        thermal = self._thermal
        if step != self._decay_step:
            self._decay_step = step
            self._decay = exp(-step / (thermal.resistance * thermal.capacitance))
        self.loss_power = heat / step
        self.heat_energy += heat
        final = thermal.ambient + self.loss_power * thermal.resistance
        self.temperature = final + (self.temperature - final) * self._decay
