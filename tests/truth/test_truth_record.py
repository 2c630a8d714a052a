"""The virtual bench hands over what really happened, and nothing that is only half of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.virtual import recording
from hil.virtual.parameters import read
from hil.virtual.world import World

BENCH = Path(__file__).resolve().parents[2] / "benches" / "virtual.toml"


@pytest.fixture
def world() -> World:
    """A virtual bench in this process, without wires."""
    return World(read(BENCH, [], {}))


def test_every_step_of_the_plant_is_recorded(world: World) -> None:
    world.inspect({"record": ["battery_voltage"]})
    stage = world.plant.stages["battery"]
    stage.set_voltage(50.0)
    stage.set_source_limit(20.0)
    stage.switch(True)
    world.environment.run(until=0.2)
    record = world.inspect({"recorded": True})["recorded"]
    assert record["time"][0] == 0.0
    assert record["time"][-1] == pytest.approx(0.2)
    assert len(record["time"]) == len(record["battery_voltage"]) > 20
    assert record["battery_voltage"][0] == 0.0
    assert record["battery_voltage"][-1] == pytest.approx(50.0, abs=0.1)


def test_a_record_begins_and_ends_in_the_present(world: World) -> None:
    world.environment.run(until=1.0)
    world.inspect({"record": ["grid_voltage"]})
    record = world.inspect({"recorded": True})["recorded"]
    assert record["time"] == [1.0]


def test_what_cannot_be_recorded_is_refused_with_a_sentence(world: World) -> None:
    with pytest.raises(ValueError, match="no probe grid_volts; there are battery_voltage"):
        world.inspect({"record": ["grid_volts"]})
    with pytest.raises(ValueError, match="begin one"):
        world.inspect({"recorded": True})
    world.inspect({"record": ["grid_voltage"]})
    with pytest.raises(ValueError, match="another record"):
        world.inspect({"record": ["grid_voltage"]})


def test_a_record_that_became_too_long_is_not_handed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "LONGEST", 10)
    world.inspect({"record": ["grid_voltage"]})
    world.plant.stages["battery"].switch(True)
    world.environment.run(until=30.0)
    with pytest.raises(ValueError, match="longer than 10 steps"):
        world.inspect({"recorded": True})
    assert world.plant.on_step is None
