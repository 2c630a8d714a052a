"""Profiles: how much of the catalogue a run takes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from hil.errors import BadInput
from hil.verdict.catalogue import Requirement
from hil.verdict.catalogue.model import ProfileName
from hil.verdict.decision import Rule

_FILE = Path(__file__).parent / "profiles.toml"


@dataclass(frozen=True)
class Profile:
    """One of smoke, nightly, acceptance, qualification.

    rule: decision rule. budget: bench time it should keep, in seconds; None where completeness goes first.
    efficiency: the least part of the bench time that repetitions and dwells should take; None where speed goes first.
    """

    name: ProfileName
    summary: str
    rule: Rule
    budget: float | None
    efficiency: float | None = None

    def repetitions(self, requirement: Requirement) -> int:
        """Return how often the requirement's method is repeated; 0 when this profile leaves it out."""
        return requirement.repetitions[self.name]

    def dwell(self, requirement: Requirement) -> float:
        """Return how long, in seconds, one repetition has to wait because the requirement says so."""
        return requirement.dwell.get(self.name, 0.0)


def profiles() -> dict[str, Profile]:
    """Return all profiles by name."""
    names: tuple[ProfileName, ...] = ("smoke", "nightly", "acceptance", "qualification")
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        name: Profile(
            name,
            document[name]["summary"],
            Rule(document[name]["rule"]),
            document[name].get("budget"),
            document[name].get("efficiency"),
        )
        for name in names
    }


def profile(name: str) -> Profile:
    """Return one profile. Raises BadInput for a name that does not exist."""
    known = profiles()
    if name not in known:
        raise BadInput(f"there is no profile '{name}'; choose one of {', '.join(known)}")
    return known[name]
