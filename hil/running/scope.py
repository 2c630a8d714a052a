"""What a run is about: its files, its profile, the catalogue, and what the bench can decide of it."""

from __future__ import annotations

from dataclasses import dataclass

from hil.bench import files as bench_files
from hil.bench.files import Files
from hil.running.marking import Decides
from hil.running.options import RunOptions
from hil.verdict import Catalogue, Profile, profile
from hil.verdict.catalogue import Need, Requirement

ALWAYS_THERE = frozenset({"converter", "bms", "operator"})
"""Needs that are no role of the bench file. What an operator must provide, a test finds out: a file, a command."""


@dataclass(frozen=True)
class Scope:
    """Everything that is known before anything is opened."""

    files: Files
    profile: Profile
    catalogue: Catalogue

    @classmethod
    def of(cls, options: RunOptions) -> Scope:
        """Read and check every file. Raises BadInput."""
        files = bench_files.read(options.bench, options.policy, options.hwconfig)
        return cls(files, profile(options.profile), Catalogue.load())

    def missing_roles(self, requirement: Requirement) -> list[str]:
        """Return the roles that `requirement` needs and the bench file does not fill."""
        filled = {role.value for role in self.files.bench.assessing} | ALWAYS_THERE
        return [role.value for role in requirement.needs if role.value not in filled]

    def reason_to_leave_out(self, marked: Decides) -> str | None:
        """Return why a test with this mark is left out, or None."""
        requirements = [self.catalogue.requirement(name) for name in marked.requirements]
        if all(self.profile.repetitions(each) == 0 for each in requirements):
            return f"profile {self.profile.name} leaves it out"
        missing = sorted({role for each in requirements for role in self.missing_roles(each)})
        if marked.peer and self.files.bench.peer is None:
            missing.append(Need.PEER.value)
        if missing:
            return f"this bench has no {', '.join(missing)}"
        return None
