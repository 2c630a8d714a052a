"""The reports of a run, and the short table at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hil.running.run import Run
from hil.verdict import Verdict
from hil.verdict.catalogue import GROUPS

STYLES = {
    Verdict.PASS: "green",
    Verdict.CONDITIONAL_PASS: "yellow",
    Verdict.CONDITIONAL_FAIL: "red",
    Verdict.FAIL: "bold red",
    Verdict.NOT_CAPABLE: "magenta",
    Verdict.BENCH_TROUBLE: "magenta",
    Verdict.HARNESS_BUG: "magenta",
    Verdict.NOT_ASSESSED: "dim",
}
MEANING = {
    0: "every assessed requirement passes",
    1: "something failed",
    2: "could not run, or not to its end",
    3: "the bench could NOT be proven safe",
}


def derive(folder: Path) -> None:
    """Write the client's files as the measurements of a run propose them into its folder."""
    from reports.proposed import propose  # only a run that ends needs it

    propose(folder)


@contextmanager
def reporter(run: Run) -> Iterator[Callable[[], list[str]]]:
    """Load what makes the reports while the run is being finished; yield what then makes them from the run folder.

    What is yielded returns lines that say where each report is, or why it is missing.
    """
    if run.could_not_run or not run.options.reports:
        yield lambda: []
        return
    from reports.allure.generator_process import GeneratorProcess  # only a run that ends needs them

    with GeneratorProcess() as generator:
        from reports.build import report  # meanwhile the generator loads, too

        yield lambda: report(run.folder.path, generator=generator).lines


def print_summary(run: Run, reports: list[str]) -> None:
    """Print verdicts per group, what did not pass, and where everything is; or why nothing could be run."""
    if run.could_not_run:
        Console(stderr=True).print(run.could_not_run, soft_wrap=True, highlight=False, markup=False)
        return
    console = Console()
    console.print()
    console.print(_table(run))
    for each in run.verdicts():
        if each.verdict not in (Verdict.PASS, Verdict.NOT_ASSESSED):
            word = Text(f"{each.requirement.id} {each.verdict.value}", style=STYLES[each.verdict])
            console.print(Text.assemble(word, f": {each.reason}"), soft_wrap=True)
    console.print(summary(run), soft_wrap=True, highlight=False, markup=False)
    if run.interruptions:
        words = f"'--resume {run.folder.path}' beside the same options goes on where this run ended."
        console.print(words, soft_wrap=True, highlight=False)
    print_effort(run, console)
    if run.manifest.safe_state is not None:
        console.print(run.manifest.safe_state.summary, highlight=False)
    for line in reports or [f"Run folder           {run.folder.path}"]:
        console.print(line, soft_wrap=True, highlight=False)


def summary(run: Run) -> str:
    """Return the run in one line: its exit status, why, how many verdicts of each word, of what, and where."""
    status = run.exit_status()
    counts = Counter(each.verdict for each in run.verdicts())
    words = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
    dut = run.manifest.dut
    unit = f"{dut.manufacturer} {dut.model} {dut.serial}".strip()
    said = f"Exit status {status}: {MEANING[status]}{_beside(run)}. {words}"
    return f"{said}; {unit}, {run.manifest.bench.name}, profile {run.profile.name}, {run.folder.path}"


def _beside(run: Run) -> str:
    """Return which requirements were measured without a decision, and which targets were not met, as clauses."""
    words = (Verdict.CONDITIONAL_PASS, Verdict.NOT_CAPABLE)
    undecided = [each.requirement.id for each in run.verdicts() if each.verdict in words and each.requirement.decides]
    targets = [each.requirement.id for each in run.verdicts() if each.verdict.failed and not each.requirement.decides]
    said = f"; not decided: {', '.join(undecided)}" if undecided else ""
    return said + (f"; targets not met, which decide nothing: {', '.join(targets)}" if targets else "")


def print_effort(run: Run, console: Console) -> None:
    """Print bench time, efficiency and extremes; in yellow what misses the profile's goal or the plan."""
    effort, goal = run.effort, run.profile.efficiency
    console.print(effort.sentence(), soft_wrap=True, highlight=False)
    misses = effort.beyond
    if goal is not None and effort.efficiency is not None and effort.efficiency < goal:
        misses.append(f"The bench efficiency misses the {100.0 * goal:.0f} % of profile {run.profile.name}.")
    for sentence in misses:
        console.print(sentence, style="yellow", soft_wrap=True, highlight=False)


def _table(run: Run) -> Table:
    counts: dict[str, Counter[Verdict]] = {}
    for each in run.verdicts():
        counts.setdefault(each.requirement.group, Counter())[each.verdict] += 1
    shown = [verdict for verdict in Verdict if any(counter[verdict] for counter in counts.values())]
    table = Table(title=f"Verdicts, profile {run.profile.name}, rule {run.profile.rule.value}")
    table.add_column("group")
    for verdict in shown:
        name = verdict.value.replace(" ", "\n")  # a heading in two lines leaves the groups their room
        table.add_column(name, justify="right", min_width=max(map(len, verdict.value.split())))
    for group, counter in counts.items():
        cells = [f"[{STYLES[verdict]}]{counter[verdict]}[/]" if counter[verdict] else "" for verdict in shown]
        table.add_row(f"{group} {GROUPS[group]}", *cells)
    return table
