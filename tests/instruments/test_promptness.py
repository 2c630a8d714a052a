"""How promptly an instrument answers, learned question by question."""

from __future__ import annotations

import pytest

from instruments.promptness import ANSWERS, NEWEST, SLOWER, Promptness, Question

ASKED = Question("MEAS?", "VOLT")


def learned(*took: float) -> Promptness:
    made = Promptness()
    for each in took:
        made.note(ASKED, each)
    return made


def test_nothing_is_said_before_enough_is_known() -> None:
    assert learned(*[0.1] * (ANSWERS - 1)).bound(ASKED, 0.3) is None


@pytest.mark.parametrize("other", [Question("MEAS?", ""), Question("MEAS?", "OUTP"), Question("VOLT?", "VOLT")])
def test_another_question_or_the_same_after_another_command_says_nothing(other: Question) -> None:
    assert learned(*[0.1] * ANSWERS).bound(other, 0.3) is None


def test_a_slow_instrument_has_its_time_and_a_fast_one_the_least() -> None:
    assert learned(*[0.1] * ANSWERS, 0.2).bound(ASKED, 0.3) == pytest.approx(SLOWER * 0.2)
    assert learned(*[0.001] * ANSWERS).bound(ASKED, 0.3) == 0.3


def test_one_slow_answer_is_forgotten() -> None:
    assert learned(5.0, *[0.001] * NEWEST).bound(ASKED, 0.3) == 0.3
