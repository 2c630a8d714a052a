"""ENV-01 and ENV-02: the unit's computer and its line, as the inventory describes them. Nothing is switched on."""

from __future__ import annotations

from hil.grid import RoleMissing
from hil.inventory import Peer
from hil.running.marking import requirement
from hil.running.run import Run
from hil.verdict import Judge

FIGURES = ("clock", "cache", "memory", "storage", "log_storage")
"""Figures of the computer, by the names of their limits."""
COLLECTOR = "hil/inventory/collect.py"


@requirement("ENV-01", fixed=0.0)
def test_the_computer_is_what_the_client_needs(run: Run, desk_judge: Judge) -> None:
    """Judge every figure and item that the inventory knows; what it does not know stays not assessed."""
    computer = run.files.computer
    if computer is None:
        raise RoleMissing(
            f"inventory of the unit's computer (run {COLLECTOR} there and name its output in the DUT file, "
            "inventory.computer)",
            "judge that computer",
        )
    where = f"{computer.host}, {computer.collected}"
    for name in FIGURES:
        value = getattr(computer, name)
        if value is not None:
            desk_judge.measure("ENV-01", name, value, 0.0, where)
    missing = [name for name, there in computer.items.items() if there is False]
    unknown = [name for name, there in computer.items.items() if there is None]
    if missing or not unknown:
        desk_judge.count("ENV-01", "missing", len(missing), len(computer.items), ", ".join([where, *missing]))


def unreachable(peers: dict[str, Peer]) -> int | None:
    """Return over how many of IPv4 and IPv6 a peer was not reached; None while that is not known of every peer."""
    tried = [[each.ipv4 for each in peers.values()], [each.ipv6 for each in peers.values()]]
    silent = sum(False in answers for answers in tried)
    unknown = any(None in answers for answers in tried)
    return None if unknown and not silent else silent


@requirement("ENV-02", fixed=0.0)
def test_the_line_is_what_the_client_needs(run: Run, desk_judge: Judge) -> None:
    """Judge throughput, both protocols and the driver's port, for every peer that the inventory names."""
    line = run.files.line
    if line is None:
        raise RoleMissing(
            f"inventory of the communication line (run {COLLECTOR} on another node and name its output in the DUT "
            "file, inventory.line)",
            "judge that line",
        )
    for name, peer in line.peers.items():
        if peer.throughput is not None:
            where = f"{line.host} to {name}, {line.collected}"
            desk_judge.measure("ENV-02", "throughput", peer.throughput, peer.throughput_uncertainty, where)
    lost = unreachable(line.peers)
    if lost is not None:
        desk_judge.count("ENV-02", "unreachable", lost, 2, ", ".join(line.peers))
    answers = [peer.driver_answers for peer in line.peers.values() if peer.driver_answers is not None]
    if answers:
        desk_judge.count("ENV-02", "driver_open", sum(answers), len(answers))
