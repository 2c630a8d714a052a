"""The BMS of a battery whose state of charge does not change: the slave on the peer's own Modbus line."""

from __future__ import annotations

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadInputRegistersRequest, ReadInputRegistersResponse

from hil.virtual.devices.driver.battery import DENIED_BIT, RSOC_PER_BIT
from hil.virtual.devices.driver.modbus import ModbusMaster
from hil.virtual.devices.driver.settings import DriverSettings


class FixedBattery:
    """Answers every reading of input registers on the line of `master`.

    rsoc: in percent. permitted: whether sharing is permitted.
    """

    key = "fixed battery"

    def __init__(self, master: ModbusMaster, settings: DriverSettings, rsoc: float, permitted: bool) -> None:
        self._master = master
        self._unit = settings.battery_unit
        self._registers = {
            settings.battery_rsoc_offset: round(rsoc * RSOC_PER_BIT),
            settings.battery_permission_offset: 0 if permitted else DENIED_BIT,
        }
        self._framer = FramerRTU(DecodePDU(is_server=True))
        master.connected(self)

    def send(self, data: bytes) -> None:
        """Answer a request of the master; its answer takes the time that the line takes."""
        request = self._framer.handleFrame(data, self._unit, 0)[1]
        if not isinstance(request, ReadInputRegistersRequest):
            return
        asked = range(request.address, request.address + request.count)
        values = [self._registers.get(offset, 0) for offset in asked]
        answer = ReadInputRegistersResponse(registers=values, dev_id=self._unit)
        self._master.received(self, self._framer.buildFrame(answer))

    def close(self) -> None:
        """Stay on the line: nothing else is on it."""
