"""A bench multimeter of Keysight's Truevolt series (34460A to 34470A programming reference), as volt- or ammeter.

Beyond the series' own SAMPle:TIMer it takes TRIGger:SOURce TIMer with TRIGger:TIMer, as SCPI-1999 has it.
"""

from __future__ import annotations

from hil.virtual.devices.scpi import formats
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.meter_commands import COMMANDS
from hil.virtual.devices.scpi.meter_model import MeterProfile
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.quirks import Quirks

MULTIMETER = Personality(
    name="keysight-34460",
    identity=Identity("Keysight Technologies", "34465A", "A.03.02-02.40-03.02-00.52-03-01"),
    conventions=Conventions(formats.exponent(8), no_error="+0"),
    profile=MeterProfile(
        ranges={"VOLT": (0.1, 1.0, 10.0, 100.0, 1000.0), "CURR": (1e-4, 1e-3, 1e-2, 0.1, 1.0, 3.0, 10.0)},
        overrange=1.2,
        line_frequency=50.0,
        plc=(0.02, 0.06, 0.2, 1.0, 10.0, 100.0),
        default_plc=10.0,
        memory=50000,
    ),
    commands=COMMANDS,
    quirks=Quirks(command_time=0.001, query_time=0.001, clients=4, error_depth=20, longest_message=1 << 15),
)
