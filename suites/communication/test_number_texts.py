"""COM-06: numbers as Java prints them, and modes as hexadecimal texts."""

from __future__ import annotations

from hil.converter import DriverError, interpret, java_float, reader_for
from hil.running.marking import OPERATING, requirement
from hil.running.scene import Scene
from hil.verdict import Judge


def _texts(scene: Scene) -> tuple[dict[str, str], ...]:
    """Return arguments of /dcdc/set, to the letter. A dead grid is enough: the unit stops, starts, and stops."""
    volts, full = java_float(scene.operating_voltage), java_float(scene.rated_current)
    between, droop = java_float(scene.operating_voltage - 4.5), java_float(scene.hwconfig.droop_ratio)
    long = java_float(scene.operating_voltage - 0.01221)
    return (
        {"mode": "0x0000", "dvg": volts, "dig": "0", "drg": "0"},
        {"mode": "0x0000", "dvg": volts, "dig": "1.0E-4", "drg": "1.0E-4"},
        {"mode": "0x0000", "dvg": long, "dig": "0.29999995", "drg": droop},
        {"mode": "0x0014", "dvg": volts, "dig": full, "drg": "0"},
        {"dvg": between, "drg": "0"},
        {"dvg": volts, "drg": droop},
        {"dvg": volts, "drg": "1.0E-4"},
        {"dig": java_float(min(1.3, scene.rated_current))},
        {"dig": "0.29999995"},
        {"dig": "1.0E-4"},
        {"dig": "0.0"},
        {"mode": "0x0000", "dvg": volts, "dig": "0.0", "drg": "0"},
    )


@requirement("COM-06", each=10.2, fixed=1.5, volts=OPERATING, amperes=0.1)
def test_numbers_are_taken_as_java_writes_them(scene: Scene, judge: Judge, repetitions: int) -> None:
    """Send each text as it stands; compare the echo, and what /all/get then shows, with its value."""
    refused: list[str] = []
    texts = _texts(scene)
    for _ in range(repetitions):
        for arguments in texts:
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
    judge.count("COM-06", "refused", len(refused), repetitions * len(texts), "; ".join(dict.fromkeys(refused)))


def _judge(judge: Judge, arguments: dict[str, str], seen: object, conditions: str) -> None:
    """Judge each set-point that was sent; drg only where the unit shows it, because apis-main does not read it."""
    for name in ("dvg", "dig", "drg"):
        shown = getattr(seen, name, None)
        if name in arguments and shown is not None:
            judge.measure("COM-06", f"{name}_echo_error", shown - float(arguments[name]), 0.0, conditions)
