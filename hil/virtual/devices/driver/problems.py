"""What can go wrong inside a call, in the driver's own words."""

from __future__ import annotations


class CallError(Exception):
    """The call is answered with status 400 and this text."""


class ReplyTimeoutError(CallError):
    """No complete reply came from the converter."""

    def __init__(self) -> None:
        super().__init__("read timeout")


class BadReplyError(CallError):
    """A reply came that is worth another try: bad checksum, wrong command, refusal that may pass.

    `exhausted` is the text when no try is left.
    """

    def __init__(self, exhausted: str) -> None:
        super().__init__(exhausted)
