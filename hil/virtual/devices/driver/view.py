"""The converter as the driver reads and writes it: rounded to the words of the wire, wrong where a fault says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import simpy

from hil.virtual.devices.driver.parameters import SetPoints
from hil.virtual.devices.driver.port import Converter, Meters
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.devices.driver.words import DIG, DRG, DVG, METERS


@dataclass(frozen=True)
class State:
    """Mode, running state and alarms at one moment. `named_mode` is the one that operationMode shows."""

    mode: int
    named_mode: int
    running: int
    alarm: int
    alarm_word: int


class View:
    """Reads and writes of a converter. The caller keeps the wire's time and has brought the plant up to date."""

    def __init__(
        self,
        environment: simpy.Environment,
        converter: Converter,
        settings: DriverSettings,
        bring_up_to_date: Callable[[], None],
    ) -> None:
        self._environment = environment
        self._converter = converter
        self._bring_up_to_date = bring_up_to_date
        self._settings = settings
        self._meters: dict[str, float] = {}
        self._meters_at = float("-inf")
        self._state: State | None = None
        self._state_at = float("-inf")
        self._old_mode = 0
        self._mode_changed_at = float("-inf")
        self.deaf = False
        """Commands are acknowledged and not carried out."""

    def forget(self) -> None:
        """Drop everything held: the driver has started anew."""
        self._meters, self._state = {}, None
        self._meters_at = self._state_at = self._mode_changed_at = float("-inf")

    def mode_answered(self, before: int, now: int) -> None:
        """Take note that a set is being answered that led from one mode to another."""
        if before != now:
            self._old_mode, self._mode_changed_at = before, self._environment.now

    def state(self) -> State:
        """Read mode, running state and alarm."""
        if self._state is None or self._environment.now - self._state_at >= self._settings.faults.state_held:
            self._state, self._state_at = self._fresh_state(), self._environment.now
        return self._state

    def _fresh_state(self) -> State:
        converter, faults = self._converter, self._settings.faults
        since_change = self._environment.now - self._mode_changed_at
        mode = self._old_mode if since_change < faults.mode_lag else converter.mode
        named = self._old_mode if since_change < max(faults.mode_lag, faults.status_ahead) else converter.mode
        return State(mode, named, converter.running, converter.alarm, converter.alarm_words[0])

    def meters(self) -> dict[str, float]:
        """Read the meters, in the order of the driver's answers."""
        faults = self._settings.faults
        fresh = self._environment.now - self._meters_at >= faults.meters_held
        readings = self._converter.meters()
        held = faults.meters_held_channels or list(METERS)
        values = {
            name: word.carried(getattr(readings, name)) if fresh or name not in held else self._meters[name]
            for name, word in METERS.items()
        }
        if fresh:
            self._meters_at = self._environment.now
        self._meters = values
        return dict(values)

    def voltage(self) -> tuple[float, float]:
        """Read dvg and drg."""
        return DVG.carried(self._converter.dvg), DRG.carried(self._converter.drg)

    def current(self) -> float:
        """Read dig."""
        return DIG.carried(self._converter.dig)

    def points(self) -> SetPoints:
        """Return the mode and set-points in force, without a command on the wire."""
        self._bring_up_to_date()
        converter = self._converter
        return SetPoints(converter.mode, *self.voltage(), self.current())

    def present_meters(self) -> Meters:
        """Return true readings, without a command on the wire."""
        self._bring_up_to_date()
        return self._converter.meters()

    def set_permission(self, permitted: bool) -> None:
        """Let the converter know what the BMS said."""
        self._bring_up_to_date()
        self._converter.set_permission(permitted)

    def clear_alarm(self) -> None:
        """Clear the alarms."""
        self._converter.clear_alarm()

    def write_mode(self, code: int) -> int:
        """Command a mode; return what is acknowledged. Raises Refused."""
        if self.deaf or "mode" in self._settings.faults.ignored:
            return code
        return self._converter.write_mode(code)

    def write_voltage(self, dvg: float, drg: float) -> tuple[float, float]:
        """Command the grid voltage; return what is acknowledged. Raises Refused."""
        if self.deaf:
            return dvg, drg
        ignored = self._settings.faults.ignored
        sent_dvg = self._converter.dvg if "dvg" in ignored else self._distorted("dvg", dvg)
        sent_drg = self._converter.drg if "drg" in ignored else self._distorted("drg", drg)
        got_dvg, got_drg = self._converter.write_voltage(sent_dvg, sent_drg)
        return (
            dvg if sent_dvg != dvg else DVG.carried(got_dvg),
            drg if sent_drg != drg else DRG.carried(got_drg),
        )

    def write_current(self, dig: float) -> float:
        """Command the grid current; return what is acknowledged. Raises Refused."""
        if self.deaf:
            return dig
        sent = self._converter.dig if "dig" in self._settings.faults.ignored else self._distorted("dig", dig)
        got = self._converter.write_current(sent)
        return dig if sent != dig else DIG.carried(got)

    def _distorted(self, name: str, value: float) -> float:
        faults = self._settings.faults
        scaled = value * next((factor for point, factor in faults.command_scale.items() if point == name), 1.0)
        return min(scaled, next((limit for point, limit in faults.limited.items() if point == name), scaled))
