"""Battery and BMS as one thing."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from hil.battery import BatteryStandIn, Bms, BmsSettings
from hil.clock import RealClock
from hil.errors import BadInput, BenchTrouble
from instruments.errors import TransportLost
from tests.battery.conftest import Start
from tests.battery.node_simulation import Node, PretendedBidirectional
from tests.battery.simulated_clock import SimulatedClock
from tests.looking import afresh, check_until_it_raises


@pytest.fixture(name="line")
def _line() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5.0)
        yield listener


@pytest.fixture(name="bms")
def _bms(line: socket.socket) -> Bms:
    return Bms(BmsSettings(port=f"socket://127.0.0.1:{line.getsockname()[1]}"), lambda: 0.5, RealClock())


def test_it_brings_up_both_and_denies_sharing_at_first(make_one: Start, bms: Bms, line: socket.socket) -> None:
    stand_in = BatteryStandIn(make_one(), bms)
    stand_in.start()
    assert not afresh(lambda: bms.permitted)
    stand_in.permit()
    assert afresh(lambda: bms.permitted)
    stand_in.deny()
    assert not bms.permitted
    stand_in.check()
    assert stand_in.voltage.value == pytest.approx(52.8, abs=0.02)
    assert stand_in.current.value == pytest.approx(0.0, abs=0.01)
    assert stand_in.soc == pytest.approx(0.5, abs=1e-6)
    stand_in.stop()


def test_a_bms_that_cannot_start_leaves_nothing_on(
    make_one: Start, bms: Bms, line: socket.socket, supply: PretendedBidirectional
) -> None:
    line.close()
    with pytest.raises(BadInput, match="socket://"):
        BatteryStandIn(make_one(), bms).start()
    assert not supply.on


def test_without_a_serial_line_permission_goes_nowhere(make_one: Start) -> None:
    stand_in = BatteryStandIn(make_one(), None)
    stand_in.start()
    with pytest.raises(BenchTrouble, match="no BMS"):
        stand_in.permit()
    stand_in.stop()


def test_check_sees_either_fail(
    make_one: Start, bms: Bms, line: socket.socket, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    stand_in = BatteryStandIn(make_one(), bms)
    stand_in.start()
    connection, _ = line.accept()
    connection.close()
    with pytest.raises(BenchTrouble, match="lost its serial port"):
        check_until_it_raises(stand_in.check, bms.clock, 5.0)
    supply.error = TransportLost("psb: gone")
    clock.sleep(1.0)
    with pytest.raises(BenchTrouble, match="psb: gone"):
        stand_in.check()


def test_stop_takes_the_battery_away_even_when_the_bms_has_failed(
    make_one: Start, bms: Bms, line: socket.socket, node: Node, supply: PretendedBidirectional
) -> None:
    stand_in = BatteryStandIn(make_one(), bms)
    stand_in.start()
    line.accept()[0].close()
    with pytest.raises(BenchTrouble, match="lost its serial port"):
        check_until_it_raises(stand_in.check, bms.clock, 5.0)
    with pytest.raises(BenchTrouble, match="lost its serial port"):
        stand_in.stop()
    assert not supply.on
