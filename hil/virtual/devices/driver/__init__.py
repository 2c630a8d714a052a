"""The device driver of the virtual converter: Web API towards the client, Modbus RTU master towards the battery.

Modelled on apis-dcdc_batt_comm 1.4 (EZA2500 on a 19200 baud serial line), as its specification describes it and as
its answers were recorded.
"""

from hil.virtual.devices.driver.device import Driver
from hil.virtual.devices.driver.faults import BusFault, DriverFaults
from hil.virtual.devices.driver.fixed_battery import FixedBattery
from hil.virtual.devices.driver.modbus import ModbusMaster
from hil.virtual.devices.driver.oddities import DriverOddities
from hil.virtual.devices.driver.port import Converter, Meters
from hil.virtual.devices.driver.settings import DriverSettings

__all__ = [
    "BusFault",
    "Converter",
    "Driver",
    "DriverFaults",
    "DriverOddities",
    "DriverSettings",
    "FixedBattery",
    "Meters",
    "ModbusMaster",
]
