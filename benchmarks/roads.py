"""Every road out of a run with both sides energised, several times, read on the plant: `python -m benchmarks.roads`.

Writes docs/road-matrix.md. Takes about a quarter of an hour on an idle machine with two cores, two trials at a time.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.roads.roads import ROADS
from tests.roads.trial import NeverEnergised, Road, Seen, drive

HEAD = """# Every road out

A run on the virtual bench in real time charges at 2 A from a grid that is held at 350 V, battery supply, grid source
and grid load on. Then it is left by the road named in the first column. What is still on, and for how long, is read
on the plant through a connection of its own, every 10 ms, not in logs of the harness. Seconds from the event:
*sources off*: battery supply and grid source off. *safe*: these off and every terminal below 60 V.
The promise is 1 s while any process of ours lives, and otherwise the time of the instruments' own watchdogs
(armed with 1 s; the virtual RP7900 has one).

Made with `{command}` on {day}: {system}, {cores} cores, load average {load:.1f} at the end.

| road | trials | safe | sources off, worst (s) | safe, median (s) | safe, worst (s) | promised (s) | not as promised |
|---|---|---|---|---|---|---|---|
"""
TAIL = """
The bench file is benches/virtual.toml with the times of hardware: `freeze_s = 0.5`, `period_s = 0.2`,
`stale_s = 1.5`, `unanswered_s = 0.25`. Two trials go on at a time, each on a bench of its own.

An instrument that hangs takes connections and commands and answers nothing. By itself that is noticed when a question
has been open for `unanswered_s`, and for five times as long as the same question lately took; the next one is asked
within `period_s`. A run that is told to end meanwhile is told so 0.2 s later, hence 1.2 s.

For the last road nothing of ours is left. The battery supply and the grid source are virtual Keysight RP7900 there,
which have an output watchdog; the grid load has none and stays on at 0 V.

With `-n` or `--dist` (pytest-xdist) a run is refused before anything is opened: a bench has one user. So there is no
worker and no controller that could be killed.
"""


def main() -> None:
    """Drive the roads and write the matrix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--only", default="", help="only roads whose name contains this; nothing is written")
    parser.add_argument("--together", type=int, default=2, help="so many trials at a time, each on its own bench")
    options = parser.parse_args()
    roads = [road for road in ROADS if options.only in road.name]
    rows = []
    with ThreadPoolExecutor(options.together) as pool:
        driven = [[pool.submit(_drive, road) for _ in range(options.trials)] for road in roads]
        for road, trials in zip(roads, driven, strict=True):
            rows.append(_row(road, [trial.result() for trial in trials]))
            print(rows[-1], flush=True)
    if not options.only:
        command = "make roads" if options.trials == 5 else f"python -m benchmarks.roads --trials {options.trials}"
        head = HEAD.format(
            command=command,
            day=datetime.datetime.now(datetime.UTC).date(),
            system=platform.platform(terse=True),
            cores=os.cpu_count(),
            load=os.getloadavg()[0],
        )
        Path("docs/road-matrix.md").write_text(head + "\n".join(rows) + "\n" + TAIL, encoding="utf-8")


def _drive(road: Road) -> Seen:
    while True:
        try:
            return drive(road)
        except NeverEnergised as error:
            print(f"{road.name}: {error}", flush=True)


def _row(road: Road, trials: list[Seen]) -> str:
    safe = sorted(seen.safe for seen in trials if seen.safe is not None)
    off = [seen.sources_off for seen in trials if seen.sources_off is not None]
    ended_safe = sum(
        seen.safe is not None and not set(seen.on_at_end) - set(road.stays) and seen.highest < 60.0 for seen in trials
    )
    faults = sorted({fault for seen in trials for fault in seen.faults(road)})
    cells = [
        road.name,
        str(len(trials)),
        f"{ended_safe} of {len(trials)}",
        f"{max(off):.2f}" if off else "never",
        f"{safe[len(safe) // 2]:.2f}" if safe else "never",
        f"{safe[-1]:.2f}" if len(safe) == len(trials) else "never",
        f"{road.bound:g}",
        "; ".join(faults) or "nothing",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
