"""Which cases share a run: oddities are legal, so several of them are still a legal unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hil.proving.cases import Case, Kind

AT_ONCE = 5
"""Oddities in one run, at most. A run of which one complains is repeated with each of its cases alone."""

Batch = tuple[Case, ...]
"""Cases of one run; all but oddities run alone."""


def batches(cases: Sequence[Case], at_once: int = AT_ONCE) -> list[Batch]:
    """Return the runs that `cases` need, in their order; related oddities, which are neighbours, are kept apart.

    No two cases of a run set the same parameter of the virtual bench, and all run on the same bench.
    """
    oddities = [case for case in cases if case.kind is Kind.ODDITY]
    groups: list[list[Case]] = [[] for _ in range(math.ceil(len(oddities) / at_once))]
    for number, case in enumerate(oddities):
        for offset in range(len(groups)):
            group = groups[(number + offset) % len(groups)]
            if not any(case.sets & other.sets or case.peer is not other.peer for other in group):
                group.append(case)
                break
        else:
            groups.append([case])
    shared = [tuple(group) for group in groups if group]
    before = [(case,) for case in cases if case.kind is not Kind.ODDITY]
    return [*before, *shared]
