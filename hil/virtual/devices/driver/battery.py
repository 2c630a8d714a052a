"""RSoC and permission as the driver reports them."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from hil.virtual.devices.driver.modbus import ModbusMaster
from hil.virtual.devices.driver.objects import JsonObject
from hil.virtual.devices.driver.problems import CallError
from hil.virtual.devices.driver.settings import DriverSettings

PERMITTED = 3
DENIED = 0
DENIED_BIT = 1
RSOC_PER_BIT = 10


class Battery:
    """Reads the BMS on demand: two transactions, RSoC from the first, the permission from the second."""

    def __init__(self, environment: simpy.Environment, master: ModbusMaster, settings: DriverSettings) -> None:
        self._environment = environment
        self._master = master
        self._settings = settings
        self._last: tuple[float, bool] | None = None
        self._read_at = float("-inf")

    @property
    def denied(self) -> bool:
        """Tell whether the BMS denied sharing when it was last read."""
        return self._last is not None and not self._last[1]

    def forget(self) -> None:
        """Drop what was read: the driver has started anew."""
        self._last, self._read_at = None, float("-inf")
        self._master.close()

    def read(self) -> Generator[simpy.Event, Any, JsonObject]:
        """Return rsoc and battery_operation_status. Raises CallError when the BMS does not answer as it should."""
        faults, oddities = self._settings.faults, self._settings.oddities
        held = max(faults.battery_held, oddities.battery_polled_every)
        if self._last is None or self._environment.now - self._read_at >= held:
            try:
                self._last = yield from self._registers()
                self._read_at = self._environment.now
            except CallError:
                if faults.battery_lost == "error":
                    self._last = None
                    raise
                return self._when_lost()
        return self._report(*self._last)

    def _registers(self) -> Generator[simpy.Event, Any, tuple[float, bool]]:
        settings = self._settings
        first = yield from self._master.read(settings.battery_rsoc_offset, 2)
        flag = first[1]
        if not settings.oddities.battery_in_one_transaction:
            flag = (yield from self._master.read(settings.battery_permission_offset, 1))[0]
        return first[0] / RSOC_PER_BIT, not flag & DENIED_BIT

    def _report(self, rsoc: float, permitted: bool) -> JsonObject:
        faults = self._settings.faults
        value = PERMITTED if permitted != faults.permission_inverted else DENIED
        return {"rsoc": rsoc, "battery_operation_status": faults.permission_values.get(value, value)}

    def _when_lost(self) -> JsonObject:
        rsoc, permitted = self._last or (0.0, False)
        shown = self._report(rsoc, permitted)
        match self._settings.faults.battery_lost:
            case "permitted":
                shown["battery_operation_status"] = PERMITTED
            case "denied":
                shown["battery_operation_status"] = DENIED
            case "omitted":
                del shown["battery_operation_status"]
            case _:
                pass
        return shown
