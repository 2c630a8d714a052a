"""Tests spread over several processes are refused: a bench has one user, and one guard watches it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from hil.errors import BadInput
from hil.running.interrupting import refuse_several_processes


def config(options: dict[str, object], **more: object) -> pytest.Config:
    """Return what pytest-xdist would make of a configuration."""
    return cast(pytest.Config, SimpleNamespace(getoption=options.get, **more))


@pytest.mark.parametrize(
    "spread",
    [
        config({"numprocesses": 2, "dist": "load"}),
        config({"numprocesses": 1, "dist": "no"}),
        config({"numprocesses": None, "dist": "each"}),
        config({}, workerinput={"workerid": "gw0"}),
    ],
    ids=["-n 2", "-n 1", "--dist each", "worker"],
)
def test_several_processes_are_refused(spread: pytest.Config) -> None:
    with pytest.raises(BadInput, match="Nothing was energised"):
        refuse_several_processes(spread)


@pytest.mark.parametrize("options", [{}, {"numprocesses": None, "dist": "no"}, {"numprocesses": 0, "dist": "no"}])
def test_one_process_is_not(options: dict[str, object]) -> None:
    refuse_several_processes(config(options))
