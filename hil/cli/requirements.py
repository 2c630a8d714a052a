"""hil requirements: the catalogue with its coverage."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from hil.cli.screen import screen
from hil.running.coverage import deciding_tests
from hil.verdict import Catalogue
from suites import FOLDER


def requirements(
    identifier: str = typer.Argument("", help="Show one requirement in full, for example MOD-02."),
) -> None:
    """Print the catalogue: class, title, how many tests decide it, repetitions per profile."""
    catalogue = Catalogue.load()
    tests = deciding_tests(FOLDER)
    console = screen()
    if identifier:
        _whole(console, catalogue, tests, identifier)
        return
    table = Table(title="Requirements")
    for column in ("id", "class", "requirement", "tests", "smoke", "nightly", "acceptance", "qualification"):
        table.add_column(column)
    for each in catalogue:
        repetitions = [
            str(each.repetitions[name] or "") for name in ("smoke", "nightly", "acceptance", "qualification")
        ]
        table.add_row(each.id, each.kind, each.title, str(len(tests.get(each.id, ())) or "none"), *repetitions)
    console.print(table)
    covered = sum(1 for each in catalogue if tests.get(each.id))
    console.print(f"{covered} of {len(list(catalogue))} requirements are decided by tests.", highlight=False)


def _whole(console: Console, catalogue: Catalogue, tests: dict[str, list[str]], identifier: str) -> None:
    requirement = catalogue.requirement(identifier)
    console.print(f"[bold]{requirement.id}[/] class {requirement.kind}: {requirement.title}", highlight=False)
    console.print(requirement.statement, highlight=False)
    console.print(f"Source: {'; '.join(requirement.source)}", highlight=False)
    console.print(f"Method: {requirement.method}", highlight=False)
    console.print(f"Needs: {', '.join(role.value for role in requirement.needs)}", highlight=False)
    for name, limit in requirement.limits.items():
        console.print(f"Limit {name}: {limit.sentence()} ({limit.source})", highlight=False)
    console.print(f"Tests: {', '.join(tests.get(identifier, [])) or 'none'}", highlight=False)
