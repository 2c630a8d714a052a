"""A capture that nobody has drawn shows its limits where they mean its own channel."""

from __future__ import annotations

import pandas as pd
import pytest

from hil.capture import Trace
from hil.evidence.drawing import LimitLine, Point
from hil.running.keeping import drawing_of
from hil.verdict import Measurement, Rule, Verdict

READINGS = pd.DataFrame(
    [
        ("grid_current", time, time, time, value, "A", True)
        for time, value in ((0.0, 0.001), (1.0, 0.004), (2.0, 0.002))
    ],
    columns=["channel", "start", "end", "time", "value", "unit", "fresh"],
)


def measured(value: float, unit: str) -> Measurement:
    return Measurement(
        "CCA-04", "t", "residual_current", value, unit, 0.003, -0.125, 0.125, 0.121, Verdict.PASS, "CHARGE", 3.0, "",
        Rule.SIMPLE,
    )  # fmt: skip


def test_a_sample_that_was_judged_is_drawn_with_its_limits() -> None:
    drawing = drawing_of(measured(0.004, "A"), Trace(READINGS))
    assert drawing.limits == [LimitLine(channel="grid_current", lower=-0.125, upper=0.125)]
    assert drawing.decisive == Point(channel="grid_current", time=1.0, value=0.004)
    assert drawing.title == "CCA-04: CHARGE"


@pytest.mark.parametrize(("value", "unit"), [(0.003, "A"), (0.004, "V")])
def test_what_follows_from_samples_alone_has_no_limits_among_them(value: float, unit: str) -> None:
    drawing = drawing_of(measured(value, unit), Trace(READINGS))
    assert (drawing.limits, drawing.decisive) == ([], None)
