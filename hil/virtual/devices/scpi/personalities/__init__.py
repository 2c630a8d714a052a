"""The instruments of the virtual bench, one file per command set."""

from __future__ import annotations

from hil.virtual.devices.scpi.personalities import keysight_34460, scpi1999
from hil.virtual.devices.scpi.personality import Personality

PERSONALITIES: dict[str, Personality] = {
    personality.name: personality
    for personality in (scpi1999.SUPPLY, scpi1999.LOAD, scpi1999.BIDIRECTIONAL, keysight_34460.MULTIMETER)
}
