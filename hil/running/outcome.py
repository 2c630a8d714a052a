"""Whose trouble an exception of a test is, and what it means for the requirements of that test."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from hil.converter import DriverError
from hil.errors import BENCH_TROUBLE, NotAssessed, NotProvenSafe
from hil.evidence import schema
from hil.verdict import Judge, LimitsExceeded, NotCapable, Outcome, Verdict


class Trouble(Enum):
    """How a test ended, as the journal records it."""

    NONE = "passed"
    DUT = "failed"
    NOT_CAPABLE = "not capable"
    NOT_ASSESSED = "skipped"
    BENCH = "bench trouble"
    HARNESS = "harness bug"
    INTERRUPTED = schema.INTERRUPTED


def whose(error: BaseException | None) -> Trouble:
    """Return whose trouble `error` is."""
    if error is None:
        return Trouble.NONE
    if isinstance(error, (LimitsExceeded, DriverError)):
        return Trouble.DUT
    if isinstance(error, NotCapable):
        return Trouble.NOT_CAPABLE
    if isinstance(error, NotAssessed):
        return Trouble.NOT_ASSESSED
    if isinstance(error, (*BENCH_TROUBLE, NotProvenSafe)):
        return Trouble.BENCH
    return Trouble.HARNESS


def whose_in(error: BaseException | None, told_to_end: str) -> Trouble:
    """Return the same in a run that may have been told to end: that the bench was stopped then is no trouble of it."""
    if isinstance(error, KeyboardInterrupt):
        return Trouble.INTERRUPTED
    trouble = whose(error)
    return Trouble.INTERRUPTED if told_to_end and trouble is Trouble.BENCH else trouble


def sentence(error: BaseException | None) -> str:
    """Return what is said of `error`; of a bug its type as well, without which its message may say nothing."""
    if error is None:
        return ""
    return f"{type(error).__name__}: {error}" if whose(error) is Trouble.HARNESS else str(error)


def outcomes(trouble: Trouble, requirements: Iterable[str], message: str, judge: Judge) -> list[Outcome]:
    """Return what follows for `requirements` apart from what was measured.

    A driver error ends a test before its measurements are complete; that fails the requirements of the test. A limit
    that was exceeded fails its own requirement alone, through its measurement.
    """
    if trouble is Trouble.DUT and not judge.failures:
        return [Outcome(name, Verdict.FAIL, message) for name in requirements]
    verdicts = {
        Trouble.BENCH: Verdict.BENCH_TROUBLE,
        Trouble.HARNESS: Verdict.HARNESS_BUG,
        Trouble.NOT_ASSESSED: Verdict.NOT_ASSESSED,
        Trouble.INTERRUPTED: Verdict.NOT_ASSESSED,
    }
    if trouble not in verdicts:
        return []
    return [Outcome(name, verdicts[trouble], message) for name in requirements]
