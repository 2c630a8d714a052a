"""The walk through the modes, by which no change depends on what was before it."""

from __future__ import annotations

from itertools import permutations

from hil.converter import Mode
from suites.modes.test_transitions import PARTNERS, ROUND


def test_the_walk_has_every_sequence_of_three_modes() -> None:
    walked = {tuple(ROUND[(number + each) % len(ROUND)] for each in range(3)) for number in range(len(ROUND))}
    assert walked == set(permutations(Mode, 3))
    assert len(ROUND) == len(walked)


def test_the_partners_make_every_pair_of_modes() -> None:
    pairs = {(one, other) for one, others in PARTNERS.items() for other in others}
    assert {frozenset(pair) for pair in pairs} == {frozenset(pair) for pair in permutations(Mode, 2)}
    assert len(pairs) == 6
