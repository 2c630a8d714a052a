"""The pure helpers of the communication suites: fields, texts of the mode, age of a value."""

from __future__ import annotations

import json
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest

from hil.converter import Mode
from hil.waveform import Direction, Quantity, Signal
from suites.communication.freshness import age_at_step
from suites.communication.schema import DOCUMENT_FIELDS, FIELDS, belong_together, knows, missing, unusable
from suites.communication.test_all_data import WALK

COMPLETE: dict[str, Any] = {
    "rsoc": 50.0,
    "battery_operation_status": 3,
    "status": {"status": "0x0000", "operationMode": "Waiting", "alarmState": "No alarm", "alarm": "0000 0000 0000"},
    "meter": {"vg": 350.0, "ig": 0, "vb": 52.0, "ib": 0.1, "wg": -1, "wb": 1.5, "tmp": 25.0},
    "vdis": {"dvg": 350.0, "drg": 0},
    "param": {"dig": 2.3},
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return a complete answer with another value at `path`."""
    tree: dict[str, Any] = json.loads(json.dumps(COMPLETE))
    *parents, key = path.split(".")
    node = tree
    for parent in parents:
        node = node[parent]
    node[key] = value
    return tree


def test_a_complete_answer_lacks_nothing() -> None:
    assert missing(COMPLETE, FIELDS | DOCUMENT_FIELDS) == []
    assert unusable(COMPLETE, FIELDS | DOCUMENT_FIELDS) == []


@pytest.mark.parametrize("path", list(FIELDS))
def test_null_is_missing_and_a_list_is_unusable(path: str) -> None:
    assert missing(changed(path, None), FIELDS) == [path]
    assert unusable(changed(path, None), FIELDS) == []
    assert unusable(changed(path, []), FIELDS) == [path]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("meter.vg", "350.0"),
        ("meter.vg", True),
        ("meter.vg", float("inf")),
        ("battery_operation_status", 2.5),
        ("battery_operation_status", "3"),
        ("status.status", 20),
    ],
)
def test_other_types_are_unusable(path: str, value: object) -> None:
    assert unusable(changed(path, value), FIELDS) == [path]


def test_a_nested_answer_lacks_every_field() -> None:
    assert missing({"dcdc": COMPLETE, "battery": COMPLETE}, FIELDS) == list(FIELDS)


def test_texts_of_the_mode_are_compared_to_the_letter() -> None:
    assert all(belong_together(mode.value, mode.operation_mode) for mode in Mode)
    assert not belong_together("0x0000", "Grid Autonomy")
    assert knows("0x0000", "Grid Autonomy")
    assert not any(knows(*pair) for pair in [("0x00", "Waiting"), ("0x0000", "waiting"), (0, "Waiting"), (None, None)])


def test_the_walk_passes_each_transition_once() -> None:
    assert sorted(pairwise(WALK), key=str) == sorted(permutations(Mode, 2), key=str)


def shown(*values: float) -> Signal:
    """Return answers that each took 0.2 s and ended at 1.1 s, 1.35 s, 1.6 s ..."""
    return Signal.of(1.0 + 0.25 * np.arange(len(values)), values, "V", half_width=0.1)


def test_the_age_is_the_longest_time_with_the_level_before() -> None:
    step = Quantity(1.2, 0.01, "s")
    age = age_at_step(shown(340.0, 340.0, 340.2, 350.0), step, 345.0, Direction.RISING, 3.0)
    assert age.value == pytest.approx(0.4)
    assert age.uncertainty == pytest.approx(0.01)
    falling = age_at_step(shown(350.0, 350.0, 340.0, 340.0), step, 345.0, Direction.FALLING, 3.0)
    assert falling.value == pytest.approx(0.15)


def test_a_value_shown_at_once_has_no_age() -> None:
    assert age_at_step(shown(340.0, 350.0), Quantity(1.2, 0.01, "s"), 345.0, Direction.RISING, 3.0).value == 0.0


def test_answers_of_the_next_step_do_not_count() -> None:
    assert age_at_step(shown(340.0, 350.0, 340.0), Quantity(1.2, 0.0, "s"), 345.0, Direction.RISING, 1.5).value == 0.0
