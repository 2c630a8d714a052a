"""Stopping everything at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hil.client.client import Client
from hil.client.report import Report, joined
from hil.client.sequences.modes import stop
from hil.clock.protocol import Call, Clock
from hil.converter import Mode


def scram(clients: Sequence[Client], clock: Clock) -> Report:
    """Stop all units as apis-main's SCRAM does: all but the voltage reference, and after a delay everyone.

    Nobody waits for anybody: the second order goes out after scramVoltageReferenceDelayMsec even if a unit is
    still busy with the first one, and a unit in current mode gets a second stop. Succeeds when the last order
    to every unit did.
    """
    start = clock.now()
    first = _order([client for client in clients if client.data.mode is not Mode.CV], clock)
    if clients:
        clock.sleep(clients[0].policy.controller.scram_voltage_reference_delay)
    second = _order(clients, clock)
    early = [call.result() for call in first]
    late = [call.result() for call in second]
    return joined("scram", early + late, all(report.succeeded for report in late), start, clock.now())


def _order(clients: Sequence[Client], clock: Clock) -> list[Call[Report]]:
    return [clock.start(partial(client.run_at_once, stop), f"scram {client.name}") for client in clients]
