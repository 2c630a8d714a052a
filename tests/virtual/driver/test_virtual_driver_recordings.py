"""The virtual driver against the answers of the reference driver, recorded with the same requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hil.virtual.devices.driver import BusFault
from tests.virtual.driver.conftest import DriverBench, Reply

RECORDINGS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data" / "driver_recordings.jsonl").read_text().splitlines()
]

Setup = Callable[[DriverBench], None]


def of_group(name: str) -> list[dict[str, Any]]:
    return [recording for recording in RECORDINGS if recording["group"] == name]


def ordered(text: str) -> Any:
    """Parse JSON so that the order of keys and the kind of numbers count; meter values are their kind only."""
    return json.loads(text, object_pairs_hook=_pairs)


def _pairs(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    keys = [key for key, _ in pairs]
    if keys == ["wg", "tmp", "vb", "wb", "vg", "ib", "ig"]:
        return [(key, type(value).__name__) for key, value in pairs]
    return [(key, (type(value).__name__, value)) for key, value in pairs]


def same(reply: Reply, recording: dict[str, Any]) -> None:
    label = recording["label"]
    assert reply.status == recording["status"], label
    assert reply.headers["Content-Type"] == recording["content_type"], label
    if recording["content_type"] == "application/json" and recording["body"]:
        assert ordered(reply.body) == ordered(recording["body"]), label
    else:
        assert reply.body == recording["body"], label


def setup_modes(bench: DriverBench, label: str) -> None:
    converter, bms = bench.converter, bench.bms
    if label == "dcdc/get with light alarm":
        converter.alarm, converter.alarm_words = 1, (0x0010, 0, 0)
    if label == "dcdc/get with heavy alarm":
        converter.alarm, converter.alarm_words = 2, (0x8001, 0, 0)
    if label == "battery/get denied":
        bms.rsoc, bms.flag = 333, 1
    if label == "battery/get full":
        bms.rsoc, bms.flag = 1000, 0
    if label.startswith("battery/get register 65535"):
        bms.rsoc, bms.flag = 65535, 0


@pytest.mark.parametrize("group", ["fresh", "modes", "range-accept", "range-clamp"])
def test_a_recorded_session_is_answered_as_recorded(group: str, bench_with: type[DriverBench]) -> None:
    bench = bench_with()
    bench.converter.outside_range = group.removeprefix("range-") if group.startswith("range-") else "refuse"
    for recording in of_group(group):
        setup_modes(bench, recording["label"])
        same(bench.call(recording["url"], recording["method"]), recording)


def bus(**fault: Any) -> Setup:
    return lambda bench: bench.settings.faults.bus.append(BusFault(**fault))


def reports(**values: Any) -> Setup:
    def change(bench: DriverBench) -> None:
        for name, value in values.items():
            setattr(bench.converter, name, value)

    return change


def answers(make: Callable[[Any, bytes], list[tuple[float, bytes]]]) -> Setup:
    def change(bench: DriverBench) -> None:
        bench.bms.handler = lambda request: make(bench.bms, request)

    return change


def spoiled(frame: bytes) -> bytes:
    return frame[:-1] + bytes([frame[-1] ^ 0xFF])


STATE_3 = {"command": "2-1"}
BUS_FAULTS: dict[str, Setup] = {
    "converter silent": bus(kind="silent"),
    "converter silent on set": bus(kind="silent"),
    "converter silent for 10-1 only": bus(kind="silent", command="10-1"),
    "converter misses 1 request": bus(kind="silent", times=1),
    "converter misses 3 requests": bus(kind="silent", times=3),
    "converter misses 4 requests": bus(kind="silent", times=4),
    "bad checksum always": bus(kind="bad_checksum"),
    "bad checksum once": bus(kind="bad_checksum", times=1),
    "bad checksum 3 times": bus(kind="bad_checksum", times=3),
    "NAK ffff unsupported": bus(kind="refused", code=0xFFFF),
    "NAK fffe bad parameter": bus(kind="refused", code=0xFFFE),
    "NAK fffd refused, always": bus(kind="refused", code=0xFFFD),
    "NAK fffd refused, 3 times": bus(kind="refused", code=0xFFFD, times=3),
    "NAK fffc busy, always": bus(kind="refused", code=0xFFFC),
    "NAK fffb internal communication": bus(kind="refused", code=0xFFFB),
    "NAK 0001 undocumented code": bus(kind="refused", code=0x0001),
    "reply truncated by 3 bytes, always": bus(kind="truncated"),
    "reply with another command byte": bus(kind="wrong_command"),
    "reply with wrong length byte": bus(kind="truncated"),
    "NAK flag with ACK sized payload (2-1)": bus(kind="wrong_size", command="2-1", code=4),
    "ACK of 2-1 with a 2 byte payload length": bus(kind="wrong_size", command="2-1", code=6),
    "noise byte 02 before reply": bus(kind="wrong_command"),
    "reply 80 ms late": bus(kind="late", late=0.080),
    "reply 90 ms late": bus(kind="late", late=0.090),
    "reply 95 ms late": bus(kind="late", late=0.095),
    "reply 120 ms late": bus(kind="late", late=0.120),
    "bus babbles 3 s after the request": bus(kind="babble", late=3.2, times=1),
    "converter reports mode 0x34": reports(mode=0x34),
    "converter reports unknown mode 0x13": reports(mode=0x13),
    "CST bits 0-1 = 3": reports(running_override=3),
    "CST bits 2-3 = 3": reports(alarm=3),
    "set while CST bits 2-3 = 3: device is changed, answer is 400": reports(alarm=3),
    "battery silent": answers(lambda bms, request: []),
    "battery silent, all/get": answers(lambda bms, request: []),
    "battery bad crc": answers(lambda bms, request: [(0.0, spoiled(bms.reply(request)))]),
    "battery exception 02": answers(lambda bms, request: [(0.0, bms.exception(2))]),
    "battery exception 04": answers(lambda bms, request: [(0.0, bms.exception(4))]),
    "battery reply short": answers(lambda bms, request: [(0.0, bms.reply(request)[:-3])]),
    "battery reply from another unit": answers(lambda bms, request: [(0.0, bms.reply(request, unit=2))]),
    "battery 500 ms late": answers(lambda bms, request: [(0.5, bms.reply(request))]),
    "battery 1200 ms late": answers(lambda bms, request: [(1.2, bms.reply(request))]),
    "converter silent does not matter for battery/get": bus(kind="silent"),
    "converter silent, all/get": bus(kind="silent"),
}

SLOWED_BY_THE_RIG = {
    "converter silent for 10-1 only": 1.05,
    "converter misses 1 request": 0.70,
    "converter misses 3 requests": 1.10,
    "bad checksum once": 0.61,
    "bad checksum 3 times": 0.85,
    "NAK ffff unsupported": 0.02,
    "NAK fffe bad parameter": 0.02,
    "reply truncated by 3 bytes, always": 0.78,
    "reply with another command byte": 0.37,
    "reply with wrong length byte": 0.78,
    "reply 90 ms late": 0.52,
    "reply 95 ms late": 0.71,
    "converter reports unknown mode 0x13": 0.494,
    "CST bits 0-1 = 3": 0.494,
    "CST bits 2-3 = 3": 0.494,
    "bus babbles 3 s after the request": 3.45,
    "set while CST bits 2-3 = 3: device is changed, answer is 400": 0.503,
    "battery 500 ms late": 1.06,
    "battery reply short": 1.02,
    "converter silent, all/get": 0.77,
}
"""Recorded on a loaded computer, which lost replies; here the figure for a quiet moment, s."""


@pytest.mark.parametrize("label", BUS_FAULTS)
def test_trouble_on_the_wires_is_answered_as_recorded(label: str, bench_with: type[DriverBench]) -> None:
    recording = next(entry for entry in of_group("faults") if entry["label"] == label)
    bench = bench_with()
    assert bench.call("/dcdc/set?mode=0x0000&dvg=350&dig=0&drg=0").status == 200
    BUS_FAULTS[label](bench)
    reply = bench.call(recording["url"])
    same(reply, recording)
    expected = SLOWED_BY_THE_RIG.get(label, recording["elapsed_ms"] / 1000)
    assert reply.took == pytest.approx(expected, rel=0.03, abs=0.009), label


def test_every_recording_is_replayed_or_known_to_be_left_out() -> None:
    elsewhere = {
        "good set to fill the cache",
        "3 noise bytes before reply",
        *(f"reply {late} ms late" for late in (100, 105, 110, 150)),
        "cache kept the older set",
        "battery silent, second call",
        "battery back",
        "battery silent once",
        "battery after that",
    }
    assert {entry["label"] for entry in of_group("faults")} == set(BUS_FAULTS) | elsewhere


def test_a_set_that_fails_after_its_commands_has_changed_the_converter_and_not_the_cache(bench: DriverBench) -> None:
    bench.call("/dcdc/set?mode=0x0000&dvg=350&dig=0&drg=0")
    bench.converter.alarm = 3
    reply = bench.call("/dcdc/set?mode=0x0014&dvg=351&dig=4&drg=0")
    assert (reply.status, reply.json) == (400, {"err": "bad value: alarmState: 3"})
    assert bench.converter.mode == 0x0014
    bench.converter.alarm = 0
    repeated = bench.call("/dcdc/set")
    assert repeated.json["status"]["status"] == "0x0000"
    assert repeated.json["vdis"]["dvg"] == 349.98779296875


def test_a_call_waits_for_the_one_before(bench: DriverBench) -> None:
    _, slow = bench.ask("/dcdc/get")
    bench.wait(0.020)
    begin = bench.environment.now
    _, quick = bench.ask("/version/get")
    bench.environment.run(quick)
    recorded = of_group("serialised")[1]["elapsed_ms"] / 1000
    assert slow.triggered
    assert bench.environment.now - begin == pytest.approx(recorded, rel=0.03)
