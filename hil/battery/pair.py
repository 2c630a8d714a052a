"""Terminals made by a supply and a load in parallel: what all strategies share.

The supply sources, the load sinks, and the sum is the battery's current. A load cannot be told a largest current
while it holds a voltage, and a supply cannot take any, so the charge limit of an empty or full battery is kept
by the model's cut-offs, not by the instruments.
"""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel, ConfigDict, Field

from hil.battery.terminals import Resolution, SetPoint, TerminalReadings, output_trouble
from hil.errors import BadInput
from hil.safety import low_trip
from instruments.kinds import Load, LoadMode, OutputReadings, Supply
from instruments.reading import Reading


class Strategy(Enum):
    """How supply and load share the work."""

    LOAD_ABOVE = "load above"
    PRELOAD = "preload"
    ADAPTIVE_PRELOAD = "adaptive preload"


class PairSettings(BaseModel):
    """A supply and a load as a battery. Voltages in V, currents in A, as magnitudes.

    strategy:
        load above: the load holds a voltage `delta` above the supply's and takes over by itself within its own
            settling time. No heat at rest; the terminals step by up to `delta` when the current reverses.
        preload: the load always draws `preload`; the supply never leaves constant voltage while the charging
            current is smaller. No step; burns voltage times preload, and takes it from the supply's rating.
        adaptive preload: the load draws `margin` more than the charging current. Less heat; the margin must
            cover what the converter's `slew` (A/s) adds in two periods of the loop.
    hand_over_current: smallest current that decides which of the two regulates (load above).
    source_error, sink_error: largest set-point errors of the two, ripple included.
    source_rating, sink_rating: largest currents of the two, None if not to be checked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: Strategy = Strategy.LOAD_ABOVE
    delta: float = Field(default=0.2, gt=0)
    hand_over_current: float = Field(default=0.2, gt=0)
    source_error: float = Field(default=0.05, ge=0)
    sink_error: float = Field(default=0.05, ge=0)
    preload: float = Field(default=0.0, ge=0)
    margin: float = Field(default=0.0, ge=0)
    slew: float = Field(default=100.0, gt=0)
    source_rating: float | None = Field(default=None, gt=0)
    sink_rating: float | None = Field(default=None, gt=0)


class SupplyAndLoad:
    """The part that does not depend on the strategy."""

    def __init__(self, supply: Supply, load: Load, settings: PairSettings, resolution: Resolution) -> None:
        self._supply = supply
        self._load = load
        self._settings = settings
        self._mode = LoadMode.VOLTAGE if settings.strategy is Strategy.LOAD_ABOVE else LoadMode.CURRENT
        self._voltage = SetPoint(resolution.voltage)
        self._source_limit = SetPoint(resolution.current)
        self._level = SetPoint(resolution.voltage if self._mode is LoadMode.VOLTAGE else resolution.current)
        self.writes = 0

    @property
    def names(self) -> str:
        """Return the names of both."""
        return f"'{self._supply.name}' and '{self._load.name}'"

    def make_resistance(self, ohms: float) -> bool:
        """Return False: behind two instruments the loop makes the resistance."""
        return False

    def connect(self) -> None:
        """Switch the load on, then the supply."""
        self._load.switch(True)
        self._supply.switch(True)

    def disconnect(self) -> None:
        """Switch the supply off, then the load. A supply that does not obey leaves the load on."""
        self._supply.switch(False)
        self._load.switch(False)

    def measure(self) -> TerminalReadings:
        """Measure both, one query each; the voltage is the supply's."""
        source, sink = self._supply.measure(), self._load.measure()
        current = Reading(
            value=-(source.current.value + sink.current.value),
            unit="A",
            start=source.current.start,
            end=sink.current.end,
            fresh=source.current.fresh and sink.current.fresh,
        )
        return TerminalReadings(source.voltage, current)

    def shown(self) -> dict[str, OutputReadings]:
        """Return what both measure."""
        return {self._supply.name: self._supply.measure(), self._load.name: self._load.measure()}

    def set_trip(self, volts: float) -> None:
        """Program the supply's over-voltage trip."""
        low_trip.program(self._supply, volts)

    def diagnose(self) -> str | None:
        """Tell when one of them is off or reports an error."""
        return output_trouble(self._supply, "The battery supply") or output_trouble(self._load, "The battery load")

    def _forget(self) -> None:
        """Let the next set-points be sent whatever was set before."""
        for point in (self._voltage, self._source_limit, self._level):
            point.value = None

    def _set_voltage(self, volts: float) -> None:
        if self._voltage.needs(volts):
            self._supply.set_voltage(volts)
            self._voltage.value = volts
            self.writes += 1

    def _set_source_limit(self, amperes: float) -> None:
        if self._source_limit.needs(amperes):
            self._supply.set_current_limit(amperes)
            self._source_limit.value = amperes
            self.writes += 1

    def _set_level(self, level: float) -> None:
        if self._level.needs(level):
            self._load.set_load(self._mode, level)
            self._level.value = level
            self.writes += 1

    def _require(self, fits: bool, sentence: str) -> None:
        if not fits:
            raise BadInput(
                f"{self.names} cannot be this battery with strategy '{self._settings.strategy.value}': {sentence}"
            )

    def _require_ratings(self, source: float, sink: float) -> None:
        rating = self._settings.source_rating
        self._require(
            rating is None or source <= rating, f"the supply must give {source:g} A and is rated for {rating} A."
        )
        rating = self._settings.sink_rating
        self._require(rating is None or sink <= rating, f"the load must take {sink:g} A and is rated for {rating} A.")
