"""Polled and buffered acquisition -> trace."""

from hil.capture.capture import Capture, Channel, Sample, Subscription, terminals
from hil.capture.sampling import sampling
from hil.capture.trace import Event, Gap, Trace

__all__ = ["Capture", "Channel", "Event", "Gap", "Sample", "Subscription", "Trace", "sampling", "terminals"]
