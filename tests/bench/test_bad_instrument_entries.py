"""Nonsense under every key of an instrument: one sentence with file, key and what was expected."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hil.bench import file as bench_file
from hil.bench.instrument_entry import InstrumentEntry
from hil.errors import BadInput

LAB = (Path(__file__).resolve().parents[2] / "benches/example-lab.toml").read_text(encoding="utf-8")
BATTERY, METER = "battery", "voltmeter"
NONSENSE = [
    (BATTERY, "kind", '"psu"', "should be 'supply', 'load', 'bidirectional' or 'meter', found 'psu'"),
    (BATTERY, "dialect", '"acme"', "There is no dialect 'acme'. Known are: chroma-62000p"),
    (BATTERY, "dialect", '"mine.toml"', "mine.toml'. Known are"),
    (BATTERY, "dialect", '"keysight-34460"', "does not describe a bidirectional; it describes: meter"),
    (BATTERY, "dialect", "3", "should be a valid string, found 3"),
    (BATTERY, "address", '""', "a VISA resource string, or a host name alone"),
    (BATTERY, "address", '"TCPIP::"', "'TCPIP::' is not a VISA resource string"),
    (BATTERY, "address", '"10.0.0.1:5025"', "with a port it is 'TCPIP::192.0.2.10::5025::SOCKET'"),
    (BATTERY, "idn", "7", "should be a valid string, found 7"),
    (BATTERY, "allow_unverified", '"perhaps"', "should be a valid boolean"),
    (BATTERY, "channel", "0", "should be greater than or equal to 1, found 0"),
    (BATTERY, "channel", "9", "tells of channel 1 to 1, and not of channel 9"),
    (BATTERY, "baud", '"fast"', "should be a valid integer"),
    (BATTERY, "timeout_s", "3600", "should be less than or equal to 60, found 3600"),
    (BATTERY, "max_voltage_v", "inf", "should be a finite number, found inf"),
    (BATTERY, "max_voltage_v", '"60 V"', "should be a valid number"),
    (BATTERY, "max_current_a", "nan", "should be a finite number, found nan"),
    (BATTERY, "max_sink_current_a", "-1", "should be greater than 0, found -1"),
    (BATTERY, "max_power_w", "0", "should be greater than 0, found 0"),
    (METER, "unit", '"mV"', "should be 'V' or 'A', found 'mV'"),
    (METER, "scale", "0", "would make every reading 0"),
    (METER, "measuring_range", "-3", "should be greater than 0, found -3"),
    (METER, "aperture_s", '"20 ms"', "should be a valid number"),
    (METER, "shunt_ohm", "0", "should be greater than 0, found 0"),
    (METER, "buffered", '"often"', "should be a valid boolean"),
    (BATTERY, "buffered", "true", "is for meters, and this is a bidirectional"),
    (BATTERY, "pymeasure", '"x"', "should be a table, found 'x'"),
    (BATTERY, "pymeasure", '{ driver = "nodots" }', "the import path of a class"),
    (BATTERY, "voltage", "0.1", "should be a table, found 0.1"),
    (BATTERY, "current", "{ procent = 1 }", "is not known here (misspelt?)"),
    (BATTERY, "calibration", '{ due = "soon" }', "should be a date such as 2027-05-31, found 'soon'"),
    (BATTERY, "adress", '"x"', "is not known here (misspelt?)"),
]


def with_key(instrument: str, key: str, value: str) -> str:
    begin = LAB.index(f"[instruments.{instrument}]")
    end = LAB.index("\n\n", begin)
    kept = [line for line in LAB[begin:end].splitlines() if not re.match(rf"{key}\s*=", line)]
    return LAB[:begin] + "\n".join([*kept, f"{key} = {value}"]) + LAB[end:]


@pytest.mark.parametrize(("instrument", "key", "value", "expected"), NONSENSE)
def test_one_sentence(tmp_path: Path, instrument: str, key: str, value: str, expected: str) -> None:
    path = tmp_path / "bench.toml"
    path.write_text(with_key(instrument, key, value), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        bench_file.load(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: key 'instruments.{instrument}")
    assert key in said
    assert expected in said
    assert "\n" not in said


def test_every_key_has_been_tried() -> None:
    assert {key for _, key, _, _ in NONSENSE} - {"adress"} == set(InstrumentEntry.model_fields)


def test_a_dialect_of_its_own_lies_beside_the_bench_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('like = "ea"\ntitle = "ours"\n', encoding="utf-8")
    (tmp_path / "bench.toml").write_text(with_key(BATTERY, "dialect", '"mine.toml"'), encoding="utf-8")
    read = bench_file.load(tmp_path / "bench.toml")
    assert read.instruments[BATTERY].dialect == str(tmp_path / "mine.toml")
