"""A question that is asked beside the test, and never answered."""

from __future__ import annotations

import threading

import pytest

from instruments.errors import NoAnswer
from instruments.transport import Transport


def ask_in_vain(link: Transport, question: str) -> threading.Thread:
    def ask() -> None:
        with pytest.raises(NoAnswer):
            link.query(question)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread
