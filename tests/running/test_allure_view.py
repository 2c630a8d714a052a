"""What Allure shows of a test reads like words."""

from enum import Enum
from typing import Any

import allure
import pytest

from hil.running.allure_view import name_parameters


class Colour(Enum):
    RED = "0x0041"


def test_a_mode_is_shown_by_its_name_and_a_number_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, Any] = {}
    monkeypatch.setattr(allure.dynamic, "parameter", shown.__setitem__)
    name_parameters({"mode": Colour.RED, "volts": 350.0})
    assert shown == {"mode": "RED"}
