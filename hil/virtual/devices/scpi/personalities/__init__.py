"""The instruments of the virtual bench, one file per command set."""

from __future__ import annotations

from hil.virtual.devices.scpi.personalities import (
    ea_psb10000,
    itech_it6000,
    keysight_34460,
    keysight_rp7900,
    kikusui_plz5w,
    scpi1999,
    tdk_genesys,
)
from hil.virtual.devices.scpi.personality import Personality

PERSONALITIES: dict[str, Personality] = {
    personality.name: personality
    for personality in (
        scpi1999.SUPPLY,
        scpi1999.LOAD,
        scpi1999.BIDIRECTIONAL,
        ea_psb10000.BIDIRECTIONAL,
        tdk_genesys.SUPPLY,
        kikusui_plz5w.LOAD,
        keysight_rp7900.BIDIRECTIONAL,
        itech_it6000.BIDIRECTIONAL,
        keysight_34460.MULTIMETER,
    )
}
