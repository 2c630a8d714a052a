"""Instruments that a person operates: where a bench file may name them, and how a person is asked at a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from hil.bench import connecting
from hil.bench import file as bench_file
from hil.bench.file import BenchFile
from hil.bench.person import Nobody, Terminal
from hil.errors import BadInput
from instruments.errors import NoAnswer

ROOT = Path(__file__).resolve().parents[2]
LAB = (ROOT / "benches/example-lab.toml").read_text(encoding="utf-8")


def lab(tmp_path: Path, *changes: tuple[str, str]) -> BenchFile:
    text = LAB
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (tmp_path / "bench.toml").write_text(text, encoding="utf-8")
    return bench_file.load(tmp_path / "bench.toml")


def by_hand(table: str, kind: str) -> tuple[str, str]:
    """Return the change that has the instrument `table` of the example operated by a person."""
    begin = LAB.index(f"[instruments.{table}]")
    old = LAB[begin : LAB.index("\n\n", begin)]
    return old, f'[instruments.{table}]\nkind = "{kind}"\ndialect = "manual"\nidn = "old one"\nmax_current_a = 5.0'


SPLIT = ('grid_sink = "grid"', "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ((by_hand("battery", "supply"), ('battery_sink = "battery"', "")), "'battery_source' cannot be filled by hand"),
        ((by_hand("grid", "bidirectional"),), "can be a supply, a load or a meter"),
        ((by_hand("grid", "supply"), SPLIT, by_hand("voltmeter", "meter")), "so 'grid_voltmeter' must be"),
        ((by_hand("grid", "supply"), SPLIT, ('grid_ammeter = "ammeter"', "")), "so 'grid_ammeter' must be"),
        ((by_hand("voltmeter", "meter"), ('grid_source = "grid"', ""), SPLIT), "the safe state is measured there"),
        ((by_hand("grid", "supply"), ('grid_source = "grid"', ""), SPLIT), "fills no role"),
        ((('dialect = "ea"', 'dialect = "manual"'), ('kind = "bidirectional"', 'kind = "supply"')), "has no address"),
        (
            (by_hand("voltmeter", "meter"), ("[driver]", '[virtual]\nspeed = "stepped"\n\n[driver]')),
            'say speed = "realtime"',
        ),
    ],
)
def test_no_person_is_the_only_witness(tmp_path: Path, changes: tuple[tuple[str, str], ...], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        lab(tmp_path, *changes)


def test_a_meter_that_a_person_reads_takes_part_in_no_test(tmp_path: Path) -> None:
    bench = lab(tmp_path, by_hand("voltmeter", "meter"))
    assert "voltmeter" in bench.roles.values()
    assert "voltmeter" not in bench.assessing.values()
    assert bench.hands == ()


def test_what_a_person_switches_is_not_reached_to_be_made_safe(tmp_path: Path) -> None:
    bench = lab(tmp_path, by_hand("grid", "supply"), SPLIT)
    plan = connecting.safe_plan(bench, unreachable, None, (), Nobody("a test"))
    assert [part.name for part in plan.parts] == ["battery"]
    assert [part.name for part in plan.voltmeters] == ["voltmeter"]
    assert [part.name for part in plan.hands] == ["grid"]
    with pytest.raises(NoAnswer, match=r"grid must be switched off by hand.*\(a test\)"):
        plan.hands[0].switch_off()


def unreachable(name: str) -> NoReturn:
    raise AssertionError(name)


class Screen:
    """The other side of a terminal that a person sits at."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.shown = ""

    def type(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())

    def await_text(self, text: str) -> None:
        while text not in self.shown:
            assert select.select([self._master], [], [], 10.0)[0], f"{text!r} was not shown, but {self.shown!r}"
            self.shown += os.read(self._master, 4096).decode()
        self.shown = self.shown.partition(text)[2]


@pytest.fixture(name="screen")
def _screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    monkeypatch.setattr("hil.bench.person.TERMINAL", (name, name))
    monkeypatch.setattr("hil.bench.person.os.tcgetpgrp", lambda terminal: os.getpgrp())
    yield Screen(master)
    os.close(slave)
    os.close(master)


def beside(function: Callable[[], object]) -> list[object]:
    """Call `function` in a thread; return where its answer, or what it raised, will be."""
    found: list[object] = []

    def call() -> None:
        try:
            found.append(function())
        except NoAnswer as error:
            found.append(error)

    threading.Thread(target=call, daemon=True).start()
    return found


def await_one(found: list[object]) -> object:
    for _ in range(1000):
        if found:
            return found[0]
        threading.Event().wait(0.01)
    raise AssertionError("no answer")


def test_questions_come_one_after_the_other(screen: Screen) -> None:
    asking: list[bool] = []
    terminal = Terminal(asking.append)
    first = beside(lambda: terminal.ask("first?"))
    screen.await_text("first?")
    second = beside(lambda: terminal.ask("second?"))
    screen.type("1")
    screen.await_text("second?")
    screen.type("2")
    assert (await_one(first), await_one(second)) == ("1", "2")
    terminal.close()
    assert asking[0]


def test_switching_off_goes_before_every_question_and_is_said_in_so_many_words(screen: Screen) -> None:
    terminal = Terminal()
    reading = beside(lambda: terminal.ask("read 'Voltage in V'"))
    screen.await_text("Voltage in V")
    off = beside(lambda: terminal.have_switched_off("grid"))
    assert "withdrawn" in str(await_one(reading)), "whoever waits for a reading does not delay the safe state"
    screen.await_text("SWITCH grid OFF NOW")
    for stray in ("350.1", ""):
        screen.type(stray)
        screen.await_text("SWITCH grid OFF NOW")
    assert not off, "what was typed for another question proves nothing"
    screen.type("OFF")
    assert await_one(off) is None


def test_a_person_who_has_left_is_not_waited_for_for_ever(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hil.bench.person.ANSWER_BOUND", 0.2)
    with pytest.raises(NoAnswer, match=r"nobody answered within 0\.2 s"):
        Terminal().ask("anybody?")


def test_without_a_terminal_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("hil.bench.person.TERMINAL", (str(tmp_path / "none"), str(tmp_path / "none")))
    with pytest.raises(BadInput, match="There is no terminal"):
        Terminal()


def test_a_process_in_the_background_asks_nobody(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hil.bench.person.os.tcgetpgrp", lambda terminal: os.getpgrp() + 1)
    with pytest.raises(BadInput, match="background"):
        Terminal()
    assert signal.getsignal(signal.SIGTTIN) is signal.SIG_DFL
