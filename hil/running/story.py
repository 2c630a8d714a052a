"""What a test did and found, step by step, as a test engineer would tell it; shown in Allure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qsl

from hil.converter import Mode
from hil.verdict import Measurement, Verdict

FIRST, LAST = 120, 60
"""Steps shown of a test that takes more: so many at its beginning and at its end. The audit log has everything."""
UNITS = {"dvg": " V", "dig": " A"}


@dataclass(frozen=True)
class Step:
    """Bench time in s, what was done or found, how often in a row, and the verdict on what was found."""

    time: float
    text: str
    times: int = 1
    verdict: Verdict | None = None

    @property
    def sentence(self) -> str:
        """Return the step in words."""
        return self.text if self.times == 1 else f"{self.text}, {self.times} times"


@lru_cache(maxsize=1000)
def command_in_words(query: str) -> str:
    """Return a command to the converter as it is spoken of: "CHARGE: dvg 350.0 V, dig 1.0 A, drg 0"."""
    words = dict(parse_qsl(query, keep_blank_values=True))
    mode = words.pop("mode", None)
    named = next((each.name for each in Mode if each.value == mode), mode)
    points = ", ".join(f"{name} {value}{UNITS.get(name, '')}" for name, value in words.items())
    return " ".join(part for part in (named and f"{named}:", points) if part)


class Story:
    """The steps of the test that is running."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin with nothing told. now: bench time in s."""
        self._now = now
        self.begin()

    def begin(self) -> None:
        """Forget what the test before did."""
        self._first: list[Step] = []
        self._last: deque[Step] = deque(maxlen=LAST)
        self._left_out = 0

    def tell(self, text: str) -> None:
        """Add what is done now."""
        self._add(Step(self._now(), text))

    def command(self, query: str, unit: str = "") -> None:
        """Add a command to the converter, from the query of its URL; unit: which one, where there are two."""
        self.tell(" ".join(part for part in ("command", unit, command_in_words(query)) if part))

    def judged(self, measurement: Measurement) -> None:
        """Add what was measured, with its verdict; a target gives none."""
        verdict = None if measurement.target else measurement.verdict
        self._add(Step(self._now(), measurement.brief(), verdict=verdict))

    @property
    def steps(self) -> list[Step]:
        """Return the steps in order; of very many those at the beginning and at the end."""
        if not self._left_out:
            return [*self._first, *self._last]
        gap = Step(self._last[0].time, f"{self._left_out} steps are left out here; audit.jsonl has every message")
        return [*self._first, gap, *self._last]

    def _add(self, step: Step) -> None:
        kept: list[Step] | deque[Step] = self._last or self._first
        if kept and (kept[-1].text, kept[-1].verdict) == (step.text, step.verdict):
            kept[-1] = replace(kept[-1], times=kept[-1].times + 1)
        elif len(self._first) < FIRST:
            self._first.append(step)
        else:
            self._left_out += len(self._last) == LAST
            self._last.append(step)
