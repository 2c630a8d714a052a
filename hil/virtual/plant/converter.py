"""The converter: its commands, its answers, and the parts it is made of."""

from __future__ import annotations

from hil.virtual.plant.agenda import Agenda
from hil.virtual.plant.control_power import ControllerState, ControllerSupply
from hil.virtual.plant.converter_parameters import ConverterParameters
from hil.virtual.plant.guard import Guard
from hil.virtual.plant.meters import MeterChain, Meters
from hil.virtual.plant.mode_control import ModeControl
from hil.virtual.plant.modes import Alarm, Mode, RefusalReason, Refused, Running, Silent
from hil.virtual.plant.node import Node
from hil.virtual.plant.powertrain import PowerTrain
from hil.virtual.plant.protection import ALARM_OF, Protection
from hil.virtual.plant.willfulness import Willfulness

_CHARGING_ABOVE = 0.05


class Converter:
    """The unit under test, or the peer, as its commands and its terminals show it.

    Commands take effect at the plant's present time. They raise Silent while the controller is not alive and Refused
    when it answers with a refusal.

    Its parts: train (power), modes, guard and protection (alarms), will (faults that act by themselves), agenda (what
    is due when). disturbed: something has changed, the plant must take short steps.
    """

    def __init__(self, parameters: ConverterParameters, grid: Node, battery: Node, seed: int) -> None:
        self.parameters = parameters
        self.faults = parameters.faults
        self.time = 0.0
        self.disturbed = True
        self.agenda = Agenda()
        self.train = PowerTrain(parameters, grid, battery, seed)
        self.protection = Protection(parameters.protections, parameters.faults.protection)
        self.modes = ModeControl(self)
        self.guard = Guard(self)
        self.will = Willfulness(self, seed)
        self._meters = MeterChain(parameters, seed)
        self._supply = ControllerSupply(parameters.control_power, parameters.faults.control_power)
        self._alive_since = 0.0
        self._asleep = False
        self._repeated_stops = 0

    # --- what it shows

    @property
    def alive(self) -> bool:
        """Tell whether the controller answers."""
        return self._supply.state is ControllerState.ALIVE and not self._asleep

    @property
    def mode(self) -> Mode:
        """Return the mode it reports."""
        return self.modes.reported

    @property
    def dvg(self) -> float:
        """Return the grid voltage set-point it holds, V."""
        return self.modes.set_points.dvg

    @property
    def drg(self) -> float:
        """Return the droop it holds, a fraction."""
        return self.modes.set_points.drg

    @property
    def dig(self) -> float:
        """Return the grid current set-point it holds, A."""
        return self.modes.set_points.dig

    @property
    def running(self) -> Running:
        """Return the running state it reports."""
        mode = self.train.regulation.mode
        if mode is Mode.STOP:
            return Running.OFF
        if mode is Mode.CHARGE or (mode is Mode.CV and self.train.grid_current > _CHARGING_ABOVE):
            return Running.CHARGE
        return Running.DISCHARGE

    @property
    def alarm(self) -> Alarm:
        """Return the alarm level it reports."""
        return self.protection.alarm()

    @property
    def alarm_words(self) -> tuple[int, int, int]:
        """Return its three alarm words."""
        return self.protection.words()

    def meters(self) -> Meters:
        """Return what its own meters show now. Raises Silent."""
        self._require_alive()
        regulated = self.train.regulation.mode
        sign = 1.0 if regulated is Mode.CHARGE else -1.0
        shown_vg = self.dvg if regulated is Mode.CV else None
        shown_ig = sign * self.dig if regulated in (Mode.CHARGE, Mode.DISCHARGE) else None
        return self._meters.read(self.time - self._alive_since, regulated is not Mode.STOP, shown_vg, shown_ig)

    # --- commands

    def write_voltage(self, dvg: float, drg: float) -> tuple[float, float]:
        """Write dvg (V) and drg (fraction); return both as acknowledged."""
        self._require_alive()
        acknowledged = self.modes.set_points.write_voltage(dvg, drg)
        self.modes.take_set_points()
        return acknowledged

    def write_current(self, dig: float) -> float:
        """Write dig (A); return it as acknowledged."""
        self._require_alive()
        acknowledged = self.modes.set_points.write_current(dig)
        self.modes.take_set_points()
        return acknowledged

    def write_mode(self, code: int) -> Mode:
        """Command the mode with the APIS number `code`; return it as acknowledged."""
        self._require_alive()
        try:
            mode = Mode(code)
        except ValueError:
            raise Refused(RefusalReason.PARAMETER, f"there is no mode 0x{code:04x}") from None
        if mode is Mode.STOP:
            self._check_stop()
        elif self.guard.refuses_to_run:
            if self.parameters.protections.command_under_heavy == "refuse":
                raise Refused(RefusalReason.NOW, "a Heavy alarm is latched")
            return mode
        self.modes.command(mode)
        return mode

    def clear_alarm(self) -> None:
        """Clear latched alarms; the unit stays stopped. What is still beyond its threshold comes back."""
        self._require_alive()
        self.guard.clear()

    def set_permission(self, permitted: bool) -> None:
        """Tell it whether the battery permits sharing. A conforming unit does nothing with that."""
        self.will.set_permission(permitted)

    def fall_asleep(self) -> None:
        """Answer no more until control power has been away (a fault)."""
        self._asleep = True

    def _require_alive(self) -> None:
        if not self.alive:
            raise Silent("the controller does not answer")

    def _check_stop(self) -> None:
        """Refuse Stop, or answer with an alarm, where a fault wants that."""
        limit = self.faults.speed.stop_needs_current_below
        if limit is not None and abs(self.train.grid_current) > limit:
            raise Refused(RefusalReason.NOW, "the current is too large to stop")
        reaction = self.faults.transition.repeated_stop
        if self.modes.commanded is not Mode.STOP or reaction == "none":
            return
        self._repeated_stops += 1
        if self._repeated_stops % self.faults.transition.repeated_stop_every:
            return
        if reaction == "refuse":
            raise Refused(RefusalReason.NOW, "it is already stopped")
        self.guard.raise_alarm(ALARM_OF[reaction])

    # --- for the plant

    def prepare(self, time: float, step: float) -> None:
        """Get ready for the coming `step` seconds."""
        self.train.prepare(time, step)

    def act(self, time: float, until: float) -> None:
        """Do at `time` what is due up to `until`, which is hardly later."""
        self.time = time
        self.agenda.run(until)
        self.disturbed = True

    def finish(self, time: float, step: float) -> None:
        """Account for the `step` that ended at `time`, after the grid node has been integrated."""
        self.time = time
        self.train.finish(step)
        self._observe(step)

    def coast(self, time: float, step: float) -> None:
        """Let the `step` that ended at `time` pass in equilibrium."""
        self.time = time
        self.train.coast(step)
        self._observe(step)

    @property
    def resting(self) -> bool:
        """Tell whether nothing in it will move by itself before the next entry of its agenda."""
        regulation = self.train.regulation
        return not (
            regulation.moving
            or regulation.restless
            or self.protection.pending
            or self.modes.start_pending
            or self._supply.waiting
        )

    def _observe(self, step: float) -> None:
        train, supply = self.train, self._supply
        grid, battery = train.grid.voltage, train.battery.voltage
        if supply.watch(self.time, battery, grid):
            self._power_changed()
        train.fed_by_grid = supply.fed_by_grid
        if supply.state is not ControllerState.ALIVE:
            return
        self.guard.watch(step)
        if self.will.present:
            self.will.act()
        self._meters.advance(
            self.time, step, grid, train.grid_current, battery, -train.battery_current, train.temperature
        )

    def _power_changed(self) -> None:
        """The controller has died, has begun to boot, or is there."""
        state = self._supply.state
        self.disturbed = True
        self.train.powered = state is not ControllerState.DEAD
        if state is ControllerState.ALIVE:
            self._boot()
        elif state is ControllerState.DEAD:
            mode = self.modes.commanded
            self.modes.lose_power()
            self.guard.reset()
            self.will.lost(mode)

    def _boot(self) -> None:
        train = self.train
        self._alive_since = self.time
        self._asleep = False
        self.modes.boot()
        self.guard.reset()
        self._meters.preset(
            self.time,
            train.grid.voltage,
            train.grid_current,
            train.battery.voltage,
            -train.battery_current,
            train.temperature,
        )
        self.will.booted(self._supply.boots)
