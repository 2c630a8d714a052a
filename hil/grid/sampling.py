"""A meter as a source of a capture: it samples by itself where it can, and is polled where it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hil.clock import Clock
from instruments.kinds import Meter
from instruments.reading import Reading, Subscription

Deliver = Callable[[Iterable[Reading]], None]

COLLECTING = 0.5
"""Seconds between two looks at what a meter has sampled by itself. So late the supervisor may judge a sample; supplies
and loads, which see the same terminals, it reads by itself meanwhile."""
SLOWEST = 0.25
"""Seconds between two samples above which polling costs little and delays nobody who wants a reading meanwhile."""


def sampling(meter: Meter, period: float, clock: Clock, convert: Callable[[Reading], Reading]) -> Subscription:
    """Return the subscription to one sample of `meter` every `period` seconds, each passed through `convert`."""

    def subscribe(sink: Callable[[Reading], None]) -> Callable[[], None]:
        def deliver(readings: Iterable[Reading]) -> None:
            for reading in readings:
                sink(convert(reading))

        by_itself = period <= SLOWEST and meter.can_record(period)
        return (_recorded if by_itself else _polled)(meter, period, clock, deliver)

    return subscribe


def _polled(meter: Meter, period: float, clock: Clock, deliver: Deliver) -> Callable[[], None]:
    ticker = clock.every(period, lambda: deliver([meter.measure()]), f"capture {meter.name}")

    def end() -> None:
        ticker.stop()
        ticker.check()

    return end


def _recorded(meter: Meter, period: float, clock: Clock, deliver: Deliver) -> Callable[[], None]:
    meter.record(period)
    ticker = clock.every(COLLECTING, lambda: deliver(meter.fetch()), f"capture {meter.name}")

    def end() -> None:
        ticker.stop()
        try:
            ticker.check()
        finally:
            deliver(meter.end_recording())

    return end
