"""Which tests a run takes: markers per requirement and group, what the profile leaves out, and their order."""

from __future__ import annotations

import pytest

from hil.running.marking import decides
from hil.running.run import Run
from hil.verdict import Catalogue, Outcome, Verdict
from hil.verdict.catalogue import GROUPS


def marker_lines(catalogue: Catalogue) -> list[str]:
    """Return the marker declarations, so that -m works with requirement ids and groups."""
    groups = [f"{name}: {meaning}" for name, meaning in GROUPS.items()]
    return groups + [f"{each.id}: {each.title}" for each in catalogue]


def mark(items: list[pytest.Item], catalogue: Catalogue) -> None:
    """Give every test the markers of its requirements and groups, and sort the tests as the catalogue is."""
    order = {each.id: number for number, each in enumerate(catalogue)}
    for item in items:
        marked = decides(item)
        for name in marked.requirements if marked is not None else ():
            item.add_marker(name)
            item.add_marker(name.split("-")[0])

    def place(item: pytest.Item) -> int:
        marked = decides(item)
        return -1 if marked is None else min(order[name] for name in marked.requirements)

    items.sort(key=place)


def leave_out(items: list[pytest.Item], run: Run) -> list[pytest.Item]:
    """Take out of `items` what the profile leaves out or the bench cannot do; return it, with the reason noted."""
    left_out = []
    for item in list(items):
        reason = _reason(item, run)
        marked = decides(item)
        if reason is not None and marked is not None:
            items.remove(item)
            left_out.append(item)
            run.outcomes += [Outcome(name, Verdict.NOT_ASSESSED, reason) for name in marked.requirements]
    return left_out


def _reason(item: pytest.Item, run: Run) -> str | None:
    marked = decides(item)
    if marked is None:
        return None
    requirements = [run.catalogue.requirement(name) for name in marked.requirements]
    if all(run.profile.repetitions(each) == 0 for each in requirements):
        return f"profile {run.profile.name} leaves it out"
    missing = sorted({role for each in requirements for role in run.missing_roles(each)})
    if missing:
        return f"this bench has no {', '.join(missing)}"
    return None
