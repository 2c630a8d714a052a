"""COM-06: numbers as Java prints them, and modes as hexadecimal texts."""

from __future__ import annotations

from hil.converter import DriverError, interpret, reader_for
from hil.running.marking import requirement
from hil.running.scene import Scene
from hil.verdict import Judge

TEXTS: tuple[dict[str, str], ...] = (
    {"mode": "0x0000", "dvg": "350.0", "dig": "0", "drg": "0"},
    {"mode": "0x0000", "dvg": "350.0", "dig": "1.0E-4", "drg": "1.0E-4"},
    {"mode": "0x0000", "dvg": "349.98779", "dig": "0.29999995", "drg": "0.039"},
    {"mode": "0x0014", "dvg": "350.0", "dig": "2.3", "drg": "0"},
    {"dvg": "345.5", "drg": "0"},
    {"dvg": "350.0", "drg": "0.039"},
    {"dvg": "350.0", "drg": "1.0E-4"},
    {"dig": "1.3"},
    {"dig": "0.29999995"},
    {"dig": "1.0E-4"},
    {"dig": "0.0"},
    {"mode": "0x0000", "dvg": "350.0", "dig": "0.0", "drg": "0"},
)
"""Arguments of /dcdc/set, to the letter. A dead grid is enough: the unit stops, starts, and stops."""


@requirement("COM-06", each=10.2, fixed=1.5, volts=350, amperes=0.1)
def test_numbers_are_taken_as_java_writes_them(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Send each text as it stands; compare the echo, and what /all/get then shows, with its value."""
    refused: list[str] = []
    for _ in range(repetitions):
        for arguments in TEXTS:
            path = "/dcdc/set?" + "&".join(f"{name}={text}" for name, text in arguments.items())
            reader = reader_for(path)
            assert reader is not None
            try:
                answer = interpret(scene.converter.call(path), reader)
            except DriverError:
                refused.append(path)
                continue
            _judge(judge, arguments, answer.value, f"echo of {path}")
            _judge(judge, arguments, scene.converter.all().value, f"/all/get after {path}")
    judge.count("COM-06", "refused", len(refused), repetitions * len(TEXTS), "; ".join(dict.fromkeys(refused)))


def _judge(judge: Judge, arguments: dict[str, str], seen: object, conditions: str) -> None:
    """Judge each set-point that was sent; drg only where the unit shows it, because apis-main does not read it."""
    for name in ("dvg", "dig", "drg"):
        shown = getattr(seen, name, None)
        if name in arguments and shown is not None:
            judge.measure("COM-06", f"{name}_echo_error", shown - float(arguments[name]), 0.0, conditions)
