"""The safe state: converter stopped, all sources off, energy gone, and measured to be so.

Order: ask the converter to stop; switch the sources off whether or not it has answered; let the sinks take the
energy that is left; switch the sinks off; read back every output and measure every terminal. Each step is
bounded in time, so nothing that hangs delays what comes after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from hil.clock import Call, Clock
from instruments.kinds import Load, LoadMode, Meter, Powered

CONVERTER_BOUND = 0.6
"""Seconds given to the converter to stop before its sources go. A driver's set takes 0.5 s."""
SWITCH_BOUND = 1.0
"""Seconds given to each group of outputs to switch and to confirm it."""
DRAIN_BOUND = 5.0
"""Seconds in which the sinks must bring every terminal below the touch-safe voltage."""


@dataclass(frozen=True)
class PowerPart:
    """One instrument with power at its terminals.

    reach: returns the open instrument, or opens it anew when its link is lost. drain: current in A with which a
    sink empties what is left on its node, 0 for a part that only sources.
    """

    name: str
    reach: Callable[[], Powered]
    is_source: bool
    drain: float = 0.0


@dataclass(frozen=True)
class MeterPart:
    """A voltmeter whose reading belongs to the proof."""

    name: str
    reach: Callable[[], Meter]


@dataclass(frozen=True)
class SafePlan:
    """Everything that the safe state concerns. stop_converter is None where there is no driver to ask."""

    parts: tuple[PowerPart, ...]
    voltmeters: tuple[MeterPart, ...]
    stop_converter: Callable[[], object] | None
    touch_safe: float


@dataclass(frozen=True)
class SafeStep:
    """One step: what, when it began (bench time, s), how long it took (s), what came of it."""

    what: str
    began: float
    took: float
    outcome: str


@dataclass
class SafeReport:
    """How safe was reached and what was measured: volts per terminal, on or off per output (None: unknown)."""

    steps: list[SafeStep] = field(default_factory=list)
    outputs: dict[str, bool | None] = field(default_factory=dict)
    volts: dict[str, float | None] = field(default_factory=dict)
    touch_safe: float = 0.0
    sources_off_after: float | None = None

    @property
    def proven(self) -> bool:
        """Tell whether every output was read back off and every terminal measured below touch-safe."""
        off = all(state is False for state in self.outputs.values())
        return off and all(volts is not None and abs(volts) < self.touch_safe for volts in self.volts.values())

    @property
    def summary(self) -> str:
        """Return one sentence for a person at the bench."""
        if self.proven:
            highest = max((abs(volts) for volts in self.volts.values() if volts is not None), default=0.0)
            return f"Safe state measured: every output off, highest terminal voltage {highest:.1f} V."
        on = [f"{name} is {'ON' if state else 'unknown'}" for name, state in self.outputs.items() if state is not False]
        live = [
            f"{name} {'could not be measured' if volts is None else f'shows {volts:.1f} V'}"
            for name, volts in self.volts.items()
            if volts is None or abs(volts) >= self.touch_safe
        ]
        return "NOT PROVEN SAFE: " + "; ".join(on + live) + ". Do not touch; switch off by hand and measure."

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for the manifest."""
        return {**asdict(self), "proven": self.proven, "summary": self.summary}


def make_safe(plan: SafePlan, clock: Clock) -> SafeReport:
    """Bring the bench into the safe state and prove it. Never raises for a part in trouble: the report says it."""
    report = SafeReport(touch_safe=plan.touch_safe)
    began = clock.now()
    if plan.stop_converter is not None:
        _together(clock, report, [("stop the converter", plan.stop_converter)], CONVERTER_BOUND)
    sources = [part for part in plan.parts if part.is_source]
    sinks = [part for part in plan.parts if part.drain > 0.0]
    _together(clock, report, [(f"switch {part.name} off", _switching(part, False)) for part in sources], SWITCH_BOUND)
    report.sources_off_after = clock.now() - began
    pure_sinks = [part for part in sinks if not part.is_source]
    _drain(plan, pure_sinks, clock, report)
    _together(
        clock, report, [(f"switch {part.name} off", _switching(part, False)) for part in pure_sinks], SWITCH_BOUND
    )
    _prove(plan, clock, report)
    return report


def _switching(part: PowerPart, on: bool) -> Callable[[], None]:
    return lambda: part.reach().switch(on)


def _together(
    clock: Clock, report: SafeReport, steps: list[tuple[str, Callable[[], object]]], bound: float
) -> list[Call[object]]:
    began = clock.now()
    calls = [clock.start(work, what) for what, work in steps]
    for (what, _), call in zip(steps, calls, strict=True):
        left = max(0.0, began + bound - clock.now())
        report.steps.append(SafeStep(what, began, 0.0, _outcome(call, left)))
        report.steps[-1] = SafeStep(what, began, clock.now() - began, report.steps[-1].outcome)
    return calls


def _outcome(call: Call[object], bound: float) -> str:
    try:
        call.result(bound)
    except TimeoutError:
        return f"no answer within {bound:.2f} s"
    except Exception as error:  # noqa: BLE001 - a part in trouble must not stop the rest; the report carries it
        return f"failed: {error}"
    return "done"


def _drain(plan: SafePlan, sinks: list[PowerPart], clock: Clock, report: SafeReport) -> None:
    live = [part for part in sinks if not _is_below(part, plan.touch_safe, clock)]
    if not live:
        return
    steps: list[tuple[str, Callable[[], object]]] = [(f"drain with {part.name}", _draining(part)) for part in live]
    _together(clock, report, steps, SWITCH_BOUND)
    clock.wait_until(lambda: all(_is_below(part, 0.5 * plan.touch_safe, clock) for part in live), DRAIN_BOUND)


def _draining(part: PowerPart) -> Callable[[], object]:
    def drain() -> None:
        sink = part.reach()
        if isinstance(sink, Load):
            sink.set_load(LoadMode.CURRENT, part.drain)
            sink.switch(True)

    return drain


def _is_below(part: PowerPart, volts: float, clock: Clock) -> bool:
    measured = _measured(clock, lambda: part.reach().measure().voltage.value)
    return measured is None or abs(measured) < volts


def _prove(plan: SafePlan, clock: Clock, report: SafeReport) -> None:
    began = clock.now()
    for part in plan.parts:
        report.outputs[part.name] = _measured(clock, lambda part=part: part.reach().is_on())  # type: ignore[misc]
        report.volts[part.name] = _measured(clock, lambda part=part: part.reach().measure().voltage.value)  # type: ignore[misc]
    for meter in plan.voltmeters:
        report.volts[meter.name] = _measured(clock, lambda meter=meter: meter.reach().measure().value)  # type: ignore[misc]
    report.steps.append(SafeStep("read back and measure", began, clock.now() - began, "done"))


def _measured(clock: Clock, question: Callable[[], Any]) -> Any:
    call = clock.start(question, "safe state question")
    try:
        return call.result(SWITCH_BOUND)
    except Exception:  # noqa: BLE001 - unknown is an answer here, and it is reported as such
        return None
