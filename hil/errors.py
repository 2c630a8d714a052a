"""Trouble has an owner: these are the outcomes that are not a measurement.

Every message is a sentence a technician can act on: what was attempted, on which instrument or file, what
came back, what to do.
"""

from __future__ import annotations

from instruments.errors import InstrumentError, OutsideLimits, Unverified

__all__ = [
    "BENCH_TROUBLE",
    "BadInput",
    "BenchTrouble",
    "InstrumentError",
    "NotAssessed",
    "NotProvenSafe",
    "OutsideLimits",
    "Unverified",
]


class BadInput(Exception):
    """A file, option or address given by the user cannot be used. Nothing has been energised."""


class BenchTrouble(Exception):
    """The bench, not the device under test, failed: no verdict follows from it."""


class NotAssessed(Exception):
    """This bench or this run cannot decide a requirement; the message says why. Never silently passed."""


class NotProvenSafe(Exception):
    """The safe state was ordered but could not be measured. A person must look at the bench."""


BENCH_TROUBLE: tuple[type[Exception], ...] = (BenchTrouble, InstrumentError, OutsideLimits, Unverified)
"""Every exception that means "the bench failed"."""
