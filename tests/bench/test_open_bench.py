"""A bench on the virtual bench, stepped: opening, arming, stopping, and what is known of it afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.bench import files
from hil.bench.bench import Bench
from hil.bench.files import Files
from hil.bench.opening import Opening, open_bench
from hil.bench.stopping import make_safe_without_run
from hil.bench.virtual_process import AttachedVirtualBench, VirtualOptions
from hil.converter import DriverError, Mode
from hil.errors import BadInput, BenchTrouble, NotProvenSafe, OutsideLimits
from hil.safety.lock import IN_USE, LOCKED, SAFE, UNKNOWN, BenchLock
from hil.safety.requests import ask, ask_at_once, end_runs, identity_in
from hil.safety.supervisor import Violation
from instruments.envelope import Setting
from instruments.kinds import Powered
from tests.looking import afresh
from tests.roads.trial import ServedBench, served_bench_file

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(name="state", autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APIS_HIL_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture(name="read", scope="module")
def _read() -> Files:
    return files.read(ROOT / "benches/virtual.toml")


@pytest.fixture(name="bench")
def _bench(read: Files) -> Iterator[Bench]:
    with open_bench(read, Opening()) as bench:
        yield bench


@pytest.fixture(name="served", scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    served = ServedBench(served_bench_file(tmp_path_factory.mktemp("served")))
    yield served
    served.end()


def attached(served: ServedBench) -> Opening:
    return Opening(VirtualOptions(attach=f"127.0.0.1:{served.port}"))


def test_opening_energises_nothing_and_lets_nothing_be_energised(bench: Bench) -> None:
    assert not bench.armed
    assert not any(part.is_on() for part in bench.instruments.values() if hasattr(part, "is_on"))
    with pytest.raises(OutsideLimits, match="not armed"):
        bench.grid.stiff(350.0)
    with pytest.raises(OutsideLimits, match="not armed"):
        bench.converter.set_mode(Mode.CHARGE, 350.0, 1.0, 0.0)
    with pytest.raises(DriverError):  # sent, and the converter has no power to answer
        bench.converter.set_mode(Mode.STOP, 350.0, 0.0, 0.0)


@pytest.mark.parametrize("name", ["virtual-pair.toml", "virtual-peer.toml"])
def test_every_kind_of_instrument_comes_up_and_goes_down(name: str) -> None:
    with open_bench(files.read(ROOT / "benches" / name), Opening()) as bench:
        bench.arm()
        bench.grid.stiff(350.0)
        bench.check()
        assert bench.battery.voltage.value == pytest.approx(52.8, abs=0.5)
        report = bench.make_safe()
        assert report is not None
        assert report.proven, report.summary


def test_what_could_not_be_made_safe_is_not_opened(tmp_path: Path) -> None:
    text = (ROOT / "benches/virtual.toml").read_text(encoding="utf-8")
    text = text.replace("../duts", str(ROOT / "duts")).replace("plants/", f"{ROOT}/benches/plants/")
    path = tmp_path / "bench.toml"
    path.write_text(text.replace("allow_unverified = true", "allow_unverified = false"), encoding="utf-8")
    with (
        pytest.raises(
            BadInput, match=r"nothing was energised\. battery: how .* its sink current limit is not confirmed"
        ),
        open_bench(files.read(path), Opening()),
    ):
        pass


def test_an_armed_bench_is_stopped_once_and_for_good(bench: Bench) -> None:
    bench.arm()
    bench.grid.stiff(350.0)
    reached: list[Exception] = []
    bench.interrupt = reached.append
    now = bench.clock.now()
    bench.stop(Violation("a test", now, now - 0.1))
    bench.stop(Violation("again", now, now))
    with pytest.raises(OutsideLimits, match="stopped: a test"):
        bench.grid.stiff(350.0)
    assert bench.clock.wait_until(lambda: not bench.armed, 10.0)
    [report] = bench.safe_reports
    assert report.proven
    assert report.reason == "a test"
    assert report.reaction == pytest.approx(0.1 + (report.sources_off_after or 0.0), abs=0.05)
    assert [str(error) for error in reached] == ["The bench was stopped: a test"]
    with pytest.raises(BenchTrouble, match="a test"):
        bench.check()


def test_what_is_measured_counts_for_the_rules_across_instruments(bench: Bench) -> None:
    bench.arm()
    bench.rules.kinds = dict.fromkeys(bench.rules.kinds, "load")  # so that what was set does not count
    short = Setting("grid_load", "short_circuit", 1.0, "INP:SHOR ON")
    assert bench.rules(short) is None
    bench.grid.stiff(350.0)
    bench.grid.voltage()
    assert "grid_voltmeter has 3" in str(bench.rules(short))


def test_a_violation_on_the_plant_stops_the_bench(bench: Bench) -> None:
    """The battery supply trips: nobody asks it for anything but its readings."""
    bench.arm()
    battery = bench.instruments["battery"]
    assert isinstance(battery, Powered)
    battery.switch(False)
    assert bench.clock.wait_until(lambda: not bench.armed, 10.0)
    assert bench.stopped is not None
    assert "battery" in bench.stopped
    assert bench.safe_reports[-1].proven


def test_protections_are_said(bench: Bench) -> None:
    bench.arm()
    assert set(bench.protections) == {"battery", "grid_source", "grid_load"}
    assert "read back" in bench.protections["grid_source"]["over-voltage"]


def test_a_bench_of_its_own_leaves_nothing_behind(read: Files, state: Path) -> None:
    with open_bench(read, Opening()) as bench:
        bench.arm()
    assert bench.safe_reports[-1].proven
    assert list(state.iterdir()) == []


def test_a_bench_in_use_is_refused(read: Files, served: ServedBench) -> None:
    with (
        open_bench(read, attached(served)),
        pytest.raises(BadInput, match="in use by process"),
        open_bench(read, attached(served)),
    ):
        pass


def test_a_bench_left_by_the_dead_is_proven_at_rest_before_it_is_armed(read: Files, served: ServedBench) -> None:
    BenchLock(f"virtual-{served.port}").say(IN_USE, "somebody")
    with open_bench(read, attached(served)) as bench:
        assert afresh(lambda: bench.unknown) is not None
        bench.arm()
        assert bench.unknown is None
    assert BenchLock(f"virtual-{served.port}").read().state == SAFE


def test_a_locked_bench_stays_shut_until_a_person_clears_it(read: Files, served: ServedBench) -> None:
    lock = BenchLock(f"virtual-{served.port}")
    lock.say(LOCKED, "battery is ON.")
    with pytest.raises(NotProvenSafe, match=r"battery is ON\..*--clear"), open_bench(read, attached(served)):
        pass
    bench = AttachedVirtualBench(f"127.0.0.1:{served.port}")
    with pytest.raises(NotProvenSafe, match="stays locked"):
        make_safe_without_run(read, bench, clear=False)
    assert lock.read().state == LOCKED
    assert make_safe_without_run(read, bench, clear=True).proven
    assert lock.read().state == SAFE
    with open_bench(read, attached(served)):
        assert lock.read().state == IN_USE


def test_what_was_left_on_is_switched_off_before_the_bench_is_used(read: Files, served: ServedBench) -> None:
    with open_bench(read, attached(served)) as bench:
        bench.rules.closed = None
        bench.grid.stiff(100.0)
    assert served.truth()["grid_source.on"]
    with open_bench(read, attached(served)) as bench:
        bench.arm()
        assert not served.truth()["grid_source.on"]
        assert bench.armed


def test_stopping_without_a_run_switches_off(read: Files, served: ServedBench) -> None:
    with open_bench(read, attached(served)) as bench:
        bench.rules.closed = None
        bench.grid.stiff(100.0)
    assert make_safe_without_run(read, AttachedVirtualBench(f"127.0.0.1:{served.port}"), clear=False).proven
    assert not served.truth()["grid_source.on"]


def test_stopping_does_not_need_files_that_can_be_written(
    read: Files, served: ServedBench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    with open_bench(read, attached(served)) as bench:
        bench.rules.closed = None
        bench.grid.stiff(100.0)
    monkeypatch.setattr(BenchLock, "acquire", refuse)
    monkeypatch.setattr(BenchLock, "say", refuse)
    assert make_safe_without_run(read, AttachedVirtualBench(f"127.0.0.1:{served.port}"), clear=False).proven
    assert not served.truth()["grid_source.on"]
    said = capsys.readouterr().err
    assert "cannot be locked ([Errno 30] Read-only file system) and is made safe all the same" in said
    assert "cannot be written down" in said


def test_nothing_to_end_is_no_error() -> None:
    assert end_runs(ask("nobody-has-this")) == []


@pytest.mark.parametrize(
    "words", [["--bench", "{file}"], ["--bench={file}"], ["--clear", "--bench={file}", "--attach=127.0.0.1:7"]]
)
def test_a_run_is_asked_before_the_options_are_looked_at(words: list[str], tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text('[bench]\nidentity = "lab"\n')
    for identity in ("lab-7", "lab-8", "lap"):
        BenchLock(identity).say(IN_USE, "a run")
    asked = ask_at_once([word.format(file=file) for word in words])
    assert [lock.identity for lock in asked] == ["lab-7"] if "--clear" in words else ["lab-7", "lab-8"]
    assert all(lock.stop_requested for lock in asked)


def test_asking_with_bad_words_asks_nobody_and_leaves_the_complaint_to_others(tmp_path: Path) -> None:
    assert ask_at_once(["--bench"]) == ask_at_once([f"--bench={tmp_path}/none.toml", "--what"]) == ()


def test_a_run_that_does_not_end_is_said_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hil.safety.requests.END_BOUND", 0.1)
    BenchLock("lab").say(IN_USE, "a run without a guard")
    with pytest.raises(NotProvenSafe, match=f"still in use by process {os.getpid()}"):
        end_runs(ask("lab"))


def test_a_run_that_ends_unproven_is_said_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = BenchLock("lab")
    lock.say(IN_USE, "a run")
    monkeypatch.setattr(BenchLock, "request_stop", lambda self, reason: self.say(LOCKED, "battery is ON."))
    with pytest.raises(NotProvenSafe, match="battery is ON"):
        end_runs(ask("lab"))
    assert lock.read().state == LOCKED != UNKNOWN


def test_the_identity_is_read_from_a_bench_file(tmp_path: Path) -> None:
    assert identity_in(ROOT / "benches/virtual.toml") == "virtual"
    (tmp_path / "bench.toml").write_text("[bench]\nname = 'x'\n")
    with pytest.raises(BadInput, match="identity"):
        identity_in(tmp_path / "bench.toml")


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:1", "127.0.0.1:x"])
def test_attaching_to_nothing_is_bad_input(read: Files, address: str) -> None:
    with pytest.raises(BadInput), open_bench(read, Opening(VirtualOptions(attach=address))):
        pass


def test_defects_are_chosen_where_the_bench_is_served(read: Files, served: ServedBench) -> None:
    options = VirtualOptions(seed=7, attach=f"127.0.0.1:{served.port}")
    with pytest.raises(BadInput, match="not here"), open_bench(read, Opening(options)):
        pass
