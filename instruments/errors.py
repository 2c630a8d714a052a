"""What can go wrong between us and an instrument. Every message names instrument, command and answer."""

from __future__ import annotations


class InstrumentError(Exception):
    """The bench's own equipment is in trouble; never a verdict on the device under test."""


class CannotConnect(InstrumentError):
    """Nothing listens at the address, or what listens is not the instrument named in the bench file."""


class TransportLost(InstrumentError):
    """The link broke while in use. What was set is unknown until it has been read back."""


class NoAnswer(InstrumentError):
    """A query was not answered in time."""


class BadAnswer(InstrumentError):
    """The answer does not have the form that the dialect promises, or is the overload value 9.9E37."""


class InstrumentRefused(InstrumentError):
    """The instrument put an error in its queue, or a read-back shows that it did not take a setting."""


class NotProvided(InstrumentRefused):
    """This family of instruments has no such function; nothing was sent."""


class ProtectionTripped(InstrumentError):
    """The instrument has switched itself off."""


class OutsideLimits(Exception):
    """A set-point outside the limits of bench, DUT and profile. It has not been sent."""


class Unverified(Exception):
    """A dialect row that no manual page confirms would drive hardware, and the bench file does not allow it."""
