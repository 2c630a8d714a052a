"""The second unit of a bench as the partner of the unit under test, in apis-main's own sequences."""

from __future__ import annotations

import numpy as np

from hil.capture import Trace
from hil.client import Client, Report
from hil.client.report import CallRecord
from hil.client.sequences import acquire, charge, discharge, hand_over
from hil.converter import Mode
from hil.errors import BenchTrouble
from hil.running.scene import DROOP_OFF, Scene
from hil.waveform import Signal

PARTNER_NEAR = 2.0
"""In allowances: peer and load may each be off by one."""


def hold_grid(scene: Scene) -> None:
    """Make the peer the voltage reference of a dead grid. Raises BenchTrouble when the voltage does not come."""
    peer, target = scene.peer, scene.operating_voltage
    peer.converter.set_mode(Mode.CV, target, scene.rated_current, DROOP_OFF)
    if not scene.await_voltage(target - scene.policy.grid_voltage_allowance):
        raise BenchTrouble(
            f"The peer was told to hold the grid at {target:g} V, and {scene.grid.voltage().value:.1f} V is measured. "
            "Look at its grid terminals, their fuse, and the ramp of the second unit."
        )


def share(unit: Client, mode: Mode, amperes: float) -> bool:
    """Have `unit` share `amperes` on a live grid as apis-main starts it, or leave it stopped; tell whether it did."""
    match mode:
        case Mode.CHARGE:
            return unit.run(charge, amperes).succeeded
        case Mode.DISCHARGE:
            return unit.run(discharge, amperes).succeeded
        case _:
            return True


def pass_reference(old: Client, new: Client, following: Mode = Mode.STOP) -> Report:
    """Read both units and move the voltage reference from `old` to `new`, in apis-main's sequence."""
    for unit in (old, new):
        unit.run(acquire)
    return hand_over(old, new, following)


def require_partner(scene: Scene, trace: Trace, report: Report, amperes: float | None = None) -> None:
    """Raise BenchTrouble when the peer did not do its part before a sequence, or after it had the grid alone.

    Ask before the unit is judged. `amperes`: what the peer and the load make the unit carry as the reference before
    the sequence, positive into it; None: the peer is the reference. A unit without its partner clamps the grid at dvg,
    so up to the allowance above the operating range nothing follows for it; one that lifts it further is judged.
    """
    assert scene.bench.peer is not None
    top = scene.policy.operation_grid_voltage_range.max + scene.policy.grid_voltage_allowance
    voltage, current = trace.signal("grid_voltage"), trace.signal("grid_current")
    scene.bench.peer.require_untripped(float(voltage.value.max()), top)
    before, carried = (each.where(each.latest <= report.start) for each in (voltage, current))
    after, left = (each.where(each.earliest >= report.end) for each in (voltage, current))
    if amperes is None:
        require_held(scene, before, carried)
    else:
        _require_drawn(scene, before, carried, amperes)
        require_held(scene, after, left)


def require_held(scene: Scene, voltage: Signal, current: Signal) -> None:
    """Raise BenchTrouble when the peer, the reference of the grid, let its voltage leave the allowance.

    A unit that carries more than the current of a deal may have brought that about, and is judged.
    """
    most = scene.deal_current + scene.hwconfig.grid_current_allowance
    far = float(np.abs(voltage.value - scene.operating_voltage).max())
    if far > scene.policy.grid_voltage_allowance and float(np.abs(current.value).max()) <= most:
        raise BenchTrouble(
            f"The peer was to hold the grid at {scene.operating_voltage:g} V, and it was {far:.1f} V off while the "
            f"unit carried no more than {most:.3g} A. Look at the second unit; nothing follows for the unit under test."
        )


def _require_drawn(scene: Scene, voltage: Signal, current: Signal, amperes: float) -> None:
    """Raise BenchTrouble when a unit that holds its voltage carries another current than peer and load should make."""
    near = np.abs(voltage.value - scene.operating_voltage).max() <= scene.policy.grid_voltage_allowance
    mean = float(current.value.mean())
    if near and abs(mean - amperes) > PARTNER_NEAR * scene.hwconfig.grid_current_allowance:
        raise BenchTrouble(
            f"The unit holds the grid and carries {mean:+.2f} A, where the peer and the load should make it carry "
            f"{amperes:+.2f} A. Look at the second unit and the load; nothing follows for the unit under test."
        )


def require_peer(scene: Scene, mode: Mode, report: Report) -> None:
    """Raise BenchTrouble when the peer is not in `mode`, or it alone kept the sequence from its end.

    Judge the unit before: what it did to the peer has been measured then.
    """
    assert scene.bench.peer is not None
    scene.bench.peer.require(mode)
    if not report.succeeded and all(error.unit == scene.peer.name for error in report.errors):
        raise BenchTrouble(f"The peer kept {report.name} from its end: {'; '.join(e.text for e in report.errors)}")


def last_call(scene: Scene, report: Report, word: str) -> CallRecord | None:
    """Return the last call of the unit under test whose path contains `word`, None when there was none."""
    calls = [call for call in report.calls if call.unit == scene.client.name and word in call.path]
    return calls[-1] if calls else None
