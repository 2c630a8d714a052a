"""The converter's controller: commands, modes, alarms and meters around the power train."""

from __future__ import annotations

from hil.virtual.plant.agenda import Agenda
from hil.virtual.plant.control_power import ControllerState, ControllerSupply
from hil.virtual.plant.converter_parameters import ConverterParameters
from hil.virtual.plant.meters import MeterChain, Meters
from hil.virtual.plant.modes import Alarm, Mode, RefusalReason, Refused, Running, Silent
from hil.virtual.plant.node import Node
from hil.virtual.plant.powertrain import PowerTrain
from hil.virtual.plant.protection import ALARM_OF, Cause, Protection
from hil.virtual.plant.setpoints import SetPoints
from hil.virtual.plant.willfulness import Willfulness

_CHARGING_ABOVE = 0.05
_RISEN = 0.9
_AT_LIMIT = 0.9
_LEAST_LIMIT = 0.1


class Converter:
    """The unit under test, or the peer, as its commands and its terminals show it.

    Commands take effect at the plant's present time. They raise Silent while the controller is not alive and Refused
    when it answers with a refusal.
    """

    def __init__(self, parameters: ConverterParameters, grid: Node, battery: Node, seed: int) -> None:
        self.parameters = parameters
        self.faults = parameters.faults
        self.time = 0.0
        self.disturbed = True
        self.train = PowerTrain(parameters, grid, battery, seed)
        self.protection = Protection(parameters.protections, parameters.faults.protection)
        self.agenda = Agenda()
        self._set_points = SetPoints(parameters)
        self._meters = MeterChain(parameters, seed)
        self._supply = ControllerSupply(parameters.control_power, parameters.faults.control_power)
        self._will = Willfulness(self, seed)
        self._mode = Mode.STOP
        self._reported = Mode.STOP
        self._interrupted = Mode.STOP
        self._alive_since = 0.0
        self._start_pending = False
        self._asleep = False
        self._locked = False

    # --- what it shows

    @property
    def alive(self) -> bool:
        """Tell whether the controller answers."""
        return self._supply.state is ControllerState.ALIVE and not self._asleep

    @property
    def mode(self) -> Mode:
        """Return the mode it reports."""
        return self._reported

    @property
    def dvg(self) -> float:
        """Return the grid voltage set-point it holds, V."""
        return self._set_points.dvg

    @property
    def drg(self) -> float:
        """Return the droop it holds, a fraction."""
        return self._set_points.drg

    @property
    def dig(self) -> float:
        """Return the grid current set-point it holds, A."""
        return self._set_points.dig

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
        acknowledged = self._set_points.write_voltage(dvg, drg)
        self._take_set_points()
        return acknowledged

    def write_current(self, dig: float) -> float:
        """Write dig (A); return it as acknowledged."""
        self._require_alive()
        acknowledged = self._set_points.write_current(dig)
        self._take_set_points()
        return acknowledged

    def write_mode(self, code: int) -> Mode:
        """Command the mode with the APIS number `code`; return it as acknowledged."""
        self._require_alive()
        try:
            mode = Mode(code)
        except ValueError:
            raise Refused(RefusalReason.PARAMETER, f"there is no mode 0x{code:04x}") from None
        self._check_stop(mode)
        if mode is not Mode.STOP and (self.protection.heavy or self._locked):
            if self.parameters.protections.command_under_heavy == "refuse":
                raise Refused(RefusalReason.NOW, "a Heavy alarm is latched")
            return mode
        if not self._transition_works(mode):
            return mode
        self.agenda.cancel("mode")
        delay = self.faults.transition.mode_delay
        if delay:
            self.agenda.at(self.time + delay, "mode", lambda: self._change_mode(mode))
        else:
            self._change_mode(mode)
        return mode

    def clear_alarm(self) -> None:
        """Clear latched alarms; the unit stays stopped."""
        self._require_alive()
        had_heavy = bool(self.protection.heavy)
        self.protection.clear()
        self.disturbed = True
        if not had_heavy or self.protection.heavy:
            return
        self._locked = self.faults.protection.locked_after_clear
        if self.faults.protection.clear_restarts:
            self._change_mode(self._interrupted)
        elif self.train.regulation.mode is Mode.STOP:
            self._mode = self._reported = Mode.STOP

    def set_permission(self, permitted: bool) -> None:
        """Tell it whether the battery permits sharing. A conforming unit does nothing with that."""
        self._will.set_permission(permitted)

    def stop_by_itself(self) -> None:
        """Stop without having been told to."""
        self._change_mode(Mode.STOP)

    def start_by_itself(self, mode: Mode) -> None:
        """Change to `mode` without having been told to."""
        self._change_mode(mode)

    def fall_asleep(self) -> None:
        """Answer no more until control power has been away."""
        self._asleep = True

    # --- for the plant

    def prepare(self, time: float, step: float) -> None:
        """Get ready for the coming `step` seconds."""
        self.time = time
        if self.agenda.next_time <= time:
            self.agenda.run(time)
            self.disturbed = True
        self.train.prepare(time, step)

    def finish(self, step: float, charge: float, energy: float) -> None:
        """Account for the step, with what was given to the grid node (C, J); then look at everything."""
        self.time += step
        self.train.finish(step, charge, energy)
        self._observe(step)

    def coast(self, step: float) -> None:
        """Let `step` seconds pass in equilibrium."""
        self.time += step
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
            or self._start_pending
            or self._supply.waiting
            or self._will.restless
        )

    def _observe(self, step: float) -> None:
        train = self.train
        grid, battery = train.grid.voltage, train.battery.voltage
        if self._supply.watch(self.time, battery, grid):
            self._power_changed()
        train.fed_by_grid = self._supply.fed_by_grid
        if self._supply.state is not ControllerState.ALIVE:
            return
        quantities = (
            battery,
            battery,
            abs(train.battery_current),
            grid,
            abs(train.grid_current),
            train.temperature,
            grid,
        )
        self._protect(step, quantities)
        if self._will.present:
            self._will.act()
        self._meters.advance(
            self.time, step, grid, train.grid_current, battery, -train.battery_current, train.temperature
        )

    # --- protections

    def _protect(self, step: float, quantities: tuple[float, ...]) -> None:
        regulation, protection = self.train.regulation, self.protection
        mode = regulation.mode
        grace = self.parameters.protections.undervoltage_grace
        in_current = mode is Mode.CHARGE or mode is Mode.DISCHARGE
        if self.faults.protection.disabled_while_denied and not self._will.permitted:
            return
        protection.watch(step, quantities, in_current and self.time - regulation.entered > grace)
        if mode is Mode.CV:
            self._watch_voltage_mode(step)
        if protection.fresh_heavy:
            protection.fresh_heavy = False
            self.disturbed = True
            if not self.faults.protection.heavy_keeps_running:
                self._trip()
        elif protection.light and self.faults.protection.light_stops and mode is not Mode.STOP:
            self._trip()
        elif self._interrupted is not Mode.STOP and not protection.heavy and self.faults.protection.heavy_clears_itself:
            self._change_mode(self._interrupted)

    def _watch_voltage_mode(self, step: float) -> None:
        regulation, limits = self.train.regulation, self.parameters.protections
        grid, current = self.train.grid.voltage, abs(self.train.grid_current)
        if self._start_pending:
            trip = self.faults.start.trip_current
            if trip is not None and current > trip:
                self.protection.raise_heavy(Cause.START)
            if grid >= _RISEN * regulation.dvg:
                self._start_pending = False
            return
        at_limit = regulation.dig > _LEAST_LIMIT and current >= _AT_LIMIT * regulation.dig
        self.protection.watch_short(step, at_limit and grid < limits.short_voltage)

    def _give_up_start(self) -> None:
        if self._start_pending and self.train.regulation.mode is Mode.CV:
            self._start_pending = False
            self.protection.raise_heavy(Cause.START)

    def _trip(self) -> None:
        """Stop switching because of an alarm."""
        self._interrupted = self._mode
        self._enter(Mode.STOP)
        if self.parameters.protections.mode_after_heavy == "stop":
            self._mode = self._reported = Mode.STOP

    # --- modes

    def _check_stop(self, mode: Mode) -> None:
        """Refuse, or answer with an alarm, where a fault wants that for Stop."""
        if mode is not Mode.STOP:
            return
        limit = self.faults.speed.stop_needs_current_below
        if limit is not None and abs(self.train.grid_current) > limit:
            raise Refused(RefusalReason.NOW, "the current is too large to stop")
        if self._mode is Mode.STOP and self.faults.transition.repeated_stop != "none":
            if self.faults.transition.repeated_stop == "refuse":
                raise Refused(RefusalReason.NOW, "it is already stopped")
            self.raise_alarm(ALARM_OF[self.faults.transition.repeated_stop])

    def raise_alarm(self, level: Alarm) -> None:
        """Raise an alarm without a cause outside."""
        if level is Alarm.LIGHT:
            self.protection.raise_light(Cause.INTERNAL)
        elif level is Alarm.HEAVY:
            self.protection.raise_heavy(Cause.INTERNAL)
        self.disturbed = True

    def _transition_works(self, mode: Mode) -> bool:
        """Tell whether the change to `mode` takes place; raises Refused where it is refused."""
        broken = self.faults.transition.broken
        if not broken:
            return True
        source, target = f"0x{self._mode:04x}", f"0x{mode:04x}"
        if not {f"{source}>{target}", f"*>{target}", f"{source}>*"} & set(broken):
            return True
        reaction = self.faults.transition.broken_reaction
        if reaction == "refuse":
            raise Refused(RefusalReason.NOW, f"it does not change from {source} to {target}")
        if reaction == "stop":
            self._change_mode(Mode.STOP)
        elif reaction in ("light", "heavy"):
            self.raise_alarm(ALARM_OF[reaction])
        return reaction == "light"

    def _change_mode(self, mode: Mode) -> None:
        """Change the mode now; regulation follows after the changeover time."""
        previous = self._mode
        starts = previous is Mode.STOP and mode is Mode.CV
        if starts and not self._may_start():
            return
        self._mode = mode
        self._interrupted = Mode.STOP
        report = self.faults.transition.report_delay
        self.agenda.cancel("report")
        if report and mode is not previous:
            self.agenda.at(self.time + report, "report", lambda: self._report(mode))
        else:
            self._report(mode)
        self.agenda.cancel("changeover")
        delay = self.faults.speed.stop_delay if mode is Mode.STOP else self.parameters.commands.changeover_time
        if delay and mode is not self.train.regulation.mode:
            self.agenda.at(self.time + delay, "changeover", lambda: self._enter(mode))
        elif mode is not self.train.regulation.mode:
            self._enter(mode)
        self.disturbed = True

    def _report(self, mode: Mode) -> None:
        self._reported = mode

    def _may_start(self) -> bool:
        """Tell whether CV may start from Stop at the present grid voltage; refuse or raise an alarm where not."""
        start, grid = self.parameters.start, self.train.grid.voltage
        reaction: str = start.reaction if start.forbidden.low <= grid <= start.forbidden.high else "none"
        for low, high in self.faults.start.windows:
            if low <= grid <= high:
                reaction = self.faults.start.windows_reaction
        if reaction == "refuse":
            raise Refused(RefusalReason.NOW, f"it does not start at {grid:.1f} V")
        if reaction == "alarm":
            self.protection.raise_heavy(Cause.START)
            self.disturbed = True
        return reaction != "alarm"

    def _enter(self, mode: Mode) -> None:
        """Let the power train change to `mode` now."""
        train, regulation = self.train, self.train.regulation
        from_stop = regulation.mode is Mode.STOP
        self.agenda.cancel("changeover")
        self.agenda.cancel("running")
        self._start_pending = False
        self._take_set_points(entering=from_stop and mode is not Mode.STOP)
        regulation.enter(mode, self.time, train.grid.voltage)
        regulation.start_blocked = False
        self.disturbed = True
        if mode is Mode.CV:
            regulation.start_blocked = from_stop and self._will.start_fails()
            self._start_pending = train.grid.voltage < _RISEN * regulation.dvg
            timeout = self.parameters.protections.start_timeout
            self.agenda.at(self.time + timeout, "running", self._give_up_start)
        self._will.entered(mode)

    # --- set-points

    def _take_set_points(self, entering: bool = False) -> None:
        """Let the set-points take effect, now or when the faults let them."""
        transition = self.faults.transition
        self.disturbed = True
        points = self._set_points
        if entering and transition.stale_entry_time:
            regulation = self.train.regulation
            regulation.set_points(points.earlier_dvg, points.earlier_drg, points.earlier_dig, self.time)
            self.agenda.at(self.time + transition.stale_entry_time, "set-points", self._apply_set_points)
        elif transition.setpoint_delay and not entering:
            values = points.dvg, points.drg, points.dig
            self.agenda.at(
                self.time + transition.setpoint_delay,
                "set-points",
                lambda: self.train.regulation.set_points(*values, self.time),
            )
        elif not transition.setpoint_delay:
            self._apply_set_points()

    def _apply_set_points(self) -> None:
        points = self._set_points
        self.train.regulation.set_points(points.dvg, points.drg, points.dig, self.time)

    # --- control power

    def _require_alive(self) -> None:
        if not self.alive:
            raise Silent("the controller does not answer")

    def _power_changed(self) -> None:
        """The controller has died, has begun to boot, or is there."""
        state = self._supply.state
        self.disturbed = True
        self.train.powered = state is not ControllerState.DEAD
        if state is ControllerState.ALIVE:
            self._boot()
        elif self.train.regulation.mode is not Mode.STOP or self._mode is not Mode.STOP:
            mode = self._mode
            self._lose_control()
            self._will.lost(mode)

    def _lose_control(self) -> None:
        self.agenda.clear()
        self.train.regulation.enter(Mode.STOP, self.time, self.train.grid.voltage)
        self._mode = self._reported = Mode.STOP
        self.protection.reset()

    def _boot(self) -> None:
        train = self.train
        self._alive_since = self.time
        self._asleep = self._locked = False
        self._interrupted = Mode.STOP
        self.agenda.clear()
        self.protection.reset()
        self._set_points.reset()
        self._apply_set_points()
        self._meters.preset(
            self.time,
            train.grid.voltage,
            train.grid_current,
            train.battery.voltage,
            -train.battery_current,
            train.temperature,
        )
        self._will.booted(self._supply.boots)
