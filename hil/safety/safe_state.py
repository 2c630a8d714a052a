"""The safe state: converter stopped, all sources off, energy gone, and measured to be so.

Order: have what only a person can switch switched off; ask the converter, and a second unit on the grid, to stop;
switch off what only sources, then what also sinks, whether or not anything has answered; let the sinks take the energy
that is left; switch the sinks off; read back every output and measure every terminal. Each step is bounded in time, so
nothing that hangs delays what comes after it. A person is awaited when everything else is off and drained, and then the
terminals are drained once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from hil.clock import Call, Clock
from instruments.kinds import BidirectionalSupply, Load, LoadMode, Meter, Powered

CONVERTER_BOUND = 0.3
"""Seconds given to the converter to stop before its sources go. A driver's set is answered after 0.5 s, but it has
passed the mode on by then: apis-dcdc_batt_comm sends the mode first, 0.1 s after the request."""
HEAD_START = 0.2
"""Seconds for which what also sinks stays on for the sources that are being switched off."""
SWITCH_BOUND = 1.0
"""Seconds given to each group of outputs to switch and to confirm it."""
UNIT_BOUND = 3.0
"""Seconds given to a second unit to say that it stands still: a driver answers one call after the other, 0.5 s each."""
HAND_BOUND = 60.0
"""Seconds given to a person to switch off what no program can, counted from when all else is off."""
DRAIN_BOUND = 5.0
"""Seconds in which every terminal must come below the touch-safe voltage."""
TOUCH_SHARE = 0.9
"""Terminals are discharged to this share of the touch-safe voltage: capacitors recover."""
LOOK = 0.05
"""Seconds between two measurements while terminals discharge."""

Step = tuple[str, Callable[[], object]]


@dataclass(frozen=True)
class PowerPart:
    """One instrument with power at its terminals.

    reach: returns the open instrument, or opens it anew when its link is lost. drain: current in A with which a
    sink empties what is left on its node, 0 for a part that only sources. off: switches it off, where more belongs to
    that than saying so.
    """

    name: str
    reach: Callable[[], Powered]
    is_source: bool
    drain: float = 0.0
    off: Callable[[], object] | None = None

    def switch_off(self) -> None:
        """Switch it off and see that it obeyed; once more when that fails, whatever the reason."""
        try:
            self._switch_off()
        except Exception:  # noqa: BLE001 - a step that nobody expected to fail must not leave a source on
            self._switch_off()

    def _switch_off(self) -> None:
        if self.off is None:
            self.reach().switch(False)
        else:
            self.off()


@dataclass(frozen=True)
class MeterPart:
    """A voltmeter whose reading belongs to the proof."""

    name: str
    reach: Callable[[], Meter]


@dataclass(frozen=True)
class UnitPart:
    """A second unit with a battery of its own, which nobody can switch off: it is stopped, and asked whether it is.

    runs: tells whether it still works; raises when it does not say.
    """

    name: str
    stop: Callable[[], object]
    runs: Callable[[], bool]


@dataclass(frozen=True)
class HandPart:
    """One instrument that a person switches. switch_off: has it done and returns when the person says that it is."""

    name: str
    switch_off: Callable[[], object]


@dataclass(frozen=True)
class SafePlan:
    """Everything that the safe state concerns. stop_converter is None where there is no driver to ask.

    switch_bound: seconds given to each group of outputs; longer where instruments must be opened first. units: stopped
    together with the converter, and proven to be. hands: switched off by a person; what they feed is measured by the
    other parts. awaiting_hands: told when all but a person's part is done.
    """

    parts: tuple[PowerPart, ...]
    voltmeters: tuple[MeterPart, ...]
    stop_converter: Callable[[], object] | None
    touch_safe: float
    switch_bound: float = SWITCH_BOUND
    units: tuple[UnitPart, ...] = ()
    hands: tuple[HandPart, ...] = ()
    awaiting_hands: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class SafeStep:
    """One step: what, when it began (bench time, s), how long it took (s), what came of it."""

    what: str
    began: float
    took: float
    outcome: str


@dataclass
class SafeReport:
    """How safe was reached and what was measured: volts per terminal, on or off per output (None: unknown).

    sources_off_after, safe_after: seconds from the order until every source was told off, until all was measured.
    reason: why it was ordered. reaction: seconds from the measurement that gave the trouble away until the sources
    were off; None when nobody's measurement did.
    """

    steps: list[SafeStep] = field(default_factory=list)
    outputs: dict[str, bool | None] = field(default_factory=dict)
    volts: dict[str, float | None] = field(default_factory=dict)
    touch_safe: float = 0.0
    sources_off_after: float | None = None
    safe_after: float | None = None
    reason: str = ""
    reaction: float | None = None

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
        return f"NOT PROVEN SAFE: {'; '.join(on + live)}. {self._advice}"

    @property
    def _advice(self) -> str:
        """Say what a person has to do with terminals that are live, or that nothing can measure."""
        blind = [name for name, volts in self.volts.items() if volts is None]
        if not blind:
            return "Do not touch; switch off by hand and measure."
        who = "No instrument answers" if len(blind) == len(self.volts) else f"Nothing is known of {', '.join(blind)}"
        return (
            f"{who}: every source was ordered off, but nothing confirms it and nothing drains what cannot be measured. "
            "Do not touch: take these terminals to have their full voltage. Press the emergency stop, measure them "
            f"with a voltmeter of your own and wait until they are below {self.touch_safe:g} V. Then look at mains and "
            "network of these instruments."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for the manifest."""
        return {**asdict(self), "proven": self.proven, "summary": self.summary}

    @classmethod
    def from_dict(cls, words: dict[str, Any]) -> SafeReport:
        """Return the report that `as_dict` made plain data of."""
        known = {each.name: words[each.name] for each in fields(cls)}
        return cls(**{**known, "steps": [SafeStep(**step) for step in known["steps"]]})


def make_safe(plan: SafePlan, clock: Clock) -> SafeReport:
    """Bring the bench into the safe state and prove it. Never raises for a part in trouble: the report says it."""
    report = SafeReport(touch_safe=plan.touch_safe)
    began = clock.now()
    hands = _begun(clock, [(f"have {hand.name} switched off by hand", hand.switch_off) for hand in plan.hands])
    _begin(plan, clock, report)
    _sources_off(plan, clock, report)
    report.sources_off_after = clock.now() - began
    _drain(plan, clock, report)
    if hands:
        plan.awaiting_hands()
        _finish(hands, HAND_BOUND, clock, report)
        _drain(plan, clock, report)
    report.outputs = {hand.name: _said_off(call) for hand, (_, _, call) in zip(plan.hands, hands, strict=True)}
    _prove(plan, clock, report)
    report.safe_after = clock.now() - began
    return report


def _begin(plan: SafePlan, clock: Clock, report: SafeReport) -> None:
    """Stop the converter; meanwhile reach for the instruments, some of which may have to be opened."""
    steps: list[Step] = [(f"stop the {unit.name}", unit.stop) for unit in plan.units]
    steps += [(f"reach {part.name}", part.reach) for part in plan.parts]
    if plan.stop_converter is not None:
        steps.insert(0, ("stop the converter", plan.stop_converter))
    _finish(_begun(clock, steps), CONVERTER_BOUND, clock, report)


def _sources_off(plan: SafePlan, clock: Clock, report: SafeReport) -> None:
    """Switch off what only sources, and a moment later what also sinks: energy still flows into it until then."""
    sources = [part for part in plan.parts if part.is_source]
    only = _begun(clock, _switching_off(part for part in sources if not part.drain))
    clock.wait_until(lambda: all(call.done for _, _, call in only), HEAD_START, 0.01)
    both = _begun(clock, _switching_off(part for part in sources if part.drain))
    _finish(only + both, plan.switch_bound, clock, report)


def _drain(plan: SafePlan, clock: Clock, report: SafeReport) -> None:
    """Let sinks empty terminals that are above touch-safe, then switch them off. Without sinks these bleed.

    A sink that cannot be measured may stand on one that is: it is asked as well.
    """
    sinks = [part for part in plan.parts if part.drain]
    volts = _volts(plan, clock)
    if not _all_below(volts, plan.touch_safe):
        live = [part for part in sinks if (shown := volts[part.name]) is None or abs(shown) >= plan.touch_safe]
        drains: list[Step] = [(f"drain with {part.name}", _draining(part)) for part in live]
        _finish(_begun(clock, drains), plan.switch_bound, clock, report)
        clock.wait_until(lambda: _all_below(_volts(plan, clock), TOUCH_SHARE * plan.touch_safe), DRAIN_BOUND, LOOK)
    _finish(_begun(clock, _switching_off(sinks)), plan.switch_bound, clock, report)


def _switching_off(parts: Iterable[PowerPart]) -> list[Step]:
    return [(f"switch {part.name} off", part.switch_off) for part in parts]


def _draining(part: PowerPart) -> Callable[[], None]:
    """Return what makes a sink draw its current. A bidirectional supply is told 0 V and nothing to source first."""

    def drain() -> None:
        sink = part.reach()
        if isinstance(sink, Load):
            sink.set_load(LoadMode.CURRENT, part.drain)
        elif isinstance(sink, BidirectionalSupply):
            sink.set_current_limit(0.0)
            sink.set_voltage(0.0)
            sink.set_sink_current_limit(part.drain)
        sink.switch(True)

    return drain


def _all_below(seen: dict[str, float | None], limit: float) -> bool:
    """Tell whether no terminal is known to have `limit` or more; one that cannot be measured cannot be drained."""
    return all(volts is None or abs(volts) < limit for volts in seen.values())


def _prove(plan: SafePlan, clock: Clock, report: SafeReport) -> None:
    began = clock.now()
    states = [(part.name, clock.start(lambda part=part: part.reach().is_on(), part.name)) for part in plan.parts]  # type: ignore[misc]
    units = [(unit.name, clock.start(unit.runs, unit.name)) for unit in plan.units]
    report.outputs |= _answers(states, clock)
    report.volts = _volts(plan, clock)
    report.outputs |= _answers(units, clock, UNIT_BOUND)
    report.steps.append(SafeStep("read back and measure", began, clock.now() - began, "done"))


def _volts(plan: SafePlan, clock: Clock) -> dict[str, float | None]:
    """Measure every terminal at the same time."""
    calls = [
        (part.name, clock.start(lambda part=part: part.reach().measure().voltage.value, part.name))  # type: ignore[misc]
        for part in plan.parts
    ]
    calls += [
        (meter.name, clock.start(lambda meter=meter: meter.reach().measure().value, meter.name))  # type: ignore[misc]
        for meter in plan.voltmeters
    ]
    return _answers(calls, clock)


def _answers(calls: list[tuple[str, Call[Any]]], clock: Clock, bound: float = SWITCH_BOUND) -> dict[str, Any]:
    """Return each call's answer, None for one that fails or is not there in time."""
    end = clock.now() + bound
    found: dict[str, Any] = {}
    for name, call in calls:
        try:
            found[name] = call.result(max(0.0, end - clock.now()))
        except Exception:  # noqa: BLE001 - unknown is an answer here, and it is reported as such
            found[name] = None
    return found


def _said_off(call: Call[object]) -> bool | None:
    """Return False when a person has said that it is off, None when nobody has."""
    try:
        call.result(0.0)
    except Exception:  # noqa: BLE001 - no answer in time, or nobody to ask: unknown, and reported as such
        return None
    return False


def _begun(clock: Clock, steps: list[Step]) -> list[tuple[str, float, Call[object]]]:
    return [(what, clock.now(), clock.start(work, what)) for what, work in steps]


def _finish(calls: list[tuple[str, float, Call[object]]], bound: float, clock: Clock, report: SafeReport) -> None:
    """Wait for calls that have begun, all of them together no longer than `bound`; enter how each ended."""
    end = clock.now() + bound
    for what, began, call in calls:
        outcome = _outcome(call, max(0.0, end - clock.now()), bound)
        report.steps.append(SafeStep(what, began, clock.now() - began, outcome))


def _outcome(call: Call[object], left: float, bound: float) -> str:
    try:
        call.result(left)
    except TimeoutError:
        return f"no answer within {bound:g} s, went on without"
    except Exception as error:  # noqa: BLE001 - a part in trouble must not stop the rest; the report carries it
        return f"failed: {error}"
    return "done"
