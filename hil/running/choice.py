"""Which tests a run was to take, which of them came to their end, and what that leaves of each requirement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hil.verdict import Outcome, Verdict


@dataclass
class Choice:
    """Filled while a run goes on.

    tests: by node id the requirements of every test that profile and bench allow. taken: those that were chosen among
    them. selection: the options that chose, as typed; "" when all were taken. finished: those that came to their end.
    """

    tests: Mapping[str, Iterable[str]] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    selection: str = ""
    finished: set[str] = field(default_factory=set)

    @property
    def requirements(self) -> set[str]:
        """Return the requirements of the tests that were taken."""
        return {name for test in self.taken for name in self.tests.get(test, ())}

    def outcomes(self) -> Iterator[Outcome]:
        """Yield that a requirement is not assessed when a test of it was left out or has not come to its end.

        A part is never taken for the whole, whatever the other tests measured.
        """
        taken = self.requirements
        for test, names in self.tests.items():
            for name in () if test in self.finished else names:
                ended = "the run ended before all of its tests"
                reason = ended if test in self.taken else self._left_out(name in taken)
                yield Outcome(name, Verdict.NOT_ASSESSED, reason)

    def _left_out(self, in_part: bool) -> str:
        words = "not all of its tests were" if in_part else "none of its tests was"
        return f"{words} chosen: {self.selection or 'they were left out by hand'}"
