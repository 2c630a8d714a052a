"""Which processors of the computer a run in stepped time uses.

The run and its virtual bench take turns a hundred times a bench second, and neither does anything while the other
does. On two processors each turn wakes one that has gone to sleep, which takes longer than most turns; on one it is a
switch. Where the system cannot keep a thread on a processor nothing is done.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

CAN_CHOOSE = hasattr(os, "sched_setaffinity")
GLANCE = 0.05
"""Seconds for which the processors are watched to find the idlest."""
EVERY: frozenset[int] = frozenset(os.sched_getaffinity(0)) if CAN_CHOOSE else frozenset()
"""What this program was given when it began."""


@contextmanager
def on_one(partner: int) -> Iterator[None]:
    """Keep the calling thread, what it starts, and the process `partner` on one processor, the idlest."""
    if not CAN_CHOOSE or len(EVERY) < 2:
        yield
        return
    chosen = {_idlest()}
    os.sched_setaffinity(partner, chosen)
    with _on(chosen):
        yield


@contextmanager
def on_any() -> Iterator[None]:
    """Start processes that work beside the run: on every processor that this program was given."""
    if not CAN_CHOOSE:
        yield
        return
    with _on(EVERY):
        yield


@contextmanager
def _on(processors: frozenset[int] | set[int]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _idlest() -> int:
    busy = psutil.cpu_percent(GLANCE, percpu=True)
    return min(sorted(EVERY), key=lambda number: busy[number] if number < len(busy) else 0.0)
