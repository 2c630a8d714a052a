"""Two ways of looking at something that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hil.clock import Clock

Value = TypeVar("Value")


def afresh(look: Callable[[], Value]) -> Value:
    """Return what `look` finds now: a type checker takes a property to stay what an assertion has found it to be."""
    return look()


def check_until_it_raises(check: Callable[[], None], clock: Clock, timeout: float) -> None:
    """Call `check` again and again for `timeout` seconds; what it raises comes out, or nothing does."""

    def look() -> bool:
        check()
        return False

    clock.wait_until(look, timeout)
