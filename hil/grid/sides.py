"""Source and sink of the grid side as one thing with two quadrants, whatever instruments fill the roles.

Voltages in V, currents in A as magnitudes.
"""

from __future__ import annotations

from typing import Protocol

from hil.errors import BadInput
from instruments.kinds import BidirectionalSupply, Load, LoadMode, Powered, Supply


class Quadrants(Protocol):
    """What can be done to the grid's terminals."""

    def hold(self, voltage: float, source_current: float, sink_current: float) -> None:
        """Hold `voltage` while the unit draws up to `source_current` or pushes up to `sink_current`."""

    def draw(self, current: float) -> None:
        """Sink `current` and source nothing."""

    def stop_sinking(self) -> None:
        """Sink no more; what sources goes on."""

    def off(self) -> None:
        """Switch everything off, source before sink."""

    def powered(self) -> list[Powered]:
        """Return the instruments, for measuring."""


class Sink(Protocol):
    """Draws a constant current."""

    @property
    def instrument(self) -> Powered:
        """Return the instrument behind it."""

    def draw(self, current: float) -> None:
        """Draw `current`, switching on if needed."""

    def off(self) -> None:
        """Switch off."""


class LoadSink:
    """An electronic load in constant current."""

    def __init__(self, load: Load) -> None:
        self.instrument: Powered = load
        self._load = load

    def draw(self, current: float) -> None:
        """Draw `current`, switching on if needed."""
        self._load.set_load(LoadMode.CURRENT, current)
        if not self._load.is_on():
            self._load.switch(True)

    def off(self) -> None:
        """Switch the input off."""
        self._load.switch(False)


class OneBidirectional:
    """One bidirectional supply in both roles, or a second one that is only a sink."""

    def __init__(self, supply: BidirectionalSupply) -> None:
        self.instrument: Powered = supply
        self._supply = supply
        self._limits = (0.0, 0.0)

    def hold(self, voltage: float, source_current: float, sink_current: float) -> None:
        """Hold `voltage` within both limits; what shrinks goes before the voltage, what grows after it."""
        on = self._supply.is_on()
        source, sink = self._limits if on else (0.0, 0.0)
        self._limit(min(source, source_current), min(sink, sink_current))
        self._supply.set_voltage(voltage)
        self._limit(source_current, sink_current)
        if not on:
            self._supply.switch(True)

    def draw(self, current: float) -> None:
        """Sink `current`: told 0 V and no current to source, it draws up to its sink limit."""
        self.hold(0.0, 0.0, current)

    def stop_sinking(self) -> None:
        """Lower the sink limit to 0 and go on sourcing."""
        self._limit(self._limits[0], 0.0)

    def off(self) -> None:
        """Switch the output off."""
        self._supply.switch(False)

    def powered(self) -> list[Powered]:
        """Return the supply."""
        return [self.instrument]

    def _limit(self, source: float, sink: float) -> None:
        self._supply.set_current_limit(source)
        self._supply.set_sink_current_limit(sink)
        self._limits = (source, sink)


class SourceAndSink:
    """A source and a sink in parallel; either may be missing."""

    def __init__(self, source: Supply | None, sink: Sink | None) -> None:
        self._source = source
        self._sink = sink

    def hold(self, voltage: float, source_current: float, sink_current: float) -> None:
        """Hold `voltage` with a preload of `sink_current`: the source never leaves constant voltage."""
        if self._sink is not None:
            self._sink.draw(sink_current)
        if self._source is not None:
            self._source.set_current_limit(source_current + sink_current)
            self._source.set_voltage(voltage)
            if not self._source.is_on():
                self._source.switch(True)

    def draw(self, current: float) -> None:
        """Sink `current`; the source goes off first."""
        self._source_off()
        if self._sink is not None:
            self._sink.draw(current)

    def stop_sinking(self) -> None:
        """Switch the sink off; the source goes on."""
        if self._sink is not None:
            self._sink.off()

    def off(self) -> None:
        """Switch off, source before sink. A source that does not obey leaves the sink as it is."""
        self._source_off()
        if self._sink is not None:
            self._sink.off()

    def powered(self) -> list[Powered]:
        """Return the instruments that are there."""
        source: list[Powered] = [] if self._source is None else [self._source]
        return source if self._sink is None else [*source, self._sink.instrument]

    def _source_off(self) -> None:
        if self._source is not None:
            self._source.switch(False)


def quadrants(source: Supply | BidirectionalSupply | None, sink: Load | BidirectionalSupply | None) -> Quadrants:
    """Return what fits the instruments in the two roles. Raises BadInput."""
    if source is not None and source is sink:
        if not isinstance(source, BidirectionalSupply):
            raise BadInput("The bench file gives both grid roles to an instrument that is no bidirectional supply.")
        return OneBidirectional(source)
    if sink is None:
        return SourceAndSink(source, None)
    return SourceAndSink(source, OneBidirectional(sink) if isinstance(sink, BidirectionalSupply) else LoadSink(sink))
