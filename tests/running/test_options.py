"""What `hil run` was told reaches pytest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from hil.bench.virtual_process import VirtualOptions
from hil.running import options
from hil.running.options import RunOptions

PLAIN = RunOptions(Path("bench.toml"), "nightly", runs=Path("elsewhere"))


@pytest.mark.parametrize(
    "chosen",
    [
        PLAIN,
        replace(PLAIN, policy=Path("p.json"), hwconfig=Path("h.json"), resume=Path("run")),
        replace(PLAIN, reports=False, pictures=False, plan=True),
        replace(PLAIN, virtual=VirtualOptions(("a", "b"), ("c",), 7, "realtime", "127.0.0.1:4400")),
    ],
)
def test_nothing_is_lost_on_the_way_to_pytest(chosen: RunOptions) -> None:
    config = pytest.Parser(_ispytest=True)
    options.add_to(config)

    class Config:
        """As much of pytest's as is asked for."""

        _known = vars(config.parse(options.arguments(chosen)))

        def getoption(self, name: str) -> object:
            return self._known[name.lstrip("-").replace("-", "_")]

    assert options.of(cast(pytest.Config, Config())) == chosen
