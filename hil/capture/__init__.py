"""Polled and buffered acquisition -> trace."""

from hil.capture.capture import Capture, Channel, Sample, terminals
from hil.capture.trace import Event, Gap, Trace

__all__ = ["Capture", "Channel", "Event", "Gap", "Sample", "Trace", "terminals"]
