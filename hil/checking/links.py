"""Every link on its own: who answers, how quickly, and whether its protections take what they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from hil.bench.bench import Bench
from hil.bench.file import Role
from hil.checking.finding import Finding, note, ok, problem
from hil.clock import Clock
from hil.converter import DriverError, Mode
from hil.errors import BENCH_TROUBLE, BenchTrouble
from instruments.kinds import Instrument, Meter, Powered

TRIALS = 20
"""Questions from which a latency is told."""
INTERFACE = "2"
"""Major version of the Web API that apis-main accepts."""


def identities(bench: Bench) -> Iterator[Finding]:
    """Ask every instrument who it is."""
    for name, instrument in bench.instruments.items():
        yield _identity(bench, name, instrument)


def instruments(bench: Bench) -> Iterator[Finding]:
    """Look at every instrument of a bench that is prepared: limits programmed and read back, latency."""
    for name, instrument in bench.instruments.items():
        yield _protections(bench, name)
        yield _latency(bench, name, instrument)


def _identity(bench: Bench, name: str, instrument: Instrument) -> Finding:
    expected, found = bench.files.bench.instruments[name].idn, instrument.identify().text
    if expected.lower() not in found.lower():
        return problem(name, "identity", f"It is {found!r}, and the bench file expects {expected!r}.")
    if not expected:
        return note(name, "identity", f"It is {found!r}. Write its serial number as idn, and an exchange is noticed.")
    return ok(name, "identity", f"It is {found!r}, as the bench file expects.")


def _protections(bench: Bench, name: str) -> Finding:
    programmed = bench.protections.get(name)
    if programmed is None:
        return ok(name, "limits", "A meter: nothing to limit.")
    parts = [f"{what} {done.rstrip('.')}" for what, done in programmed.items()]
    sentence = f"{'; '.join(parts)}."
    lacking = any(done.startswith(("none", "not ")) for done in programmed.values())
    return note(name, "limits", sentence) if lacking else ok(name, "limits", sentence)


def _latency(bench: Bench, name: str, instrument: Instrument) -> Finding:
    if bench.files.bench.instruments[name].by_hand:
        return note(name, "latency", "A person operates it, who is asked when something is to be set or read.")
    roles = {role for role, filled in bench.files.bench.roles.items() if filled == name}
    try:
        typical, worst = latency(bench.clock, _question(instrument))
    except BENCH_TROUBLE as error:
        return problem(name, "latency", str(error))
    sentence = f"{1e3 * typical:.1f} ms typical, {1e3 * worst:.1f} ms at worst for a reading."
    period = bench.files.bench.emulator.period
    if roles & {Role.BATTERY_SOURCE, Role.BATTERY_SINK} and worst > 0.5 * period:
        return problem(
            name, "latency", f"{sentence} The battery loop asks every {1e3 * period:g} ms; look at the network."
        )
    return ok(name, "latency", sentence)


def _question(instrument: Instrument) -> Callable[[], object]:
    if isinstance(instrument, (Powered, Meter)):
        return instrument.measure
    return instrument.identify


def latency(clock: Clock, question: Callable[[], object], trials: int = TRIALS) -> tuple[float, float]:
    """Ask `question` so many times; return the median and the longest duration in s."""
    durations = []
    for _ in range(trials):
        began = clock.now()
        question()
        durations.append(clock.now() - began)
    return median(durations), max(durations)


def peer(bench: Bench) -> Iterator[Finding]:
    """Shake hands with the driver of a second unit, and look whether it stands still."""
    if bench.peer is None:
        return
    try:
        version = bench.peer.version().value
        bench.peer.require(Mode.STOP)
        typical, worst = latency(bench.clock, bench.peer.get)
    except (BenchTrouble, DriverError) as error:
        yield problem("peer", "version", str(error))
        return
    if version.major != INTERFACE:
        yield problem(
            "peer", "version", f"Its interface is {version.interface!r}; apis-main accepts {INTERFACE}.x only."
        )
    else:
        yield ok(
            "peer", "version", f"Interface {version.interface}, own version {version.driver or 'it does not say'}."
        )
    yield ok("peer", "latency", f"{1e3 * typical:.0f} ms typical, {1e3 * worst:.0f} ms at worst for /dcdc/get.")


def driver(bench: Bench) -> Iterator[Finding]:
    """Shake hands with the driver: interface version, its own version, latency. It must have its control power."""
    stated = bench.files.dut.identity.driver_version
    try:
        version = bench.converter.version().value
        typical, worst = latency(bench.clock, bench.converter.all)
    except DriverError as error:
        yield problem("driver", "version", str(error))
        return
    own = version.driver or "it does not say"
    if version.major != INTERFACE:
        yield problem(
            "driver",
            "version",
            f"Its interface is {version.interface!r}; apis-main accepts only {INTERFACE}.x. Install such a driver.",
        )
    elif stated and version.driver and stated != version.driver:
        yield problem(
            "driver", "version", f"The DUT file names driver version {stated}, and {own} answers. Which one is right?"
        )
    else:
        yield ok("driver", "version", f"Interface {version.interface}, own version {own}.")
    yield ok("driver", "latency", f"{1e3 * typical:.0f} ms typical, {1e3 * worst:.0f} ms at worst for /all/get.")
