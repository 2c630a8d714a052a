"""The generator's configuration for one run, as data."""

from __future__ import annotations

from pathlib import Path

from hil.evidence.allure_extra import CATEGORIES, metric_key
from reports.run_data import Run

HISTORY_LIMIT = 30
"""Runs kept in the trend of one DUT model on one bench."""


def configuration(run: Run, output: Path, history: Path) -> dict[str, object]:
    """Return the configuration: two looks as single files, categories, metrics, history."""
    dut = run.manifest.dut
    name = f"{dut.model} {dut.serial}, {run.manifest.profile}, {run.path.name}"
    single_file = {"singleFile": True, "reportLanguage": "en", "reportName": name}
    return {
        "name": name,
        "output": str(output),
        "historyPath": str(history),
        "historyLimit": HISTORY_LIMIT,
        "appendHistory": True,
        "categories": [
            {"name": name, "matchers": {"statuses": list(statuses)} | ({"message": pattern} if pattern else {})}
            for name, statuses, pattern in CATEGORIES
        ],
        "performance": _performance(run),
        "plugins": {
            "awesome": {"options": single_file | {"groupBy": ["feature", "story"], "theme": "auto"}},
            "allure2": {"options": single_file},
        },
    }


def _performance(run: Run) -> dict[str, object]:
    """Name the followed quantities, one group per requirement."""
    metrics: dict[str, object] = {}
    groups: dict[str, object] = {}
    titles = {verdict.id: verdict.title for verdict in run.verdicts}
    for row in run.measurements:
        groups.setdefault(row.requirement, {"title": f"{row.requirement} {titles.get(row.requirement, '')}".strip()})
        metrics[metric_key(row.requirement, row.quantity)] = {
            "title": run.quantity(row),
            "unit": "" if row.unit == "1" else row.unit,
            "group": row.requirement,
        } | _better(row.lower, row.upper)
    return {"groups": groups, "metrics": metrics}


def _better(lower: float | None, upper: float | None) -> dict[str, str]:
    if (lower is None) == (upper is None):
        return {}
    return {"better": "lower" if lower is None else "higher"}
