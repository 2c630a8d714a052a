"""The one notion of time. Everything that waits or repeats asks a `Clock`.

`RealClock` follows the monotonic clock and uses threads. `SteppedClock` drives a virtual bench: time passes
only while every worker waits, one worker runs at a time, and so a run is the same every time it is made.
Nothing above this package can tell them apart.
"""

from hil.clock.protocol import Call, Clock, Event, Ticker, TickerReport
from hil.clock.real import RealClock
from hil.clock.stepped import SteppedClock

__all__ = ["Call", "Clock", "Event", "RealClock", "SteppedClock", "Ticker", "TickerReport"]
