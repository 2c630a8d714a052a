"""What a unit's computer and its network line are: collected by a script that stands alone, read for the suites."""

from hil.inventory.model import Computer, Line, Peer, load_computer, load_line

__all__ = ["Computer", "Line", "Peer", "load_computer", "load_line"]
