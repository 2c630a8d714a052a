"""Whose trouble an exception is, and what follows for the requirements of the test."""

from __future__ import annotations

import pytest

from hil.converter import DriverError
from hil.errors import BenchTrouble, NotAssessed, NotProvenSafe
from hil.running.outcome import Trouble, outcomes, sentence, whose
from hil.verdict import Catalogue, Judge, LimitsExceeded, NotCapable, Outcome, Rule, Verdict
from instruments.errors import NoAnswer


@pytest.fixture
def judge() -> Judge:
    return Judge(Catalogue.load(), {}, Rule.SIMPLE, lambda: 0.0, "a test")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (None, Trouble.NONE),
        (LimitsExceeded("too high"), Trouble.DUT),
        (DriverError("status 500", 500, "", 0.0, 1.0, "/all/get"), Trouble.DUT),
        (NotCapable("U is larger than the limit"), Trouble.NOT_CAPABLE),
        (NotAssessed("no grid sink"), Trouble.NOT_ASSESSED),
        (BenchTrouble("the loop fell behind"), Trouble.BENCH),
        (NoAnswer("the load does not answer"), Trouble.BENCH),
        (NotProvenSafe("the voltmeter is silent"), Trouble.BENCH),
        (KeyError("a bug"), Trouble.HARNESS),
        (AssertionError("a test's own"), Trouble.HARNESS),
    ],
)
def test_every_exception_has_one_owner(error: BaseException | None, trouble: Trouble) -> None:
    assert whose(error) is trouble


def test_a_bug_is_named_by_its_type() -> None:
    assert sentence(KeyError("vg")) == "KeyError: 'vg'"
    assert sentence(BenchTrouble("the load is silent")) == "the load is silent"
    assert sentence(None) == ""


@pytest.mark.parametrize(
    ("trouble", "verdict"),
    [
        (Trouble.DUT, Verdict.FAIL),
        (Trouble.NOT_ASSESSED, Verdict.NOT_ASSESSED),
        (Trouble.BENCH, Verdict.BENCH_TROUBLE),
        (Trouble.HARNESS, Verdict.HARNESS_BUG),
    ],
)
def test_what_follows_for_the_requirements(judge: Judge, trouble: Trouble, verdict: Verdict) -> None:
    assert outcomes(trouble, ["COM-01", "COM-02"], "why", judge) == [
        Outcome("COM-01", verdict, "why"),
        Outcome("COM-02", verdict, "why"),
    ]
    assert verdict.on_device is (trouble is Trouble.DUT)


@pytest.mark.parametrize("trouble", [Trouble.NONE, Trouble.NOT_CAPABLE])
def test_what_was_measured_speaks_for_itself(judge: Judge, trouble: Trouble) -> None:
    assert outcomes(trouble, ["COM-01"], "why", judge) == []
