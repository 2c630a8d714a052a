"""The BMS in real time, asked by a Modbus client that is not ours."""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import serial
from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusIOException

from hil.battery import Bms, BmsSettings
from hil.battery.bms import wire_key
from hil.clock import RealClock
from hil.errors import BadInput, BenchTrouble
from instruments.timing import WallWire
from tests.looking import check_until_it_raises

RSOC = bytes.fromhex("01 04 00 1d 00 02 e1 cd")


class SerialCable:
    """Two pseudo-terminals joined back to back: what goes in at one end comes out at the other."""

    def __init__(self) -> None:
        self.pairs = [os.openpty(), os.openpty()]
        self.ends = [os.ttyname(theirs) for _, theirs in self.pairs]
        for _, theirs in self.pairs:
            tty.setraw(theirs)
        ours = [ours for ours, _ in self.pairs]
        self.whole = True
        self.copying = [threading.Thread(target=self.copy, args=ends) for ends in (ours, ours[::-1])]
        for thread in self.copying:
            thread.start()

    def copy(self, source: int, sink: int) -> None:
        while self.whole:
            if select.select([source], [], [], 0.02)[0]:
                os.write(sink, os.read(source, 256))

    def cut(self) -> None:
        self.whole = False
        for thread in self.copying:
            thread.join()
        for end in (end for pair in self.pairs for end in pair):
            os.close(end)
        self.copying, self.pairs = [], []


@pytest.fixture(name="cable")
def _cable() -> Iterator[SerialCable]:
    cable = SerialCable()
    yield cable
    cable.cut()


@pytest.fixture(name="charge")
def _charge() -> dict[str, float]:
    return {"soc": 0.7}


@pytest.fixture(name="bms")
def _bms(cable: SerialCable, charge: dict[str, float]) -> Iterator[Bms]:
    bms = Bms(BmsSettings(port=cable.ends[0]), lambda: charge["soc"], RealClock())
    bms.start()
    yield bms
    with suppress(BenchTrouble):
        bms.stop()


@pytest.fixture(name="driver")
def _driver(cable: SerialCable, bms: Bms) -> Iterator[ModbusSerialClient]:
    client = ModbusSerialClient(cable.ends[1], baudrate=9600, timeout=1.0, retries=0)
    assert client.connect()
    yield client
    client.close()


def registers(client: ModbusSerialClient, address: int, count: int = 1, unit: int = 1) -> list[int]:
    answer = client.read_input_registers(address, count=count, device_id=unit)
    assert not answer.isError()
    return list(answer.registers)


def test_state_of_charge_and_permission(bms: Bms, driver: ModbusSerialClient, charge: dict[str, float]) -> None:
    assert registers(driver, 0x1D, 2) == [700, 1]
    bms.permit()
    assert registers(driver, 0x1E) == [0]
    bms.deny()
    assert registers(driver, 0x1E) == [1]
    charge["soc"] = 0.2
    assert registers(driver, 0x1D) == [200]


def test_any_unit_is_answered(bms: Bms, driver: ModbusSerialClient) -> None:
    assert [registers(driver, 0x1D, unit=unit) for unit in (1, 7, 247)] == [[700], [700], [700]]


def test_exceptions_reach_the_client(bms: Bms, driver: ModbusSerialClient) -> None:
    assert driver.read_holding_registers(0x1D, count=1).exception_code == 1
    assert driver.read_input_registers(0x270F, count=1).exception_code == 2
    bms.faults.failed = True
    assert driver.read_input_registers(0x1D, count=1).exception_code == 4


def test_every_exchange_is_logged(bms: Bms, driver: ModbusSerialClient) -> None:
    registers(driver, 0x1D, 2)
    (exchange,) = bms.log
    assert (exchange.unit, exchange.function, exchange.start, exchange.count) == (1, 4, 0x1D, 2)
    assert exchange.answer is not None
    assert exchange.answered is not None
    assert exchange.answered >= exchange.received


def garble(bms: Bms) -> None:
    bms.faults.garble = True


def cut(bms: Bms) -> None:
    bms.faults.cut = True


def delay(bms: Bms) -> None:
    bms.faults.delay = 0.6


def speak_as_another(bms: Bms) -> None:
    bms.faults.wrong_unit = 9


@pytest.mark.parametrize("fault", [garble, cut, delay, speak_as_another])
def test_faults_keep_the_answer_from_the_client_until_repaired(
    bms: Bms, cable: SerialCable, fault: Callable[[Bms], None]
) -> None:
    client = ModbusSerialClient(cable.ends[1], baudrate=9600, timeout=0.3, retries=0)
    assert client.connect()
    fault(bms)
    with pytest.raises(ModbusIOException):
        client.read_input_registers(0x1D, count=2)
    client.close()
    bms.repair()
    bms.clock.sleep(0.5)
    client = ModbusSerialClient(cable.ends[1], baudrate=9600, timeout=2.0, retries=0)
    assert client.connect()
    assert registers(client, 0x1D) == [700]
    client.close()


def test_only_its_own_unit_when_told_so(cable: SerialCable) -> None:
    bms = Bms(BmsSettings(port=cable.ends[0], unit=3), lambda: 0.5, RealClock())
    bms.start()
    client = ModbusSerialClient(cable.ends[1], baudrate=9600, timeout=0.3, retries=0)
    assert client.connect()
    assert registers(client, 0x1D, unit=3) == [500]
    with pytest.raises(ModbusIOException):
        client.read_input_registers(0x1D, count=1, device_id=4)
    client.close()
    bms.stop()


def test_a_port_that_does_not_exist_is_bad_input() -> None:
    with pytest.raises(BadInput, match="cannot open its serial port /dev/nowhere"):
        Bms(BmsSettings(port="/dev/nowhere"), lambda: 0.5, RealClock()).start()


def test_a_port_that_goes_away_is_bench_trouble(bms: Bms, cable: SerialCable) -> None:
    bms.check()
    cable.cut()
    with pytest.raises(BenchTrouble, match="lost its serial port"):
        check_until_it_raises(bms.check, bms.clock, 5.0)


def test_it_can_be_stopped_and_started_again(bms: Bms, driver: ModbusSerialClient) -> None:
    with pytest.raises(BenchTrouble, match="running already"):
        bms.start()
    bms.stop()
    bms.check()
    bms.start()
    assert registers(driver, 0x1D) == [700]


@pytest.fixture(name="converter_port")
def _converter_port() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5.0)
        yield listener


def test_over_a_socket_it_is_known_by_its_local_port(converter_port: socket.socket) -> None:
    keys = []

    class Clock(RealClock):
        def wire(self, key: str) -> WallWire:
            keys.append(key)
            return super().wire(key)

    bms = Bms(BmsSettings(port=f"socket://127.0.0.1:{converter_port.getsockname()[1]}"), lambda: 0.7, Clock())
    bms.start()
    connection, peer = converter_port.accept()
    with connection:
        connection.settimeout(5.0)
        connection.sendall(b"\x00garbage" + RSOC)
        assert connection.recv(64)[:7] == bytes.fromhex("01 04 04 02 bc 00 01")
        assert keys == [f"tcp:{peer[1]}>{converter_port.getsockname()[1]}"]
        bms.stop()


def test_a_serial_port_is_known_by_its_real_path(tmp_path: Path, cable: SerialCable) -> None:
    link = tmp_path / "battery"
    link.symlink_to(cable.ends[0])
    assert wire_key(str(link), serial.Serial()) == f"tty:{cable.ends[0]}"
    assert wire_key("COM5", serial.Serial()) == "tty:COM5"
