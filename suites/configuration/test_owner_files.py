"""CFG-01 to CFG-03: do the owner's files fit what was measured in this run? Nothing is switched on for it."""

from __future__ import annotations

from hil.derived import Evidence, Figure, figures
from hil.errors import NotAssessed
from hil.running.marking import requirement
from hil.running.run import Run
from hil.verdict import Judge


class Comparison:
    """Judges the figures of one requirement and remembers which of them nobody has measured."""

    def __init__(self, run: Run, judge: Judge, requirement_id: str) -> None:
        self.evidence = Evidence(run.measurements)
        self.policy, self.hwconfig = run.files.policy, run.files.hwconfig
        self._judge = judge
        self._id = requirement_id
        self._catalogue = run.catalogue
        self._missing: list[str] = []

    def figure(self, limit: str, figure: Figure | None, needs: str, factor: float = 1.0) -> None:
        """Judge `factor` times a measured figure. needs: the requirements that measure it."""
        if figure is None:
            self._lacks(limit, needs)
            return
        self._judge.measure(self._id, limit, factor * figure.quantity, conditions=figure.source)

    def room(self, limit: str, has: float, taken: Figure | None, needs: str, beside: float = 0.0) -> None:
        """Judge what is left of `has` less a measured figure less `beside`."""
        if taken is None:
            self._lacks(limit, needs)
            return
        room = -1.0 * taken.quantity + (has - beside)
        self._judge.measure(self._id, limit, room, conditions=taken.source)

    def _lacks(self, limit: str, needs: str) -> None:
        self._missing.append(f"{self._catalogue.row(self._id, limit).quantity} (measured by {needs})")

    def stated(self, limit: str, value: float) -> None:
        """Judge a value of the owner's files themselves."""
        self._judge.measure(self._id, limit, value, 0.0, "as stated in the owner's files")

    def finish(self) -> None:
        """Raise NotAssessed when something was not measured."""
        if self._missing:
            raise NotAssessed(f"Not measured in this run: {'; '.join(self._missing)}.")


@requirement("CFG-01", fixed=0.0)
def test_the_allowances_cover_what_was_measured(run: Run, desk_judge: Judge) -> None:
    """Compare the worst errors with the allowances, and the voltage allowance with the separation."""
    owner = Comparison(run, desk_judge, "CFG-01")
    owner.stated("voltage_allowance", owner.policy.grid_voltage_allowance)
    owner.figure("worst_current_error", figures.worst_current_error(owner.evidence), "CCA-01, CCA-04")
    owner.figure("worst_voltage_error", figures.worst_voltage_error(owner.evidence), "CVD-01")
    owner.finish()


@requirement("CFG-02", fixed=0.0)
def test_the_ranges_leave_room(run: Run, desk_judge: Judge) -> None:
    """Compare the static ranges and the capacity with regular operation."""
    owner = Comparison(run, desk_judge, "CFG-02")
    policy, hwconfig, ranges = owner.policy, owner.hwconfig, owner.hwconfig.meter_ranges
    owner.stated("grid_current_range", min(ranges.ig.max, -ranges.ig.min))
    owner.stated("capacity_room", hwconfig.grid_current_capacity - figures.deals_current(policy, hwconfig))
    worst = figures.worst_voltage_error(owner.evidence)
    dvg = policy.operation_grid_voltage_range.max
    owner.room("grid_voltage_room", ranges.vg.max, worst, "CVD-01", beside=dvg)
    owner.room("temperature_room", ranges.tmp.max, figures.temperature(owner.evidence), "BAT-04 with a soak")
    owner.room("battery_current_room", min(ranges.ib.max, -ranges.ib.min), _battery_current(owner), "CCA-05")
    owner.finish()


def _battery_current(owner: Comparison) -> Figure | None:
    efficiency = figures.efficiency(owner.evidence)
    if efficiency is None:
        return None
    amperes = figures.battery_current(owner.policy, owner.hwconfig, efficiency.value)
    return Figure(amperes, amperes * efficiency.uncertainty / efficiency.value, "A", efficiency.source)


@requirement("CFG-03", fixed=0.0)
def test_the_times_leave_room(run: Run, desk_judge: Judge) -> None:
    """Compare the times of the policy with the times measured."""
    owner = Comparison(run, desk_judge, "CFG-03")
    owner.figure("ramp", figures.ramp_time(owner.evidence), "ZVS-02", factor=2.0)
    owner.figure("request", figures.latency(owner.evidence), "SPD-01", factor=2.0)
    owner.figure("settling", figures.settling_time(owner.evidence), "SPD-03, SPD-04")
    owner.figure("stop", figures.stop_duration(owner.evidence), "SPD-02")
    owner.figure("stop_chain", figures.stop_chain(owner.evidence), "STW-02")
    owner.finish()
