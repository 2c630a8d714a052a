"""A part of a requirement's tests is never taken for the whole."""

from hil.errors import BenchTrouble
from hil.evidence import schema
from hil.running.choice import Choice
from hil.running.outcome import Trouble, whose_in
from hil.verdict import LimitsExceeded, Verdict

TESTS = {"charge": ("CCA-01", "CCA-02"), "discharge": ("CCA-01", "CCA-02"), "voltage": ("CVD-01", "CCA-02")}


def said(choice: Choice) -> dict[str, str]:
    assert all(each.verdict is Verdict.NOT_ASSESSED for each in choice.outcomes())
    return {each.requirement: each.reason for each in choice.outcomes()}


def test_whatever_was_finished_is_whole() -> None:
    assert said(Choice(TESTS, frozenset(TESTS), finished=set(TESTS))) == {}


def test_a_requirement_with_a_test_that_was_not_chosen_is_not_assessed() -> None:
    choice = Choice(TESTS, frozenset({"voltage"}), "-m 'CVD-01'", {"voltage"})
    assert choice.requirements == {"CVD-01", "CCA-02"}
    assert said(choice) == {
        "CCA-01": "none of its tests was chosen: -m 'CVD-01'",
        "CCA-02": "not all of its tests were chosen: -m 'CVD-01'",
    }


def test_a_requirement_with_a_test_that_did_not_end_is_not_assessed() -> None:
    choice = Choice(TESTS, frozenset(TESTS), finished={"charge", "voltage"})
    assert said(choice) == dict.fromkeys(("CCA-01", "CCA-02"), "the run ended before all of its tests")


def test_the_journal_takes_every_way_a_test_can_end() -> None:
    assert {each.value for each in Trouble} == set(schema.OUTCOMES)


def test_a_bench_that_was_told_to_stop_is_in_no_trouble() -> None:
    stopped = BenchTrouble("The bench was stopped: SIGINT (Ctrl-C) received")
    assert whose_in(stopped, "SIGINT (Ctrl-C) received") is Trouble.INTERRUPTED
    assert whose_in(KeyboardInterrupt(), "") is Trouble.INTERRUPTED
    assert whose_in(stopped, "") is Trouble.BENCH
    assert whose_in(LimitsExceeded("x"), "SIGINT (Ctrl-C) received") is Trouble.DUT
