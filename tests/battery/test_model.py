"""The battery model against closed forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.battery.cell import chemistry, known_chemistries
from hil.battery.model import SECONDS_PER_MONTH, BatteryModel, CutOff, PackSettings
from hil.errors import BadInput


def without_self_discharge(model: BatteryModel, soc: float, seconds: float) -> float:
    months = seconds / SECONDS_PER_MONTH
    return soc - chemistry(model.settings.chemistry).self_discharge_per_month * months


@pytest.mark.parametrize("name", known_chemistries())
def test_every_chemistry_lies_within_its_own_cut_offs_at_rest(name: str) -> None:
    kind = chemistry(name)
    for soc in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert kind.lowest_voltage < kind.table.ocv(soc) < kind.highest_voltage
    assert kind.source.startswith("Typical")


def test_pack_voltage_is_cells_times_table() -> None:
    model = BatteryModel(PackSettings(chemistry="lfp", cells_in_series=16, soc=0.5))
    assert model.open_circuit_voltage == pytest.approx(16 * 3.300)


def test_series_and_parallel_cells_scale_the_resistance() -> None:
    one = BatteryModel(PackSettings(cells_in_series=1, cells_in_parallel=1))
    pack = BatteryModel(PackSettings(cells_in_series=16, cells_in_parallel=4))
    assert pack.resistance(True) == pytest.approx(one.resistance(True) * 16 / 4)
    assert pack.capacity == pytest.approx(4 * one.capacity)


def test_resistance_depends_on_direction_and_charge() -> None:
    model = BatteryModel(PackSettings(chemistry="lfp", soc=0.0))
    assert model.resistance(charging=False) == pytest.approx(16 * 0.180 / 100)
    assert model.resistance(charging=True) == pytest.approx(16 * 0.130 / 100)


def test_extra_resistance_is_added() -> None:
    plain = BatteryModel(PackSettings())
    longer = BatteryModel(PackSettings(extra_resistance=0.01))
    assert longer.resistance(True) - plain.resistance(True) == pytest.approx(0.01)


def test_cold_cells_resist_more_and_hold_less() -> None:
    warm, cold = BatteryModel(PackSettings()), BatteryModel(PackSettings(temperature=0.0))
    assert cold.resistance(True) == pytest.approx(warm.resistance(True) * math.exp(0.025 * 25))
    assert cold.capacity == pytest.approx(warm.capacity * (1 - 0.006 * 25))


def test_one_hour_at_a_tenth_of_the_capacity_moves_a_tenth() -> None:
    model = BatteryModel(PackSettings(soc=0.5, capacity=100))
    state = model.step(10.0, 3600.0)
    assert state.soc == pytest.approx(without_self_discharge(model, 0.6, 3600.0))
    assert model.counters.charge_in == pytest.approx(10.0)
    assert model.counters.charge_out == 0.0


def test_rc_answers_a_step_of_current_exponentially() -> None:
    model = BatteryModel(PackSettings(soc=0.5, capacity=1e6))
    kind = chemistry("lfp")
    final = kind.rc_share * model.resistance(True) * 50.0
    for _ in range(30):
        model.step(50.0, 1.0)
    assert model.rc_voltage == pytest.approx(final * (1 - math.exp(-30.0 / kind.rc_time)), rel=1e-4)


def test_rc_relaxes_at_rest() -> None:
    model = BatteryModel(PackSettings(soc=0.5, capacity=1e6))
    model.step(50.0, 1000.0)
    charged = model.rc_voltage
    model.step(0.0, chemistry("lfp").rc_time)
    assert model.rc_voltage == pytest.approx(charged / math.e)


@given(current=st.floats(-100, 100), seconds=st.floats(1e-3, 100), parts=st.integers(1, 20))
def test_many_small_steps_equal_a_large_one(current: float, seconds: float, parts: int) -> None:
    whole, divided = (BatteryModel(PackSettings(soc=0.5, capacity=1e5)) for _ in range(2))
    whole.step(current, seconds)
    for _ in range(parts):
        divided.step(current, seconds / parts)
    assert divided.soc == pytest.approx(whole.soc, abs=1e-12)
    assert divided.rc_voltage == pytest.approx(whole.rc_voltage, abs=1e-6)
    assert divided.counters.energy_in == pytest.approx(whole.counters.energy_in, abs=1e-4)
    assert divided.counters.energy_out == pytest.approx(whole.counters.energy_out, abs=1e-4)


@given(currents=st.lists(st.floats(-50, 50), min_size=1, max_size=30))
def test_charge_balances(currents: list[float]) -> None:
    model = BatteryModel(PackSettings(soc=0.5))
    for current in currents:
        model.step(current, 1.0)
    balance = (model.counters.charge_in - model.counters.charge_out) / model.capacity
    assert model.soc == pytest.approx(without_self_discharge(model, 0.5 + balance, len(currents)), abs=1e-12)


def test_a_round_trip_costs_what_the_resistances_burn() -> None:
    current, seconds = 2000.0, 1000.0
    model = BatteryModel(PackSettings(soc=0.5, capacity=1e6))
    kind = chemistry("lfp")
    series = model.resistance(True)
    slow = kind.rc_share * series
    model.step(current, seconds)
    model.step(-current, seconds)
    lost = model.counters.energy_in - model.counters.energy_out
    burnt = current * current * (2 * series * seconds + slow * (2 * seconds - 3 * kind.rc_time)) / 3600
    assert lost == pytest.approx(burnt, rel=3e-3)


def test_self_discharge_empties_a_resting_battery() -> None:
    model = BatteryModel(PackSettings(soc=0.5))
    model.step(0.0, SECONDS_PER_MONTH)
    assert model.soc == pytest.approx(0.5 - chemistry("lfp").self_discharge_per_month)


def test_current_limits_shrink_beyond_full_and_empty() -> None:
    pack = PackSettings(charge_limit=80, discharge_limit=90, charge_limit_when_full=1, discharge_limit_when_empty=2)
    model = BatteryModel(pack)
    assert model.current_limits() == (80, 90)
    model.soc = 1.01
    assert model.current_limits() == (1, 90)
    model.soc = -0.01
    assert model.current_limits() == (80, 2)


@pytest.mark.parametrize(
    ("soc", "current", "cut_off"),
    [(0.5, 0.0, None), (0.01, -100.0, None), (0.0, -700.0, CutOff.UNDER_VOLTAGE), (1.0, 200.0, CutOff.OVER_VOLTAGE)],
)
def test_cut_offs(soc: float, current: float, cut_off: CutOff | None) -> None:
    assert BatteryModel(PackSettings(soc=soc)).state(current).cut_off is cut_off


def test_pack_cut_offs_can_be_stated() -> None:
    model = BatteryModel(PackSettings(lowest_voltage=53.0))
    assert model.state(0.0).cut_off is CutOff.UNDER_VOLTAGE


def test_setting_the_state_of_charge_empties_the_rc() -> None:
    model = BatteryModel(PackSettings())
    model.step(50.0, 100.0)
    model.set_soc(0.2)
    assert model.terminal_voltage(0.0) == pytest.approx(16 * 3.255)
    with pytest.raises(ValueError, match="fraction"):
        model.set_soc(20.0)


def test_unknown_chemistry_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match="lead-acid, lfp, lto, nmc"):
        BatteryModel(PackSettings(chemistry="zinc"))


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="back"):
        BatteryModel(PackSettings()).step(1.0, -1.0)
