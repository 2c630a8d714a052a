"""The second unit of a bench as the partner of the unit under test, in apis-main's own sequences."""

from __future__ import annotations

from hil.capture import Trace
from hil.client import Client, Report
from hil.client.report import CallRecord
from hil.client.safety import HEAVY_ALARM
from hil.client.sequences import acquire, charge, discharge, hand_over
from hil.converter import Mode
from hil.errors import BenchTrouble
from hil.running.scene import DROOP_OFF, Scene


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


def require_untripped(scene: Scene, trace: Trace) -> None:
    """Raise BenchTrouble when the peer has tripped on a grid that was never lifted: it let go of the grid by itself.

    Ask before the unit is judged. A unit without its partner clamps the grid at dvg, so up to the allowance above the
    operating range nothing follows for it; one that lifts the grid further has tripped the peer, and is judged.
    """
    assert scene.bench.peer is not None
    top = scene.policy.operation_grid_voltage_range.max + scene.policy.grid_voltage_allowance
    highest = float(trace.signal("grid_voltage").value.max())
    if highest <= top and scene.bench.peer.get().value.status.alarm_state == HEAVY_ALARM:
        raise BenchTrouble(
            f"The peer has a Heavy alarm, and the grid was at most {highest:.1f} V: the second unit let go of "
            "the grid by itself. Look at it; nothing follows for the unit under test."
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
