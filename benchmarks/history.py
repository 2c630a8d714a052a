"""How long `hil history` takes for a thousand nights, start-up and all.

    .venv/bin/python -m benchmarks.history [RUN]

A thousand copies of one run, each a day later and with values of its own; RUN is a run folder, by default a new one of
profile nightly. The command is started three times; wall time and processor time of the quickest count. A busy machine
shows in the difference of the two.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

NIGHTS = 1000
GOAL = 2.0
"""Seconds."""
HIL = (sys.executable, "-m", "hil.cli.main")
SPREAD = 0.01
"""Standard deviation of what is measured from night to night, as a part of the value."""


def main() -> None:
    """Make the nights, time the command, print what it took."""
    with tempfile.TemporaryDirectory() as scratch:
        original = Path(sys.argv[1]) if sys.argv[1:] else new_run(Path(scratch, "original"))
        nights = Path(scratch, "nights")
        copies(original, nights, NIGHTS)
        for words in ((), ("--measurement", "ZVS-02.ramp_time")):
            wall, processor = min(timed("history", str(nights), *words) for _ in range(3))
            said = f"{wall:.2f} s, {processor:.2f} s of them computing (goal: less than {GOAL:g} s)"
            print(f"hil history {' '.join(words)}: {NIGHTS} runs in {said}")


def new_run(folder: Path) -> Path:
    """Return the folder of a run of profile nightly on the virtual bench."""
    words = ("run", "--profile", "nightly", "--no-reports", "--no-pictures", f"--runs={folder}")
    subprocess.run([*HIL, *words], check=True, stdout=subprocess.DEVNULL)
    (run,) = (path for path in folder.iterdir() if not path.name.startswith("."))
    return run


def copies(original: Path, folder: Path, count: int) -> None:
    """Write as many copies of a run, with what a history reads, each a day later and with values of its own."""
    chance = random.Random(1)
    manifest = json.loads((original / "manifest.json").read_text(encoding="utf-8"))
    start = datetime.fromisoformat(manifest["start"])
    with (original / "measurements.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    value = head.index("value")
    for night in range(count):
        when = start + timedelta(days=night)
        copy = folder / f"{when:%Y%m%dT%H%M%SZ}-{manifest['dut']['serial']}"
        copy.mkdir(parents=True)
        (copy / "verdicts.csv").write_bytes((original / "verdicts.csv").read_bytes())
        with (copy / "measurements.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            for row in rows:
                changed = f"{float(row[value]) * chance.gauss(1.0, SPREAD):.9g}" if row[value] else ""
                writer.writerow([*row[:value], changed, *row[value + 1 :]])
        manifest["start"], manifest["run"] = when.isoformat(), copy.name
        for name in ("verdicts.csv", "measurements.csv"):
            manifest["files"][name] = hashlib.sha256((copy / name).read_bytes()).hexdigest()
        (copy / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def timed(*words: str) -> tuple[float, float]:
    """Return wall time and processor time of a command, in seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*HIL, *words], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
