"""An audit that fails must not keep a command from being sent."""

from __future__ import annotations

import pytest

from hil.errors import BenchTrouble
from hil.safety.audit import SteadyAudit
from instruments.audit import AuditEvent

EVENT = AuditEvent(1.0, "battery", "out", "OUTP OFF")


def full() -> None:
    raise OSError(28, "No space left on device")


def test_messages_pass() -> None:
    kept: list[AuditEvent] = []
    audit = SteadyAudit(kept.append, lambda: None)
    audit(EVENT)
    audit.check()
    assert kept == [EVENT]


def test_a_full_disk_is_told_later_and_only_by_the_check() -> None:
    audit = SteadyAudit(lambda event: full(), lambda: None)
    audit(EVENT)
    with pytest.raises(BenchTrouble, match=r"No space left.*Is the disk full"):
        audit.check()


def test_a_full_disk_shows_itself_when_the_log_is_flushed() -> None:
    audit = SteadyAudit(lambda event: None, full)
    audit(EVENT)
    with pytest.raises(BenchTrouble, match="No space left"):
        audit.check()
