"""Modes of the converter: what it is commanded to, what it reports, what its regulation does, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hil.virtual.plant.modes import Mode, RefusalReason, Refused
from hil.virtual.plant.protection import ALARM_OF, Cause
from hil.virtual.plant.setpoints import SetPoints

if TYPE_CHECKING:
    from hil.virtual.plant.converter import Converter

RISEN = 0.9
"""Share of dvg at which a start is over."""


class ModeControl:
    """Leads the regulation of its converter from mode to mode.

    commanded: the mode in force. reported: the mode shown. start_pending: CV was entered, the grid has not risen yet.
    """

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        self._parameters = converter.parameters
        self._faults = converter.faults
        self.set_points = SetPoints(converter.parameters)
        self.commanded = Mode.STOP
        self.reported = Mode.STOP
        self.start_pending = False
        self._before_that = Mode.STOP
        self._broken_met = 0

    def command(self, mode: Mode) -> None:
        """Carry out a command that has been accepted. Raises Refused where the change is refused."""
        if not self._transition_works(mode):
            return
        agenda = self._converter.agenda
        agenda.cancel("mode")
        delay = self._faults.transition.mode_delay
        if delay and self._is_delayed(self.commanded, mode):
            agenda.at(self._converter.time + delay, "mode", lambda: self._change_late(mode))
        else:
            self.change(mode)

    def change(self, mode: Mode) -> None:
        """Change the mode now; regulation follows after the changeover time. Raises Refused."""
        converter, previous = self._converter, self.commanded
        if previous is Mode.STOP and mode is Mode.CV and not self._may_start():
            return
        if mode is not previous:
            self._before_that = previous
        self.commanded = mode
        converter.guard.forget_interrupted()
        report = self._faults.transition.report_delay
        converter.agenda.cancel("report")
        if report and mode is not previous and self._is_delayed(previous, mode):
            converter.agenda.at(converter.time + report, "report", lambda: self._report(mode))
        else:
            self._report(mode)
        converter.agenda.cancel("changeover")
        converter.disturbed = True
        if mode is converter.train.regulation.mode:
            return
        delay = self._faults.speed.stop_delay if mode is Mode.STOP else self._parameters.commands.changeover_time
        if delay:
            converter.agenda.at(converter.time + delay, "changeover", lambda: self.enter(mode))
        else:
            self.enter(mode)

    def _change_late(self, mode: Mode) -> None:
        """Change the mode when the command was acknowledged long ago: nobody is there to hear a refusal."""
        try:
            self.change(mode)
        except Refused:
            self._report(self.commanded)

    def enter(self, mode: Mode) -> None:
        """Let the regulation change to `mode` now."""
        converter = self._converter
        regulation, grid = converter.train.regulation, converter.train.grid.voltage
        from_stop = regulation.mode is Mode.STOP
        converter.agenda.cancel("changeover")
        converter.agenda.cancel("running")
        self.start_pending = False
        self.take_set_points(entering=from_stop and mode is not Mode.STOP)
        regulation.enter(mode, converter.time, grid)
        regulation.start_blocked = False
        converter.disturbed = True
        if mode is Mode.CV:
            regulation.start_blocked = from_stop and converter.will.start_fails()
            self.start_pending = grid < RISEN * regulation.dvg
            held = self._parameters.regulation.reference_hold + self._faults.start.delay
            converter.agenda.at(converter.time + held, "running", self._wake)
            timeout = self._parameters.protections.start_timeout
            converter.agenda.at(converter.time + timeout, "running", self._give_up_start)
        converter.will.entered(mode)

    def stop_reporting(self) -> None:
        """Show Stop, and be in it, without touching the regulation."""
        self.commanded = self.reported = Mode.STOP

    def lose_power(self) -> None:
        """Forget everything but the set-points, and stop."""
        converter = self._converter
        converter.agenda.clear()
        converter.train.regulation.enter(Mode.STOP, converter.time, converter.train.grid.voltage)
        self.start_pending = False
        self.stop_reporting()

    def boot(self) -> None:
        """Begin anew with the set-points after booting."""
        self.lose_power()
        self.set_points.reset()
        self._apply_set_points()
        self._converter.will.entered(Mode.STOP)

    def _report(self, mode: Mode) -> None:
        self.reported = mode

    def _is_delayed(self, source: Mode, target: Mode) -> bool:
        delayed = self._faults.transition.delayed
        return not delayed or f"0x{source:04x}>0x{target:04x}" in delayed

    def _transition_works(self, mode: Mode) -> bool:
        """Tell whether the change to `mode` takes place; raises Refused where it is refused."""
        broken = self._faults.transition.broken
        if not broken:
            return True
        source, target = f"0x{self.commanded:04x}", f"0x{mode:04x}"
        sequence = f"0x{self._before_that:04x}>{source}>{target}"
        if not {f"{source}>{target}", f"*>{target}", f"{source}>*", sequence} & set(broken):
            return True
        self._broken_met += 1
        if self._broken_met % self._faults.transition.broken_every:
            return True
        reaction = self._faults.transition.broken_reaction
        if reaction == "refuse":
            raise Refused(RefusalReason.NOW, f"it does not change from {source} to {target}")
        if reaction == "stop":
            self.change(Mode.STOP)
        elif reaction in ("light", "heavy"):
            self._converter.guard.raise_alarm(ALARM_OF[reaction])
        return reaction == "light"

    def _may_start(self) -> bool:
        """Tell whether CV may start from Stop at the present grid voltage; refuse or raise an alarm where not."""
        start, grid = self._parameters.start, self._converter.train.grid.voltage
        reaction: str = start.reaction if start.forbidden.low <= grid <= start.forbidden.high else "none"
        for low, high in self._faults.start.windows:
            if low <= grid <= high:
                reaction = self._faults.start.windows_reaction
        if reaction == "refuse":
            raise Refused(RefusalReason.NOW, f"it does not start at {grid:.1f} V")
        if reaction == "alarm":
            self._converter.protection.raise_heavy(Cause.START)
            self._converter.disturbed = True
        return reaction != "alarm"

    def _wake(self) -> None:
        """Take short steps from now on: the ramp begins."""

    def _give_up_start(self) -> None:
        if self.start_pending and self._converter.train.regulation.mode is Mode.CV:
            self.start_pending = False
            self._converter.protection.raise_heavy(Cause.START)

    # --- set-points

    def take_set_points(self, entering: bool = False) -> None:
        """Let the set-points take effect, now or when the faults let them."""
        converter, points = self._converter, self.set_points
        transition, regulation = self._faults.transition, converter.train.regulation
        converter.disturbed = True
        if transition.write_blank_time and not entering:
            regulation.blank_until = converter.time + transition.write_blank_time
        if entering and transition.stale_entry_time:
            regulation.set_points(points.earlier_dvg, points.earlier_drg, points.earlier_dig, converter.time)
            converter.agenda.at(converter.time + transition.stale_entry_time, "set-points", self._apply_set_points)
        elif transition.setpoint_delay:
            self._apply_later(transition.setpoint_delay)
        else:
            self._apply_set_points()

    def _apply_later(self, delay: float) -> None:
        converter, points = self._converter, self.set_points
        values = points.dvg, points.drg, points.dig
        regulation = converter.train.regulation
        converter.agenda.at(
            converter.time + delay, "set-points", lambda: regulation.set_points(*values, converter.time)
        )

    def _apply_set_points(self) -> None:
        points = self.set_points
        self._converter.train.regulation.set_points(points.dvg, points.drg, points.dig, self._converter.time)
