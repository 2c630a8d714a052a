"""Every message of a run raises once, before and after it was sent; what is on then: `python -m benchmarks.faults`.

Writes docs/fault-matrix.md. Takes about ten minutes.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import tempfile
from collections import Counter
from pathlib import Path

from tests.safety.faults import AFTER, BEFORE, Trial, drive, read_bench

HEAD = """# A fault at every message

On the virtual bench in stepped time a run is opened, armed, holds the grid at 350 V, charges at 2 A, and is made safe.
The run is repeated as often as it sends messages to its instruments; each time another message raises an exception that
nobody expects, once just before it is sent and once just after. There is no guard, so this shows what the run does by
itself. What is on in the end is read on the plant. *off, and not proven*: nothing is on, and the run did not claim that
it was safe, because one of its proofs was what raised; the guard, which every run has, proves it then.

Made with `python -m benchmarks.faults{options}` on {day}: {system}.
It sends {count} messages; tried: {which}.

| the message raises | trials | safe and proven | off, and not proven | something on, or live |
|---|---|---|---|---|
"""
UNPROVEN = "off, and not proven"


def main() -> None:
    """Drive every trial and write the matrix; exit status 1 when anything was left on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="try only every so many messages")
    every: int = parser.parse_args().every
    with tempfile.TemporaryDirectory(prefix="faults") as state:
        os.environ["APIS_HIL_STATE"] = state
        files = read_bench()
        count = len(drive(files, 0, BEFORE).messages)
        trials = [drive(files, number, when) for when in (BEFORE, AFTER) for number in range(1, count + 1, every)]
    day, options = datetime.date.today().isoformat(), f" --every {every}" if every > 1 else ""
    which = "every one" if every == 1 else f"the first and every {every}th after it"
    text = HEAD.format(options=options, day=day, system=platform.platform(), count=count, which=which)
    text += "".join(_row(when, [trial for trial in trials if trial.when == when]) for when in (BEFORE, AFTER))
    left = [trial for trial in trials if trial.faults not in ("", UNPROVEN)]
    text += "".join(f"\n* {trial.messages[trial.number - 1]}, {trial.when}: {trial.faults}" for trial in left)
    print(text)
    Path("docs/fault-matrix.md").write_text(text, encoding="utf-8")
    raise SystemExit(bool(left))


def _row(when: str, trials: list[Trial]) -> str:
    seen = Counter(trial.faults for trial in trials)
    bad = len(trials) - seen[""] - seen[UNPROVEN]
    return f"| {when} | {len(trials)} | {seen['']} | {seen[UNPROVEN]} | {bad} |\n"


if __name__ == "__main__":
    main()
