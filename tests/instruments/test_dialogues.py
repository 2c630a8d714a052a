"""The wire dialogue of every dialect, byte for byte. The dialogue files are the tests; this only plays them.

A file begins with `open(KIND, OPTIONS)`, then calls on the instrument follow, each with its dialogue:
`> text` what we send and `< text` what comes back (both with a line feed), `= value` what the call returns,
`! Error: words` what it raises. Lines with # are comments.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from instruments import errors, transport
from instruments.dialect import Kind, dialect_names
from instruments.kinds import LoadMode, OutputReadings
from instruments.limits import Limits
from instruments.opening import Measuring, open_instrument
from instruments.reading import Reading
from instruments.timing import WallTime

FILES = sorted((Path(__file__).parent / "dialogues").glob("*.txt"))
LIMITS = Limits(voltage_max=60.0, power_max=4000.0, source_current_max=80.0, sink_current_max=80.0)


class ImmediateTime(WallTime):
    """A clock whose sleeps are over at once."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class ScriptedPort:
    """A session that knows what it will be told, byte for byte, and what it answers."""

    key = None
    framed = False
    reopenable = True
    duplex = True

    def __init__(self) -> None:
        self.script: list[tuple[str, bytes]] = []
        self._input = b""

    def send(self, data: bytes, timeout: float) -> None:
        assert self.script, f"nothing more was to be sent, but {data!r} was"
        direction, expected = self.script.pop(0)
        assert (direction, expected) == (">", data)
        while self.script and self.script[0][0] == "<":
            self._input += self.script.pop(0)[1]

    def receive(self, timeout: float, known: int) -> bytes:
        data, self._input = self._input, b""
        if not data:
            raise TimeoutError
        return data

    def discard(self) -> bytes:
        return b""

    def close(self) -> None:
        pass


class Step:
    """One call with its dialogue and outcome."""

    def __init__(self, call: str) -> None:
        self.call = call
        self.script: list[tuple[str, bytes]] = []
        self.result: str | None = None
        self.error: tuple[str, str] | None = None


def read_steps(text: str) -> list[Step]:
    steps: list[Step] = []
    for line in text.splitlines():
        mark, _, rest = line.partition(" ")
        if mark in (">", "<"):
            steps[-1].script.append((mark, rest.encode() + b"\n"))
        elif mark == "=":
            steps[-1].result = rest
        elif mark == "!":
            name, _, words = rest.partition(": ")
            steps[-1].error = (name, words)
        elif line.strip() and not line.startswith("#"):
            steps.append(Step(line))
    return steps


def plain(result: Any) -> Any:
    """Turn readings into numbers, so that a dialogue can name them."""
    if isinstance(result, OutputReadings):
        return result.voltage.value, result.current.value
    if isinstance(result, Reading):
        return result.value
    return [plain(one) for one in result] if isinstance(result, list) else result


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_dialogue(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = ScriptedPort()
    monkeypatch.setattr(transport, "open_port", lambda *_, **__: port)
    dialect = file.stem.partition(" ")[0]
    names: dict[str, Any] = {mode.value: mode for mode in LoadMode}

    def open(kind: Kind, **options: Any) -> Any:
        resource = "TCPIP::127.0.0.1::1::SOCKET"
        wired = {name: options.pop(name) for name in vars(Measuring()) if name in options}
        return open_instrument(
            "unit", kind, dialect, resource, ImmediateTime(), limits=LIMITS, measuring=Measuring(**wired), **options
        )

    instrument: Any = None
    for step in read_steps(file.read_text()):
        port.script = list(step.script)
        outcome: Any = nullcontext()
        if step.error:
            name, words = step.error
            outcome = pytest.raises(getattr(errors, name), match=re.escape(words))
        result: Any = None
        with outcome:
            if step.call.startswith("open("):
                instrument = eval(step.call, {"open": open})
            else:
                result = eval(f"instrument.{step.call}", {"instrument": instrument, **names})
        assert port.script == [], f"{step.call}: this was never sent"
        if step.result is not None:
            assert plain(result) == eval(step.result), step.call


def test_every_dialect_has_a_dialogue() -> None:
    spoken = {file.stem.partition(" ")[0] for file in FILES}
    assert set(dialect_names()) - spoken == {"manual"}  # its wire is a person: test_opening.py
