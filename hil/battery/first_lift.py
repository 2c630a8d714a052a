"""Before the battery's own current flows for the first time: its terminals prove themselves at a voltage to touch."""

from __future__ import annotations

from dataclasses import dataclass

from hil.battery.terminals import Terminals
from hil.clock import Clock
from hil.errors import BenchTrouble
from hil.safety import low_trip
from instruments.errors import ProtectionTripped
from instruments.kinds import OutputReadings

GENTLE_CURRENT, GENTLE_TIMEOUT = 2.0, 5.0
"""A behind which the battery comes up, enough for input capacitors, and s in which its terminals must agree."""
SHARE_OF_TOUCH_SAFE = 0.9
"""The terminals stop here, the share to which the safe state drains them, or at the battery's voltage if it is less."""


@dataclass(frozen=True)
class FirstLift:
    """What the proof knows of the bench. Voltages in V.

    touch_safe: terminals below it may be touched. trip: the source's over-voltage trip while it works, programmed
    again after the proof; None leaves the trip alone. apart: how far two voltmeters of the node may be apart.
    """

    touch_safe: float = 60.0
    trip: float | None = None
    apart: float = 1.0

    @property
    def ceiling(self) -> float:
        """Return the voltage above which the terminals are not brought before they have proven themselves."""
        return SHARE_OF_TOUCH_SAFE * self.touch_safe

    def lower_trip(self, terminals: Terminals, volts: float) -> None:
        """Put the source's trip just above `volts`, or what is left on the terminals: one without sense goes up to it.

        Raises InstrumentRefused.
        """
        if self.trip is not None:
            left = max(abs(shown.voltage.value) for shown in terminals.shown().values())
            terminals.set_trip(min(low_trip.just_above(max(volts, left), self.touch_safe), self.trip))

    def prove(self, terminals: Terminals, volts: float, tolerance: float, clock: Clock, period: float) -> None:
        """Wait until every voltmeter shows `volts`, the source's within `tolerance`; then let the source's trip work.

        period: seconds between two looks. Raises BenchTrouble that names the wire, or an InstrumentError.
        """
        seen: list[dict[str, OutputReadings]] = []

        def agree() -> bool:
            seen.append(terminals.shown())
            first, *others = (shown.voltage.value for shown in seen[-1].values())
            return abs(first - volts) <= tolerance and all(abs(other - first) <= self.apart for other in others)

        if not clock.wait_until(agree, GENTLE_TIMEOUT, period):
            raise BenchTrouble(self._sentence(terminals, volts, tolerance, seen[-1]))
        if self.trip is not None:
            terminals.set_trip(self.trip)

    def _sentence(self, terminals: Terminals, volts: float, tolerance: float, seen: dict[str, OutputReadings]) -> str:
        """Say which wire to look at, by what the instruments show."""
        (source, shown), *others = seen.items()
        at, amperes = shown.voltage.value, shown.current.value
        told = f"The battery terminals were to be brought to {volts:.2f} V behind little current, but '{source}' shows"
        off = _off(terminals)
        if off is not None:
            return (
                f"{told} {at:.2f} V: {off}. Look at its sense leads, plus to plus: without them a supply gives all it "
                "has until its over-voltage protection trips; or something else trips it."
            )
        if abs(at - volts) > tolerance:
            return (
                f"{told} {at:.2f} V and {amperes:.2f} A. It is on. Look at its power leads: reversed, shorted, or "
                "loaded by something else, which a load with reversed leads does; then at its sense leads."
            )
        wrong = next((name, part) for name, part in others if abs(part.voltage.value - at) > self.apart)
        return f"{told} {at:.2f} V and '{wrong[0]}' {wrong[1].voltage.value:.2f} V: {self._cause(wrong, at)}"

    def _cause(self, wrong: tuple[str, OutputReadings], at: float) -> str:
        name, volts = wrong[0], wrong[1].voltage.value
        if abs(volts + at) <= self.apart:
            return f"the leads or sense leads of '{name}' are reversed."
        if abs(volts) <= self.apart:
            return f"a lead or sense lead of '{name}' is off, or a fuse."
        return f"look at leads and sense leads of '{name}'; {self.apart:.1f} V apart would be fine."


def _off(terminals: Terminals) -> str | None:
    """Ask what is wrong with the instruments: a sentence when one of them has switched itself off."""
    try:
        return terminals.diagnose()
    except ProtectionTripped as error:
        return str(error).rstrip(".")
