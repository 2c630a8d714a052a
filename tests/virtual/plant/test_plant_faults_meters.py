"""Every fault of the unit's own meters shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hil.virtual.plant import Mode, Plant
from hil.virtual.plant.faults import MeterFaults

MakePlant = Callable[..., Plant]


def _watch(run: MakePlant, fault: dict[str, Any]) -> dict[str, float]:
    """CV at 350 V against a stiff 345 V with 1.5 A, then a step to 360 V, then Stop at 330 V, 10 s later."""
    changes = {f"converter.faults.meters.{name}": value for name, value in fault.items()}
    plant: Plant = run(Mode.CV, 1.5, changes)
    plant.foreign_source.switch_on(345.0)
    plant.advance_to(plant.time + 5.0)
    converter = plant.converter
    seen: dict[str, float] = {}

    def note(name: str) -> None:
        meters = converter.meters()
        seen.update({f"{name} {key}": value for key, value in vars(meters).items()})

    note("held")
    shown = []
    for _ in range(60):
        plant.advance_to(plant.time + 0.05)
        shown.append(converter.meters().vb)
    seen["noise"] = max(shown) - min(shown)
    plant.foreign_source.switch_on(360.0)
    plant.advance_to(plant.time + 0.15)
    note("soon")
    plant.advance_to(plant.time + 3.0)
    note("later")
    converter.write_mode(Mode.STOP)
    plant.foreign_source.switch_on(330.0)
    plant.advance_to(plant.time + 10.0)
    note("stopped")
    return seen


FAULTS: list[tuple[str, dict[str, Any], str, float]] = [
    ("gain", {"gain": {"ig": 0.1}}, "held ig", 0.14),
    ("offset", {"offset": {"tmp": 5.0}}, "held tmp", 4.9),
    ("noise", {"noise": {"vb": 1.0}}, "noise", 2.0),
    ("inverted", {"inverted": ["wb"]}, "held wb", 900.0),
    ("frozen", {"frozen": ["vg"]}, "later vg", 10.0),
    ("freeze_after", {"frozen": ["vg"], "freeze_after": 10.0}, "later vg", 10.0),
    ("freeze_in_transfer", {"frozen": ["vg"], "freeze_in_transfer": True}, "later vg", 10.0),
    ("shows_setpoint", {"shows_setpoint": True}, "held vg", 4.5),
    ("time_constant", {"time_constant": 1.0}, "soon vg", 8.0),
    ("refresh", {"refresh": 0.9}, "soon vg", 8.0),
    ("blind_below", {"blind_below": 2.0}, "held ig", 1.4),
]


@pytest.mark.parametrize(("name", "fault", "quantity", "least"), FAULTS, ids=[row[0] for row in FAULTS])
def test_fault_shows(run: MakePlant, name: str, fault: dict[str, Any], quantity: str, least: float) -> None:
    healthy, faulty = _watch(run, {}), _watch(run, fault)
    assert abs(faulty[quantity] - healthy[quantity]) >= least, (faulty, healthy)


def test_no_field_is_forgotten() -> None:
    assert set(MeterFaults.model_fields) == {row[0] for row in FAULTS}


def test_freezing_in_transfer_ends_with_it(run: MakePlant) -> None:
    seen = _watch(run, {"frozen": ["vg"], "freeze_in_transfer": True})
    assert seen["stopped vg"] == pytest.approx(330.2, abs=1.0)
    assert _watch(run, {"frozen": ["vg"]})["stopped vg"] != pytest.approx(330.2, abs=1.0)
