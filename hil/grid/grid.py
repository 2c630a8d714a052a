"""The DC grid that the converter meets, made by whatever the laboratory has.

Signs follow the client: current is positive from the grid into the unit (charging).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hil.clock import Clock
from hil.errors import BenchTrouble
from hil.grid.roles import need
from hil.grid.sampling import sampling
from hil.grid.settings import GridSettings
from hil.grid.sides import quadrants
from hil.safety import low_trip
from instruments.errors import ProtectionTripped
from instruments.kinds import BidirectionalSupply, Load, Meter, Supply
from instruments.reading import Reading, Subscription

PROVING_SHARE = 0.5
"""Share of the touch-safe voltage at which the wires are proven before the grid is lifted."""

SOURCE, SINK, VOLTMETER, AMMETER = "grid source", "grid sink", "grid voltmeter", "grid ammeter"


class GridSide:
    """Source, sink and meters of the grid side. Making one sends nothing.

    A bidirectional supply that fills both roles is given as `source` and as `sink`. trip: the source's over-voltage
    trip while it works, in V; None leaves the trip alone. Every method raises
    RoleMissing when the bench lacks a role it needs (before anything is switched), InstrumentError when an
    instrument does not obey, BenchTrouble when a voltage does not come in time.
    """

    def __init__(
        self,
        source: Supply | BidirectionalSupply | None,
        sink: Load | BidirectionalSupply | None,
        voltmeter: Meter | None,
        ammeter: Meter | None,
        clock: Clock,
        settings: GridSettings,
        trip: float | None = None,
    ) -> None:
        self.settings = settings
        self._trip = trip
        self._source = source
        self._sink = sink
        self._voltmeter = voltmeter
        self._ammeter = ammeter
        self._clock = clock
        self._quadrants = quadrants(source, sink)
        self._lock = clock.lock()
        self._wires_proven = False
        self.tell: Callable[[str], None] = lambda _: None
        """Hears what is done, in words."""

    def voltage(self) -> Reading:
        """Measure the grid voltage: by the voltmeter, or else by source or sink."""
        if self._voltmeter is not None:
            return self._voltmeter.measure()
        return need(self._source or self._sink, VOLTMETER, "measure the grid voltage").measure().voltage

    def current(self) -> Reading:
        """Measure the current into the unit: by the ammeter, or else as the sum of source and sink."""
        if self._ammeter is not None:
            return self._into_the_unit(self._ammeter.measure())
        need(self._source or self._sink, AMMETER, "measure the grid current")
        parts = [instrument.measure().current for instrument in self._quadrants.powered()]
        return Reading(
            value=sum(part.value for part in parts),
            unit="A",
            start=parts[0].start,
            end=parts[-1].end,
            fresh=all(part.fresh for part in parts),
        )

    def sampled(self, period: float) -> dict[str, Subscription]:
        """Return what has a meter of its own, "grid_voltage" and "grid_current", as sources of a capture.

        period: seconds between two samples.
        """
        found: dict[str, Subscription] = {}
        if self._voltmeter is not None:
            found["grid_voltage"] = sampling(self._voltmeter, period, self._clock, lambda reading: reading)
        if self._ammeter is not None:
            found["grid_current"] = sampling(self._ammeter, period, self._clock, self._into_the_unit)
        return found

    def stiff(self, voltage: float, push_current: float | None = None) -> None:
        """Hold `voltage` whether the unit draws or pushes; return when it has been measured.

        push_current: how much the unit can push (A) before the voltage gives way; by default as in the settings.
        """
        self.hold(voltage, push_current)
        self._await_voltage(voltage)

    def hold(self, voltage: float, push_current: float | None = None) -> None:
        """Do the same beside a unit that may hold another voltage; do not wait for it."""
        need(self._source, SOURCE, "hold the grid voltage")
        need(self._sink, SINK, "take what the unit pushes into a stiff grid")
        sink_current = self.settings.push_current if push_current is None else push_current
        self.tell(f"hold the grid at {voltage:g} V")
        with self._lock:
            if not self._wires_proven:
                self._prove_wires()
            self._quadrants.hold(voltage, self.settings.draw_current, sink_current)

    def lose_load(self) -> None:
        """Take away at once whatever draws current; a source that is on stays, and cannot take what the unit pushes."""
        need(self._sink, SINK, "be the load that disappears")
        self.tell("take the load off the grid")
        with self._lock:
            self._quadrants.stop_sinking()

    def push(self, current: float, ceiling: float) -> None:
        """Push `current` (A) into the unit, whose voltage decides; `ceiling` (V) if it takes none."""
        need(self._source, SOURCE, "push current into the unit")
        self.tell(f"push {current:g} A into the unit, up to {ceiling:g} V")
        with self._lock:
            self._quadrants.hold(ceiling, current, 0.0)

    def load(self, current: float) -> None:
        """Draw `current` (A) from the unit and source nothing."""
        need(self._sink, SINK, "load the unit")
        self.tell(f"draw {current:g} A from the unit")
        with self._lock:
            self._quadrants.draw(current)

    def release(self) -> None:
        """Switch everything off and leave the grid's charge where it is."""
        self.tell("switch the grid side off")
        with self._lock:
            self._quadrants.off()

    def discharge(self, below: float) -> Reading:
        """Source off, empty the grid to less than `below` (V), sink off; return the voltage then measured.

        Without a sink the grid is left to bleed. The converter must be stopped, or it holds the voltage.
        """
        self.tell(f"empty the grid below {below:g} V")
        with self._lock:
            if self._sink is not None:
                self._quadrants.draw(self.settings.discharge_current)
            else:
                self._quadrants.off()
            empty = self._clock.wait_until(lambda: abs(self.voltage().value) < below, self.settings.discharge_timeout)
            self._quadrants.off()
        self._clock.sleep(self.settings.rest)
        seen = self.voltage()
        if not empty or abs(seen.value) >= below:
            raise BenchTrouble(
                f"The grid side was to be emptied below {below:g} V within {self.settings.discharge_timeout:g} s, but "
                f"{seen.value:.1f} V was measured in the end. Is the converter still running, or is a source still on? "
                "Do not touch the terminals."
            )
        return seen

    def dead(self) -> Reading:
        """Switch everything off and empty the grid below the touch-safe limit; return the voltage measured."""
        return self.discharge(self.settings.touch_safe)

    def _into_the_unit(self, reading: Reading) -> Reading:
        """Give a reading of the ammeter the sign of a current into the unit."""
        return replace(reading, value=self.settings.ammeter_sign * reading.value)

    def _prove_wires(self) -> None:
        """Before the grid is lifted for the first time: hold a voltage that may be touched, and measure it.

        The source's trip stands just above, in case that its sense leads are off. A grid that somebody else holds up
        proves nothing; then it is done before the next lift.
        """
        volts, left = PROVING_SHARE * self.settings.touch_safe, abs(self.voltage().value)
        if left >= self.settings.touch_safe:
            return
        source = need(self._source, SOURCE, "prove the wires")
        if self._trip is not None:
            if source.is_on():
                self._quadrants.off()  # what is on takes no trip below its voltage
            low_trip.program(source, min(low_trip.just_above(max(volts, left), self.settings.touch_safe), self._trip))
        self._quadrants.hold(volts, self.settings.draw_current, self.settings.push_current)
        try:
            self._await_voltage(volts)
        except ProtectionTripped as error:
            raise BenchTrouble(
                f"The grid was to be held at {volts:g} V for the first time. {str(error).rstrip('.')}. Look at leads "
                f"and sense leads of '{source.name}', plus to plus: without sense a supply gives all it has, up to its "
                "trip."
            ) from error
        if self._trip is not None:
            low_trip.program(source, self._trip)
        self._wires_proven = True

    def _await_voltage(self, voltage: float) -> None:
        seen: list[Reading] = []

        def there() -> bool:
            seen.append(self.voltage())
            return abs(seen[-1].value - voltage) <= self.settings.tolerance

        if not self._clock.wait_until(there, self.settings.timeout):
            for instrument in self._quadrants.powered():
                instrument.raise_errors()
            source = self._source
            if source is not None and not source.is_on():
                raise BenchTrouble(
                    f"The grid was to be held at {voltage:g} V, but '{source.name}' is off although it was switched "
                    "on, and it reports no error. Has a protection of its own tripped? Look at its display, and at its "
                    "sense leads: without them a supply gives all it has."
                )
            raise BenchTrouble(
                f"The grid was to be held at {voltage:g} V, but {seen[-1].value:.1f} V was measured after "
                f"{self.settings.timeout:g} s. Check the source's current limit, the wiring, and whether the "
                "converter holds another voltage."
            )
