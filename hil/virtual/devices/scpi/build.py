"""Builds an instrument of the virtual bench."""

from __future__ import annotations

import random
from collections.abc import Callable

import simpy

from hil.virtual.devices.scpi.common import COMMON, status_commands
from hil.virtual.devices.scpi.core import Core, Surroundings
from hil.virtual.devices.scpi.interpreter import Interpreter
from hil.virtual.devices.scpi.meter_model import MeterCore
from hil.virtual.devices.scpi.personalities import PERSONALITIES
from hil.virtual.devices.scpi.personality import Personality
from hil.virtual.devices.scpi.power import PowerCore, PowerProfile
from hil.virtual.devices.scpi.quirks import Quirks
from hil.virtual.devices.scpi.server import ScpiInstrument
from hil.virtual.devices.scpi.settings import InstrumentSettings
from hil.virtual.devices.scpi.stage import PowerStage


def build_instrument(
    environment: simpy.Environment,
    personality: str,
    stage: PowerStage | None,
    probe: Callable[[], float] | None,
    settings: InstrumentSettings,
    rng: random.Random,
    bring_up_to_date: Callable[[], None] = lambda: None,
) -> ScpiInstrument:
    """Return an instrument, switched on with its output off, ready to be put behind a port.

    personality: a key of `PERSONALITIES`.
    stage: the power stage in the plant, for supplies and loads.
    probe: returns V or A at a meter's input at the present bench time.
    bring_up_to_date: called before the stage or probe is looked at or changed.

    Raises:
        ValueError: there is no such personality, it needs a stage or probe it was not given, or a quirk is unknown.
    """
    if personality not in PERSONALITIES:
        raise ValueError(
            f"there is no virtual instrument {personality!r}; choose one of {', '.join(sorted(PERSONALITIES))}"
        )
    chosen = PERSONALITIES[personality]
    quirks = Quirks.model_validate(chosen.quirks.model_dump() | settings.quirks)
    around = Surroundings(environment, settings, quirks, rng, bring_up_to_date)
    core = _core(chosen, around, stage, probe)
    rows = (*COMMON, *status_commands(core.registers), *chosen.commands)
    table = {command.header: command for command in rows}
    return ScpiInstrument(core, Interpreter(table.values(), quirks.compound_from_root))


def _core(
    chosen: Personality, around: Surroundings, stage: PowerStage | None, probe: Callable[[], float] | None
) -> Core:
    if isinstance(chosen.profile, PowerProfile):
        if stage is None:
            raise ValueError(f"the virtual instrument {chosen.name!r} needs a power stage in the plant")
        return PowerCore(around, chosen.identity, chosen.conventions, chosen.profile, stage)
    if probe is None:
        raise ValueError(f"the virtual instrument {chosen.name!r} needs a probe in the plant")
    return MeterCore(around, chosen.identity, chosen.conventions, chosen.profile, probe)
