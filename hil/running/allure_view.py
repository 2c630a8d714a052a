"""What a test shows in Allure: where it belongs, what it measured, its traces, the conversation around a failure."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import allure
import allure_commons

from hil.capture import Trace
from hil.evidence import allure_names
from hil.evidence.illustrator import PLACEHOLDER
from hil.running.marking import Decides
from hil.verdict import Catalogue, Measurement
from hil.verdict.catalogue import GROUPS
from instruments.audit import AuditEvent

LARGEST_CSV = 250_000
"""Bytes; Allure takes seconds to show a larger table, and the whole trace is in the run folder anyway."""
COLUMNS = ("requirement", "quantity", "value", "U (k = 2)", "lower", "upper", "unit", "margin", "verdict", "conditions")


def label(marked: Decides, catalogue: Catalogue) -> None:
    """Tell Allure group, requirement, source and severity of the running test."""
    requirements = [catalogue.requirement(name) for name in marked.requirements]
    first = requirements[0]
    own = allure_names.labels(marked.requirements, first.kind, GROUPS[first.group], first.title)
    allure.dynamic.epic(own["epic"])
    allure.dynamic.feature(own["feature"])
    allure.dynamic.story(own["story"])
    allure.dynamic.severity(own["severity"])
    sentences = [
        f"**{each.id} {each.title}** (class {each.kind}). {each.statement}\n\nMethod: {each.method}\n\n"
        f"Source: {'; '.join(each.source)}"
        for each in requirements
    ]
    allure.dynamic.description("\n\n".join(sentences))


def attach_measurements(measurements: Sequence[Measurement]) -> None:
    """Attach what was measured as a table."""
    if not measurements:
        return
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(each))}</tr>" for each in measurements)
    table = (
        f"<table border='1' cellspacing='0' cellpadding='3' style='font:12px sans-serif'><tr>{head}</tr>{rows}</table>"
    )
    allure.attach(table, "measurements", allure.attachment_type.HTML)


def _cells(measurement: Measurement) -> list[str]:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.6g}"

    texts = [
        measurement.requirement,
        (measurement.what or measurement.quantity) + (" (target)" if measurement.target else ""),
        number(measurement.value),
        "exact" if measurement.uncertainty == 0.0 else number(measurement.uncertainty),
        number(measurement.lower),
        number(measurement.upper),
        "" if measurement.unit == "1" else measurement.unit,
        number(measurement.margin),
        measurement.verdict.value,
        measurement.conditions,
    ]
    return [html.escape(text) for text in texts]


class _Listener:
    """Hears from Allure the name of the file that an attachment is written to."""

    heard = ""

    @allure_commons.hookimpl
    def report_attached_data(self, body: object, file_name: str) -> None:
        """Note the name."""
        self.heard = file_name


def attach_picture(title: str) -> str:
    """Attach a picture that is still to be drawn; return the name of the file that waits for it."""
    listener = _Listener()
    allure_commons.plugin_manager.register(listener)
    try:
        allure.attach(PLACEHOLDER, title, allure.attachment_type.SVG)
    finally:
        allure_commons.plugin_manager.unregister(listener)
    return listener.heard


def attach_readings(trace: Trace, title: str) -> None:
    """Attach a trace as a table if it is small enough; the run folder holds all of it."""
    table = trace.wide().to_csv()
    if len(table) <= LARGEST_CSV:
        allure.attach(table, f"{title}, readings", allure.attachment_type.CSV)


def attach_conversation(events: Iterable[AuditEvent]) -> None:
    """Attach the last messages to and from instruments and driver."""
    lines = [f"{event.time:12.4f} s  {event.instrument:<16} {event.direction:<8} {event.text}" for event in events]
    allure.attach("\n".join(lines), "conversation before the failure", allure.attachment_type.TEXT)
