"""Meters as sources of a capture, on the virtual bench: by themselves and polled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from hil.bench import files
from hil.bench.bench import Bench
from hil.bench.opening import Opening, open_bench
from hil.capture import Capture
from hil.clock import RealClock
from hil.grid.sampling import COLLECTING, sampling
from instruments.audit import AuditEvent
from instruments.errors import BadAnswer, TransportLost
from instruments.kinds import Meter
from instruments.meter import DialectMeter
from instruments.opening import Measuring, open_instrument
from instruments.reading import Reading
from instruments.transport import Transport

BENCH_FILE = Path(__file__).parents[2] / "benches" / "virtual.toml"
PERIOD = 0.02


@dataclass
class Scene:
    """An open virtual bench, and what was said to its grid voltmeter."""

    bench: Bench
    messages: list[AuditEvent] = field(default_factory=list)

    def said(self) -> list[str]:
        """Return the commands to the voltmeter since the last call."""
        said = [each.text for each in self.messages if (each.instrument, each.direction) == ("grid_voltmeter", "out")]
        self.messages.clear()
        return said

    def capture(self, period: float) -> Capture:
        """Return a capture of the grid voltage."""
        return Capture(self.bench.clock, {}, period, {"v": self.bench.grid.sampled(period)["grid_voltage"]})


@pytest.fixture(scope="module")
def opened() -> Iterator[Scene]:
    messages: list[AuditEvent] = []
    with open_bench(files.read(BENCH_FILE), Opening(audit=messages.append)) as bench:
        yield Scene(bench, messages)


@pytest.fixture
def scene(opened: Scene) -> Scene:
    opened.messages.clear()
    return opened


def test_a_meter_with_a_memory_samples_by_itself(scene: Scene) -> None:
    capture = scene.capture(PERIOD)
    with capture.running(tail=1.0):
        pass
    said = scene.said()
    assert said.count("INIT") == 1
    assert "READ?" not in said
    assert 2 <= said.count("R?") <= 4
    assert said[-2:] == ["ABOR", "SYST:ERR?"]
    signal = capture.trace().signal("v")
    assert len(signal) == pytest.approx(1.0 / PERIOD, abs=2)
    assert np.diff(signal.time) == pytest.approx(PERIOD, rel=1e-3)
    # 0.1 line cycles are taken as 0.2: 4 ms, and up to 2 ms from the command to the first sample
    assert 0.002 < float(np.max(signal.half_width)) < 0.0035


def test_somebody_else_gets_a_sample_of_his_own_time_meanwhile(scene: Scene) -> None:
    capture = scene.capture(PERIOD)
    with capture.running(lead=0.1, tail=0.1):
        asked = scene.bench.clock.now()
        seen = scene.bench.grid.voltage()
    assert "READ?" not in scene.said()
    assert asked <= seen.start < seen.end <= asked + 3 * PERIOD
    readings = capture.trace().readings
    assert (readings["start"] == seen.start).sum() == 1
    assert np.diff(capture.trace().signal("v").time) == pytest.approx(PERIOD, rel=1e-3)


def test_a_second_capture_of_the_same_meter_polls_its_samples(scene: Scene) -> None:
    first, second = scene.capture(PERIOD), scene.capture(2 * PERIOD)
    with first.running(), second.running(lead=1.0):
        pass
    assert "READ?" not in scene.said()
    assert len(first.trace().readings) == pytest.approx(1.0 / PERIOD, abs=3)
    assert set(second.trace().readings["start"]) <= set(first.trace().readings["start"])
    assert len(second.trace().readings) > 0.3 / PERIOD


def test_slow_captures_poll(scene: Scene) -> None:
    capture = scene.capture(0.4)
    with capture.running(lead=1.9):
        pass
    assert scene.said().count("READ?") == 4
    assert len(capture.trace().readings) == 4


def test_whoever_proves_the_bench_safe_gets_a_reading_although_a_dead_run_left_the_meter_sampling(
    scene: Scene,
) -> None:
    meter = scene.bench.instruments["grid_voltmeter"]
    assert isinstance(meter, DialectMeter)
    link = meter._link
    assert isinstance(link, Transport)
    meter.record(PERIOD)
    address, clock, how = link.resource, scene.bench.clock, Measuring(buffered=True)
    other = open_instrument("witness", "meter", "keysight-34460", address, clock, measuring=how)
    try:
        assert isinstance(other, DialectMeter)
        assert other.measure().value == pytest.approx(0.0, abs=0.1)
    finally:
        other.close()
        with pytest.raises(BadAnswer, match="fewer than that"):
            meter.end_recording()


class LosingMeter:
    """A meter whose link is lost while it records."""

    name = "meter"
    unit = "V"

    def __init__(self) -> None:
        self.ended = 0

    def can_record(self, interval: float) -> bool:
        return True

    def record(self, interval: float) -> None:
        pass

    def fetch(self) -> list[Reading]:
        raise TransportLost("meter: lost the link")

    def end_recording(self) -> list[Reading]:
        self.ended += 1
        return []


def test_a_meter_that_is_lost_while_it_records_ends_the_capture(scene: Scene) -> None:
    meter, clock = LosingMeter(), RealClock()
    source = sampling(cast(Meter, meter), PERIOD, clock, lambda reading: reading)
    capture = Capture(clock, {}, PERIOD, {"v": source})
    with pytest.raises(TransportLost, match="lost the link"), capture.running(lead=COLLECTING + 0.2):
        pass
    assert meter.ended == 1
