"""How a test is called and where it belongs in Allure, in its own result and in one that a crash has lost."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EPIC = "Qualification of a converter for APIS"
SEVERITY = {"H": "critical", "S": "normal", "T": "minor"}
"""Allure's severity for the first letter of a requirement's class."""


def full_name(nodeid: str) -> str:
    """Return the full name that allure-pytest gives the test with this pytest node id."""
    path, *classes, function = nodeid.split("[", 1)[0].split("::")
    module = path.removesuffix(".py").replace("/", ".")
    return ".".join([module, *classes]) + f"#{function}"


def title(nodeid: str) -> str:
    """Return the name of a test as a sentence: "The ramp ends in time [CHARGE]"."""
    name, bracket, variant = nodeid.rpartition("::")[2].partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    return words[:1].upper() + words[1:] + (f" [{variant}" if bracket else "")


def history_id(nodeid: str) -> str:
    """Return what makes results of several runs those of one test: its node id, and no value that changes."""
    return hashlib.md5(nodeid.encode(), usedforsecurity=False).hexdigest()


def labels(requirements: Sequence[str], kind: str, feature: str, story: str) -> dict[str, str]:
    """Return where a test belongs.

    requirements: their ids. kind: class of the first one. feature: its group in words. story: its title.
    """
    group = requirements[0].split("-")[0]
    return {
        "epic": EPIC,
        "feature": f"{group} {feature}",
        "story": f"{requirements[0]} {story}",
        "severity": SEVERITY[kind[0]],
    }
