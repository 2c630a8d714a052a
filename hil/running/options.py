"""What a user can choose for a run, the same for `hil run` and for plain pytest."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hil.bench.virtual_process import VirtualOptions


@dataclass(frozen=True)
class RunOptions:
    """One run. `policy` and `hwconfig` replace the files that the bench file names.

    resume: folder of an interrupted run that is to go on. pictures: whether captures are drawn while the run goes on.
    """

    bench: Path
    profile: str = "acceptance"
    policy: Path | None = None
    hwconfig: Path | None = None
    runs: Path = Path("runs")
    virtual: VirtualOptions = field(default_factory=VirtualOptions)
    reports: bool = True
    plan: bool = False
    resume: Path | None = None
    pictures: bool = True


def add_to(parser: pytest.Parser) -> None:
    """Declare the options to pytest."""
    group = parser.getgroup("hil", "hardware-in-the-loop bench")
    group.addoption("--bench", metavar="FILE", help="bench file; without it no suite runs")
    group.addoption("--profile", default="acceptance", help="smoke, nightly, acceptance or qualification")
    group.addoption("--policy", metavar="FILE", help="the owner's policy.json instead of the bench file's")
    group.addoption("--hwconfig", metavar="FILE", help="the owner's hwConfig.json instead of the bench file's")
    group.addoption("--runs", metavar="FOLDER", default="runs", help="where run folders are made")
    group.addoption("--defect", action="append", default=[], metavar="NAME", help="virtual bench: switch a defect on")
    group.addoption("--oddity", action="append", default=[], metavar="NAME", help="virtual bench: a legal oddity")
    group.addoption("--bench-seed", type=int, metavar="N", help="virtual bench: seed of its noise")
    group.addoption("--speed", choices=["stepped", "realtime"], help="virtual bench: how its time passes")
    group.addoption("--attach", metavar="HOST:PORT", help="virtual bench: use the one served with this time wire")
    group.addoption("--plan", action="store_true", help="say what would run, how long and how high; energise nothing")
    group.addoption("--resume", metavar="RUN", help="continue the interrupted run in this folder where it was")
    group.addoption("--no-pictures", action="store_true", help="keep the captures, and do not draw them")
    group.addoption("--no-reports", action="store_true", help="write the evidence only")


def of(config: pytest.Config) -> RunOptions | None:
    """Return what was chosen, or None when no bench was named."""
    bench = config.getoption("--bench")
    if bench is None:
        return None

    def path(name: str) -> Path | None:
        value = config.getoption(name)
        return None if value is None else Path(value)

    return RunOptions(
        bench=Path(bench),
        profile=config.getoption("--profile"),
        policy=path("--policy"),
        hwconfig=path("--hwconfig"),
        runs=Path(config.getoption("--runs")),
        virtual=VirtualOptions(
            defects=tuple(config.getoption("--defect")),
            oddities=tuple(config.getoption("--oddity")),
            seed=config.getoption("--bench-seed"),
            speed=config.getoption("--speed"),
            attach=config.getoption("--attach"),
        ),
        reports=not config.getoption("--no-reports"),
        plan=config.getoption("--plan"),
        resume=path("--resume"),
        pictures=not config.getoption("--no-pictures"),
    )


def arguments(options: RunOptions) -> list[str]:
    """Return the pytest arguments that say the same as `options`."""
    words = [f"--bench={options.bench}", f"--profile={options.profile}", f"--runs={options.runs}"]
    words += [f"--policy={options.policy}"] if options.policy else []
    words += [f"--hwconfig={options.hwconfig}"] if options.hwconfig else []
    words += [f"--defect={name}" for name in options.virtual.defects]
    words += [f"--oddity={name}" for name in options.virtual.oddities]
    words += [f"--bench-seed={options.virtual.seed}"] if options.virtual.seed is not None else []
    words += [f"--speed={options.virtual.speed}"] if options.virtual.speed else []
    words += [f"--attach={options.virtual.attach}"] if options.virtual.attach else []
    words += ["--plan"] if options.plan else []
    words += [f"--resume={options.resume}"] if options.resume else []
    words += [] if options.pictures else ["--no-pictures"]
    return words if options.reports else [*words, "--no-reports"]
