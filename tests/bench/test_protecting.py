"""Programming the instruments' own protections: what is missing is said, what is refused stops the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast
from unittest.mock import create_autospec

import pytest

from hil.bench import files
from hil.bench.protecting import protect
from instruments.errors import InstrumentRefused, NotProvided, Unverified
from instruments.kinds import Powered
from instruments.load import DialectLoad

ROOT = Path(__file__).resolve().parents[2]
FILES = files.read(ROOT / "benches/virtual.toml")


class Pretended:
    """An instrument that takes what it is told, or raises."""

    def __init__(self, failure: Exception | None = None, watchdog: bool | Exception = True) -> None:
        self.failure, self.watchdog = failure, watchdog
        self.told: dict[str, float] = {}

    def set_overvoltage_protection(self, volts: float) -> None:
        self._take("volts", volts)

    def set_overcurrent_protection(self, amperes: float) -> None:
        self._take("amperes", amperes)

    def set_power_limit(self, watts: float) -> None:
        self._take("watts", watts)

    def arm_watchdog(self, seconds: float) -> bool:
        if isinstance(self.watchdog, Exception):
            raise self.watchdog
        self.told["seconds"] = seconds
        return self.watchdog

    def _take(self, what: str, value: float) -> None:
        if self.failure is not None:
            raise self.failure
        self.told[what] = value


def programme(supply: Pretended) -> dict[str, str]:
    return protect(FILES, "grid_source", cast(Powered, supply))


def test_everything_is_programmed_and_said() -> None:
    supply = Pretended()
    said = programme(supply)
    assert supply.told["volts"] == pytest.approx(440.0)
    assert supply.told["amperes"] == pytest.approx(8.8)
    assert supply.told["seconds"] == FILES.bench.safety.watchdog
    assert said["over-voltage"] == "440 V, read back"


def test_what_an_instrument_has_not_is_said() -> None:
    said = programme(Pretended(NotProvided("it has none"), watchdog=False))
    assert said == {"over-voltage": "none: it has none", "over-current": "none: it has none", "watchdog": "none"}


def test_a_watchdog_that_no_manual_confirms_is_not_armed() -> None:
    said = programme(Pretended(watchdog=Unverified("not confirmed")))
    assert said["watchdog"] == "not armed: not confirmed"


def test_a_protection_that_is_refused_stops_the_run() -> None:
    with pytest.raises(InstrumentRefused):
        programme(Pretended(InstrumentRefused("reads back as 500 V")))


def test_limits_of_slew_go_to_instruments_that_have_one() -> None:
    """An instrument without a setting for it says so; a bench without a limit asks for nothing."""
    asked = FILES.bench.limits.model_copy(update={"current_slew_a_s": 2.0})
    slow = replace(FILES, bench=FILES.bench.model_copy(update={"limits": asked}))
    load = create_autospec(DialectLoad, instance=True)
    load.arm_watchdog.return_value = False
    assert protect(slow, "grid_load", load)["current slew"] == "2 A/s, read back"
    load.limit_current_slew.assert_called_once_with(2.0)
    load.limit_current_slew.side_effect = NotProvided("it has none")
    assert protect(slow, "grid_load", load)["current slew"] == "none: it has none"
    assert "current slew" not in protect(FILES, "grid_load", load)
