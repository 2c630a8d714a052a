"""Every way out of a run that has both sides energised."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable

from tests.roads.trial import ROOT, Road, Trial

WATCHDOG = 3.0
"""Seconds in which the instruments' own watchdogs must have acted: armed with 1 s, plus the discharge of the grid."""


def _twice(trial: Trial) -> None:
    trial.signal(signal.SIGINT)
    time.sleep(0.2)
    trial.signal(signal.SIGINT)


def _cut_link(trial: Trial) -> None:
    """Hang up in the middle of one answer of the battery's supply."""
    trial.bench.lay("battery", "drop_in_answer", True)
    time.sleep(0.08)
    trial.bench.lay("battery", "drop_in_answer", False)


def _hang_driver(trial: Trial) -> None:
    """The Web API accepts requests and never answers them."""
    trial.bench.lay("driver", "slow_by", 1000.0)
    trial.signal(signal.SIGTERM)


SUPPLIES = ("battery", "grid_source")


def _hang(*names: str) -> Callable[[Trial], None]:
    """Return what makes instruments hang: they take connections and commands, and answer nothing."""

    def hang(trial: Trial) -> None:
        for name in names:
            trial.bench.lay(name, "silent", True)

    return hang


def _answer_again(trial: Trial) -> None:
    for name in SUPPLIES:
        trial.bench.lay(name, "silent", False)


def _hang_supply_and_leave(trial: Trial) -> None:
    _hang("battery")(trial)
    time.sleep(0.2)
    trial.signal(signal.SIGTERM)


def _hang_supplies_and_kill(trial: Trial) -> None:
    _hang(*SUPPLIES)(trial)
    trial.signal(signal.SIGKILL)


def _kill_both(trial: Trial) -> None:
    trial.kill_guard()
    trial.signal_group(signal.SIGKILL)


def _kill_all(trial: Trial) -> None:
    trial.signal(signal.SIGSTOP)
    trial.kill_guards()
    trial.signal_group(signal.SIGKILL)


def _stop_command(trial: Trial) -> None:
    """Counted from the start of the command; the plant is watched while it loads, asks and waits."""
    command = [sys.executable, "-m", "hil.cli.main", "stop", f"--bench={trial.bench_file}"]
    trial.command = subprocess.Popen(command, cwd=ROOT, env=trial.environment, stdout=subprocess.DEVNULL)


def _stopped(trial: Trial) -> None:
    assert trial.command is not None
    assert trial.command.wait(30.0) == 0


KILLED = (-signal.SIGKILL,)

ROADS = (
    Road("end"),
    Road("failure"),
    Road("-x", arguments=("-x",)),
    Road("exception in a fixture"),
    Road("exception in a teardown"),
    Road("Ctrl-C (SIGINT)", lambda trial: trial.signal(signal.SIGINT)),
    Road("Ctrl-C twice", _twice),
    Road("SIGTERM", lambda trial: trial.signal(signal.SIGTERM)),
    Road("SIGHUP", lambda trial: trial.signal(signal.SIGHUP)),
    Road("SIGKILL of the process", lambda trial: trial.signal(signal.SIGKILL), statuses=KILLED),
    Road("SIGKILL of the process group", lambda trial: trial.signal_group(signal.SIGKILL), statuses=KILLED),
    Road("SIGSTOP (frozen)", lambda trial: trial.signal(signal.SIGSTOP), statuses=KILLED),
    Road("interpreter held", statuses=KILLED),
    Road("full disk", left=("safe", "in use")),
    Road("link cut in mid-message", _cut_link),
    Road("battery supply restarts", lambda trial: trial.bench.lay("battery", "restart_at", 0.0)),
    Road("grid source restarts", lambda trial: trial.bench.lay("grid_source", "restart_at", 0.0)),
    Road("guard killed first", lambda trial: trial.kill_guard()),
    Road("hil stop", _stop_command, _stopped),
    Road("Web API hangs, then SIGTERM", _hang_driver),
    Road("battery supply hangs, then SIGTERM", _hang_supply_and_leave, _answer_again, 1.2),
    Road("battery supply hangs", _hang("battery"), _answer_again),
    Road("grid source hangs", _hang("grid_source"), _answer_again),
    Road("both supplies hang, then SIGKILL", _hang_supplies_and_kill, _answer_again, statuses=KILLED),
    Road("guard and process group killed", _kill_both, statuses=KILLED),
    Road(
        "guard, deputy and process group killed",
        *(_kill_all, None, WATCHDOG, KILLED),
        watchdogs=True,
        left=("in use",),
        stays=("grid_load",),
    ),
)
