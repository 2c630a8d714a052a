"""MOD-04 and MOD-05 with a second unit: the reference taken over from it, and handed to it while the deal goes on."""

from __future__ import annotations

import numpy as np
import pytest

from hil.capture import Trace
from hil.client import Report
from hil.converter import Mode
from hil.running.marking import FULL, HIGHEST, requirement
from hil.running.scene import Scene
from hil.verdict import Judge, Measurement
from hil.waveform import Quantity, settling_duration
from hil.waveform.transition import Extreme, peak
from suites.modes.evidence import keep_nearest_to_limit
from suites.second_unit import hold_grid, last_call, pass_reference, require_partner, require_peer, share

SETTLE = 0.5
"""Seconds before and after a change."""
PERIOD = 0.01
"""Seconds between two samples."""
OTHER = {Mode.CHARGE: Mode.DISCHARGE, Mode.DISCHARGE: Mode.CHARGE}
"""What the peer does in the deal in which the unit has this mode."""


@requirement("MOD-04", each=12.0, fixed=1.0, volts=HIGHEST, amperes=FULL, peer=True)
@pytest.mark.parametrize("before", [Mode.DISCHARGE, Mode.CHARGE], ids=lambda mode: mode.name)
def test_taking_the_reference_over_from_the_peer_does_not_lift_the_grid(
    scene: Scene, judge: Judge, repetitions: int, before: Mode
) -> None:
    """In constant current on the peer's grid take the voltage reference over; record the grid voltage."""
    deal = scene.policy.mediator.deal.grid_current
    judged: list[tuple[Measurement, Trace]] = []
    for number in range(repetitions):
        scene.rest()
        hold_grid(scene)
        fine = share(scene.client, before, deal)
        capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
        with capture.running(lead=SETTLE, tail=SETTLE):
            report = pass_reference(scene.peer, scene.client)
        trace = capture.trace()
        require_partner(scene, trace, report)
        holds = fine and report.succeeded and scene.holds(Mode.CV)
        conditions = f"{before.name} to CV, from the peer, repetition {number + 1}"
        seen = peak(trace.signal("grid_voltage", scene.voltage_accuracy().expanded), Extreme.LARGEST)
        judged.append((judge.measure("MOD-04", "peak", seen, conditions=conditions), trace))
        judge.count("MOD-04", "out_of_range", *_outside(scene, trace), conditions)
        judge.count("MOD-04", "alarms", int(not holds), 1, conditions)
        require_peer(scene, Mode.STOP, report)
    keep_nearest_to_limit(scene, judged, "Taken over from the peer", {"grid_voltage": (None, judged[0][0].upper)})


@requirement("MOD-05", each=13.0, fixed=1.0, volts=HIGHEST, amperes=FULL, peer=True)
@pytest.mark.parametrize("following", [Mode.CHARGE, Mode.DISCHARGE], ids=lambda mode: mode.name)
def test_a_deal_goes_on_when_the_peer_has_taken_the_reference_over(
    scene: Scene, judge: Judge, repetitions: int, following: Mode
) -> None:
    """The unit is reference and partner of the peer's deal; the peer takes over, the unit keeps its current."""
    deal = scene.policy.mediator.deal.grid_current
    for number in range(repetitions):
        scene.rest()
        scene.reference()
        share(scene.peer, OTHER[following], deal)
        capture = scene.capture("grid_voltage", "grid_current", period=PERIOD)
        with capture.running(lead=SETTLE, tail=SETTLE):
            report = pass_reference(scene.client, scene.peer, following)
        conditions = f"CV to {following.name}, to the peer, repetition {number + 1}"
        trace = capture.trace()
        require_partner(scene, trace, report, following.sign * deal)
        judge.count("MOD-05", "out_of_range", *_outside(scene, trace), conditions)
        judge.measure("MOD-05", "settling_time", _settling(scene, trace, report, following), conditions=conditions)
        require_peer(scene, Mode.CV, report)
    scene.keep(trace, f"The deal goes on in {following.name}")


def _outside(scene: Scene, trace: Trace) -> tuple[int, int]:
    """Return how many samples of the grid voltage lie outside of the operating range, and of how many."""
    allowed = scene.policy.operation_grid_voltage_range
    values = trace.signal("grid_voltage").value
    return int(np.count_nonzero((values < allowed.min) | (values > allowed.max))), len(values)


def _settling(scene: Scene, trace: Trace, report: Report, following: Mode) -> Quantity:
    """Return the time from the answer to the steady current; the length of the record when it never comes.

    The current is that which the unit carried before, by its own meter, as apis-main commands it.
    """
    current = trace.signal("grid_current", scene.current_accuracy().expanded)
    commanded = last_call(scene, report, f"mode={following.value}")
    if commanded is None or scene.client.data.dig is None:
        return current.exactly(float(current.time[-1] - current.time[0]), "s")
    target = scene.client.data.dig if following is Mode.CHARGE else -scene.client.data.dig
    allowance = scene.hwconfig.grid_current_allowance
    settled = settling_duration(current, target - allowance, target + allowance, commanded.end)
    return current.exactly(float(current.time[-1]) - commanded.end, "s") if settled is None else settled
