"""The emergency stop contact, on pyserial's loop port: CTS follows RTS there, as through a closed contact."""

from __future__ import annotations

import pytest
import serial

from hil.errors import BadInput, BenchTrouble
from hil.safety.interlock import Interlock


def test_a_closed_contact_is_silent() -> None:
    Interlock("loop://", "cts").check()


def test_an_open_contact_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    interlock = Interlock("loop://", "cts")
    monkeypatch.setattr(interlock._serial, "_rts_state", False)
    with pytest.raises(BenchTrouble, match="CTS of loop://"):
        interlock.check()


def test_a_port_that_is_gone_counts_as_open() -> None:
    interlock = Interlock("loop://", "cts")
    interlock.close()
    with pytest.raises(BenchTrouble, match="gone"):
        interlock.check()


def test_a_port_that_does_not_exist_is_bad_input() -> None:
    with pytest.raises(BadInput, match="/dev/nowhere"):
        Interlock("/dev/nowhere", "cts")
    assert issubclass(serial.SerialException, OSError)
