"""Outcomes kept as files, so that a self-test that was interrupted, or split, can be resumed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from hil.evidence.files import write_atomically
from hil.proving.cases import Case
from hil.proving.outcome import Outcome
from hil.running.manifest import harness


def version() -> str:
    """Return the commit that is proven; empty when the working tree differs from it, for then nobody can tell."""
    this = harness()
    return "" if this.dirty else this.commit


def keep(outcome: Outcome, commit: str, folder: Path) -> None:
    """Write an outcome into `folder`, with the commit it belongs to."""
    said = {key: value for key, value in asdict(outcome).items() if key != "case"}
    document = {"commit": commit, "case": _identity(outcome.case), **said}
    write_atomically(_path(outcome.case, folder), json.dumps(document, indent=1))


def take_over(cases: Sequence[Case], commit: str, folder: Path) -> list[Outcome]:
    """Return the outcomes without complaint that `folder` holds of `cases` and `commit`; none of an unknown commit."""
    found = []
    for case in cases if commit else ():
        path = _path(case, folder)
        if not path.is_file():
            continue
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.pop("commit") == commit and document.pop("case") == _identity(case):
            outcome = Outcome(case, **document)
            found.append(replace(outcome, beside=tuple(outcome.beside)))
    return [outcome for outcome in found if not outcome.complaint]


def _path(case: Case, folder: Path) -> Path:
    return folder / f"{case.name}.json"


def _identity(case: Case) -> list[object]:
    return [case.name, case.profile, list(case.requirements), list(case.caught_by)]
