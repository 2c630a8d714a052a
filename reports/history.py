"""hil history: all runs in a table, what drifts, and the trend of one measured quantity as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hil.errors import BadInput
from hil.evidence import schema
from reports import texts
from reports.blocks import Block, bullets, document, plot, section, table, text
from reports.drift import LEAST_RUNS, UNREADABLE, Drift, enough, find_drifts
from reports.finding import find_runs
from reports.summary import Summary, read_summary
from reports.values import Point, Series, read_values

PICTURED = 3
"""How many drifts a page shows as pictures: the most urgent ones."""


@dataclass(frozen=True)
class History:
    """runs: oldest first. others: what lies between them and is no run, as sentences.

    measurement: what `trend` follows, as REQUIREMENT or REQUIREMENT.quantity.
    """

    runs: list[Summary]
    drifts: list[Drift]
    others: list[str] = field(default_factory=list)
    measurement: str | None = None
    trend: list[Point] = field(default_factory=list)

    def document(self, language: str = "en", *, pictures: bool = False) -> dict[str, Any]:
        """Return the history as a document for `reports.terminal.show`, or with pictures for `reports.page.html`."""
        words = texts.load(language)
        own = words["history"]
        drifting = own["drift_one"] if len(self.drifts) == 1 else own["drifts"].format(count=len(self.drifts))
        seen = enough(self.runs)
        word = drifting if self.drifts else own["steady"] if seen else own["too_few"]
        sections = [
            section("drift", own["drift"], self._drift(words, pictures)) if self.drifts else None,
            section("trend", f"{own['trend']} {self.measurement}", self._trend(words, pictures))
            if self.trend
            else None,
            section("runs", own["runs"], [self._table(words) if self.runs else text(own["no_runs"])]),
            section("others", own["others"], [bullets(self.others)]) if self.others else None,
        ]
        count = own["count_one"] if len(self.runs) == 1 else own["count"].format(count=len(self.runs))
        tone = "warn" if self.drifts else "pass" if seen else "none"
        meaning = own["rule"].format(least=LEAST_RUNS)
        return document(words, own["title"], "", count, word, tone, meaning, [item for item in sections if item])

    def _table(self, words: dict[str, Any]) -> Block:
        used = [word for word in schema.SEVERITY if any(word in run.counts for run in self.runs)]
        rows = [
            [
                run.path.name,
                _device(run),
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

    def _drift(self, words: dict[str, Any], pictures: bool) -> list[Block]:
        urgent = [drift.points for drift in self.drifts[:PICTURED]] if pictures else []
        return [_drift_table(self.drifts, words), *_pictures(urgent)]

    def _trend(self, words: dict[str, Any], pictures: bool) -> list[Block]:
        apart: dict[Series, list[Point]] = {}
        for point in self.trend:
            apart.setdefault(point.series, []).append(point)
        return [*_pictures(apart.values() if pictures else ()), _trend_table(self.trend, words)]


def _pictures(series: Iterable[list[Point]]) -> list[Block]:
    if not series:
        return []
    from reports.trend_picture import trend_picture  # loading the plotting takes half a second

    return [plot(trend_picture(points), points[0].series.name) for points in series]


def _device(run: Summary) -> str:
    return f"{run.model} {run.serial}".strip()


def _drift_table(drifts: list[Drift], words: dict[str, Any]) -> Block:
    from reports.numbers import decimals, quantity, uncertainty  # what they need takes a fifth of a second to load

    own, column = words["history"], words["column"]
    rows = []
    for item in drifts:
        latest, unit, doubt = item.latest, item.latest.series.unit, item.latest.row.uncertainty
        rows.append(
            [
                latest.series.name,
                _device(latest.run),
                latest.run.bench,
                latest.run.profile,
                len(item.points),
                quantity(item.margin, unit),
                uncertainty(doubt, unit),
                quantity(item.fall, unit, decimals(item.fall)),
                quantity(-item.slope, unit, decimals(-item.slope)),
                f"{item.crossing:%Y-%m-%d}",
                own["doubtful"] if doubt is not None and item.fall < doubt else "",
            ]
        )
    names = [column["quantity"], column["device"], words["label"]["bench"], words["label"]["profile"], own["runs"]]
    names += [column["margin"], column["uncertainty"], own["fallen"], own["fall"], own["crossing"], column["remark"]]
    return table(names, rows, [2, 2.4, 2, 1, 0.7, 1, 1, 1, 1, 1.4, 2])


def _trend_table(points: list[Point], words: dict[str, Any]) -> Block:
    from reports.numbers import limits, quantity, uncertainty  # what they need takes a fifth of a second to load

    own, column = words["history"], words["column"]
    rows = [
        [
            f"{point.run.start:%Y-%m-%d %H:%M:%S}",
            _device(point.run),
            point.run.profile,
            point.series.name,
            quantity(point.row.value, point.series.unit),
            uncertainty(point.row.uncertainty, point.series.unit),
            limits(point.row.lower, point.row.upper, point.series.unit),
            point.row.verdict,
        ]
        for point in reversed(points)
    ]
    names = [own["start"], column["device"], words["label"]["profile"], column["quantity"], own["nearest"]]
    names += [column["uncertainty"], column["limit"], column["verdict"]]
    return table(names, rows, [1.5, 2.4, 1, 2, 1, 1, 1.5, 1])


def history(roots: list[Path], measurement: str | None = None) -> History:
    """Read all runs under the roots. measurement: follow this one too, as "ZVS-02" or "ZVS-02.ramp_time".

    Raises BadInput when a root cannot be read or no run has the measurement.
    """
    paths, others = find_runs(roots)
    runs = [read_summary(path) for path in paths]
    drifts, left_out = find_drifts(runs)
    trend, unread = _follow(runs, measurement) if measurement else ([], [])
    if measurement and not trend:
        raise BadInput(f"No run has a measurement {measurement!r}; name it like ZVS-02 or ZVS-02.ramp_time.")
    troubled = {run.path: run for run in (*left_out, *unread)}
    return History([troubled.get(run.path, run) for run in runs], drifts, others, measurement, trend)


def _follow(runs: list[Summary], measurement: str) -> tuple[list[Point], list[Summary]]:
    """Return what every run measured of one quantity, or of all of a requirement; and the runs that cannot be read."""
    requirement, _, quantity = measurement.partition(".")
    points, unread = [], []
    for run in runs:
        if run.start is None:
            continue
        try:
            measured = read_values(run, requirement)
        except UNREADABLE as error:
            unread.append(replace(run, trouble=f"{error}. 'hil verify' says more"))
            continue
        for series, rows in sorted(measured.items()):
            if quantity in ("", series.quantity):
                points.append(Point(run, series, min(rows, key=lambda row: row.margin(row.lower, row.upper))))
    return points, unread
