"""The board the driver runs on: its power, its start, its restarts."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from hil.virtual.devices.driver.port import Converter
from hil.virtual.devices.driver.settings import DriverSettings


class Board:
    """Up or down. It dies with the converter's control power and boots when that returns."""

    def __init__(
        self,
        environment: simpy.Environment,
        converter: Converter,
        settings: DriverSettings,
        bring_up_to_date: Callable[[], None],
    ) -> None:
        self._environment = environment
        self._converter = converter
        self._settings = settings
        self._bring_up_to_date = bring_up_to_date
        self._has_power = not settings.board_fed_by_battery or converter.alive
        self._is_up = self._has_power
        self.starts = 0
        """How often the driver has started since the bench began; what an earlier start began is void."""
        self._stopped: list[Callable[[], None]] = []
        self._started: list[Callable[[], None]] = []
        if settings.board_fed_by_battery:
            environment.process(self._watch())
        for moment in settings.faults.restart_at:
            environment.process(self._restart_at(moment))

    def when_stopped(self, action: Callable[[], None]) -> None:
        """Have `action` called when the driver stops."""
        self._stopped.append(action)

    def when_started(self, action: Callable[[], None]) -> None:
        """Have `action` called when the driver has started again."""
        self._started.append(action)

    @property
    def is_up(self) -> bool:
        """Look at the control power and tell whether the driver runs."""
        if self._settings.board_fed_by_battery:
            self._look()
        return self._is_up

    def restart(self, outage: float) -> None:
        """Let the driver stop now and be back after `outage` seconds."""
        self._stop()
        self._environment.process(self._start_after(outage))

    def _watch(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self._environment.timeout(self._settings.power_check_period)
            self._look()

    def _look(self) -> None:
        self._bring_up_to_date()
        had_power, self._has_power = self._has_power, self._converter.alive
        if had_power and not self._has_power:
            self._stop()
        elif self._has_power and not had_power:
            self._environment.process(self._start_after(self._settings.boot_time))

    def _stop(self) -> None:
        self.starts += 1
        was_up, self._is_up = self._is_up, False
        if was_up:
            for action in self._stopped:
                action()

    def _start_after(self, delay: float) -> Generator[simpy.Event, Any, None]:
        start = self.starts
        yield self._environment.timeout(delay)
        if start == self.starts and self._has_power:
            self._is_up = True
            for action in self._started:
                action()

    def _restart_at(self, moment: float) -> Generator[simpy.Event, Any, None]:
        yield self._environment.timeout(max(moment - self._environment.now, 0.0))
        self.restart(self._settings.faults.restart_outage)
