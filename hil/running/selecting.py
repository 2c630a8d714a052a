"""Which tests a run takes: markers per requirement and group, what the profile leaves out, and their order."""

from __future__ import annotations

import re

import pytest

from hil.errors import BadInput
from hil.running.marking import decides
from hil.running.scope import Scope
from hil.verdict import Catalogue
from hil.verdict.catalogue import GROUPS


def marker_lines(catalogue: Catalogue) -> list[str]:
    """Return the marker declarations, so that -m works with requirement ids and groups."""
    groups = [f"{name}: {meaning}" for name, meaning in GROUPS.items()]
    return groups + [f"{each.id}: {each.title}" for each in catalogue]


def check_expression(expression: str, catalogue: Catalogue) -> None:
    """Raise BadInput when -m names a requirement or group that the catalogue does not have."""
    known = {"and", "or", "not", "requirement", *GROUPS, *(each.id for each in catalogue)}
    unknown = [word for word in re.findall(r"[\w-]+", expression) if word not in known]
    if unknown:
        raise BadInput(f"-m: there is no requirement or group {', '.join(unknown)}; 'hil requirements' lists them.")


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


def words_of(config: pytest.Config) -> str:
    """Return the options that choose among the tests as they were typed, or "" when none was."""
    chosen = {"-m": config.option.markexpr, "-k": config.option.keyword}
    return " and ".join(f"{option} {expression!r}" for option, expression in chosen.items() if expression)


def take_out_decided(items: list[pytest.Item], decided: frozenset[str]) -> list[pytest.Item]:
    """Take out of `items` what was decided before the run was interrupted; return it."""
    taken = [item for item in items if item.nodeid in decided]
    items[:] = [item for item in items if item.nodeid not in decided]
    return taken


def leave_out(items: list[pytest.Item], scope: Scope) -> tuple[list[pytest.Item], dict[str, str]]:
    """Take out of `items` what the profile leaves out or the bench cannot do; return it, and why per requirement."""
    left_out: list[pytest.Item] = []
    reasons: dict[str, str] = {}
    for item in list(items):
        marked = decides(item)
        reason = None if marked is None else scope.reason_to_leave_out(marked)
        if marked is not None and reason is not None:
            items.remove(item)
            left_out.append(item)
            reasons.update(dict.fromkeys(marked.requirements, reason))
    kept = {name for marked in map(decides, items) if marked is not None for name in marked.requirements}
    return left_out, {name: reason for name, reason in reasons.items() if name not in kept}
