from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import cast

import pandas as pd
import pytest

from hil.capture import Capture, Event, Trace, terminals
from hil.clock import RealClock, TickerReport
from hil.clock.workers import WorkerClock
from hil.errors import BadInput, BenchTrouble
from instruments.kinds import OutputReadings, Powered
from instruments.reading import Reading


class FakeTicker:
    def __init__(self, clock: FakeClock, period: float, action: Callable[[], None]) -> None:
        self.clock, self.period, self.action = clock, period, action
        self.due = clock.time + period
        self.error: Exception | None = None
        self.stopped = False

    def run(self) -> None:
        self.due += self.period
        try:
            self.action()
        except Exception as error:  # noqa: BLE001 - handed to whoever checks, as a ticker does
            self.error = error
            self.stopped = True

    def stop(self) -> None:
        self.stopped = True

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    def report(self) -> TickerReport:
        return TickerReport(self.period, 0, 0, 0.0, 1.0)


class FakeClock(WorkerClock):
    """Runs what is due while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.tickers: list[FakeTicker] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        end = self.time + seconds
        while due := [each for each in self.tickers if not each.stopped and each.due <= end + 1e-9]:
            ticker = min(due, key=lambda each: each.due)
            self.time = ticker.due
            ticker.run()
        self.time = end

    def lock(self) -> AbstractContextManager[object]:
        return nullcontext()

    def every(self, period: float, action: Callable[[], None], name: str) -> FakeTicker:
        self.tickers.append(FakeTicker(self, period, action))
        return self.tickers[-1]

    def close(self) -> None: ...


class DriverError(Exception):
    """Stands for the converter's own errors."""


def volts(clock: FakeClock) -> Callable[[], Reading]:
    return lambda: Reading(100.0 * clock.now(), "V", clock.now() - 0.01, clock.now() + 0.01)


def test_channels_are_polled_each_at_its_own_period() -> None:
    clock = FakeClock()
    capture = Capture(clock, {"fast": volts(clock), "slow": volts(clock)}, {"fast": 0.1, "slow": 0.5})
    with capture.running():
        clock.sleep(1.0)
    counts = capture.trace().readings["channel"].value_counts()
    assert counts["fast"] == 10
    assert counts["slow"] == 2


def test_nothing_is_polled_before_and_after() -> None:
    clock = FakeClock()
    capture = Capture(clock, {"v": volts(clock)}, 0.1)
    clock.sleep(1.0)
    with capture.running():
        pass
    clock.sleep(1.0)
    assert capture.trace().readings.empty


def test_lead_and_tail_are_recorded_around_the_block() -> None:
    clock = FakeClock()
    capture = Capture(clock, {"v": volts(clock)}, 0.1)
    with capture.running(lead=0.5, tail=1.0):
        capture.mark("command")
    trace = capture.trace()
    assert trace.event("command").time == pytest.approx(0.5)
    assert trace.readings["time"].max() == pytest.approx(1.5)


def test_named_and_buffered_readings_become_channels_and_rows() -> None:
    clock = FakeClock()
    named = {"vg": Reading(350.0, "V", 0.0, 0.2), "ig": Reading(1.0, "A", 0.0, 0.2)}
    buffered = [Reading(float(n), "A", 0.1 * n, 0.1 * n) for n in range(3)]
    capture = Capture(clock, {"driver": lambda: named, "meter": lambda: buffered}, 1.0)
    with capture.running():
        clock.sleep(1.0)
    trace = capture.trace()
    assert trace.channels == ["driver.ig", "driver.vg", "meter"]
    assert list(trace.signal("meter").value) == [0.0, 1.0, 2.0]


def test_terminals_of_an_instrument_are_two_channels() -> None:
    class Source:
        def measure(self) -> OutputReadings:
            return OutputReadings(Reading(48.0, "V", 0.0, 0.0), Reading(-2.0, "A", 0.0, 0.0))

    clock = FakeClock()
    capture = Capture(clock, {"battery": terminals(cast(Powered, Source()))}, 1.0)
    with capture.running():
        clock.sleep(1.0)
    assert capture.trace().channels == ["battery.current", "battery.voltage"]


def test_a_subscription_pushes_until_the_capture_ends() -> None:
    clock = FakeClock()
    sinks: list[Callable[[Reading], None]] = []

    def subscribe(sink: Callable[[Reading], None]) -> Callable[[], None]:
        sinks.append(sink)
        return lambda: sinks.remove(sink)

    capture = Capture(clock, {}, 1.0, subscriptions={"battery": subscribe})
    with capture.running():
        sinks[0](Reading(52.0, "V", 0.0, 0.0))
    assert sinks == []
    assert list(capture.trace().signal("battery").value) == [52.0]


def test_trouble_of_a_channel_ends_the_capture_as_bench_trouble() -> None:
    def broken() -> Reading:
        raise BenchTrouble("the voltmeter at TCPIP::1 does not answer")

    clock = FakeClock()
    capture = Capture(clock, {"v": broken, "w": volts(clock)}, 0.1)
    with pytest.raises(BenchTrouble, match="voltmeter"), capture.running():
        clock.sleep(1.0)
    assert all(ticker.stopped for ticker in clock.tickers)


def test_an_error_in_the_block_goes_first_and_the_channels_trouble_is_noted() -> None:
    def broken() -> Reading:
        raise BenchTrouble("the voltmeter does not answer")

    clock = FakeClock()
    capture = Capture(clock, {"v": broken}, 0.1)

    def measure() -> None:
        with capture.running():
            clock.sleep(1.0)
            raise AssertionError("limit exceeded")

    with pytest.raises(AssertionError, match="limit") as caught:
        measure()
    assert "the voltmeter does not answer" in caught.value.__notes__[0]


def test_a_tolerated_error_is_a_gap_and_the_channel_goes_on() -> None:
    clock = FakeClock()
    answers = iter([False, True, True])

    def flaky() -> Reading:
        if not next(answers):
            raise DriverError("status 400")
        return volts(clock)()

    capture = Capture(clock, {"driver": flaky}, 0.1, tolerate=(DriverError,))
    with capture.running():
        clock.sleep(0.3)
    trace = capture.trace()
    assert len(trace.readings) == 2
    assert [gap.reason for gap in trace.gaps] == ["DriverError: status 400"]
    assert trace.gaps[0].start == pytest.approx(0.1)


def test_a_channel_without_period_is_refused() -> None:
    clock = FakeClock()
    with pytest.raises(ValueError, match="no period"):
        Capture(clock, {"v": volts(clock)}, {})


@pytest.fixture
def trace() -> Trace:
    clock = FakeClock()
    capture = Capture(clock, {"v": volts(clock)}, 0.1, tolerate=(DriverError,))
    with capture.running():
        capture.mark("command")
        clock.sleep(0.5)
        capture.add("v", Reading(999.0, "V", 0.45, 0.5, fresh=False))
    return capture.trace()


def test_signal_has_the_intervals_and_the_uncertainty_and_no_stale_reading(trace: Trace) -> None:
    signal = trace.signal("v", lambda value: 0.001 * value)
    assert len(signal) == 5
    assert signal.unit == "V"
    assert signal.half_width == pytest.approx([0.01] * 5)
    assert signal.uncertainty == pytest.approx(0.001 * signal.value)
    assert math.isnan(trace.signal("v").uncertainty[0])


def test_unknown_channels_and_events_are_named(trace: Trace) -> None:
    with pytest.raises(KeyError, match="only of"):
        trace.signal("nothing")
    with pytest.raises(KeyError, match="command"):
        trace.event("nothing")


def test_wide_has_a_column_per_channel_over_time(trace: Trace) -> None:
    wide = trace.wide()
    assert list(wide.columns) == ["v"]
    assert len(wide) == 5


def test_parquet_round_trip_keeps_everything(trace: Trace, tmp_path: Path) -> None:
    path = tmp_path / "traces" / "start.parquet"
    trace.to_parquet(path, {"dut": "VIRTUAL-0001", "bench": "virtual"})
    loaded, identity = Trace.from_parquet(path)
    assert identity == {"dut": "VIRTUAL-0001", "bench": "virtual"}
    pd.testing.assert_frame_equal(loaded.readings, trace.readings)
    assert loaded.events == trace.events
    assert loaded.gaps == trace.gaps
    assert [each.name for each in path.parent.iterdir()] == ["start.parquet"]


def test_files_that_are_no_traces_are_refused_with_a_sentence(tmp_path: Path) -> None:
    text = tmp_path / "text.parquet"
    text.write_text("hello")
    with pytest.raises(BadInput, match=r"cannot read the trace .*text\.parquet"):
        Trace.from_parquet(text)
    other = tmp_path / "other.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(other)
    with pytest.raises(BadInput, match="not a trace of this harness"):
        Trace.from_parquet(other)
    with pytest.raises(BadInput, match="cannot read"):
        Trace.from_parquet(tmp_path / "absent.parquet")


@pytest.mark.parametrize("channels", [1, 4])
def test_workers_of_the_real_clock_feed_one_trace(channels: int) -> None:
    clock = RealClock()
    capture = Capture(
        clock, {f"v{n}": lambda: Reading(1.0, "V", clock.now(), clock.now()) for n in range(channels)}, 0.002
    )
    with capture.running():
        assert clock.wait_until(lambda: len(capture.trace().readings) >= 5 * channels, timeout=10.0, period=0.01)
    trace = capture.trace()
    count = len(trace.readings)
    clock.sleep(0.01)
    assert len(capture.trace().readings) == count
    assert trace.channels == [f"v{n}" for n in range(channels)]
    assert trace.readings["start"].is_monotonic_increasing


def test_events_from_elsewhere_join_a_trace_only_while_it_is_recorded() -> None:
    own = (Event(1.0, "capture starts"), Event(2.0, "capture ends"))
    trace = Trace(pd.DataFrame(columns=["channel", "start", "end", "time", "value", "unit", "fresh"]), own)
    joined = trace.with_events([Event(0.9, "before"), Event(1.5, "dig=1.0"), Event(2.0, "the next one's")])
    assert [event.label for event in joined.events] == ["capture starts", "dig=1.0", "capture ends"]
