"""The three ways in which a supply and a load share the work of a battery."""

from __future__ import annotations

from hil.battery.pair import PairSettings, Strategy, SupplyAndLoad
from hil.battery.terminals import OneSupply, Resolution, Terminals
from hil.errors import BadInput
from instruments.kinds import BidirectionalSupply, Load, Supply


class LoadAbove(SupplyAndLoad):
    """The load holds a voltage above the supply's; whoever regulates is put on the battery's voltage.

    While discharging the supply stands on the battery's voltage and the load `delta` above it; while charging
    the load stands on it and the supply `delta` below. So the step is seen only until the next turn of the loop.
    """

    _sink_regulates = False

    @property
    def band(self) -> float:
        """Return the step between the two, with both set-point errors, in V."""
        return self._settings.delta + self._settings.source_error + self._settings.sink_error

    def require_fit(self, charge_limit: float, discharge_limit: float) -> None:
        """Check that the two cannot fight. Raises BadInput."""
        settings = self._settings
        errors = settings.source_error + settings.sink_error + 2 * self._voltage.resolution
        self._require(
            settings.delta > errors,
            f"delta = {settings.delta:g} V does not exceed the set-point errors and resolutions of both "
            f"({errors:g} V), so the supply would feed the load.",
        )
        self._require_ratings(discharge_limit, charge_limit)

    def prepare(self, voltage: float, charge_limit: float, discharge_limit: float) -> None:
        """Program both for a battery at rest."""
        self._forget()
        self._sink_regulates = False
        self.limit(charge_limit, discharge_limit)
        self.hold(voltage, 0.0)

    def limit(self, charge: float, discharge: float) -> None:
        """Limit the supply."""
        self._set_source_limit(discharge)

    def hold(self, voltage: float, current: float) -> None:
        """Put the one that regulates on `voltage`; the set-points never come closer than delta on the way."""
        if abs(current) >= self._settings.hand_over_current:
            self._sink_regulates = current > 0
        source = voltage - self._settings.delta if self._sink_regulates else voltage
        if self._voltage.value is None or source > self._voltage.value:
            self._set_level(source + self._settings.delta)
            self._set_voltage(source)
        else:
            self._set_voltage(source)
            self._set_level(source + self._settings.delta)


class Preload(SupplyAndLoad):
    """The load always draws the same current; the supply never leaves constant voltage."""

    band = 0.0

    def require_fit(self, charge_limit: float, discharge_limit: float) -> None:
        """Check that the preload covers the charging current. Raises BadInput."""
        preload = self._settings.preload
        self._require(
            preload > charge_limit,
            f"preload = {preload:g} A does not exceed the charge limit of {charge_limit:g} A, so the supply would "
            "lose its voltage.",
        )
        self._require_ratings(discharge_limit + preload, preload)

    def prepare(self, voltage: float, charge_limit: float, discharge_limit: float) -> None:
        """Program both for a battery at rest."""
        self._forget()
        self._set_level(self._settings.preload)
        self.limit(charge_limit, discharge_limit)
        self.hold(voltage, 0.0)

    def limit(self, charge: float, discharge: float) -> None:
        """Limit the supply to the preload and what the battery may give."""
        self._set_source_limit(discharge + self._settings.preload)

    def hold(self, voltage: float, current: float) -> None:
        """Program the supply's voltage."""
        self._set_voltage(voltage)


class AdaptivePreload(SupplyAndLoad):
    """The load draws a margin more than the charging current.

    period: of the loop in s. The supply's limit covers a reversal from full charging to full discharging, during
    which the old preload still flows.
    """

    band = 0.0

    def __init__(
        self, supply: Supply, load: Load, settings: PairSettings, resolution: Resolution, period: float
    ) -> None:
        super().__init__(supply, load, settings, resolution)
        self._period = period

    def require_fit(self, charge_limit: float, discharge_limit: float) -> None:
        """Check that the margin outlasts two periods of the converter's slew. Raises BadInput."""
        settings = self._settings
        needed = 2 * settings.slew * self._period
        self._require(
            settings.margin >= needed,
            f"margin = {settings.margin:g} A is less than two periods of the converter's slew (2 x {settings.slew:g} "
            f"A/s x {self._period:g} s = {needed:g} A).",
        )
        self._require_ratings(discharge_limit + settings.margin, charge_limit + settings.margin)

    def prepare(self, voltage: float, charge_limit: float, discharge_limit: float) -> None:
        """Program both for a battery at rest."""
        self._forget()
        self.limit(charge_limit, discharge_limit)
        self.hold(voltage, 0.0)

    def limit(self, charge: float, discharge: float) -> None:
        """Limit the supply."""
        reversal = discharge + charge + self._settings.margin
        self._set_source_limit(min(reversal, self._settings.source_rating or reversal))

    def hold(self, voltage: float, current: float) -> None:
        """Program the supply's voltage; raise the preload at once, lower it when a whole margin is spare."""
        wanted = max(0.0, current) + self._settings.margin
        preload = self._level.value
        if preload is None or wanted > preload or wanted < preload - self._settings.margin:
            self._set_level(wanted)
        self._set_voltage(voltage)


def make_terminals(
    source: Supply | BidirectionalSupply,
    sink: Load | BidirectionalSupply | None,
    settings: PairSettings,
    resolution: Resolution,
    period: float,
) -> Terminals:
    """Return terminals of the instruments in the battery roles. Sends nothing. Raises BadInput.

    A bidirectional supply is enough alone, or given for both roles. period: of the emulator loop in s.
    """
    if isinstance(source, BidirectionalSupply) and (sink is None or sink is source):
        return OneSupply(source, resolution)
    if sink is None or isinstance(sink, BidirectionalSupply):
        raise BadInput(
            f"'{source.name}' alone is no battery: it needs an electronic load as battery sink, or a bidirectional "
            "supply in both battery roles."
        )
    if settings.strategy is Strategy.LOAD_ABOVE:
        return LoadAbove(source, sink, settings, resolution)
    if settings.strategy is Strategy.PRELOAD:
        return Preload(source, sink, settings, resolution)
    return AdaptivePreload(source, sink, settings, resolution, period)
