"""apis-main's command sequences, exact to the requests on the wire.

A sequence of one unit is a function that takes `Steps` first; run it with `client.run(stop)` or
`client.run(charge, 1.0)`. Those of several units (`hand_over`, `scram`, `compensate`, `Deal`) take the units.
"""

from hil.client.sequences.acquisition import PeriodicAcquisition
from hil.client.sequences.checkpoint import checkpoint
from hil.client.sequences.deal import Deal, DealReport
from hil.client.sequences.gridmaster import ConverterUnit, DealUnit, GridMaster, compensate
from hil.client.sequences.handover import did_hand_over, did_take_over, hand_over, will_hand_over, will_take_over
from hil.client.sequences.modes import acquire, charge, discharge, start_up, stop
from hil.client.sequences.reference import (
    GridBefore,
    authorization_voltages,
    authorize,
    grid_before_start,
    ramp_up,
    start_grid,
    start_reference,
)
from hil.client.sequences.scram import scram
from hil.client.sequences.stepping import step_current, step_voltage

__all__ = [
    "ConverterUnit",
    "Deal",
    "DealReport",
    "DealUnit",
    "GridBefore",
    "GridMaster",
    "PeriodicAcquisition",
    "acquire",
    "authorization_voltages",
    "authorize",
    "charge",
    "checkpoint",
    "compensate",
    "did_hand_over",
    "did_take_over",
    "discharge",
    "grid_before_start",
    "hand_over",
    "ramp_up",
    "scram",
    "start_grid",
    "start_reference",
    "start_up",
    "step_current",
    "step_voltage",
    "stop",
    "will_hand_over",
    "will_take_over",
]
