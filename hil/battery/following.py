"""From the model's state to the voltage that the terminals are told to hold."""

from __future__ import annotations

from hil.battery.model import BatteryModel
from hil.battery.settings import EmulatorSettings, ResistanceMadeBy
from hil.battery.stability import LoopStability
from hil.battery.terminals import Terminals
from hil.errors import BadInput, BenchTrouble


class Follower:
    """Keeps the terminals where the model says. Currents in A, positive charging.

    override: voltage to hold instead of the model's, or None.
    """

    def __init__(self, model: BatteryModel, terminals: Terminals, settings: EmulatorSettings) -> None:
        self.override: float | None = None
        self._model = model
        self._terminals = terminals
        self._settings = settings
        self._in_hardware = False
        self._relaxation = settings.relaxation or self._quiet_relaxation()
        self._told = 0.0
        self._made = 0.0
        self._last: tuple[float, float] | None = None
        if settings.resistance is ResistanceMadeBy.SOFTWARE:
            self._require_stable()

    def settle(self) -> None:
        """Check that the terminals fit the battery, and decide who makes its series resistance.

        Switches nothing on. Raises BadInput, with the numbers, when the loop would oscillate.
        """
        pack = self._model.settings
        self._terminals.require_fit(pack.charge_limit, pack.discharge_limit)
        wanted = self._settings.resistance
        if wanted is not ResistanceMadeBy.SOFTWARE:
            self._made = self._model.resistance(charging=False)
            self._in_hardware = self._terminals.make_resistance(self._made)
            if wanted is ResistanceMadeBy.HARDWARE and not self._in_hardware:
                raise BadInput(
                    f"The bench file wants the battery's series resistance made by {self._terminals.names}, which "
                    'has none. Set resistance = "automatic" or "software".'
                )
        if not self._in_hardware:
            self._made = 0.0
            self._require_stable()

    def at_rest(self, ceiling: float) -> float:
        """Return the voltage of a battery at rest, or `ceiling` if that is less, in V."""
        return min(ceiling, self._model.source_voltage if self.override is None else self.override)

    def prepare(self, most: float, ceiling: float) -> None:
        """Program a battery at rest: limits of `most` A at most, `ceiling` V at most. Switches nothing on."""
        self._last = None
        self._told = self.at_rest(ceiling)
        charge, discharge = self._model.current_limits()
        self._terminals.prepare(self._told, min(most, charge), min(most, discharge))

    def advance(self, current: float, time: float) -> None:
        """Let the model live until `time` with the mean of the last two currents."""
        if self._last is not None and time > self._last[0]:
            self._model.step(0.5 * (current + self._last[1]), time - self._last[0])
        self._last = (time, current)

    def follow(self, current: float, total: float, fresh: bool) -> None:
        """Tell the terminals voltage, resistance and limits.

        current: at the terminals. total: with what a profile adds behind them. fresh: False keeps a stale
        reading from moving the voltage again.
        """
        self._terminals.limit(*self._model.current_limits())
        if self.override is not None:
            self._make(0.0)
            self._told = self.override
        elif self._in_hardware:
            resistance = self._model.resistance(total > 0)
            self._make(resistance)
            self._told = self._model.source_voltage + resistance * (total - current)
        elif fresh:
            self._told += self._relaxation * (self._model.terminal_voltage(total) - self._told)
        self._terminals.hold(self._told, current)

    def told(self, current: float) -> float:
        """Return the voltage that the terminals should now show, in V."""
        return self._told + self._made * current

    def expected(self, current: float, total: float) -> float:
        """Return the voltage that the terminals should show when settled, in V (arguments as for `follow`)."""
        if self.override is not None:
            return self.override
        return self.told(current) if self._in_hardware else self._model.terminal_voltage(total)

    def _make(self, resistance: float) -> None:
        if not self._in_hardware:
            return
        if not self._terminals.make_resistance(resistance):
            raise BenchTrouble(
                f"{self._terminals.names} took a series resistance before and refuses {1e3 * resistance:.3g} mΩ now."
            )
        self._made = resistance

    def _quiet_relaxation(self) -> float:
        resistance = self._model.largest_resistance()
        return min(1.0, 0.5 * self._settings.cable_resistance / resistance) if resistance else 1.0

    def _require_stable(self) -> None:
        LoopStability(self._model.largest_resistance(), self._settings.cable_resistance, self._relaxation).require()
