"""The parameters of a converter: ratings, behaviour, meters, protections."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from hil.virtual.plant.faults import Channel, ConverterFaults
from hil.virtual.plant.strict import Strict


class Range(Strict):
    """Smallest and largest value that a set-point can take."""

    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        return self


class Commands(Strict):
    """What it accepts and how it changes modes."""

    outside_range: Literal["clamp", "refuse", "accept"]
    """What happens to a set-point outside its range."""
    dvg: Range
    """Grid voltage set-point, V."""
    dig: Range
    """Grid current set-point or limit, A."""
    drg: Range
    """Droop, a fraction of dvg at rated grid current."""
    initial_dvg: float
    """dvg after booting, V."""
    initial_dig: float
    """dig after booting, A."""
    initial_drg: float
    """drg after booting."""
    changeover_time: NonNegativeFloat
    """Time from the command to the change of regulation, s. The mode is reported at once."""


class Ratings(Strict):
    """Rated values, the base of scaling and droop, and hard limits of the power stage."""

    grid_voltage: PositiveFloat
    """Base of the meters and set-points on the grid side, V."""
    grid_current: PositiveFloat
    """Base of the meters and set-points on the grid side and of droop, A."""
    battery_voltage: PositiveFloat
    """Base of the meters on the battery side, V."""
    battery_current: PositiveFloat
    """Base of the meters on the battery side, A."""
    power: PositiveFloat
    """Base of the power meters, W."""
    highest_grid_current: PositiveFloat
    """Grid current it never exceeds, A."""
    highest_battery_current: PositiveFloat
    """Battery current at which it holds the grid current back, A."""
    highest_power: PositiveFloat
    """Power at which it holds the grid current back, W."""
    grid_clamp_voltage: PositiveFloat
    """Voltage at which the semiconductors on the grid side break through, V."""
    battery_clamp_voltage: PositiveFloat
    """Voltage at which the semiconductors on the battery side break through, V."""


class Regulation(Strict):
    """How it regulates voltage and current on the grid side."""

    grid_capacitance: NonNegativeFloat
    """Output capacitance on the grid side, F."""
    battery_capacitance: NonNegativeFloat
    """Input capacitance on the battery side, F."""
    start_ramp: PositiveFloat
    """Voltage ramp after entering CV, V/s."""
    voltage_slew: PositiveFloat
    """Change of the voltage reference for a new dvg, V/s."""
    reference_hold: NonNegativeFloat
    """Time after entering CV during which the reference stays at the voltage found, s."""
    transient_resistance: PositiveFloat
    """Output resistance in CV for sudden changes of current, ohm."""
    voltage_time_constant: PositiveFloat
    """Time constant with which the voltage loop removes the transient drop, s."""
    static_resistance: PositiveFloat
    """Output resistance in CV that remains, drg = 0, ohm."""
    droop_time_constant: PositiveFloat
    """Time constant with which a new drg takes effect, s."""
    current_time_constant: PositiveFloat
    """Time constant of the current loop, s."""
    current_slew: PositiveFloat
    """Fastest change of the current reference, A/s."""
    voltage_gain_error: float
    """Error of the regulated voltage, fraction of dvg."""
    voltage_offset: float
    """Error of the regulated voltage, V."""
    current_gain_error: float
    """Error of the regulated current, fraction of dig."""
    current_offset: float
    """Error of the regulated current, A, counted positive into the unit."""
    ceiling_margin: float
    """How far below dvg it holds the voltage in CC discharge, V."""
    charge_floor: float
    """Grid voltage below which it draws no current in CC charge, V."""
    corner_resistance: PositiveFloat
    """Output resistance at ceiling and floor, ohm."""


class Start(Strict):
    """The window of grid voltage in which it does not start CV from Stop."""

    forbidden: Range
    """Grid voltages at which it does not start, V."""
    reaction: Literal["alarm", "refuse", "none"]
    """What it does when told to start there."""


class Losses(Strict):
    """Efficiency without standby consumption, and standby consumption."""

    power: tuple[float, ...] = Field(min_length=2)
    """Grid power at the rows of the map, W, ascending."""
    ratio: tuple[float, ...] = Field(min_length=2)
    """Grid voltage over battery voltage at the columns of the map, ascending."""
    efficiency: tuple[tuple[float, ...], ...]
    """One row per power, one column per ratio, each in (0, 1]."""
    standby_stop: NonNegativeFloat
    """Consumption in Stop, W."""
    standby_cv: NonNegativeFloat
    """Consumption in CV without transfer, W."""
    standby_discharge: NonNegativeFloat
    """Consumption in CC discharge without transfer, W."""
    standby_charge: NonNegativeFloat
    """Consumption in CC charge without transfer, W."""

    @model_validator(mode="after")
    def _rectangular(self) -> Losses:
        for name, axis in (("power", self.power), ("ratio", self.ratio)):
            if any(later <= earlier for earlier, later in pairwise(axis)):
                raise ValueError(f"{name} must ascend, but is {axis}")
        if len(self.efficiency) != len(self.power) or any(len(row) != len(self.ratio) for row in self.efficiency):
            raise ValueError(f"efficiency needs {len(self.power)} rows of {len(self.ratio)} columns")
        if any(not 0.0 < value <= 1.0 for row in self.efficiency for value in row):
            raise ValueError("an efficiency lies above 0 and is at most 1")
        return self


class Thermal(Strict):
    """One thermal mass."""

    ambient: float
    """Ambient temperature, degree Celsius."""
    resistance: PositiveFloat
    """Thermal resistance to ambient, K/W."""
    capacitance: PositiveFloat
    """Heat capacity, J/K."""


class ControlPower(Strict):
    """The supply of the controller from the battery side."""

    brownout_voltage: PositiveFloat
    """Battery voltage below which the controller dies, V."""
    boot_voltage: PositiveFloat
    """Battery voltage above which it starts, V."""
    boot_time: NonNegativeFloat
    """Time from there until it answers, s."""


class MeterParameters(Strict):
    """The unit's own meters: one entry per channel in gain_error and offset."""

    time_constant: PositiveFloat
    """Time constant of the filter before the sampling, s."""
    refresh: PositiveFloat
    """Time between two new values, s."""
    gain_error: dict[Channel, float]
    """Fraction of reading; channels not named have none."""
    offset: dict[Channel, float]
    """V, A, W or K; channels not named have none."""
    noise: dict[Channel, NonNegativeFloat]
    """Standard deviation of each new value, V, A, W or K; channels not named have none."""


class Threshold(Strict):
    """One protection: a warning level, a trip level, and the times they must be exceeded."""

    light: float
    """Level of the Light alarm."""
    light_delay: NonNegativeFloat
    """Time beyond it before the alarm comes, s."""
    heavy: float
    """Level of the Heavy alarm, which stops switching."""
    heavy_delay: NonNegativeFloat
    """Time beyond it before the alarm comes, s."""
    hysteresis: NonNegativeFloat
    """How far the quantity must come back before a Light alarm goes by itself."""


class Protections(Strict):
    """The protections; voltages in V, currents in A (magnitudes), temperature in degree Celsius."""

    battery_overvoltage: Threshold
    battery_undervoltage: Threshold
    battery_overcurrent: Threshold
    grid_overvoltage: Threshold
    grid_undervoltage: Threshold
    """Watched in CC charge, and in CC discharge while dig flows, after the grace time."""
    grid_overcurrent: Threshold
    overtemperature: Threshold
    undervoltage_grace: NonNegativeFloat
    """Time after entering a CC mode during which grid under-voltage is not watched, s."""
    short_voltage: PositiveFloat
    """Sourcing at its current limit, a grid voltage below this is a short circuit (Heavy), V."""
    short_delay: NonNegativeFloat
    """Time before the short circuit is reported, s."""
    start_timeout: PositiveFloat
    """Time after which a start that has not come within 10 % of dvg is given up with a Heavy alarm, s."""
    mode_after_heavy: Literal["stop", "keep"]
    """Whether a Heavy alarm puts the unit into Stop or leaves the mode as commanded."""
    command_under_heavy: Literal["refuse", "ignore"]
    """What becomes of a command to run while a Heavy alarm is latched."""


class ConverterParameters(Strict):
    """A converter."""

    commands: Commands
    ratings: Ratings
    regulation: Regulation
    start: Start
    losses: Losses
    thermal: Thermal
    control_power: ControlPower
    meters: MeterParameters
    protections: Protections
    faults: ConverterFaults = ConverterFaults()
    """What is wrong with it. Neutral when absent."""
