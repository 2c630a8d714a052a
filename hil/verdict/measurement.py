"""One number with everything needed to judge it again."""

from __future__ import annotations

from dataclasses import dataclass

from hil.verdict.decision import Rule
from hil.verdict.verdict import Verdict
from hil.waveform import Budget, decimals


@dataclass(frozen=True)
class Measurement:
    """What was measured, against what, and what follows.

    requirement: id in the catalogue. quantity: name of the limit there. what: the same in words, where they are known.
    test: the test that measured it.
    value, uncertainty (expanded, k = 2; None = missing), lower, upper, margin: in `unit`.
    conditions: operating point and whatever else a reader needs, as text. time: bench seconds.
    limit_source: where the limit comes from. target: reported against a target, does not decide the requirement.
    budget: what the uncertainty is made of. instruments, traces: names of what is behind the value.
    """

    requirement: str
    test: str
    quantity: str
    value: float
    unit: str
    uncertainty: float | None
    lower: float | None
    upper: float | None
    margin: float | None
    verdict: Verdict
    conditions: str
    time: float
    limit_source: str
    rule: Rule
    target: bool = False
    budget: Budget = ()
    instruments: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    what: str = ""

    def sentence(self) -> str:
        """Return the result in the wording of a report, with value, uncertainty, limits, margin, rule, verdict."""
        parts = [f"{self.requirement} {self.what or self.quantity}: {self._rounded(self.value, 6)}"]
        if self.uncertainty is None:
            parts.append("U not stated")
        elif self.uncertainty > 0.0:
            parts.append(f"U = {self._rounded(self.uncertainty, 2)} (k = 2, about 95 %)")
        parts.append(self._limits() + (f" ({self.limit_source})" if self.limit_source else ""))
        if self.margin is not None:
            parts.append(f"margin {self._rounded(self.margin, 3)}")
        parts.append(f"rule {self.rule.value}, verdict {self.verdict.value}")
        sentence = ", ".join(parts)
        return f"{sentence} ({self.conditions})" if self.conditions else sentence

    def brief(self) -> str:
        """Return the result in a line: what, value, limits, verdict, conditions."""
        value = self._rounded(self.value, 6)
        text = f"{self.requirement} {self.what or self.quantity}: {value}, {self._limits()}: {self.verdict.value}"
        return f"{text} ({self.conditions})" if self.conditions else text

    def _rounded(self, number: float, digits: int) -> str:
        """Return a number as sure as it is: to the second digit of its uncertainty, or with so many digits."""
        places = decimals(self.uncertainty)
        if places is None:
            return _number(number, self.unit, digits)
        text = f"{number + 0.0:.{places}f}"
        text = text.removeprefix("-") if float(text) == 0.0 else text
        return text if self.unit == "1" else f"{text} {self.unit}"

    def _limits(self) -> str:
        if self.lower is None and self.upper is None:
            return "reported without limit"
        word = "target" if self.target else "limit"
        if self.lower is None or self.upper is None:
            side, limit = ("most", self.upper) if self.lower is None else ("least", self.lower)
            return f"{word} at {side} {_number(limit or 0.0, self.unit)}"
        return f"{word}s {self.lower:g} ... {_number(self.upper, self.unit)}"


def _number(value: float, unit: str, digits: int = 6) -> str:
    text = f"{value:.{digits}g}"
    return text if unit == "1" else f"{text} {unit}"
