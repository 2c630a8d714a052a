"""What a run would do, told before anything is energised: tests, bench time, highest voltage, current and energy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from rich.console import Console
from rich.table import Table

from hil.battery import BatteryModel
from hil.bench.file import Role
from hil.bench.files import Files
from hil.running.marking import Decides, decides
from hil.running.scope import Scope
from hil.safety.extremes import Extremes
from hil.verdict.expression import evaluate

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Share:
    """What the tests of one requirement take. Bench time in s, highest grid voltage in V and current in A."""

    tests: int
    seconds: float
    volts: float
    amperes: float


@dataclass(frozen=True)
class Plan:
    """A whole run.

    shares: by the requirements that one test decides together. left_out: requirement -> reason. Highest current of a
    grid instrument in A; highest battery voltage in V and current in A. watts, energy (Wh): through the unit at most,
    every test at its highest throughout. demanded: bench time in s that repetitions and dwells of the requirements ask
    for.
    """

    shares: dict[tuple[str, ...], Share]
    left_out: dict[str, str]
    source_amperes: float
    battery_volts: float
    battery_amperes: float
    watts: float
    energy: float
    demanded: float = 0.0

    @property
    def seconds(self) -> float:
        """Return the bench time of the whole run, in s."""
        return sum(share.seconds for share in self.shares.values())

    @property
    def grid_volts(self) -> float:
        """Return the highest grid voltage, in V."""
        return max((share.volts for share in self.shares.values()), default=0.0)

    @property
    def grid_amperes(self) -> float:
        """Return the highest grid current, in A."""
        return max((share.amperes for share in self.shares.values()), default=0.0)

    @property
    def extremes(self) -> Extremes:
        """Return the highest voltages and currents and the energy, as a run measures them."""
        return Extremes(
            self.grid_volts,
            self.grid_amperes,
            self.source_amperes,
            self.battery_volts,
            self.battery_amperes,
            self.energy,
        )


def plan(marks: Iterable[Decides], left_out: dict[str, str], scope: Scope) -> Plan:
    """Add up what the tests with these marks do."""
    shares: dict[tuple[str, ...], Share] = {}
    energy = power = demanded = battery_volts = 0.0
    files = {name: getattr(scope.files, name) for name in ("policy", "hwconfig", "dut", "bench")}
    for mark in marks:
        seconds = mark.seconds(scope.catalogue, scope.profile)
        grid_volts, amperes = evaluate(mark.volts, files), evaluate(mark.amperes, files)
        known = shares.get(mark.requirements, Share(0, 0.0, 0.0, 0.0))
        shares[mark.requirements] = Share(
            known.tests + 1, known.seconds + seconds, max(known.volts, grid_volts), max(known.amperes, amperes)
        )
        demanded += mark.demanded(scope.catalogue, scope.profile)
        energy += grid_volts * amperes * seconds / SECONDS_PER_HOUR
        power = max(power, grid_volts * amperes)
        battery_volts = max(battery_volts, evaluate(mark.battery_volts, files))
    highest = max((share.amperes for share in shares.values()), default=0.0)
    source = highest + _circulating(scope.files) if highest > 0.0 else 0.0
    return Plan(shares, left_out, source, *_battery(scope.files, power, battery_volts), power, energy, demanded)


def _circulating(files: Files) -> float:
    """Return the current in A that the sink takes from the source, past the unit, while the grid is stiff."""
    roles = files.bench.roles
    source, sink = roles.get(Role.GRID_SOURCE), roles.get(Role.GRID_SINK)
    return files.bench.grid.push_current if source is not None and sink not in (None, source) else 0.0


def _battery(files: Files, power: float, beyond: float) -> tuple[float, float]:
    """Return the highest voltage and current on the battery side for the highest power on the grid side.

    beyond: a voltage that a test makes beyond the battery's own, in V.
    """
    model = BatteryModel(files.bench.battery)
    volts = min(model.highest_voltage, files.bench.limits.battery_voltage_v)
    return max(volts, beyond), power / files.dut.declared.efficiency / files.dut.battery.min_v


def of_session(session: pytest.Session, scope: Scope, left_out: dict[str, str]) -> Plan:
    """Return the plan of the tests that a pytest session has selected."""
    marks = [decides(item) for item in session.items]
    return plan([mark for mark in marks if mark is not None], left_out, scope)


def show(planned: Plan, scope: Scope, console: Console) -> None:
    """Print a plan."""
    limits = scope.files.bench.limits
    table = Table(title=f"Plan: profile {scope.profile.name} on {scope.files.bench.bench.name}")
    table.add_column("decides")
    for column in ("tests", "bench time", "grid up to", "current up to"):
        table.add_column(column, justify="right")
    for names, share in planned.shares.items():
        table.add_row(
            ", ".join(names), str(share.tests), duration(share.seconds), f"{share.volts:g} V", f"{share.amperes:g} A"
        )
    console.print(table)
    tests = sum(share.tests for share in planned.shares.values())
    for line in (
        f"{tests} tests, about {duration(planned.seconds)} on the bench; "
        f"repetitions and dwells of the requirements demand {duration(planned.demanded)} of it.",
        f"Grid side up to {planned.grid_volts:g} V and {planned.grid_amperes:g} A through the unit; its instruments up "
        f"to {planned.source_amperes:g} A, for the source feeds the sink as well while the grid is stiff "
        f"(limits of the bench: {limits.grid_voltage_v:g} V, {limits.grid_current_a:g} A).",
        f"Battery side up to {planned.battery_volts:.1f} V and {planned.battery_amperes:.1f} A "
        f"(limits of the bench: {limits.battery_voltage_v:g} V, {limits.battery_current_a:g} A).",
        f"Energy through the unit at most {planned.energy:.0f} Wh (limit of the bench: {limits.energy_wh:g} Wh).",
    ):
        console.print(line, highlight=False)
    for reason, left_out in _by_reason(planned.left_out).items():
        console.print(f"Not assessed, {reason}: {', '.join(left_out)}", style="dim", highlight=False)
    console.print("Nothing has been opened or energised.", highlight=False)


def duration(seconds: float) -> str:
    """Return a time for a person: "45 s", "12 min 30 s", "1 h 05 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < SECONDS_PER_HOUR:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _by_reason(left_out: dict[str, str]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for name, reason in left_out.items():
        reasons.setdefault(reason, []).append(name)
    return reasons
