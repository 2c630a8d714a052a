"""Every answer that a real driver ever gave us becomes typed values or a typed error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hil.converter import (
    AllData,
    Answer,
    Battery,
    Converter,
    ConverterData,
    DriverBadAnswer,
    DriverBadStatus,
    DriverError,
    DriverRefused,
    GridStatus,
    SetCurrentAnswer,
    SetModeAnswer,
    SetVoltageAnswer,
    Version,
    interpret,
    reader_for,
)
from tests.converter.conftest import FakeClock, LoopbackDriver

RECORDINGS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "driver_recordings.jsonl").read_text().splitlines()
]
VALUES = {
    "/version/get": Version,
    "/all/get": AllData,
    "/dcdc/get": ConverterData,
    "/dcdc/get/status": GridStatus,
    "/battery/get": Battery,
}
SETS = (SetModeAnswer, SetCurrentAnswer, SetVoltageAnswer)


def test_there_are_133_recordings() -> None:
    assert len(RECORDINGS) == 133


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording["label"])
def test_recording(recording: dict[str, Any], driver: LoopbackDriver, clock: FakeClock) -> None:
    """Replay one recording; requests with other methods than GET are replayed as answers to a GET."""
    url, status, body, elapsed = recording["url"], recording["status"], recording["body"], recording["elapsed_ms"] / 1e3

    def reply(path: str) -> bytes:
        clock.sleep(elapsed)
        data: bytes = body.encode()
        head = (
            f"HTTP/1.0 {status} X\r\nContent-Type: {recording['content_type']}\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data

    driver.reply = reply
    answer = Converter(driver.url, clock).call(url)
    assert (answer.text, answer.status, answer.start, answer.end) == (body, status, 100.0, 100.0 + elapsed)
    assert driver.requests[0].startswith(f"GET {url} HTTP/1.1\r\n".encode())
    check_meaning(answer, recording)


def check_meaning(answer: Answer[str], recording: dict[str, Any]) -> None:
    reader = reader_for(answer.path)
    if answer.status != 200:
        some_reader = reader or reader_for("/all/get")
        assert some_reader is not None
        with pytest.raises(DriverBadStatus) as caught:
            interpret(answer, some_reader)
        assert_complete(caught.value, answer)
        assert isinstance(caught.value, DriverRefused) == (recording["content_type"] == "application/json")
    elif reader is None:
        assert "/dcdc/" not in answer.path
    elif recording["body"] == "":
        with pytest.raises(DriverBadAnswer) as bad:
            interpret(answer, reader)
        assert_complete(bad.value, answer)
    else:
        value = interpret(answer, reader).value
        assert isinstance(value, VALUES.get(recording["url"], SETS))


def assert_complete(error: DriverError, answer: Answer[str]) -> None:
    expected = (answer.status, answer.text, answer.start, answer.end, answer.path)
    assert (error.status, error.text, error.start, error.end, error.path) == expected
