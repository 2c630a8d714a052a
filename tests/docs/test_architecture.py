"""Imports point one way, as docs/architecture.md says."""

from __future__ import annotations

import ast
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = {"hil.virtual", "hil.guard"}
"""Programs of their own: reached over wires and pipes, never imported."""


def _imported(file: Path) -> set[str]:
    """Return the dotted names of the modules that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _part(name: str) -> str:
    """Return the part of the house a module belongs to: a package of hil, or a top-level package."""
    words = name.split(".")
    return ".".join(words[: 2 if words[0] == "hil" else 1])


def _parts() -> dict[str, set[str]]:
    """Return for every part of the house the parts it imports."""
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for top in ("hil", "instruments", "reports", "suites"):
        for file in (ROOT / top).rglob("*.py"):
            own = _part(".".join(file.relative_to(ROOT).with_suffix("").parts))
            parts[own] |= {_part(name) for name in _imported(file)} - {own}
    return {name: imported & set(parts) for name, imported in parts.items()}


def test_no_part_needs_one_that_needs_it() -> None:
    parts = _parts()
    assert len(parts) > 20
    tuple(TopologicalSorter(parts).static_order())  # raises CycleError, which names the parts in the circle


def test_programs_of_their_own_are_not_imported() -> None:
    assert {name: imported & PROGRAMS for name, imported in _parts().items() if imported & PROGRAMS} == {}


def test_instruments_need_nothing_of_the_harness_and_reports_no_bench() -> None:
    parts = _parts()
    assert parts["instruments"] == set()
    assert parts["reports"].isdisjoint({"hil.bench", "hil.running", "hil.grid", "hil.battery", "hil.safety"})
