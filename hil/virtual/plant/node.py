"""A capacitive node and the elements on it, integrated exactly.

Every element injects a current that is a clipped straight line of the node voltage,

    i(v) = min(high, max(low, conductance * (source - v)))

(positive into the node). Between the corners of these lines the node obeys C dv/dt = a - b v, whose solution is
an exponential; the integration walks from corner to corner. So charge and energy are exact for any step length,
and a stiff source needs no short step.
"""

from __future__ import annotations

from math import exp, inf, log

_NUDGE = 1e-12
_MOST_SEGMENTS = 100


class Element:
    """One two-terminal thing on a node: its present line, and what has flowed.

    charge: C into the node since the start. energy: J into the node. terminal_energy: J at the far side of the
    line resistance, where an instrument's terminals are. current: A into the node at the end of the last step.
    """

    __slots__ = (
        "capacitance",
        "charge",
        "conductance",
        "current",
        "energy",
        "high",
        "line_resistance",
        "low",
        "name",
        "saturates_above",
        "saturates_below",
        "source",
        "terminal_energy",
    )

    def __init__(self, name: str, line_resistance: float = 0.0, capacitance: float = 0.0) -> None:
        self.name = name
        self.line_resistance = line_resistance
        self.capacitance = capacitance
        self.charge = 0.0
        self.energy = 0.0
        self.terminal_energy = 0.0
        self.current = 0.0
        self.carry(0.0)

    def shape(self, conductance: float, source: float, low: float, high: float) -> None:
        """Set the line: conductance in S (> 0), source in V, low and high current limits in A."""
        self.conductance = conductance
        self.source = source
        self.low = low
        self.high = high
        self.saturates_below = source - high / conductance
        self.saturates_above = source - low / conductance

    def carry(self, current: float) -> None:
        """Make it a constant current in A, whatever the voltage."""
        self.conductance = 0.0
        self.source = 0.0
        self.low = self.high = current
        self.saturates_below = inf
        self.saturates_above = inf

    def current_at(self, voltage: float) -> float:
        """Return the current in A that the line gives at `voltage`, without the element's own capacitance."""
        if voltage < self.saturates_below:
            return self.high
        if voltage > self.saturates_above:
            return self.low
        return self.conductance * (self.source - voltage)


class Node:
    """A capacitance with a plain conductance to ground, and elements on it.

    voltage: V, the state. slope: dv/dt in V/s at the end of the last step. area, square: integrals of v and of its
    square since the start (V s, V^2 s), from which charge and energy of any part of the conductance follow.
    """

    __slots__ = ("area", "capacitance", "conductance", "elements", "slope", "square", "voltage")

    def __init__(self, capacitance: float, conductance: float, voltage: float = 0.0) -> None:
        self.capacitance = capacitance
        self.conductance = conductance
        self.voltage = voltage
        self.slope = 0.0
        self.area = self.square = 0.0
        self.elements: list[Element] = []

    def attach(self, element: Element) -> None:
        """Put an element on the node; its own capacitance becomes part of the node's."""
        self.elements.append(element)
        self.capacitance += element.capacitance

    def integrate(self, duration: float) -> None:
        """Advance by `duration` seconds with the elements' present lines."""
        remaining = duration
        for _ in range(_MOST_SEGMENTS):
            start = self.voltage
            taken, area, square = self._segment(start, remaining)
            self._account(start, taken, area, square)
            remaining -= taken
            if remaining <= 0.0:
                return
        raise RuntimeError(f"a node at {self.voltage} V met more than {_MOST_SEGMENTS} corners in {duration} s")

    def hold(self, duration: float) -> None:
        """Let `duration` seconds pass in equilibrium: nothing changes but the counters."""
        voltage = self.voltage
        self.area += voltage * duration
        self.square += voltage * voltage * duration
        for element in self.elements:
            charge = element.current * duration
            element.charge += charge
            element.energy += charge * voltage
            element.terminal_energy += charge * (voltage + element.line_resistance * element.current)

    def _account(self, start: float, taken: float, area: float, square: float) -> None:
        """Add what has flowed in a segment that began at `start`; note currents and slope at its end."""
        end = self.voltage
        self.area += area
        self.square += square
        total = -self.conductance * end
        for element in self.elements:
            if start < element.saturates_below:
                current = element.high
                charge = current * taken
                energy = current * area
                lost = charge * current
            elif start > element.saturates_above:
                current = element.low
                charge = current * taken
                energy = current * area
                lost = charge * current
            else:
                conductance = element.conductance
                source = element.source
                current = conductance * (source - end)
                charge = conductance * (source * taken - area)
                energy = conductance * (source * area - square)
                lost = conductance * (source * charge - energy)
            element.current = current
            element.charge += charge
            element.energy += energy
            element.terminal_energy += energy + element.line_resistance * lost
            total += current
        self.slope = total / self.capacitance

    def _segment(self, start: float, remaining: float) -> tuple[float, float, float]:
        """Move to the next corner or by `remaining`; return (time taken, integral of v, integral of v squared)."""
        total = 0.0
        conductance = self.conductance
        above, below = inf, -inf
        for element in self.elements:
            low_corner = element.saturates_below
            high_corner = element.saturates_above
            if start < low_corner:
                total += element.high
                if low_corner < above:
                    above = low_corner
            elif start > high_corner:
                total += element.low
                if high_corner > below:
                    below = high_corner
            else:
                total += element.conductance * element.source
                conductance += element.conductance
                if high_corner < above:
                    above = high_corner
                if low_corner > below:
                    below = low_corner
        if conductance == 0.0:
            return self._straight(start, total / self.capacitance, above, below, remaining)
        return self._exponential(start, total / conductance, self.capacitance / conductance, above, below, remaining)

    def _exponential(
        self, start: float, target: float, time_constant: float, above: float, below: float, remaining: float
    ) -> tuple[float, float, float]:
        """Move towards `target`, up to the corner `above` or `below`."""
        distance = start - target
        upward = distance < 0.0
        corner = above if upward else below
        taken = remaining
        crosses = target > corner if upward else target < corner
        if crosses:
            taken = time_constant * log(distance / (corner - target))
            crosses = taken < remaining
        if crosses:
            decay = (corner - target) / distance
            self.voltage = _past(corner, upward)
        else:
            taken = remaining
            decay = exp(-taken / time_constant)
            self.voltage = target + distance * decay
        swept = distance * time_constant * (1.0 - decay)
        area = target * taken + swept
        return taken, area, target * (area + swept) + 0.5 * distance * swept * (1.0 + decay)

    def _straight(
        self, start: float, rate: float, above: float, below: float, remaining: float
    ) -> tuple[float, float, float]:
        """Move at a constant `rate` in V/s: every element on the node is at a limit."""
        taken = remaining
        end = start + rate * remaining
        if end > above or end < below:
            corner = above if rate > 0.0 else below
            taken = (corner - start) / rate
            self.voltage = _past(corner, rate > 0.0)
            end = corner
        else:
            self.voltage = end
        return taken, 0.5 * (start + end) * taken, (start * start + start * end + end * end) * taken / 3.0


def _past(corner: float, upward: bool) -> float:
    """Return a voltage just beyond `corner`, so that the next segment lies on its other side."""
    nudge = _NUDGE * max(1.0, abs(corner))
    return corner + nudge if upward else corner - nudge
