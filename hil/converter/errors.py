"""What a driver can do wrong. These belong to the device under test, never to the bench."""

from __future__ import annotations


class DriverError(Exception):
    """A call that was not answered as apis-main needs it.

    message: one sentence. status: HTTP status, None when there was no answer. text: the body as far as it
    came. start, end: bench time of the call in seconds. path: what was asked.
    """

    def __init__(self, message: str, status: int | None, text: str, start: float, end: float, path: str) -> None:
        super().__init__(f"GET {path}: {message} (after {end - start:.3f} s)")
        self.message = message
        self.status = status
        self.text = text
        self.start = start
        self.end = end
        self.path = path


class DriverSilent(DriverError):
    """No complete answer: refused, reset, broken off, or nothing in time."""


class DriverBadStatus(DriverError):
    """A status other than 200, without a reason."""


class DriverRefused(DriverBadStatus):
    """A status other than 200 with the driver's reason in {"err": reason}."""

    def __init__(self, reason: str, status: int, text: str, start: float, end: float, path: str) -> None:
        super().__init__(f'refused with status {status}: "{reason}"', status, text, start, end, path)
        self.reason = reason


class DriverBadAnswer(DriverError):
    """Status 200, but not the strict JSON object with the fields that apis-main needs; `problems` lists all."""

    def __init__(
        self, problems: tuple[str, ...], status: int | None, text: str, start: float, end: float, path: str
    ) -> None:
        super().__init__("bad answer: " + "; ".join(problems), status, text, start, end, path)
        self.problems = problems
