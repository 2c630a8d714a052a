"""A test is told in steps: what was ordered, commanded and found, in the words of an engineer."""

from __future__ import annotations

from hil.running.story import FIRST, LAST, Story
from hil.verdict import Measurement, Rule, Verdict


def story() -> Story:
    return Story(lambda: 12.5)


def sentences(told: Story) -> list[str]:
    return [each.sentence for each in told.steps]


def test_commands_are_told_by_mode_and_with_units() -> None:
    told = story()
    told.command("mode=0x0041&dvg=350.0&dig=1.0&drg=0")
    told.command("dig=0.5", "peer")
    told.command("mode=0x7777")
    assert sentences(told) == [
        "command CHARGE: dvg 350.0 V, dig 1.0 A, drg 0",
        "command peer dig 0.5 A",
        "command 0x7777:",
    ]


def test_what_is_repeated_is_told_once() -> None:
    told = story()
    for _ in range(3):
        told.tell("hold the grid at 350 V")
    assert sentences(told) == ["hold the grid at 350 V, 3 times"]


def test_a_finding_has_its_verdict_and_a_target_none() -> None:
    told = story()
    for target in (False, True):
        told.judged(
            Measurement(
                "CVD-01", "t", "voltage_error", -0.0001, "V", 0.05, -4.0, 4.0, 3.999, Verdict.PASS, "dvg 350 V",
                1.0, "", Rule.SIMPLE, target, what="grid voltage minus dvg",
            )
        )  # fmt: skip
    assert [each.verdict for each in told.steps] == [Verdict.PASS, None]
    assert sentences(told)[0] == "CVD-01 grid voltage minus dvg: 0.000 V, limits -4 ... 4 V: pass (dvg 350 V)"


def test_of_very_many_steps_the_first_and_the_last_are_told() -> None:
    told = story()
    for number in range(1000):
        told.tell(f"step {number}")
    said = sentences(told)
    assert (said[0], said[FIRST - 1], said[-1], len(said)) == ("step 0", "step 119", "step 999", FIRST + 1 + LAST)
    assert said[FIRST] == f"{1000 - FIRST - LAST} steps are left out here; audit.jsonl has every message"
    told.begin()
    assert told.steps == []
