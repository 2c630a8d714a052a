"""What is kept with a test while it runs."""

from __future__ import annotations

import pytest

from hil.running.scene import Scene
from hil.verdict import Judge

JUDGE = pytest.StashKey[Judge]()
ERROR = pytest.StashKey[BaseException]()
SCENE = pytest.StashKey[Scene]()
BEGAN = pytest.StashKey[float]()
"""Bench time in s."""
