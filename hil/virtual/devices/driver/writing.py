"""The calls that set: which commands they send in which order, and what they answer."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import simpy

from hil.virtual.devices.driver import commands, objects, parameters
from hil.virtual.devices.driver.bus import Bus, Steps
from hil.virtual.devices.driver.objects import JsonObject
from hil.virtual.devices.driver.parameters import Memory, SetPoints
from hil.virtual.devices.driver.problems import CallError
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.devices.driver.view import State, View
from hil.virtual.plant.modes import Silent

VOLTAGE_STEP, CURRENT_STEP, MODE_STEP = "voltage", "current", "mode"
POINTS_FIRST = (VOLTAGE_STEP, CURRENT_STEP, MODE_STEP)
MODE_FIRST = (MODE_STEP, VOLTAGE_STEP, CURRENT_STEP)
VOLTAGE_MODE_CURRENT = (VOLTAGE_STEP, MODE_STEP, CURRENT_STEP)

CURRENT = ("dig",)
VOLTAGE = ("dvg", "drg")

RAMP_LOOK_PERIOD = 0.05
REACHED_VOLTAGE = 4.0
REACHED_CURRENT = 0.125
STOP_BETWEEN_REPEATS = 0.1


def order(before: int, points: SetPoints, memory: Memory, settings: DriverSettings) -> tuple[str, str, str]:
    """Return the order in which a full set sends its three writes."""
    fault = settings.faults.set_order
    if fault == "mode_first" or (fault == "right_once" and memory.full_sets):
        return MODE_FIRST
    if fault == "points_first" or before == parameters.STOP:
        return POINTS_FIRST
    from_cc = before in (parameters.CC_CHARGE, parameters.CC_DISCHARGE)
    if settings.set_order == "hardware_information" and from_cc and points.mode == parameters.CV:
        return VOLTAGE_MODE_CURRENT
    return MODE_FIRST


class Writer:
    """Sets the converter and remembers what was set."""

    def __init__(
        self, environment: simpy.Environment, bus: Bus, view: View, memory: Memory, settings: DriverSettings
    ) -> None:
        self._environment = environment
        self._bus = bus
        self._view = view
        self._memory = memory
        self._settings = settings
        self._partial_sets = 0
        self._denied = False

    def full(self, given: Mapping[str, str]) -> Steps[JsonObject]:
        """Set mode, voltage and current."""
        texts = parameters.complete(given, self._memory)
        points = parameters.set_points(texts, self._settings)
        before = self._view.points()
        points = replace(points, **{name: getattr(before, name) for name in self._settings.faults.ignored_with_mode})
        self._refuse_transition(points)
        if self._settings.faults.repeated_set_stops_first and points == self._memory.points:
            yield from self.command(parameters.STOP)
            yield self._environment.timeout(STOP_BETWEEN_REPEATS)
        steps = order(self._memory.mode, points, self._memory, self._settings)
        early = self._settings.faults.answer_early
        if early:
            self._environment.process(self._later(points, steps, early))
            acknowledged = points
        else:
            acknowledged = yield from self._carry_out(points, steps)
        body = yield from self._answer(self._echo(acknowledged, before, points))
        self._view.mode_answered(before.mode, points.mode)
        self._memory.texts.update(texts)
        self._memory.mode, self._memory.points = acknowledged.mode, points
        self._memory.full_sets += 1
        return body

    def current(self, given: Mapping[str, str]) -> Steps[JsonObject]:
        """Set the current only."""
        texts = parameters.complete_partial(given, self._memory, CURRENT)
        asked = parameters.number("dig", texts["dig"], self._settings)
        before = self._view.points()
        self._refuse_in_stop("dig")
        write = (lambda: asked) if self._loses() else (lambda: self._view.write_current(asked))
        dig = yield from self._bus.run(commands.WRITE_CURRENT, write)
        meter = yield from self._finish_partial()
        echo = self._echo(replace(before, dig=dig), before, replace(before, dig=asked))
        self._memory.texts["dig"] = texts["dig"]
        return {"meter": meter, "param": objects.param(echo.dig, self._settings)}

    def voltage(self, given: Mapping[str, str]) -> Steps[JsonObject]:
        """Set the voltage and the droop only."""
        texts = parameters.complete_partial(given, self._memory, VOLTAGE)
        asked_dvg, asked_drg = (parameters.number(name, texts[name], self._settings) for name in VOLTAGE)
        before = self._view.points()
        self._refuse_in_stop("dvg")
        asked = asked_dvg, asked_drg
        write = (lambda: asked) if self._loses() else (lambda: self._view.write_voltage(*asked))
        dvg, drg = yield from self._bus.run(commands.WRITE_VOLTAGE, write)
        meter = yield from self._finish_partial()
        echo = self._echo(replace(before, dvg=dvg, drg=drg), before, replace(before, dvg=asked_dvg, drg=asked_drg))
        self._memory.texts.update(dvg=texts["dvg"], drg=texts["drg"])
        return {"meter": meter, "vdis": objects.vdis(echo.dvg, echo.drg)}

    def command(self, mode: int) -> Steps[None]:
        """Command a mode without being asked to."""
        yield from self._bus.run(commands.WRITE_MODE, lambda: self._view.write_mode(mode))

    def tell_permission(self, permitted: bool) -> None:
        """Let the converter know what the BMS said. A conforming one does nothing with that."""
        self._denied = not permitted
        self._view.set_permission(permitted)

    def limit_current(self, highest: float) -> Steps[None]:
        """Cut the current set-point without being asked to."""
        if self._view.points().dig > highest:
            yield from self._bus.run(commands.WRITE_CURRENT, lambda: self._view.write_current(highest))

    def _carry_out(self, points: SetPoints, steps: Sequence[str]) -> Steps[SetPoints]:
        run, view, got = self._bus.run, self._view, points
        for step in steps:
            if step == VOLTAGE_STEP:
                dvg, drg = yield from run(commands.WRITE_VOLTAGE, lambda: view.write_voltage(points.dvg, points.drg))
                got = replace(got, dvg=dvg, drg=drg)
            elif step == CURRENT_STEP:
                dig = yield from run(commands.WRITE_CURRENT, lambda: view.write_current(points.dig))
                got = replace(got, dig=dig)
            else:
                mode = yield from run(commands.WRITE_MODE, lambda: view.write_mode(points.mode))
                got = replace(got, mode=mode)
            yield self._environment.timeout(self._settings.faults.pause_inside_set)
        yield from self._wait_for_ramp(points)
        return got

    def _answer(self, shown: SetPoints) -> Steps[JsonObject]:
        run, view = self._bus.run, self._view
        state = yield from run(commands.READ_STATE, view.state)
        alarm = yield from run(commands.READ_ALARM, view.state)
        meter = yield from run(commands.READ_METERS, view.meters)
        reported = State(shown.mode, shown.mode, state.running, state.alarm, alarm.alarm_word)
        return {
            "status": objects.status(reported, self._settings),
            "meter": meter,
            "vdis": objects.vdis(shown.dvg, shown.drg),
            "param": objects.param(shown.dig, self._settings),
        }

    def _finish_partial(self) -> Steps[dict[str, float]]:
        extra = self._settings.faults.partial_set_writes
        if extra:
            points = self._view.points()
            run, view = self._bus.run, self._view
            if "dvg" in extra or "drg" in extra:
                dvg, drg = extra.get("dvg", points.dvg), extra.get("drg", points.drg)
                yield from run(commands.WRITE_VOLTAGE, lambda: view.write_voltage(dvg, drg))
            if "dig" in extra:
                yield from run(commands.WRITE_CURRENT, lambda: view.write_current(extra["dig"]))
            if "mode" in extra:
                yield from run(commands.WRITE_MODE, lambda: view.write_mode(int(extra["mode"])))
        return (yield from self._bus.run(commands.READ_METERS, self._view.meters))

    def _echo(self, acknowledged: SetPoints, before: SetPoints, asked: SetPoints) -> SetPoints:
        faults = self._settings.faults
        previous: dict[str, Any] = {name: getattr(before, name) for name in faults.echo_previous}
        requested: dict[str, Any] = {name: getattr(asked, name) for name in faults.echo_requested}
        return replace(acknowledged, **(requested | previous))

    def _refuse_transition(self, points: SetPoints) -> None:
        faults, before = self._settings.faults, self._view.points().mode
        change = f"{objects.mode_text(before)}>{objects.mode_text(points.mode)}"
        if faults.refuse_stop_while_denied and self._denied and points.mode == parameters.STOP != before:
            raise CallError("error: ERCD=fffe")
        repeated_stop = before == points.mode == parameters.STOP
        if change in faults.refused_transitions or (repeated_stop and faults.refuse_repeated_stop):
            raise CallError("error: ERCD=fffe")

    def _refuse_in_stop(self, name: str) -> None:
        if name in self._settings.faults.refused_in_stop and self._view.points().mode == parameters.STOP:
            raise CallError("error: ERCD=fffe")

    def _loses(self) -> bool:
        """Tell whether this partial set is acknowledged and not carried out."""
        every = self._settings.faults.set_lost_every
        self._partial_sets += 1
        return bool(every) and self._partial_sets % every == 0

    def _wait_for_ramp(self, points: SetPoints) -> Steps[None]:
        until = self._environment.now + self._settings.faults.answer_after_ramp
        while self._environment.now < until and not self._reached(points):
            yield self._environment.timeout(RAMP_LOOK_PERIOD)

    def _reached(self, points: SetPoints) -> bool:
        try:
            meters = self._view.present_meters()
        except Silent:
            return False
        if points.mode == parameters.CV:
            return abs(meters.vg - points.dvg) <= REACHED_VOLTAGE
        target = 0.0 if points.mode == parameters.STOP else points.dig
        return abs(abs(meters.ig) - target) <= REACHED_CURRENT

    def _later(self, points: SetPoints, steps: Sequence[str], delay: float) -> Generator[simpy.Event, Any, None]:
        yield self._environment.timeout(delay)
        try:
            yield from self._carry_out(points, steps)
        except CallError:
            return
