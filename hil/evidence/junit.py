"""junit.xml from the journal, for CI systems: complete even when the run was killed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from hil.evidence import schema
from hil.evidence.files import write_atomically
from hil.evidence.journal import JournalEntry, read_journal

AGAIN = "The run was interrupted during this test, which was run again when it went on."
_ELEMENT = {
    "failed": "failure",
    schema.NOT_CAPABLE: "skipped",
    schema.BENCH_TROUBLE: "error",
    schema.HARNESS_BUG: "error",
    "skipped": "skipped",
    schema.INTERRUPTED: "error",
    None: "error",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(run: Path) -> None:
    """Write junit.xml: one case per attempt, times in seconds of bench time."""
    entries = read_journal(run)
    last = {entry.nodeid: number for number, entry in enumerate(entries)}
    entries = [
        entry if last[entry.nodeid] == number else replace(entry, outcome="skipped", message=AGAIN)
        for number, entry in enumerate(entries)
    ]
    elements = [_ELEMENT.get(entry.outcome) for entry in entries]
    suite = ElementTree.Element(
        "testsuite",
        name=run.name,
        tests=str(len(entries)),
        failures=str(elements.count("failure")),
        errors=str(elements.count("error")),
        skipped=str(elements.count("skipped")),
        time=f"{sum(_duration(entry) for entry in entries):.3f}",
    )
    for entry, element in zip(entries, elements, strict=True):
        suite.append(_case(entry, element))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    write_atomically(run / schema.JUNIT, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _case(entry: JournalEntry, element: str | None) -> ElementTree.Element:
    path, _, name = entry.nodeid.partition("::")
    classname = path.removesuffix(".py").replace("/", ".")
    case = ElementTree.Element("testcase", classname=classname, name=_clean(name), time=f"{_duration(entry):.3f}")
    if element:
        message = entry.message if entry.outcome else "The run ended during this test."
        detail = ElementTree.SubElement(case, element, message=_clean(message))
        if element != "skipped":
            detail.set("type", entry.outcome or "interrupted")
    return case


def _duration(entry: JournalEntry) -> float:
    return 0.0 if entry.end is None else entry.end - entry.start


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)
