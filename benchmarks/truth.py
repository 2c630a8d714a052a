"""Do the true times and values lie inside the uncertainty that the suites state?

    .venv/bin/python -m benchmarks.truth

Random transitions on virtual benches, stepped, each bench with a conforming unit and with instruments drawn at random
within their accuracy; measured as the suites measure, compared with what the plant really did. Exit status 0 when at
least 95 % lie inside, and no control time has an uncertainty of more than two sampling intervals.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.plant_truth import TruthWire
from benchmarks.transitions import TRANSITIONS, Comparison, Proof
from hil.bench import files
from hil.bench.opening import Opening, open_bench
from hil.clock import SteppedClock
from hil.evidence.files import write_atomically
from hil.proving.units import draw, write_bench
from hil.running.manifest import harness
from hil.running.scene import Scene

BENCH_FILE = Path("benches/virtual.toml")
PER_BENCH = 20
GOAL = 0.95
PAGE = Path("docs/measurement-truth.md")
COLUMNS = ("quantity", "number", "truth inside U", "largest |error| / U", "largest U", "U of times / interval")
ALL = "all"
BAR = "&#124;"
HEAD = """# Measured against the truth

Random transitions of conforming units, drawn at random, on virtual benches whose instruments are wrong within what the
bench file states. Each is measured as the suites measure it, and compared with what the plant really did, which it
hands over on a wire of its own. Goals: of all times and of all values at least 95 % of the truths lie inside the stated
uncertainty U (k = 2), and no U of a control time is larger than two sampling intervals.
"""


def main(
    transitions: Annotated[int, typer.Option(help="How many transitions.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn.")] = 1,
    misses: Annotated[bool, typer.Option(help="Also list what lies outside.")] = False,
    page: Annotated[Path | None, typer.Option(help="Also write the result to this page.")] = None,
) -> None:
    """Print the shares per kind of quantity; exit status 1 when a goal is missed."""
    comparisons: list[Comparison] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, begin in enumerate(range(0, transitions, PER_BENCH)):
            drawn = 100 * seed + number
            bench = write_bench(BENCH_FILE.resolve(), draw(drawn), drawn, Path(folder) / str(drawn))
            comparisons += prove(bench, drawn, min(PER_BENCH, transitions - begin))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table(comparisons, transitions))
    if page is not None:
        write_atomically(page, as_page(comparisons, transitions, seed))
    for each in comparisons if misses else ():
        if not (each.inside and each.narrow):
            console.print(f"{each.kind}: {each.measured}, truth {each.true:.6g}; {each.conditions}", highlight=False)
    raise SystemExit(0 if reached(comparisons) else 1)


def prove(bench_file: Path, seed: int, transitions: int) -> list[Comparison]:
    """Make so many transitions on one virtual bench, in the shares and in an order that `seed` draws."""
    chance = Random(seed)
    kinds, shares = zip(*TRANSITIONS, strict=True)
    deck = [kind for kind, share in zip(kinds, shares, strict=True) for _ in range(share)]
    with open_bench(files.read(bench_file), Opening()) as bench:
        assert isinstance(bench.clock, SteppedClock), "the truth is compared in stepped time"
        wire = TruthWire(bench.clock.time_wire)
        try:
            bench.arm()
            proof = Proof(Scene(bench), wire)
            drawn = [*deck * (transitions // len(deck)), *chance.sample(deck, transitions % len(deck))]
            chance.shuffle(drawn)
            for transition in drawn:
                transition(proof, chance)
        finally:
            wire.close()
    return proof.comparisons


def share_inside(comparisons: Sequence[Comparison]) -> float:
    """Return the share of comparisons whose truth lies inside the stated uncertainty."""
    return sum(each.inside for each in comparisons) / len(comparisons)


def reached(comparisons: Sequence[Comparison]) -> bool:
    """Tell whether both goals are reached: for times, for values, and for the uncertainty of times."""
    times = [each for each in comparisons if each.interval is not None]
    values = [each for each in comparisons if each.interval is None]
    return min(share_inside(times), share_inside(values)) >= GOAL and all(each.narrow for each in times)


def table(comparisons: Sequence[Comparison], transitions: int) -> Table:
    """Return one row per kind of quantity, and one each for all times and all values."""
    shown = Table(title=f"{transitions} random transitions, {len(comparisons)} quantities; goal: 95 % inside")
    for name in COLUMNS:
        shown.add_column(name, justify="left" if name == COLUMNS[0] else "right")
    for row in rows(comparisons):
        last = row[0].startswith(ALL)
        shown.add_row(*row, style="bold" if last else None, end_section=last)
    return shown


def rows(comparisons: Sequence[Comparison]) -> Iterator[list[str]]:
    """Yield the cells of one row per kind of quantity, and of one each for all times and all values."""
    times = [each for each in comparisons if each.interval is not None]
    values = [each for each in comparisons if each.interval is None]
    for group, name in ((times, f"{ALL} times"), (values, f"{ALL} values")):
        for kind in sorted({each.kind for each in group}):
            yield _row(kind, [each for each in group if each.kind == kind])
        yield _row(name, group)


def as_page(comparisons: Sequence[Comparison], transitions: int, seed: int) -> str:
    """Return the result as a page, with the command that makes it."""
    this = harness()
    command = f"python -m benchmarks.truth --transitions {transitions} --seed {seed} --page {PAGE}"
    stamp = f"commit {this.commit[:12]}{', with changes' if this.dirty else ''}"
    verdict = "reached" if reached(comparisons) else "MISSED"
    lines = [COLUMNS, ["---", *["---:"] * (len(COLUMNS) - 1)], *rows(comparisons)]
    cells = "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)
    return f"{HEAD}\nMade with `{command}` from {stamp}. Both goals are {verdict}.\n\n{cells}\n"


def _row(name: str, group: Sequence[Comparison]) -> list[str]:
    worst = max(abs(each.error) / each.measured.uncertainty for each in group)
    units = {each.measured.unit for each in group}
    widest = (
        f"{max(each.measured.uncertainty for each in group):.2g} {units.pop()}".removesuffix(" 1")
        if len(units) == 1
        else ""
    )
    intervals = [each.measured.uncertainty / each.interval for each in group if each.interval is not None]
    narrow = f"{max(intervals):.2f}" if intervals else ""
    return [name, str(len(group)), f"{100.0 * share_inside(group):.1f} %", f"{worst:.2f}", widest, narrow]


if __name__ == "__main__":
    typer.run(main)
