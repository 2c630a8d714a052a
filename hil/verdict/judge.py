"""Collects the measurements of one test and judges each; the limits come from the catalogue."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from hil.verdict.catalogue import Catalogue, Limit
from hil.verdict.decision import Rule, decide, margin
from hil.verdict.decisive import closeness
from hil.verdict.latency import LatencyBudget
from hil.verdict.measurement import Measurement
from hil.verdict.verdict import Verdict
from hil.waveform import Quantity, Signal


class LimitsExceeded(AssertionError):
    """The device exceeded limits; one line each."""


class NotCapable(Exception):
    """The bench cannot decide a limit: the uncertainty is missing or too large. No verdict on the device."""


class Judge:
    """Judges the measurements of one test.

    A limit that is exceeded is recorded and the test goes on; `raise_if_failed` at its end says what failed.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        context: Mapping[str, object],
        rule: Rule,
        now: Callable[[], float],
        test: str,
        on_measurement: Callable[[Measurement], None] | None = None,
        budget: Callable[[], LatencyBudget | None] = lambda: None,
    ) -> None:
        """Prepare for one test.

        context: {"policy": ..., "hwconfig": ..., "dut": ...}. now: bench time in seconds. test: name of the test.
        on_measurement: called with each measurement at once, so that it can be kept before anything else happens.
        budget: how well the bench times a control action, None while nobody has measured it. A time that keeps a limit
        which the bench cannot resolve is *not capable* under either rule; one that exceeds it is judged as any other.
        """
        self._catalogue = catalogue
        self._context = context
        self._rule = rule
        self._now = now
        self._test = test
        self._on_measurement = on_measurement
        self._budget = budget
        self.measurements: list[Measurement] = []

    def measure(
        self,
        requirement: str,
        limit_name: str,
        value: float | Quantity,
        uncertainty: float | None = None,
        conditions: str = "",
    ) -> Measurement:
        """Record a value and judge it.

        value: a number in the limit's unit with `uncertainty` (expanded, k = 2; None = missing), or a Quantity that
        carries both and whose unit must be the limit's. Returns the measurement with its verdict; raises BadInput
        when requirement, limit or a key of the owner's files is missing, ValueError for a wrong unit.
        """
        limit = self._catalogue.limit(requirement, limit_name, self._context)
        row = self._catalogue.row(requirement, limit_name)
        quantity = _quantity(value, uncertainty, limit.unit, f"{requirement} {limit_name}")
        stated = None if math.isnan(quantity.uncertainty) else quantity.uncertainty
        verdict = decide(quantity.value, stated, limit.lower, limit.upper, self._rule)
        blur = self._blur(limit)
        if blur and not verdict.failed:
            verdict, conditions = Verdict.NOT_CAPABLE, f"{conditions}; {blur}" if conditions else blur
        measurement = Measurement(
            requirement=requirement,
            test=self._test,
            quantity=limit_name,
            value=quantity.value,
            unit=limit.unit,
            uncertainty=stated,
            lower=limit.lower,
            upper=limit.upper,
            margin=margin(quantity.value, limit.lower, limit.upper),
            verdict=verdict,
            conditions=conditions,
            time=self._now(),
            limit_source=limit.source,
            rule=self._rule,
            target=row.target,
            budget=quantity.lines if stated is not None else (),
            instruments=quantity.instruments,
            traces=quantity.traces,
            what=row.quantity,
        )
        self.measurements.append(measurement)
        if self._on_measurement is not None:
            self._on_measurement(measurement)
        return measurement

    def count(
        self,
        requirement: str,
        limit_name: str,
        number: int,
        of: int,
        conditions: str = "",
        signal: Signal | None = None,
    ) -> Measurement:
        """Record a count, usually of what went wrong, among `of` trials. A count has no uncertainty.

        signal: what was counted in, if it was a capture. Raises ValueError when there was no trial, because that
        decides nothing.
        """
        if of < 1 or not 0 <= number <= of:
            raise ValueError(f"{requirement} {limit_name}: a count of {number} out of {of} trials decides nothing")
        trials = f"{number} of {of}"
        limit = self._catalogue.limit(requirement, limit_name, self._context)
        counted = Quantity.exact(float(number), limit.unit)
        if signal is not None:
            counted = counted.seen_in(signal.trace).read_by(signal.instrument)
        return self.measure(
            requirement, limit_name, counted, conditions=f"{trials}; {conditions}" if conditions else trials
        )

    @property
    def failures(self) -> list[Measurement]:
        """Return the measurements that exceed a limit; targets are not among them."""
        return [each for each in self.measurements if each.verdict.failed and not each.target]

    def raise_if_failed(self) -> None:
        """Raise LimitsExceeded if a limit was exceeded, else NotCapable if one could not be decided.

        The message has one line for each limit: its decisive measurement, and of how many.
        """
        if self.failures:
            raise LimitsExceeded("\n".join(_worst_of_each(self.failures)))
        undecided = [each for each in self.measurements if each.verdict is Verdict.NOT_CAPABLE and not each.target]
        if undecided:
            raise NotCapable("\n".join(_worst_of_each(undecided)))

    def _blur(self, limit: Limit) -> str:
        """Return why the bench cannot resolve a limit in seconds, with the numbers; "" when it can."""
        budget = self._budget()
        bounds = [abs(bound) for bound in (limit.lower, limit.upper) if bound]
        if budget is None or limit.unit != "s" or not bounds or budget.resolves(min(bounds)):
            return ""
        return f"this bench times no control action better than {budget.expanded():.3g} s: {budget.sentence()}"


def _worst_of_each(measurements: Sequence[Measurement]) -> Iterator[str]:
    """Yield a sentence for each limit that these measurements are held against: the decisive one of them."""
    grouped: dict[tuple[str, str], list[Measurement]] = {}
    for each in measurements:
        grouped.setdefault((each.requirement, each.quantity), []).append(each)
    for own in grouped.values():
        worst = min(own, key=lambda each: (-each.verdict.severity, closeness(each)))
        yield worst.sentence() + (f", the worst of {len(own)}" if len(own) > 1 else "")


def _quantity(value: float | Quantity, uncertainty: float | None, unit: str, what: str) -> Quantity:
    """Return a value with its uncertainty (NaN = missing), refusing one that is given twice or in another unit."""
    if not isinstance(value, Quantity):
        return Quantity(float(value), math.nan if uncertainty is None else uncertainty, unit)
    if uncertainty is not None:
        raise ValueError(f"{what}: a Quantity brings its own uncertainty")
    if value.unit != unit:
        raise ValueError(f"{what} is judged in {unit}, the value is in {value.unit}")
    return value
