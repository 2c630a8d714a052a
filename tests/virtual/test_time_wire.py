"""Bad input on the time wire is answered on the time wire, and the next line is served."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.virtual.parameters import read
from hil.virtual.timekeeping import Timekeeping
from hil.virtual.wires.time_wire import LONGEST_LINE, TimeWire
from hil.virtual.world import World

WORLD = World(read(Path(__file__).resolve().parents[2] / "benches/virtual-peer.toml", [], {}))


class Wire:
    """One client of the time wire of a bench that nobody holds; what it is answered is kept."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.cut = False
        self._protocol = TimeWire(Timekeeping(WORLD.environment, held=True), WORLD.inspect)
        self._protocol.connection_made(cast(Any, self))

    def get_extra_info(self, name: str) -> Any:
        return self

    def setsockopt(self, *option: int) -> None:
        """Take any option."""

    def is_closing(self) -> bool:
        return self.cut

    def abort(self) -> None:
        self.cut = True

    def write(self, data: bytes) -> None:
        self.answers += [json.loads(line) for line in data.splitlines()]

    def send(self, data: bytes) -> None:
        self._protocol.data_received(data)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"[" * 60_000, "nested too deeply"),
        (b"\xff\xfe", "decode"),
        (b"[1]", "JSON object"),
        (b"{}", "empty request"),
        (b'{"record": 5}', "wrong type"),
        (b'{"record": ["nope"]}', "no probe nope; there are .*peer_current"),
        (b'{"recorded": true}', "no record is being taken"),
        (b'{"set": {"target": "battery"}}', "lacks 'field'"),
        (b'{"set": {"target": "x", "field": "a", "value": 1}}', "no instrument x"),
        (b'{"advance": 1, "opened": [], "sent": {}}', "take the time"),
    ],
)
def test_a_bad_request_is_answered_with_a_sentence(line: bytes, sentence: str) -> None:
    wire = Wire()
    wire.send(line + b"\n" + b'{"truth": true}\n')
    complaint, truth = wire.answers
    assert list(complaint) == ["error"]
    assert re.search(sentence, complaint["error"])
    assert truth["truth"]["peer_current"] == pytest.approx(0.0, abs=0.1)


@given(st.binary(max_size=200))
def test_no_line_stops_the_wire(line: bytes) -> None:
    wire = Wire()
    wire.send(line.replace(b"\n", b"") + b'\n{"addresses": true}\n')
    assert "speed" in wire.answers[-1] or wire.answers[-1] == {}


def test_a_line_without_end_is_cut_off() -> None:
    wire = Wire()
    wire.send(b"x" * (LONGEST_LINE + 1))
    assert wire.cut
