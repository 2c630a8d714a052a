"""Rules across instruments, asked at the transport about everything that is to be set, below every convenience.

Nothing can be energised unless the bench is armed: not before, and not after it has been stopped. No load goes into
short-circuit mode while something on its side has voltage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from instruments.envelope import Setting
from instruments.reading import Reading

SHORT_CIRCUIT_VOLTAGE = 5.0
"""V, above which nothing may be short-circuited."""
NOT_ARMED = "the bench is not armed"


@dataclass
class State:
    """What is known of one instrument: what was sent to it last, and what it measured last. SI units."""

    voltage: float | None = None
    current: float | None = None
    on: bool = False
    short: bool = False
    measured: float = 0.0


@dataclass
class Rules:
    """The rules of one bench. A `CrossRule` of `instruments.envelope`: call it with a setting.

    kinds: kind of each instrument. sides: what each is wired to, "battery" or "grid". closed: why nothing may be
    energised now, None while the bench is armed.
    """

    kinds: Mapping[str, str]
    sides: Mapping[str, str]
    closed: str | None = NOT_ARMED
    _states: dict[str, State] = field(default_factory=dict)

    def __call__(self, setting: Setting) -> str | None:
        """Return the reason why `setting` must not be made now, or None; remember what is made."""
        reason = self._short_circuit(setting) or self._into_a_short(setting) or self._closed(setting)
        if reason is None:
            self._remember(setting)
        return reason

    def note(self, instrument: str, reading: Reading) -> None:
        """Take note of a measured voltage."""
        if reading.unit == "V":
            self._state(instrument).measured = abs(reading.value)

    def _state(self, instrument: str) -> State:
        return self._states.setdefault(instrument, State())

    def _short_circuit(self, setting: Setting) -> str | None:
        if setting.quantity != "short_circuit" or not setting.value:
            return None
        side = self.sides.get(setting.instrument)
        for name in (name for name, where in self.sides.items() if where == side):
            state = self._state(name)
            fed = state.on and self.kinds[name] in ("supply", "bidirectional") and (state.voltage or 0.0)
            highest = max(fed, state.measured)
            if highest > SHORT_CIRCUIT_VOLTAGE:
                return f"{name} has {highest:g} V on the same terminals, and above {SHORT_CIRCUIT_VOLTAGE:g} V " + (
                    "nothing may be short-circuited"
                )
        return None

    def _into_a_short(self, setting: Setting) -> str | None:
        """Refuse to feed what is short-circuited already: the rule holds in whichever order the two come."""
        if self.kinds.get(setting.instrument) not in ("supply", "bidirectional"):
            return None
        state = self._state(setting.instrument)
        volts = setting.value if setting.quantity == "voltage" else (state.voltage or 0.0)
        on = bool(setting.value) if setting.quantity == "output" else state.on
        if setting.quantity not in ("voltage", "output") or not on or volts <= SHORT_CIRCUIT_VOLTAGE:
            return None
        side = self.sides.get(setting.instrument)
        shorted = [name for name, where in self.sides.items() if where == side and self._state(name).short]
        if not shorted:
            return None
        return f"{shorted[0]} short-circuits the same terminals, and above {SHORT_CIRCUIT_VOLTAGE:g} V nothing may be"

    def _closed(self, setting: Setting) -> str | None:
        """Refuse what energises while the bench is closed. A sink may draw; so may a supply told 0 V and 0 A."""
        if self.closed is None or not setting.value:
            return None
        if self.kinds.get(setting.instrument) not in ("supply", "bidirectional"):
            return self.closed if setting.quantity == "short_circuit" else None
        state = self._state(setting.instrument)
        if setting.quantity == "output" and state.voltage == 0.0 and state.current == 0.0:
            return None
        return self.closed if setting.quantity in ("voltage", "current", "output") else None

    def _remember(self, setting: Setting) -> None:
        state = self._state(setting.instrument)
        if setting.quantity == "voltage":
            state.voltage = setting.value
        elif setting.quantity == "current":
            state.current = setting.value
        elif setting.quantity == "output":
            state.on = bool(setting.value)
        elif setting.quantity == "short_circuit":
            state.short = bool(setting.value)
