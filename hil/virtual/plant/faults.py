"""Every way in which a converter can misbehave, as numbers that are neutral by default.

A defect of the virtual bench is nothing but a few of these fields, or of the plant's parameters, set to other values.
Currents and powers that carry a sign are positive into the unit (charging).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from hil.virtual.plant.strict import Strict

Channel = Literal["vg", "ig", "vb", "ib", "wg", "wb", "tmp"]
ProtectionName = Literal[
    "battery_overvoltage",
    "battery_undervoltage",
    "battery_overcurrent",
    "grid_overvoltage",
    "grid_undervoltage",
    "grid_overcurrent",
    "overtemperature",
    "short",
]
AlarmLevel = Literal["none", "light", "heavy"]


class TransitionFaults(Strict):
    """Commands and changes of mode."""

    setpoint_delay: NonNegativeFloat = 0.0
    """Written set-points take effect this much later, s."""
    stale_entry_time: NonNegativeFloat = 0.0
    """After leaving Stop it works this long with the set-points that were written before the last ones, s."""
    mode_delay: NonNegativeFloat = 0.0
    """The mode changes, and is reported, this much after the command was acknowledged, s."""
    report_delay: NonNegativeFloat = 0.0
    """The new mode is reported this much after the change, s."""
    delayed: tuple[str, ...] = ()
    """Transitions that have those two delays, as "0x0002>0x0014"; none: every one."""
    blank_time: NonNegativeFloat = 0.0
    """The output is off for this long at every change between running modes, s."""
    write_blank_time: NonNegativeFloat = 0.0
    """The output is off for this long after every set-point written, changed or not, s."""
    entry_current: float = 0.0
    """Current added to the magnitude of dig after entering a CC mode, A."""
    entry_current_time: NonNegativeFloat = 0.0
    """For how long, s."""
    entry_current_every: PositiveInt = 1
    """Only at every so many-th entry."""
    entry_voltage: float = 0.0
    """Voltage added to the reference after entering CV, V."""
    entry_voltage_time: NonNegativeFloat = 0.0
    """For how long, s."""
    cv_entry: Literal["measured", "setpoint", "zero"] = "measured"
    """Where the voltage reference starts on entering CV."""
    broken: tuple[str, ...] = ()
    """Transitions that fail, as "0x0002>0x0014", or "0x0041>0x0000>0x0014" with the mode before; "*" is any mode."""
    broken_reaction: Literal["refuse", "ignore", "stop", "light", "heavy"] = "refuse"
    """What happens instead; light goes through, but with an alarm."""
    broken_every: PositiveInt = 1
    """Only every so many-th of these transitions fails."""
    repeated_stop: Literal["none", "refuse", "light", "heavy"] = "none"
    """What Stop does when already stopped."""
    repeated_stop_every: PositiveInt = 1
    """Only every so many-th Stop when already stopped does that."""
    voltage_write_sets_dig: float | None = None
    """Writing dvg and drg also sets dig to this, A."""
    current_write_sets_dvg: float | None = None
    """Writing dig also sets dvg to this, V."""
    current_write_sets_drg: float | None = None
    """Writing dig also sets drg to this."""
    acknowledged_dvg_error: float = 0.0
    """Added to the dvg it acknowledges, V."""
    acknowledged_dig_error: float = 0.0
    """Added to the dig it acknowledges, A."""
    dvg_error: float = 0.0
    """Added to the dvg it works with and later reports, not to the one acknowledged, V."""
    dig_error: float = 0.0
    """Added to the dig it works with and later reports, not to the one acknowledged, A."""


class SpeedFaults(Strict):
    """Control speed."""

    current_time_constant: NonNegativeFloat = 0.0
    """Added to the time constant of the current loop, s."""
    current_slew: PositiveFloat | None = None
    """Fastest change of the current reference, A/s."""
    current_slew_down: PositiveFloat | None = None
    """The same, only towards 0, A/s."""
    current_overshoot: float = 0.0
    """Fraction of each step of dig by which the current exceeds it at first."""
    current_overshoot_time: PositiveFloat = 0.1
    """Time constant with which that excess goes away, s."""
    voltage_slew: PositiveFloat | None = None
    """Fastest change of the voltage reference for a new dvg, V/s."""
    voltage_slew_down: PositiveFloat | None = None
    """The same, only downwards, V/s."""
    voltage_overshoot: float = 0.0
    """Fraction of each step of dvg by which the voltage exceeds it at first; negative: falls short of it."""
    voltage_overshoot_time: PositiveFloat = 0.2
    """Time constant with which that excess goes away, s."""
    stop_delay: NonNegativeFloat = 0.0
    """Time from Stop being reported until switching stops, s."""
    stop_needs_current_below: PositiveFloat | None = None
    """Stop is refused while the grid current exceeds this, A."""


class StartFaults(Strict):
    """Start of CV."""

    lowest_voltage: float = 0.0
    """Grid voltage below which it enters CV but gives nothing, V."""
    windows: tuple[tuple[float, float], ...] = ()
    """More windows of grid voltage in which it does not start from Stop, V."""
    windows_reaction: Literal["alarm", "refuse", "nothing"] = "alarm"
    """What it does when told to start there; nothing: enters CV but gives nothing."""
    lowest_battery_voltage: float = 0.0
    """Battery voltage below which it enters CV but gives nothing, V."""
    delay: NonNegativeFloat = 0.0
    """Time before the ramp begins, s."""
    ramp: PositiveFloat | None = None
    """Voltage ramp, V/s."""
    stall_voltage: PositiveFloat | None = None
    """The ramp stays here, V."""
    overshoot: float = 0.0
    """Voltage by which the reference exceeds dvg at the end of the ramp, V."""
    overshoot_from: float = 0.0
    """Only a start from at least this grid voltage does that, V."""
    overshoot_every: PositiveInt = 1
    """Only every so many-th start does that."""
    overshoot_time: PositiveFloat = 0.3
    """Time constant with which that excess goes away, s."""
    current: float | None = None
    """Current limit during the ramp in place of dig, A."""
    trip_current: PositiveFloat | None = None
    """Grid current above which the ramp ends with a Heavy alarm, A."""
    failing_every: NonNegativeInt = 0
    """Every so many-th start gives nothing; 0: none of them."""


class VoltageFaults(Strict):
    """Regulation in CV, droop and dig as a limit."""

    gain: float = 0.0
    """Error of the regulated voltage, fraction of dvg."""
    offset: float = 0.0
    """Error of the regulated voltage, V."""
    resistance: NonNegativeFloat = 0.0
    """Output resistance besides droop, ohm."""
    sink_offset: float = 0.0
    """Error of the regulated voltage while sinking, V."""
    drift: float = 0.0
    """Drift of the regulated voltage from the moment CV was entered, V/s."""
    highest: float | None = None
    """Voltage it cannot exceed, V."""
    lowest: float | None = None
    """Voltage it does not go below once started, V."""
    cannot_sink: bool = False
    """In CV it only sources."""
    cannot_sink_above: float | None = None
    """Above this battery voltage it only sources, V."""
    reversal_time: NonNegativeFloat = 0.0
    """At a change of direction of power the output is off for this long, s."""
    ripple: NonNegativeFloat = 0.0
    """Amplitude of an oscillation of the regulated voltage, V."""
    ripple_frequency: PositiveFloat = 5.0
    """Its frequency, Hz."""
    ripple_below: PositiveFloat | None = None
    """Only below this grid current, A."""
    droop_scale: float = 1.0
    """Factor on drg: 0 no droop, -1 the wrong sign, 0.01 read as a percentage."""
    droop_stuck: float | None = None
    """drg it works with whatever is written."""
    droop_dead_band: NonNegativeFloat = 0.0
    """Grid current below which droop does nothing, A."""
    droop_cubic: float = 0.0
    """Additional droop with the third power of the grid current, V/A^3, while drg is not 0."""
    droop_only_sourcing: bool = False
    """Droop does nothing while sinking."""
    droop_sinking_scale: float = 1.0
    """Factor on droop while sinking."""
    limit_scale: NonNegativeFloat = 1.0
    """Factor on dig as a limit."""
    source_unlimited: bool = False
    """dig does not limit the current while sourcing."""
    sink_unlimited: bool = False
    """dig does not limit the current while sinking."""
    trip_at_zero_dig: bool = False
    """dig = 0 in CV gives a Heavy alarm."""
    limit_alarm: AlarmLevel = "none"
    """Alarm when dig has limited the current for a second."""


class CurrentFaults(Strict):
    """Regulation in CC and current where there should be none."""

    gain: float = 0.0
    """Error of the regulated current, fraction of dig."""
    charge_gain: float = 0.0
    """The same, only while charging."""
    discharge_gain: float = 0.0
    """The same, only while discharging."""
    offset: float = 0.0
    """Error of the regulated current, A."""
    resolution: NonNegativeFloat = 0.0
    """dig takes effect in multiples of this, A."""
    dead_zone: NonNegativeFloat = 0.0
    """dig below this takes effect as 0, A."""
    smallest: NonNegativeFloat = 0.0
    """dig below this takes effect as this, A."""
    hysteresis: NonNegativeFloat = 0.0
    """A change of dig smaller than this has no effect, A."""
    noise: NonNegativeFloat = 0.0
    """Standard deviation of a current that changes at random every 20 ms, A."""
    ripple: NonNegativeFloat = 0.0
    """Amplitude of an oscillation of the current, A."""
    ripple_frequency: PositiveFloat = 5.0
    """Its frequency, Hz."""
    ripple_between: tuple[float, float] | None = None
    """Only while dig lies between these, A."""
    drift: float = 0.0
    """Drift of the current from the moment the mode was entered, A/s."""
    temperature_coefficient: float = 0.0
    """Error of the current per kelvin above ambient, A/K."""
    grid_voltage_coefficient: float = 0.0
    """Error of the current per volt of grid voltage away from 350 V, A/V."""
    battery_voltage_coefficient: float = 0.0
    """Error of the current per volt of battery voltage away from the rated one, A/V."""
    reversed: bool = False
    """CC charge discharges and CC discharge charges."""
    stop_leakage: float = 0.0
    """Grid current in Stop, A."""
    stop_leakage_after: NonNegativeFloat = 0.0
    """Time in Stop after which it begins, s."""
    stop_leakage_above: float = 0.0
    """Grid voltage below which it does not flow, V."""


class ProtectionFaults(Strict):
    """Protections and alarms."""

    disabled: tuple[ProtectionName, ...] = ()
    """Protections that do nothing."""
    disabled_while_denied: bool = False
    """No protection works while sharing is denied."""
    threshold_factor: PositiveFloat = 1.0
    """Factor on every threshold except those of temperature."""
    delay_factor: NonNegativeFloat = 1.0
    """Factor on every delay."""
    extra_delay: NonNegativeFloat = 0.0
    """Added to every delay, s."""
    ceiling_ignored: bool = False
    """In CC discharge dvg does not limit the voltage."""
    ceiling_offset: float = 0.0
    """Error of the ceiling, V."""
    light_reported_as: AlarmLevel = "light"
    """How a Light alarm is reported."""
    heavy_reported_as: AlarmLevel = "heavy"
    """How a Heavy alarm is reported."""
    heavy_keeps_running: bool = False
    """A Heavy alarm does not stop switching."""
    light_stops: bool = False
    """A Light alarm stops switching."""
    light_latches: bool = False
    """A Light alarm stays until cleared."""
    not_clearable: bool = False
    """Clearing does nothing."""
    clear_restarts: bool = False
    """Clearing a Heavy alarm resumes the mode that it ended."""
    locked_after_clear: bool = False
    """After a Heavy alarm commands to run are refused although it was cleared."""
    heavy_clears_itself: bool = False
    """A Heavy alarm goes, and the mode that it ended resumes, once the cause is gone."""
    spurious_light_after: PositiveFloat | None = None
    """A Light alarm comes this long after entering a running mode, s."""
    spurious_heavy_after: PositiveFloat | None = None
    """A Heavy alarm comes this long after entering a running mode, s."""


class SharingFaults(Strict):
    """Power over time, and what it does when sharing is denied."""

    charge_limit: NonNegativeFloat | None = None
    """Largest grid current while charging, A."""
    discharge_limit: NonNegativeFloat | None = None
    """Largest grid current while discharging, A."""
    weak_battery_voltage: float | None = None
    """Below this battery voltage the grid current is multiplied by derated_fraction, V."""
    derate_temperature: float | None = None
    """Above this temperature the grid current is multiplied by derated_fraction, degree Celsius."""
    derate_after: PositiveFloat | None = None
    """This long after entering a running mode the same happens, s."""
    derate_after_denial: NonNegativeFloat | None = None
    """This long after sharing was denied the same happens, s."""
    derated_fraction: NonNegativeFloat = 0.5
    """The factor."""
    stop_after: PositiveFloat | None = None
    """It stops by itself this long after entering a running mode, s."""
    stop_after_denial: NonNegativeFloat | None = None
    """It stops by itself this long after sharing was denied, s."""
    denial_only_in_cv: bool = False
    """Only if it holds the voltage then, these two happen."""
    mean_time_to_stop: PositiveFloat | None = None
    """Mean of the random time after which it stops by itself, s."""
    stop_on_permission: bool = False
    """It stops whenever the permission changes, in either direction."""
    start_on_permission: bool = False
    """It resumes the mode in which sharing was denied when it is permitted again."""


class ControlPowerFaults(Strict):
    """Control power, its loss and its return."""

    from_grid: NonNegativeFloat = 0.0
    """Power it takes from the grid to stay alive without battery, W."""
    no_recovery: bool = False
    """After a brown-out it stays dead."""
    self_start: bool = False
    """After a brown-out it resumes the mode it was in."""
    boot_alarm: AlarmLevel = "none"
    """Alarm after a brown-out."""
    boot_delay: NonNegativeFloat = 0.0
    """Added to the boot time, s."""
    holds_up: NonNegativeFloat = 0.0
    """It stays alive this long after the battery voltage is gone, s."""
    sleep_in_stop: PositiveFloat | None = None
    """It stops answering after this long in Stop, s."""
    loss_current: float = 0.0
    """Grid current, against the direction it had, for loss_time after the battery voltage is gone, A (magnitude)."""
    loss_voltage: float = 0.0
    """Voltage to which it drives the grid for loss_time after the battery voltage is gone, V; 0: does not."""
    loss_time: NonNegativeFloat = 0.0
    """For how long, s."""


class MeterFaults(Strict):
    """The unit's own meters, besides the errors that its parameters allow."""

    gain: dict[Channel, float] = Field(default={})
    """Fraction of reading."""
    offset: dict[Channel, float] = Field(default={})
    """V, A, W or K."""
    noise: dict[Channel, NonNegativeFloat] = Field(default={})
    """Standard deviation, V, A, W or K."""
    inverted: tuple[Channel, ...] = ()
    """Channels with the wrong sign."""
    frozen: tuple[Channel, ...] = ()
    """Channels that keep the value they had when freeze_after had passed since they booted."""
    freeze_after: NonNegativeFloat = 0.0
    """s."""
    freeze_in_transfer: bool = False
    """The frozen channels stand still only while the unit runs."""
    shows_setpoint: bool = False
    """vg shows dvg in CV, ig shows dig in CC."""
    time_constant: NonNegativeFloat = 0.0
    """Added to the filter's time constant, s."""
    refresh: NonNegativeFloat = 0.0
    """Added to the refresh period, s."""
    blind_below: NonNegativeFloat = 0.0
    """Grid current below which ig shows 0, A."""


class ConverterFaults(Strict):
    """Everything that can be wrong with a converter."""

    transition: TransitionFaults = TransitionFaults()
    speed: SpeedFaults = SpeedFaults()
    start: StartFaults = StartFaults()
    voltage: VoltageFaults = VoltageFaults()
    current: CurrentFaults = CurrentFaults()
    protection: ProtectionFaults = ProtectionFaults()
    sharing: SharingFaults = SharingFaults()
    control_power: ControlPowerFaults = ControlPowerFaults()
    meters: MeterFaults = MeterFaults()
