"""Frames and answers of the battery's Modbus side."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from hil.battery.modbus import FrameAssembler, answer, frame_of, parse, registers_of


def framed(*head: int) -> bytes:
    """Return bytes with their CRC, low byte first, from the definition of the CRC (polynomial 0xA001)."""
    crc = 0xFFFF
    for byte in head:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return bytes(head) + bytes((crc & 0xFF, crc >> 8))


RSOC = bytes.fromhex("01 04 00 1d 00 02 e1 cd")
SHARING = bytes.fromhex("01 04 00 1e 00 01 51 cc")


def reply(frame: bytes, rsoc: float = 0.7, permitted: bool = True, failed: bool = False) -> bytes:
    return frame_of(answer(parse(frame), registers_of(rsoc, permitted), failed))


def test_the_test_s_own_crc_is_right() -> None:
    assert framed(1, 4, 0, 0x1D, 0, 2) == RSOC


def test_the_driver_s_two_questions() -> None:
    assert reply(RSOC) == framed(1, 4, 4, 700 >> 8, 700 & 0xFF, 0, 0)
    assert reply(SHARING) == framed(1, 4, 2, 0, 0)
    assert reply(SHARING, permitted=False) == framed(1, 4, 2, 0, 1)


@pytest.mark.parametrize(("rsoc", "register"), [(-0.01, 0), (0.0, 0), (0.12345, 123), (0.9996, 1000), (1.02, 1000)])
def test_rsoc_is_in_tenths_of_a_percent_and_stays_in_range(rsoc: float, register: int) -> None:
    assert registers_of(rsoc, True)[0x1D] == register


def test_other_registers_read_zero() -> None:
    assert reply(framed(1, 4, 0, 0x1C, 0, 4)) == framed(1, 4, 8, 0, 0, 700 >> 8, 700 & 0xFF, 0, 0, 0, 0)
    assert reply(framed(1, 4, 0x27, 0x0E, 0, 1)) == framed(1, 4, 2, 0, 0)
    assert len(reply(framed(1, 4, 0, 0, 0, 125))) == 5 + 250


@pytest.mark.parametrize(
    ("request_frame", "code"),
    [
        (framed(1, 3, 0, 0x1D, 0, 2), 1),
        (framed(1, 6, 0, 0x1D, 0, 2), 1),
        (framed(1, 0x41, 1, 2, 3), 1),
        (framed(1, 4, 0x27, 0x0F, 0, 1), 2),
        (framed(1, 4, 0x27, 0x0E, 0, 2), 2),
        (framed(1, 4, 0xFF, 0xFF, 0, 125), 2),
        (framed(1, 4, 0, 0x1D, 0, 0), 3),
        (framed(1, 4, 0, 0x1D, 0, 126), 3),
        (framed(1, 4, 0xFF, 0xFF, 0xFF, 0xFF), 3),
        (framed(1, 4, 0, 0x1D), 3),
    ],
)
def test_exceptions(request_frame: bytes, code: int) -> None:
    assert reply(request_frame) == framed(1, request_frame[1] | 0x80, code)


def test_device_failure() -> None:
    assert reply(RSOC, failed=True) == framed(1, 0x84, 4)


@given(st.integers(1, 255), st.integers(0, 0x270E), st.integers(1, 125))
def test_every_valid_request_is_answered_by_its_own_unit(unit: int, start: int, count: int) -> None:
    seen = reply(framed(unit, 4, start >> 8, start & 0xFF, 0, count))
    assert FramerRTU.check_CRC(seen[:-2], int.from_bytes(seen[-2:], "big"))
    assert seen[0] == unit
    if start + count <= 0x270F:
        assert (seen[1], seen[2]) == (4, 2 * count)
    else:
        assert (seen[1], seen[2]) == (0x84, 2)


@given(st.binary(max_size=40), st.lists(st.integers(1, 15), max_size=10))
def test_a_request_is_found_behind_garbage_however_it_is_cut(garbage: bytes, cuts: list[int]) -> None:
    assembler = FrameAssembler()
    stream = garbage + RSOC
    found = []
    for cut in cuts:
        found += assembler.feed(stream[:cut])
        stream = stream[cut:]
    found += assembler.feed(stream)
    assert found[-1] == parse(RSOC)
    assert not assembler.collecting


@given(st.binary(max_size=600))
def test_garbage_raises_nothing_and_does_not_pile_up(garbage: bytes) -> None:
    assembler = FrameAssembler()
    found = assembler.feed(garbage)
    found += assembler.silence()
    assert not assembler.collecting
    assert assembler.dropped <= len(garbage)
    for request in found:
        frame_of(answer(request, {}))


def test_two_requests_in_one_piece() -> None:
    assert FrameAssembler().feed(RSOC + SHARING) == [parse(RSOC), parse(SHARING)]


def test_a_silence_ends_a_broken_request_so_that_the_next_one_is_seen() -> None:
    assembler = FrameAssembler()
    assert assembler.feed(RSOC[:5]) == []
    assert assembler.silence() == []
    assert assembler.dropped == 5
    assert assembler.feed(RSOC) == [parse(RSOC)]


def test_a_function_of_unknown_length_is_known_after_a_silence() -> None:
    assembler = FrameAssembler()
    frame = framed(1, 0x41, 1, 2, 3)
    assert assembler.feed(frame) == []
    assert assembler.silence() == [parse(frame)]
    assert assembler.dropped == 0


def test_a_wrong_crc_is_no_request() -> None:
    assembler = FrameAssembler()
    assert assembler.feed(RSOC[:-1] + b"\x00") == []
    assert assembler.silence() == []
