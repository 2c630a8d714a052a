"""What the supervisor knows of one instrument's terminals: newest readings, judged as they come. Pure bookkeeping."""

from __future__ import annotations

from dataclasses import dataclass, field

from instruments.reading import Reading

ENERGY = "W h"


@dataclass(frozen=True)
class Bounds:
    """Largest magnitudes that may be read: V, A, W; net energy in W h either way; None: not bounded.

    dwell: seconds for which a bound of V, A or W may be exceeded before it counts. Energy is a sum: it counts at once.
    """

    volts: float | None = None
    amperes: float | None = None
    watts: float | None = None
    watt_hours: float | None = None
    dwell: float = 0.0


@dataclass
class Terminal:
    """One instrument's terminals. Hand every reading to `note`."""

    name: str
    bounds: Bounds
    seen: float = float("-inf")
    """Bench time of the newest reading that was a new sample."""
    energy: float = 0.0
    """W h out of the instrument since the beginning, less what went into it."""
    moved: float = 0.0
    """W h through the terminals since the beginning, both directions added."""
    highest: dict[str, float] = field(default_factory=dict)
    """Largest magnitude that was read, by unit."""
    _newest: dict[str, Reading] = field(default_factory=dict)
    _beyond_since: dict[str, float] = field(default_factory=dict)
    _power_at: float | None = None

    def note(self, reading: Reading) -> str | None:
        """Take one reading; return a sentence when a bound has been exceeded for too long, else None."""
        self._newest[reading.unit] = reading
        self.highest[reading.unit] = max(self.highest.get(reading.unit, 0.0), abs(reading.value))
        if reading.fresh:
            self.seen = max(self.seen, reading.end)
        limit = {"V": self.bounds.volts, "A": self.bounds.amperes}.get(reading.unit)
        return self._judge(reading.unit, abs(reading.value), limit, reading.end) or self._judge_power(reading)

    def _judge_power(self, reading: Reading) -> str | None:
        voltage, current = self._newest.get("V"), self._newest.get("A")
        if reading.unit != "A" or voltage is None or current is None:
            return None
        power = voltage.value * current.value
        if self._power_at is not None:
            hours = max(0.0, current.time - self._power_at) / 3600.0
            self.energy += power * hours
            self.moved += abs(power) * hours
        self._power_at = current.time
        return self._judge("W", abs(power), self.bounds.watts, reading.end) or self._judge(
            ENERGY, abs(self.energy), self.bounds.watt_hours, reading.end
        )

    def _judge(self, unit: str, value: float, limit: float | None, now: float) -> str | None:
        if limit is None or value <= limit:
            self._beyond_since.pop(unit, None)
            return None
        since = self._beyond_since.setdefault(unit, now)
        dwell = 0.0 if unit == ENERGY else self.bounds.dwell
        if now - since < dwell:
            return None
        lasted = f" for {now - since:.2f} s" if dwell else ""
        return f"{self.name}: {value:.4g} {unit} was measured, the limit is {limit:.4g} {unit}{lasted}"
