"""The roles of the grid side, and what happens when a bench does not fill one."""

from __future__ import annotations

from typing import TypeVar

from hil.errors import NotAssessed

Role = TypeVar("Role")


class RoleMissing(NotAssessed):
    """This bench has no instrument for a role. What needs it is not assessed, never silently passed."""

    def __init__(self, role: str, purpose: str) -> None:
        super().__init__(f"This bench has no {role}, which is needed to {purpose}.")
        self.role = role


def need(instrument: Role | None, role: str, purpose: str) -> Role:
    """Return `instrument`. Raises RoleMissing when the bench has none."""
    if instrument is None:
        raise RoleMissing(role, purpose)
    return instrument
