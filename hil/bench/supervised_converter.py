"""The converter as a bench sees it: commanded only while the bench is armed, its temperature watched."""

from __future__ import annotations

from hil.converter import Answer, Converter, Mode
from hil.converter.limits import ConverterLimits
from hil.converter.values import AllData, ConverterData
from hil.errors import BenchTrouble, OutsideLimits
from hil.safety.rules import Rules
from instruments.audit import Audit
from instruments.timing import Timekeeper

STOPPING = f"mode={Mode.STOP.value}"


class SupervisedConverter(Converter):
    """A `Converter` that refuses every set but a stop while the rules of the bench are closed.

    temperature: highest it may report, in °C, None: any.
    """

    def __init__(
        self,
        url: str,
        clock: Timekeeper,
        audit: Audit | None,
        limits: ConverterLimits,
        timeout: float,
        rules: Rules,
        temperature: float | None = None,
        name: str = "driver",
    ) -> None:
        super().__init__(url, clock, audit=audit, limits=limits, timeout=timeout, name=name)
        self.audit = audit
        self._rules = rules
        self._hottest = temperature
        self._too_hot: float | None = None

    def all(self) -> Answer[AllData]:
        """Ask for everything: converter and battery."""
        answer = super().all()
        self._feel(answer.value)
        return answer

    def get(self) -> Answer[ConverterData]:
        """Ask for the converter alone."""
        answer = super().get()
        self._feel(answer.value)
        return answer

    def call(self, path: str, timeout: float | None = None) -> Answer[str]:
        """Send GET `path`. Raises OutsideLimits for a set while the bench is not armed."""
        if self._rules.closed is not None and path.startswith("/dcdc/set") and STOPPING not in path:
            raise OutsideLimits(f"{self.name}: {path!r} was not sent: {self._rules.closed}.")
        return super().call(path, timeout)

    def check(self) -> None:
        """Raise BenchTrouble when the converter has reported more than the highest temperature."""
        if self._too_hot is not None:
            raise BenchTrouble(
                f"{self.name} reports {self._too_hot:.1f} °C; this bench allows at most {self._hottest:g} °C."
            )

    def _feel(self, data: ConverterData) -> None:
        if self._hottest is not None and data.meter.tmp > self._hottest:
            self._too_hot = data.meter.tmp
