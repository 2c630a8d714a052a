"""Every road out of a run with both sides energised, several times, read on the plant: `python -m benchmarks.roads`.

Writes docs/road-matrix.md. Takes about ten seconds a trial on an idle machine.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
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
The bench file is benches/virtual.toml with the times of hardware: `freeze_s = 0.5`, `period_s = 0.25`,
`stale_s = 1.5`. For the last road the battery supply and the grid source are virtual Keysight RP7900, which have an
output watchdog.

`pytest -n` (pytest-xdist) is refused before anything is energised: a bench has one user.
"""


def main() -> None:
    """Drive the roads and write the matrix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=5)
    parser.add_argument("--only", default="", help="only roads whose name contains this; nothing is written")
    options = parser.parse_args()
    rows = []
    for road in (road for road in ROADS if options.only in road.name):
        rows.append(_row(road, _drive(road, options.trials)))
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


def _drive(road: Road, trials: int) -> list[Seen]:
    seen: list[Seen] = []
    while len(seen) < trials:
        try:
            seen.append(drive(road))
        except NeverEnergised as error:
            print(f"{road.name}: {error}", flush=True)
    return seen


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
