"""The plant of the virtual bench: physics without wires."""

from hil.virtual.plant.converter import Converter
from hil.virtual.plant.loading import load_plant, with_changes
from hil.virtual.plant.meters import Meters
from hil.virtual.plant.modes import Alarm, Mode, RefusalReason, Refused, Running, Silent
from hil.virtual.plant.parameters import PlantParameters
from hil.virtual.plant.plant import Plant
from hil.virtual.plant.stage import PowerStage

__all__ = [
    "Alarm",
    "Converter",
    "Meters",
    "Mode",
    "Plant",
    "PlantParameters",
    "PowerStage",
    "RefusalReason",
    "Refused",
    "Running",
    "Silent",
    "load_plant",
    "with_changes",
]
