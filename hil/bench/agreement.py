"""Do instruments that measure the same thing agree? Asked before a limit is called exceeded by the unit.

On the grid side the voltage is seen by the voltmeter, the source and the sink; the current into the unit by the
ammeter and by source and sink together. A meter whose reading stands still, a transducer that has come loose, or a
supply that has tripped contradicts the others, and then nothing follows for the unit.
"""

from __future__ import annotations

from collections.abc import Callable

from hil.bench.bench import Bench
from hil.bench.file import Accuracy, Role
from hil.errors import BenchTrouble
from instruments.kinds import Powered
from instruments.powered import PoweredInstrument

CABLES = 1.0
"""V that cables and connectors may drop between two terminals of one node."""
BLEEDERS = 0.05
"""A that bleeders and output capacitors may take beside the unit."""
FACTOR = 3.0
"""Multiple of the stated accuracies that two readings may be apart."""
PAUSES = (0.05, 0.037, 0.043, 0.031, 0.057, 0.047)
"""Seconds between readings taken in turn; uneven, so that what oscillates is seen in its whole range."""

Question = Callable[[], float]


def confirm(bench: Bench) -> None:
    """Raise BenchTrouble when the bench itself explains what was measured: something is in trouble, or disagrees."""
    bench.check()
    for instrument in bench.instruments.values():
        if isinstance(instrument, Powered):
            instrument.raise_errors()
        if isinstance(instrument, PoweredInstrument) and instrument.ordered_on and not instrument.is_on():
            raise BenchTrouble(
                f"'{instrument.name}' is off although it was switched on: a trip, an interlock, or a hand at its panel."
            )
    for sentence in (_voltages(bench), _currents(bench)):
        if sentence is not None:
            raise BenchTrouble(f"{sentence} Nothing follows for the unit. Look at wiring, fuses and ranges.")
    bench.check()


def _voltages(bench: Bench) -> str | None:
    """Compare the voltmeter with what source and sink see; one that is off is a witness only of a higher voltage."""
    meter = bench.files.bench.assessing.get(Role.GRID_VOLTMETER)
    if meter is None:
        return None
    for name, part in _grid_parts(bench).items():
        shown, seen = _in_turn(bench, lambda: bench.grid.voltage().value, _voltage_of(part))
        stated = [bench.files.bench.instruments[each].voltage for each in (meter, name)]
        allowed = apart(shown + seen, stated, CABLES)
        if min(seen) > max(shown) + allowed or (part.is_on() and max(seen) < min(shown) - allowed):
            return f"'{meter}' measures {shown[-1]:.2f} V where '{name}' measures {seen[-1]:.2f} V."
    return None


def _currents(bench: Bench) -> str | None:
    """Compare the ammeter with the sum of source and sink, less what goes into a second unit by its own meter."""
    meter, parts = bench.files.bench.assessing.get(Role.GRID_AMMETER), _grid_parts(bench)
    complete = bench.has(Role.GRID_SOURCE) and bench.has(Role.GRID_SINK) and not bench.files.bench.hands
    if meter is None or not complete:
        return None

    def total() -> float:
        fed = sum(part.measure().current.value for part in parts.values() if part.is_on())
        return fed if bench.peer is None else fed - bench.peer.get().value.meter.ig

    shown, seen = _in_turn(bench, lambda: bench.grid.current().value, total)
    allowed = apart(shown + seen, [bench.files.bench.instruments[each].current for each in (meter, *parts)], BLEEDERS)
    if min(seen) <= max(shown) + allowed and max(seen) >= min(shown) - allowed:
        return None
    return f"'{meter}' measures {shown[-1]:+.3f} A where {' and '.join(parts)} measure {seen[-1]:+.3f} A."


def _in_turn(bench: Bench, first: Question, second: Question) -> tuple[list[float], list[float]]:
    shown, seen = [], []
    for pause in PAUSES:
        shown.append(first())
        seen.append(second())
        bench.clock.sleep(pause)
    return shown, seen


def _voltage_of(part: Powered) -> Question:
    return lambda: part.measure().voltage.value


def _grid_parts(bench: Bench) -> dict[str, Powered]:
    """Return what measures its own terminals; the display of what a person operates is asked in `hil check` only."""
    found: dict[str, Powered] = {}
    for role in (Role.GRID_SOURCE, Role.GRID_SINK):
        part = bench.filling(role)
        if isinstance(part, Powered) and part.name not in bench.files.bench.hands:
            found[part.name] = part
    return found


def apart(values: list[float], accuracies: list[Accuracy], allowance: float) -> float:
    """Return how far readings like `values` may be apart, by the accuracies of who takes them and an allowance."""
    largest = max(map(abs, values))
    stated = sum(accuracy.percent / 100.0 * largest + accuracy.offset for accuracy in accuracies)
    return FACTOR * stated + allowance
