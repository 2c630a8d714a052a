"""The emulator loop on one bidirectional supply."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.battery import BatteryEmulator, BatteryMode, BatterySample, PackSettings, Profile, ProfileKind
from hil.battery.first_lift import GENTLE_CURRENT
from hil.errors import BadInput, BenchTrouble
from instruments.errors import BadAnswer, InstrumentRefused, ProtectionTripped, TransportLost
from tests.battery.conftest import Start
from tests.battery.node_simulation import Node, PretendedBidirectional
from tests.battery.simulated_clock import SimulatedClock


def test_making_one_sends_nothing(make_one: Start, node: Node) -> None:
    make_one()
    assert node.journal == []


def test_start_programs_before_it_switches_on(make_one: Start, node: Node, supply: PretendedBidirectional) -> None:
    emulator = make_one()
    emulator.start()
    commands = [command for _, command, _ in node.journal]
    before = commands[: commands.index("switch")]
    assert {"set_voltage", "set_current_limit", "set_sink_current_limit"} <= set(before)
    assert emulator.latest.voltage.value == pytest.approx(52.8, abs=0.02)
    assert emulator.latest.mode is BatteryMode.REST
    assert (supply.source_limit, supply.sink_limit) == (100.0, 100.0)


def test_in_quiet_one_query_per_period_and_no_write(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    node.journal.clear()
    clock.sleep(10.0)
    assert {command for _, command, _ in node.journal} == {"measure"}
    assert len(node.journal) == 200


def test_charge_follows_the_converter(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one(PackSettings(capacity=10))
    emulator.start()
    node.converter = lambda voltage: 20.0
    clock.sleep(360.0)
    sample = emulator.latest
    assert sample.mode is BatteryMode.CHARGE
    assert sample.current.value == pytest.approx(20.0, abs=1e-3)
    assert emulator.model.soc == pytest.approx(0.7, abs=1e-3)
    assert sample.voltage.value == pytest.approx(emulator.model.terminal_voltage(20.0), abs=0.02)


def test_discharge_lowers_the_voltage(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    node.converter = lambda voltage: -50.0
    clock.sleep(10.0)
    assert emulator.latest.mode is BatteryMode.DISCHARGE
    rest = emulator.model.open_circuit_voltage
    assert emulator.latest.voltage.value < rest - 50.0 * emulator.model.resistance(False) + 0.01


def test_a_stiff_converter_does_not_make_it_oscillate(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    node.converter = lambda voltage: (53.5 - voltage) / 0.005
    clock.sleep(10.0)
    currents = [sample.current.value for sample in emulator.log[-20:]]
    assert max(currents) - min(currents) < 0.01 * max(currents)
    resistance = emulator.model.resistance(True)
    expected = (53.5 - emulator.model.source_voltage) / (0.005 + resistance)
    assert currents[-1] == pytest.approx(expected, rel=0.02)


def test_a_relaxation_that_would_oscillate_is_refused_before_anything_is_sent(make_one: Start, node: Node) -> None:
    with pytest.raises(BadInput, match="would oscillate"):
        make_one(relaxation=1.0, resistance="software")
    emulator = make_one(relaxation=1.0)
    with pytest.raises(BadInput, match="would oscillate"):
        emulator.start()
    assert node.order() == []


def test_hardware_makes_the_resistance_where_it_can(
    make_one: Start, node: Node, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    supply.has_resistance = True
    emulator = make_one(relaxation=1.0)
    emulator.start()
    assert supply.series_resistance == pytest.approx(0.016)
    node.converter = lambda voltage: -50.0
    clock.sleep(1.0)
    assert emulator.latest.voltage.value == pytest.approx(emulator.model.terminal_voltage(-50.0), abs=0.02)
    node.journal.clear()
    clock.sleep(0.5)
    assert len(node.sent("set_voltage")) <= 3


def test_hardware_resistance_can_be_demanded(make_one: Start, node: Node) -> None:
    emulator = make_one(resistance="hardware")
    with pytest.raises(BadInput, match="'psb', which has none"):
        emulator.start()
    assert node.order() == []


def test_a_resistance_refused_later_is_trouble(
    make_one: Start, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    supply.has_resistance = True
    emulator = make_one()
    emulator.start()
    supply.has_resistance = False
    emulator.set_voltage_override(50.0)
    clock.sleep(1.0)
    with pytest.raises(BenchTrouble, match="'psb' took a series resistance before and refuses 0 mΩ now"):
        emulator.check()


def test_a_supply_that_does_not_switch_off_is_still_regulated(
    make_one: Start, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    emulator = make_one()
    emulator.start()
    supply.obeys = False
    with pytest.raises(InstrumentRefused):
        emulator.open_contactor()
    assert emulator.contactor_closed
    emulator.set_voltage_override(50.0)
    clock.sleep(1.0)
    emulator.check()
    assert emulator.latest.voltage.value == pytest.approx(50.0, abs=0.02)


def test_override_holds_a_voltage_whatever_flows(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    node.converter = lambda voltage: -50.0
    for volts in (42.0, 48.0, 58.0):
        emulator.set_voltage_override(volts)
        emulator.wait_settled()
        clock.sleep(0.2)
        assert emulator.latest.voltage.value == pytest.approx(volts, abs=0.02)
        assert emulator.latest.mode is BatteryMode.OVERRIDE
    emulator.set_voltage_override(None)
    clock.sleep(3.0)
    assert emulator.latest.voltage.value == pytest.approx(emulator.model.terminal_voltage(-50.0), abs=0.05)


def test_setting_the_state_of_charge_moves_the_voltage(make_one: Start, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    emulator.set_soc(0.1)
    clock.sleep(3.0)
    assert emulator.latest.voltage.value == pytest.approx(16 * 3.2, abs=0.02)
    assert emulator.latest.soc == pytest.approx(0.1, abs=1e-6)


def test_contactor_takes_the_battery_away_and_back(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    node.converter = lambda voltage: -10.0 if voltage > 0 else 0.0
    emulator.open_contactor()
    clock.sleep(1.0)
    assert emulator.latest.mode is BatteryMode.OPEN
    assert emulator.latest.target is None
    assert emulator.latest.voltage.value < 1.0
    charge = emulator.model.soc
    clock.sleep(1.0)
    assert emulator.model.soc == pytest.approx(charge, abs=1e-6)
    emulator.close_contactor()
    emulator.check()
    assert emulator.latest.voltage.value == pytest.approx(52.6, abs=0.5)


def test_slow_switching_is_not_called_falling_behind(
    make_one: Start, clock: SimulatedClock, supply: PretendedBidirectional, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = make_one()
    emulator.start()
    switch = supply.switch

    def switch_slowly(on: bool) -> None:
        clock.sleep(1.0)
        switch(on)

    monkeypatch.setattr(supply, "switch", switch_slowly)
    emulator.open_contactor()
    clock.sleep(1.0)
    emulator.close_contactor()
    clock.sleep(1.0)
    emulator.check()


def test_a_cut_off_opens_the_contactor_and_is_trouble(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one(PackSettings(capacity=1, soc=0.05, discharge_limit=200, lowest_voltage=40))
    emulator.start()
    node.converter = lambda voltage: -40.0 if voltage > 0 else 0.0
    clock.sleep(30.0)
    assert emulator.latest.mode is BatteryMode.CUT_OFF
    assert node.order()[-1] == ("psb", 0.0)
    with pytest.raises(BenchTrouble, match=r"under-voltage.*40.0 V"):
        emulator.check()


def test_a_cut_off_can_be_what_the_test_wants(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one(PackSettings(capacity=1, soc=0.05, lowest_voltage=40), cut_off_is_trouble=False)
    emulator.start()
    node.converter = lambda voltage: -40.0 if voltage > 0 else 0.0
    clock.sleep(30.0)
    emulator.check()
    assert not emulator.contactor_closed


def test_a_full_battery_takes_no_more(
    make_one: Start, node: Node, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    emulator = make_one(PackSettings(capacity=10, soc=0.9998))
    emulator.start()
    node.converter = lambda voltage: 5.0 if voltage < 57.0 else 0.0
    clock.sleep(5.0)
    assert supply.sink_limit == 0.0
    assert emulator.latest.current.value == pytest.approx(0.0, abs=1e-3)


def test_the_rail_in_its_limit_is_seen_as_limit(make_one: Start, node: Node, clock: SimulatedClock) -> None:
    emulator = make_one(PackSettings(discharge_limit=20))
    emulator.start()
    node.converter = lambda voltage: -30.0 if voltage > 40.0 else 0.0
    clock.sleep(3.0)
    emulator.check()
    assert emulator.latest.mode is BatteryMode.LIMIT


def fails(emulator: BatteryEmulator, clock: SimulatedClock, complaint: str) -> None:
    clock.sleep(3.0)
    with pytest.raises(BenchTrouble, match=complaint) as caught:
        emulator.check()
    assert "psb" in str(caught.value)


@pytest.mark.parametrize(
    ("error", "complaint"),
    [
        (TransportLost("psb: the link broke during MEAS:VOLT?"), "link broke"),
        (BadAnswer("psb: MEAS:CURR? was answered 9.9E37"), "9.9E37"),
    ],
)
def test_instrument_errors_end_the_loop_and_name_the_instrument(
    make_one: Start, clock: SimulatedClock, supply: PretendedBidirectional, error: Exception, complaint: str
) -> None:
    emulator = make_one()
    emulator.start()
    supply.error = error
    fails(emulator, clock, f"'psb' ended at 50.0 % charge: .*{complaint}")


def test_an_output_that_went_off_by_itself_is_noticed(
    make_one: Start, node: Node, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    emulator = make_one()
    emulator.start()
    node.converter = lambda voltage: -1.0 if voltage > 0 else 0.0
    supply.on = False
    fails(emulator, clock, "is off although it was switched on")


def test_a_trip_is_named(
    make_one: Start,
    node: Node,
    clock: SimulatedClock,
    supply: PretendedBidirectional,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def tripped() -> None:
        raise ProtectionTripped("psb: over-voltage protection")

    emulator = make_one()
    emulator.start()
    node.converter = lambda voltage: -1.0 if voltage > 0 else 0.0
    supply.on = False
    monkeypatch.setattr(supply, "raise_errors", tripped)
    fails(emulator, clock, "over-voltage protection")


def test_an_output_that_refuses_to_switch_on_leaves_it_off(
    make_one: Start, node: Node, supply: PretendedBidirectional
) -> None:
    emulator = make_one()
    supply.obeys = False
    with pytest.raises(Exception, match="did not switch"):
        emulator.start()
    assert not supply.on
    assert node.order()[-1] == ("psb", 0.0)


def test_a_voltage_that_does_not_come_switches_off(make_one: Start, node: Node, supply: PretendedBidirectional) -> None:
    emulator = make_one(PackSettings(discharge_limit=5))
    node.converter = lambda voltage: -20.0 if voltage > 40 else 0.0
    with pytest.raises(BenchTrouble, match=r"brought to 52.80 V behind little current, but 'psb' shows 4\d"):
        emulator.start()
    assert not supply.on


def test_terminals_that_are_reversed_or_shorted_get_little_current(
    make_one: Start, node: Node, supply: PretendedBidirectional
) -> None:
    emulator = make_one(PackSettings(discharge_limit=50))
    node.converter = lambda voltage: -60.0 if voltage > 0.8 else 0.0
    with pytest.raises(BenchTrouble, match=r"shows 0\.80 V and 2\.00 A\. It is on\. Look at its power leads"):
        emulator.start()
    assert not supply.on
    assert max(value for _, command, value in node.journal if command == "set_current_limit") == GENTLE_CURRENT


def test_a_loop_that_falls_behind_is_trouble(
    make_one: Start, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    emulator = make_one()
    emulator.start()
    supply.query_time = 0.4
    clock.sleep(2.0)
    with pytest.raises(BenchTrouble, match=r"fallen behind: 400 ms.*50 ms"):
        emulator.check()


def test_an_instrument_that_hangs_is_seen_from_outside(
    make_one: Start, clock: SimulatedClock, supply: PretendedBidirectional
) -> None:
    emulator = make_one()
    emulator.start()
    supply.query_time = 60.0
    clock.sleep(1.0)
    with pytest.raises(BenchTrouble, match="fallen behind"):
        emulator.check()
    supply.query_time = 0.002
    clock.sleep(60.0)


def test_stale_readings_are_trouble(make_one: Start, clock: SimulatedClock, supply: PretendedBidirectional) -> None:
    emulator = make_one(stale_after=0.5)
    emulator.start()
    supply.fresh = False
    clock.sleep(0.4)
    emulator.check()
    fails(emulator, clock, "not changed for 0.5")


def test_report_tells_periods_and_traffic(make_one: Start, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    clock.sleep(5.0)
    emulator.stop()
    report = emulator.report()
    assert report.count >= 100
    assert (report.late, report.within_5ms, report.stale) == (0, 1.0, 0)
    assert report.mean_period == pytest.approx(0.05)
    assert report.jitter == pytest.approx(0.0, abs=1e-6)
    assert report.longest_turn == pytest.approx(0.002)
    assert report.writes == 5, "voltage and both limits, gentle at first"


def test_figures_are_kept_when_the_last_turn_ends_in_trouble(
    make_one: Start, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = make_one()
    emulator.start()
    clock.sleep(1.0)

    def stop() -> None:
        raise BenchTrouble("the safe state has switched off while the loop was turning")

    monkeypatch.setattr(emulator._ticker, "stop", stop)
    with pytest.raises(BenchTrouble, match="was turning"):
        emulator.halt()
    assert emulator.report().count >= 20


def test_subscribers_get_every_sample_until_they_leave(make_one: Start, clock: SimulatedClock) -> None:
    emulator = make_one()
    seen: list[BatterySample] = []
    leave = emulator.subscribe(seen.append)
    emulator.start()
    clock.sleep(1.0)
    assert seen == emulator.log
    leave()
    clock.sleep(1.0)
    assert len(emulator.log) == len(seen) + 20


def test_a_power_profile_charges_behind_the_terminals(make_one: Start, clock: SimulatedClock) -> None:
    emulator = make_one(PackSettings(capacity=10))
    emulator.start()
    emulator.replay(Profile.from_rows(ProfileKind.POWER, [(0.0, 528.0), (1.0, 528.0)], "sun"))
    clock.sleep(360.0)
    assert emulator.model.soc == pytest.approx(0.6, abs=2e-3)
    assert emulator.latest.current.value == pytest.approx(0.0, abs=1e-3)
    emulator.replay(None)
    charge = emulator.model.soc
    clock.sleep(60.0)
    assert emulator.model.soc == pytest.approx(charge, abs=1e-4)


def test_a_soc_profile_prescribes_the_state_of_charge(make_one: Start, clock: SimulatedClock) -> None:
    emulator = make_one()
    emulator.start()
    emulator.replay(Profile.from_rows(ProfileKind.SOC, [(0.0, 0.5), (10.0, 0.9)], "day"))
    clock.sleep(5.0)
    assert emulator.model.soc == pytest.approx(0.7, abs=0.01)


def test_a_profile_of_the_bench_file_is_replayed_from_the_start(
    make_one: Start, clock: SimulatedClock, tmp_path: Path
) -> None:
    (tmp_path / "day.csv").write_text("time,soc\n0,0.5\n10,0.9\n")
    emulator = make_one(replay=tmp_path / "day.csv")
    clock.sleep(100.0)
    emulator.start()
    clock.sleep(5.0)
    assert emulator.model.soc == pytest.approx(0.7, abs=0.01)
    with pytest.raises(BadInput, match=r"nothing\.csv cannot be read"):
        make_one(replay=tmp_path / "nothing.csv")


def test_latest_before_the_first_sample_says_what_to_do(make_one: Start) -> None:
    with pytest.raises(BenchTrouble, match="start it first"):
        _ = make_one().latest


def test_it_can_be_started_again_but_not_twice(make_one: Start) -> None:
    emulator = make_one()
    emulator.start()
    with pytest.raises(BenchTrouble, match="running already"):
        emulator.start()
    emulator.stop()
    emulator.start()
    emulator.check()
