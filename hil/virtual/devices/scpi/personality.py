"""A personality: everything about one type of instrument that is not chosen per bench."""

from __future__ import annotations

from dataclasses import dataclass, field

from hil.virtual.devices.scpi.command import Command
from hil.virtual.devices.scpi.core import Conventions, Identity
from hil.virtual.devices.scpi.meter_model import MeterProfile
from hil.virtual.devices.scpi.power import PowerProfile
from hil.virtual.devices.scpi.quirks import Quirks


@dataclass(frozen=True)
class Personality:
    """One type of instrument. `profile` decides whether it has terminals that carry power or measures."""

    name: str
    identity: Identity
    conventions: Conventions
    profile: PowerProfile | MeterProfile
    commands: tuple[Command, ...]
    quirks: Quirks = field(default_factory=Quirks)
