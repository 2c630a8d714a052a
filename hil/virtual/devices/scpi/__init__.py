"""SCPI instruments of the virtual bench: supplies, loads, bidirectional supplies and meters behind a port."""

from hil.virtual.devices.scpi.build import build_instrument
from hil.virtual.devices.scpi.personalities import PERSONALITIES
from hil.virtual.devices.scpi.server import ScpiInstrument
from hil.virtual.devices.scpi.settings import Accuracy, InstrumentFaults, InstrumentSettings
from hil.virtual.devices.scpi.stage import PowerStage

__all__ = [
    "PERSONALITIES",
    "Accuracy",
    "InstrumentFaults",
    "InstrumentSettings",
    "PowerStage",
    "ScpiInstrument",
    "build_instrument",
]
