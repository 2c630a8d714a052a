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
        self._rsoc: float | None = None
        self._permitted: bool | None = None
        self._rsoc_at = self._permitted_at = float("-inf")
        self._changes = 0
        self._read_at = float("-inf")

    @property
    def denied(self) -> bool:
        """Tell whether the BMS denied sharing when it was last read."""
        return self._permitted is False

    def forget(self) -> None:
        """Drop what was read: the driver has started anew."""
        self._rsoc = self._permitted = None
        self._rsoc_at = self._permitted_at = float("-inf")
        self._master.close()

    def read(self) -> Generator[simpy.Event, Any, JsonObject]:
        """Return rsoc and battery_operation_status. Raises CallError when the BMS does not answer as it should."""
        faults, background = self._settings.faults, self._settings.oddities.battery_polled_every
        now = self._environment.now
        rsoc_due = now - self._rsoc_at >= max(faults.rsoc_held, background)
        permission_due = now - self._permitted_at >= max(faults.permission_held, background)
        if not (rsoc_due or permission_due):
            return self._report()
        try:
            rsoc, permitted = yield from self._registers()
        except CallError:
            if now - self._read_at < faults.lost_after:
                return self._report()
            if faults.battery_lost == "error":
                self.forget()
                raise
            return self._when_lost()
        self._read_at = now
        if rsoc_due:
            self._rsoc, self._rsoc_at = rsoc, now
        if permission_due:
            self._follow(permitted)
            self._permitted_at = now
        return self._report()

    def again(self) -> JsonObject | None:
        """Return what was shown last without reading the BMS; None when it has never been read."""
        return None if self._permitted is None else self._report()

    def _follow(self, permitted: bool) -> None:
        changes = self._settings.faults.permission_changes
        if self._permitted is not None and permitted != self._permitted:
            if changes is not None and self._changes >= changes:
                return
            self._changes += 1
        self._permitted = permitted

    def _registers(self) -> Generator[simpy.Event, Any, tuple[float, bool]]:
        settings = self._settings
        first = yield from self._master.read(settings.battery_rsoc_offset, 2)
        flag = first[1]
        if not settings.oddities.battery_in_one_transaction:
            flag = (yield from self._master.read(settings.battery_permission_offset, 1))[0]
        return first[0] / RSOC_PER_BIT, not flag & DENIED_BIT

    def _report(self) -> JsonObject:
        faults = self._settings.faults
        value = PERMITTED if bool(self._permitted) != faults.permission_inverted else DENIED
        rsoc = self._rsoc or 0.0
        rsoc = float(round(rsoc)) if self._settings.oddities.whole_rsoc else rsoc
        return {"rsoc": rsoc, "battery_operation_status": faults.permission_values.get(value, value)}

    def _when_lost(self) -> JsonObject:
        shown = self._report()
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
