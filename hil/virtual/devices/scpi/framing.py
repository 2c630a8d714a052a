"""Bytes to messages, with bounded memory."""

from __future__ import annotations

from collections.abc import Iterator


class LineBuffer:
    """Collects bytes of one connection until a terminator arrives."""

    def __init__(self, terminators: bytes, longest: int) -> None:
        self._last = terminators[-1:]
        self._table = bytes.maketrans(terminators, self._last * len(terminators))
        self._several = len(terminators) > 1
        self._longest = longest
        self._held = b""
        self._overrun = False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Take `data` and yield the messages that it completes; None stands for one that was too long.

        Never holds more than the longest message: what is longer is forgotten up to its terminator.
        """
        if self._several:
            data = data.translate(self._table)
        *lines, rest = (self._held + data).split(self._last)
        for line in lines:
            too_long, self._overrun = self._overrun or len(line) > self._longest, False
            yield None if too_long else line
        self._overrun = self._overrun or len(rest) > self._longest
        self._held = b"" if self._overrun else rest
