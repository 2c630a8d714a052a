"""The stand-in for the battery and its BMS: model, emulator loop, Modbus RTU slave.

Signs follow the client: current and power are positive into the battery (charging).
"""

from hil.battery.bms import Bms, BmsExchange, BmsFaults, BmsSettings
from hil.battery.emulator import BatteryEmulator
from hil.battery.log import BatteryMode, BatterySample
from hil.battery.model import BatteryModel, PackSettings
from hil.battery.pair import PairSettings, Strategy
from hil.battery.profile import Profile, ProfileKind
from hil.battery.settings import EmulatorSettings, ResistanceMadeBy
from hil.battery.stand_in import BatteryStandIn
from hil.battery.strategies import make_terminals
from hil.battery.terminals import OneSupply, Resolution
from hil.battery.watch import EmulatorReport

__all__ = [
    "BatteryEmulator",
    "BatteryMode",
    "BatteryModel",
    "BatterySample",
    "BatteryStandIn",
    "Bms",
    "BmsExchange",
    "BmsFaults",
    "BmsSettings",
    "EmulatorReport",
    "EmulatorSettings",
    "OneSupply",
    "PackSettings",
    "PairSettings",
    "Profile",
    "ProfileKind",
    "ResistanceMadeBy",
    "Resolution",
    "Strategy",
    "make_terminals",
]
