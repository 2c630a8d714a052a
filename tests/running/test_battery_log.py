"""Which samples of the emulated battery go into the run folder, and what stands there then."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from hil.battery import BatteryMode, BatterySample
from hil.evidence import schema
from hil.evidence.folder import RunFolder
from hil.running.battery_log import BatteryLog
from instruments.reading import Reading


def sample(time: float, mode: BatteryMode, target: float | None = 52.0) -> BatterySample:
    volts, amperes = Reading(52.25, "V", time, time), Reading(-10.5, "A", time, time)
    return BatterySample(time, 0.5, 52.8, 0.016, volts, amperes, target, mode)


def test_one_row_a_second_and_one_for_every_change(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, "unit", datetime(2026, 1, 1, tzinfo=UTC))
    log = BatteryLog(folder.battery)
    for tick in range(60):
        log(sample(tick * 0.05, BatteryMode.REST if tick < 30 else BatteryMode.DISCHARGE))
    log(sample(3.0, BatteryMode.OPEN, None))
    folder.close()
    with (folder.path / schema.BATTERY).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(float(row["time"]), row["mode"]) for row in rows] == [
        (0.0, "rest"),
        (1.0, "rest"),
        (1.5, "discharge"),
        (2.5, "discharge"),
        (3.0, "open"),
    ]
    assert {name: rows[0][name] for name in ("soc", "voltage", "current", "target")} == {
        "soc": "0.5",
        "voltage": "52.25",
        "current": "-10.5",
        "target": "52",
    }
    assert rows[-1]["target"] == ""
