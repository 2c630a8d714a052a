"""A second unit on the bench: supervised like the first, never left running, and its faults the bench's trouble."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.bench import file, files
from hil.bench.bench import Bench
from hil.bench.opening import Opening, open_bench
from hil.bench.peer import Peer
from hil.bench.stopping import make_safe_without_run
from hil.bench.virtual_process import AttachedVirtualBench, VirtualOptions
from hil.converter import Mode
from hil.errors import BadInput, BenchTrouble, NotProvenSafe, OutsideLimits
from hil.virtual.defects import find
from hil.virtual.parameters import read
from tests.roads.trial import ServedBench, booting_soon

BENCH = Path(__file__).resolve().parents[2] / "benches/virtual-peer.toml"
PLANT = "plants/eza2500_48v_350v.toml"
FILES = files.read(BENCH)


@pytest.fixture(name="state", autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APIS_HIL_STATE", str(tmp_path / "state"))


@pytest.fixture(name="served", scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "plant.toml").write_text(booting_soon((BENCH.parent / PLANT).read_text()))
    (folder / "bench.toml").write_text(with_plant("plant.toml"))
    served = ServedBench(folder / "bench.toml")
    yield served
    served.end()


def the_peer(bench: Bench) -> Peer:
    assert bench.peer is not None
    return bench.peer


def with_plant(plant: str) -> str:
    """Return the text of the bench file with this plant, for another folder."""
    text = BENCH.read_text()
    assert PLANT in text
    return text.replace("../duts/", f"{BENCH.parents[1]}/duts/").replace(PLANT, plant)


def answers(peer: Peer) -> bool:
    try:
        peer.get()
    except BenchTrouble:
        return False
    return True


def hold(bench: Bench) -> None:
    """Let the peer hold 350 V on a grid that nothing else feeds, once it has booted."""
    assert bench.clock.wait_until(lambda: answers(the_peer(bench)), 15.0, 0.2)
    the_peer(bench).set_mode(Mode.CV, 350.0, 2.3, 0.0)
    assert bench.clock.wait_until(lambda: bench.grid.voltage().value > 345.0, 10.0, 0.1)


def test_the_peer_is_supervised_and_ends_stopped() -> None:
    with open_bench(FILES, Opening()) as bench:
        with pytest.raises(OutsideLimits, match=r"peer: .* not armed"):
            the_peer(bench).set_mode(Mode.CV, 350.0, 2.3, 0.0)
        bench.prepare()
        with pytest.raises(OutsideLimits, match=r"2\.5"):
            the_peer(bench).set_current(2.6)
        hold(bench)
    [report] = bench.safe_reports
    assert report.proven
    assert report.outputs == {"battery": False, "grid": False, "peer": False}
    assert "stop the peer" in [step.what for step in report.steps]


def test_a_peer_that_goes_on_is_not_safe() -> None:
    options = VirtualOptions(defects=("peer-does-not-stop",))
    with open_bench(FILES, Opening(options)) as bench:
        bench.start_guard = None  # it would try again for a minute
        bench.prepare()
        hold(bench)
    assert not bench.safe_reports[-1].proven
    assert "peer is ON" in bench.safe_reports[-1].summary


def test_what_the_peer_does_wrong_is_bench_trouble() -> None:
    options = VirtualOptions(defects=("peer-trips",))
    with open_bench(FILES, Opening(options)) as bench:
        bench.prepare()
        hold(bench)
        the_peer(bench).require(Mode.CV)
        bench.clock.sleep(5.0)
        with pytest.raises(BenchTrouble, match=r"was to be in CV and reports 0x0000 .*Heavy alarm"):
            the_peer(bench).require(Mode.CV)
        the_peer(bench).require_untripped(highest=390.0, clamp=384.0)  # lifted so far, it may have had to trip
        with pytest.raises(BenchTrouble, match=r"at most 352\.0 V: the second unit let go"):
            the_peer(bench).require_untripped(highest=352.0, clamp=384.0)
        with pytest.raises(BenchTrouble, match="status 400"):
            the_peer(bench).set_mode(Mode.CV, 350.0, 2.3, 0.0)


def test_a_peer_left_holding_the_grid_is_stopped_by_whoever_comes_next(served: ServedBench) -> None:
    """By the next run, and by a stop without a run, which opens everything anew as the guard does."""
    here = f"127.0.0.1:{served.port}"
    with open_bench(FILES, Opening(VirtualOptions(attach=here))) as bench:
        bench.rules.closed = None
        hold(bench)
    assert served.truth()["grid_voltage"] > 340.0, "the bench was never armed, so nobody has stopped the peer"
    with open_bench(FILES, Opening(VirtualOptions(attach=here))) as bench:
        bench.start_guard = None  # it would not leave the bench to anybody
        bench.prepare()
        the_peer(bench).require(Mode.STOP)
        assert served.truth()["grid_voltage"] < 60.0
        hold(bench)
        bench.armed = False  # and so it is left
    report = make_safe_without_run(FILES, AttachedVirtualBench(here), clear=False)
    assert report.outputs["peer"] is False
    assert served.truth()["grid_voltage"] < 60.0


def test_a_silent_peer_keeps_the_bench_from_being_used() -> None:
    options = VirtualOptions(defects=("peer-silent",))
    with open_bench(FILES, Opening(options)) as bench:
        bench.start_guard = None  # it would try again for a minute
        with pytest.raises(BenchTrouble, match=r"The peer at .* did not answer"):
            bench.prepare()
        assert not any(part.is_on() for part in bench.instruments.values() if hasattr(part, "is_on"))


def test_a_bench_without_a_second_unit_says_so(tmp_path: Path) -> None:
    virtual = BENCH.parent / "virtual.toml"
    text = virtual.read_text().replace("[bms]", '[peer]\nurl = "virtual:peer"\n\n[bms]')
    text = text.replace('"../duts/', f'"{BENCH.parents[1]}/duts/').replace('"plants/', f'"{BENCH.parent}/plants/')
    path = tmp_path / "bench.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match="'virtual:peer' names nothing"), open_bench(files.read(path), Opening()):
        pass


def test_what_concerns_a_second_unit_needs_one() -> None:
    with pytest.raises(ValueError, match="peer-trips concerns a second unit"):
        read(BENCH.parent / "virtual.toml", find(["peer-trips"], ("trouble",)), {})
    with pytest.raises(ValueError, match="concerns the instrument 'battery'"):
        read(BENCH.parent / "virtual-pair.toml", find(["battery-silent"], ("trouble",)), {})


def test_two_units_need_an_ammeter(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    path.write_text(BENCH.read_text().replace('grid_ammeter = "grid_ammeter"', ""))
    with pytest.raises(BadInput, match="needs a 'grid_ammeter'"):
        file.load(path)


def test_not_proven_safe_is_an_exit_status_of_its_own(served: ServedBench) -> None:
    """A second unit whose driver is gone cannot be proven stopped, although everything else is off."""
    addresses = dict(served.ask({"addresses": True}), peer="http://127.0.0.1:1")
    attached = AttachedVirtualBench(f"127.0.0.1:{served.port}")
    attached.addresses = addresses
    with pytest.raises(NotProvenSafe, match="peer is unknown"):
        make_safe_without_run(FILES, attached, clear=False)
