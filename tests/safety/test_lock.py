"""One user per bench, and what is known of a bench when a run comes to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hil.errors import BadInput
from hil.safety.lock import IN_USE, LOCKED, SAFE, UNKNOWN, BenchLock, called_in_use
from tests.looking import afresh


def test_a_bench_is_for_one_at_a_time(tmp_path: Path) -> None:
    with BenchLock("lab 1/left", tmp_path) as held:
        held.say(IN_USE, "a test")
        with pytest.raises(BadInput, match=f"in use by process {os.getpid()}"):
            BenchLock("lab 1/left", tmp_path).acquire()
    BenchLock("lab 1/left", tmp_path).acquire()


def test_other_benches_are_free(tmp_path: Path) -> None:
    with BenchLock("left", tmp_path):
        assert BenchLock("right", tmp_path).acquire().state == SAFE


def test_a_bench_left_in_use_by_the_dead_is_unknown(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from hil.safety.lock import BenchLock, IN_USE\n"
        "lock = BenchLock('left', pathlib.Path(sys.argv[1])); lock.acquire(); lock.say(IN_USE, 'dies'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert BenchLock("left", tmp_path).owner() is None
    left = BenchLock("left", tmp_path).acquire()
    assert left.state == UNKNOWN
    assert "ended without proving" in left.reason


@pytest.mark.parametrize("state", [SAFE, UNKNOWN, LOCKED])
def test_what_was_said_comes_back(tmp_path: Path, state: str) -> None:
    BenchLock("left", tmp_path).say(state, "because")
    left = BenchLock("left", tmp_path).acquire()
    assert (left.state, left.reason, left.pid) == (state, "because", os.getpid())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": "safe"}', '{"state": "safe", "colour": 1}'])
def test_a_state_that_cannot_be_read_is_unknown(tmp_path: Path, content: str) -> None:
    (tmp_path / "left.json").write_text(content)
    assert BenchLock("left", tmp_path).read().state == UNKNOWN


def test_a_state_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = BenchLock("left", tmp_path)
    lock.say(SAFE, "before")

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(OSError, match="No space"):
        lock.say(UNKNOWN, "after")
    assert lock.read().reason == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["left.json"]


def test_a_request_to_stop_is_seen_until_the_next_run(tmp_path: Path) -> None:
    lock = BenchLock("left", tmp_path)
    assert afresh(lambda: lock.stop_requested) is None
    lock.request_stop("hil stop by me")
    assert lock.stop_requested == "hil stop by me"
    lock.acquire()
    assert afresh(lambda: lock.stop_requested) is None


def test_runs_are_found_by_the_identity_of_their_bench_file(tmp_path: Path) -> None:
    for identity, state in (("virtual-1-2", IN_USE), ("virtual", IN_USE), ("virtual-3", SAFE), ("other", IN_USE)):
        BenchLock(identity, tmp_path).say(state, "")
    assert sorted(lock.identity for lock in called_in_use("virtual", tmp_path)) == ["virtual", "virtual-1-2"]


def test_a_bench_that_never_comes_back_leaves_nothing(tmp_path: Path) -> None:
    lock = BenchLock("virtual-1-2", tmp_path)
    lock.acquire()
    lock.say(SAFE, "")
    lock.forget()
    assert list(tmp_path.iterdir()) == []
