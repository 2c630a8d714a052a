"""Over how many protocols the peers of an inventory were not reached."""

from __future__ import annotations

import pytest

from hil.inventory import Peer
from suites.environment.test_inventory import unreachable


def peer(ipv4: bool | None, ipv6: bool | None) -> Peer:
    return Peer(throughput=None, throughput_uncertainty=None, ipv4=ipv4, ipv6=ipv6, driver_answers=None)


@pytest.mark.parametrize(
    ("peers", "expected"),
    [
        ([peer(True, True)], 0),
        ([peer(True, False)], 1),
        ([peer(False, False), peer(True, True)], 2),
        ([peer(True, None)], None),
        ([peer(False, None)], 1),
    ],
)
def test_a_protocol_counts_once_and_the_unknown_decides_nothing(peers: list[Peer], expected: int | None) -> None:
    assert unreachable({str(number): each for number, each in enumerate(peers)}) == expected
