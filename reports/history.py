"""hil history: all runs in a table, what drifts, and the trend of one measured quantity as a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hil.errors import BadInput
from hil.evidence import schema
from hil.verdict.decisive import closeness
from reports import texts
from reports.blocks import Block, document, plot, section, table, text
from reports.drift import Drift, find_drifts
from reports.numbers import decimals, quantity
from reports.run_data import Measurement, read_measurements
from reports.summary import Summary, find_runs, read_summary


@dataclass(frozen=True)
class TrendPoint:
    """The worst value of one quantity in one run."""

    start: datetime
    serial: str
    bench: str
    row: Measurement


@dataclass(frozen=True)
class History:
    """runs: oldest first. measurement: what `trend` follows, as REQUIREMENT or REQUIREMENT.quantity."""

    runs: list[Summary]
    drifts: list[Drift]
    measurement: str | None = None
    trend: list[TrendPoint] = field(default_factory=list)

    def document(self, language: str = "en") -> dict[str, Any]:
        """Return the history as a document for `reports.page.html` or `reports.terminal.show`."""
        words = texts.load(language)
        own = words["history"]
        drifting = own["drift_one"] if len(self.drifts) == 1 else own["drifts"].format(count=len(self.drifts))
        word = drifting if self.drifts else own["steady"]
        sections = [
            section("drift", own["drift"], [_drift_table(self.drifts, words)]) if self.drifts else None,
            section("trend", f"{own['trend']} {self.measurement}", self._trend(own)) if self.measurement else None,
            section("runs", own["runs"], [self._table(words)]),
        ]
        count = own["count"].format(count=len(self.runs))
        tone = "warn" if self.drifts else "pass"
        return document(words, own["title"], "", count, word, tone, "", [item for item in sections if item])

    def _table(self, words: dict[str, Any]) -> Block:
        used = [word for word in schema.SEVERITY if any(word in run.counts for run in self.runs)]
        rows = [
            [
                run.path.name,
                f"{run.model} {run.serial}".strip(),
                run.bench,
                run.profile,
                run.harness,
                run.exit_status,
                *(run.counts[word] or "" for word in used),
                run.trouble,
            ]
            for run in reversed(self.runs)
        ]
        column = words["column"]
        names = [words["label"]["run"], column["device"], words["label"]["bench"], words["label"]["profile"]]
        names += [words["label"]["harness"], column["exit"], *used, column["remark"]]
        return table(names, rows, [2.4, 2, 1.2, 1, 0.8, 0.5, *(0.7 for _ in used), 2.5])

    def _trend(self, own: dict[str, str]) -> list[Block]:
        if not self.trend:
            return [text(own["no_trend"])]
        from reports.trend_picture import trend_picture  # loading the plotting takes half a second

        return [plot(trend_picture(self.trend, str(self.measurement)), str(self.measurement))]


def _drift_table(drifts: list[Drift], words: dict[str, Any]) -> Block:
    own, column = words["history"], words["column"]
    rows = [
        [
            item.requirement,
            f"{item.model} {item.serial}",
            item.bench,
            item.runs,
            quantity(item.margin, item.unit),
            quantity(-item.slope, item.unit, decimals(-item.slope)),
            f"{item.crossing:%Y-%m-%d}",
        ]
        for item in drifts
    ]
    names = [column["id"], column["device"], words["label"]["bench"], own["runs"], column["margin"], own["fall"]]
    return table([*names, own["crossing"]], rows, [0.9, 2.4, 2, 0.7, 1, 1, 1.4])


def history(roots: list[Path], measurement: str | None = None) -> History:
    """Read all runs under the roots. measurement: follow this one too, as "ZVS-02" or "ZVS-02.ramp_time".

    Raises BadInput when a root does not exist or no run has the measurement.
    """
    for root in roots:
        if not root.is_dir():
            raise BadInput(f"{root} is not a folder with runs.")
    runs = [read_summary(path) for path in find_runs(roots)]
    trend = _follow(runs, measurement) if measurement else []
    if measurement and runs and not trend:
        raise BadInput(f"No run has a measurement {measurement!r}; name it like ZVS-02 or ZVS-02.ramp_time.")
    return History(runs, find_drifts(runs), measurement, trend)


def _follow(runs: list[Summary], measurement: str) -> list[TrendPoint]:
    requirement, _, quantity = measurement.partition(".")
    points = []
    for run in runs:
        if run.start is None or requirement not in run.requirements:
            continue
        rows = [row for row in read_measurements(run.path) if row.requirement == requirement and row.value is not None]
        if quantity:
            rows = [row for row in rows if row.quantity == quantity]
        for name in sorted({row.quantity for row in rows}):
            own = [row for row in rows if row.quantity == name]
            points.append(TrendPoint(run.start, run.serial, run.bench, min(own, key=closeness)))
    return points
