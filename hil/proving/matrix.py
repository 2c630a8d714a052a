"""The detection matrix: which requirement caught what, as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hil.proving.cases import Case, Kind
from hil.proving.outcome import Outcome

TITLES = {
    Kind.DEFECT: "Defects: each must be caught by a requirement that it names",
    Kind.ODDITY: "Legal oddities: no requirement may fail",
    Kind.UNIT: "Conforming units with randomly drawn legal parameters: no requirement may fail",
    Kind.TROUBLE: "Troubles of the bench: each must end as bench trouble, none as a verdict on the unit",
}


def markdown(outcomes: Sequence[Outcome], command: str, commit: str) -> str:
    """Return the matrix of these outcomes; `command` is what made it, from `commit`, or from a changed working tree."""
    stamp = f"commit {commit[:12]}" if commit else "a working tree with changes that are in no commit"
    spent = sum(outcome.seconds for outcome in outcomes) / 60.0
    lines = [
        "# Detection matrix",
        "",
        f"Made by `{command}` from {stamp}; its runs took {spent:.0f} minutes, added up. {summary(outcomes)}",
        "",
        "Oddities and units run with an `hwConfig.json` whose ranges leave room: those of apis-main's sample are too",
        "narrow for any unit, which is CFG-02's verdict on that file.",
        "",
    ]
    for kind, title in TITLES.items():
        own = [outcome for outcome in outcomes if outcome.case.kind is kind]
        if own:
            lines += [f"## {title}", "", *_table(kind, own), ""]
    return "\n".join(lines)


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return how many of each kind went as they should."""
    parts = []
    words = {
        Kind.DEFECT: "defects caught",
        Kind.ODDITY: "oddities passed",
        Kind.UNIT: "conforming units passed",
        Kind.TROUBLE: "troubles recognised",
    }
    for kind, word in words.items():
        own = [outcome for outcome in outcomes if outcome.case.kind is kind]
        if own:
            parts.append(f"{sum(not outcome.complaint for outcome in own)} of {len(own)} {word}")
    return f"{', '.join(parts)}."


def _table(kind: Kind, outcomes: Sequence[Outcome]) -> list[str]:
    heading = {
        Kind.DEFECT: ("defect", "what is wrong", "must be caught by", "caught by", "failed as well", "result"),
        Kind.ODDITY: ("oddity", "what is unusual", "together with", "decided", "result"),
        Kind.UNIT: ("unit", "decided", "result"),
        Kind.TROUBLE: ("trouble", "what happens", "how it ended", "result"),
    }[kind]
    rows = [_cells(outcome) for outcome in outcomes]
    return [_line(heading), _line(["---"] * len(heading)), *(_line(row) for row in rows)]


def _cells(outcome: Outcome) -> list[str]:
    case, result = outcome.case, outcome.complaint or "ok"
    decided = f"{len(outcome.verdicts)} requirements"
    if case.kind is Kind.DEFECT:
        caught = [name for name in outcome.failed if name in case.caught_by]
        others = [name for name in outcome.failed if name not in case.caught_by]
        return [case.name, case.summary, " ".join(case.caught_by), " ".join(caught), " ".join(others), result]
    if case.kind is Kind.UNIT:
        return [case.name, decided, result]
    if case.kind is Kind.ODDITY:
        return [case.name, case.summary, ", ".join(outcome.beside), decided, result]
    return [case.name, case.summary, outcome.ending, result]


def _line(cells: Sequence[str]) -> str:
    here = f"{Path.cwd()}/"
    return f"| {' | '.join(cell.replace(here, '').replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"


def verdict_line(case: Case, outcome: Outcome) -> str:
    """Return one line for a terminal: what came of a case."""
    said = ", ".join(outcome.failed) if case.kind is Kind.DEFECT else f"{len(outcome.verdicts)} requirements decided"
    if case.kind is Kind.TROUBLE:
        said = outcome.ending
    return f"{case.kind.value:8} {case.name:34} {outcome.seconds:5.0f} s  {outcome.complaint or said}"
