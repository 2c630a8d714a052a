"""A vendor's copy: a mark is planted in every text that a run records, and looked for in all that a vendor gets."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hil.evidence.manifest import Calibration, Manifest
from reports import texts
from reports.build import report
from reports.page import html
from reports.qualification.content import content
from reports.run_data import Run, read_run

SampleRun = Callable[..., Path]
WORDS = texts.load()

FOR_THE_LABORATORY = {
    ("bench", "file"), ("dut", "address"), ("instruments", "address"), ("instruments", "idn"),
    ("instruments", "dialect"), ("command",), ("policy", "content"), ("hwconfig", "content"),
}  # fmt: skip
"""What of a manifest no vendor sees: addresses, paths, what was typed, the owner's whole configuration."""
FIXED = {"mode", "profile", "decision_rule", "run", "digest", "start", "end", "received", "due", "calibrated", "sha256",
         "commit", "schema_version", "files", "reports", "identity"}  # fmt: skip
"""Words of a vocabulary, dates, hashes: no text that somebody writes."""


@pytest.fixture(autouse=True)
def no_allure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the Allure site out: it stays in the laboratory."""
    monkeypatch.setattr("reports.allure.generator_process.modules", lambda: None)


class Marks:
    """Puts a mark of its own into every text of a manifest, and remembers where."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[str, ...]] = {}

    def plant(self, item: Any, place: tuple[str, ...] = ()) -> Any:
        """Return the same structure with marks."""
        if isinstance(item, dict):
            return {key: item[key] if key in FIXED else self.plant(item[key], (*place, key)) for key in item}
        if isinstance(item, list):
            return [self.plant(value, place) for value in item]
        if not isinstance(item, str):
            return item
        mark = f"Mark{len(self.places):03d}x"
        self.places[mark] = place
        if place[-1] == "address" and place[0] in ("dut", "instruments"):
            return f"http://{mark}.example:4380" if place[0] == "dut" else f"TCPIP::{mark}::5025::SOCKET"
        return f"/srv/{mark}/bench.toml" if place == ("bench", "file") else mark

    def found_in(self, text: str) -> set[tuple[str, ...]]:
        """Return the places whose mark stands in a text."""
        return {place[:2] for mark, place in self.places.items() if mark in text}


def planted(manifest: Manifest, marks: Marks) -> None:
    """Put marks into a manifest, where it is."""
    for instrument in manifest.instruments:
        instrument.idn = instrument.idn or "x"
        instrument.dialect = "x"
        instrument.calibration = instrument.calibration or Calibration(certificate="x")
    manifest.command = "x"
    for file in (manifest.policy, manifest.hwconfig):
        assert file is not None
        file.content["remark"] = "x"
    made = Manifest.model_validate(marks.plant(manifest.model_dump()))
    for name in Manifest.model_fields:
        setattr(manifest, name, getattr(made, name))


def test_what_is_the_laboratorys_reaches_no_vendor(sample_run: SampleRun) -> None:
    marks = Marks()
    path = sample_run({"PRT-02": "bench trouble"}, change=lambda manifest: planted(manifest, marks))
    made = report(path)
    internal = made.qualification.with_name("qualification-internal.html").read_text(encoding="utf-8")
    for text in given_to_vendors(made.qualification, made.pdf):
        shown = marks.found_in(text)
        assert shown.isdisjoint(FOR_THE_LABORATORY)
        assert {("dut", "model"), ("laboratory", "name"), ("environment", "humidity")} <= shown
    places = {place[:2] for place in marks.places.values()}
    assert places >= FOR_THE_LABORATORY
    assert {("bench", "file"), ("dut", "address"), ("instruments", "address"), ("command",)} <= marks.found_in(internal)


def given_to_vendors(*files: Path) -> Iterator[str]:
    """Yield the text of each file."""
    for file in files:
        if file.suffix == ".html":
            yield file.read_text(encoding="utf-8")
        elif (tool := shutil.which("pdftotext")) is not None:
            yield subprocess.run([tool, str(file), "-"], capture_output=True, text=True, check=True).stdout


SECRETS = (
    "TCPIP::Secret1::5025::SOCKET", "http://Secret2.example:4380", "Secret2.example", "Secret1",
    "/srv/Secret3/customers/other.toml", "/net/Secret4/x.py", "/opt/Secret5", "C:\\Lab\\Secret6\\y.toml",
    "\\\\Secret7\\share", "Secret8.lab.internal", "/var/lib/Secret9", "other-customer.toml",
)  # fmt: skip
"""Addresses, hosts and paths of a laboratory."""
AROUND = (
    ("", ""),
    ("the load at ", " did not answer"),
    ("cannot read '", "'"),
    ("(", ")"),
    ("path=", ": no such file"),
)
"""What stands around them."""


def test_no_sentence_carries_an_address_to_a_vendor(troubled: Run) -> None:
    """Every sentence of a run has an address, a host or a path of the laboratory in it, as errors have."""
    said = [before + secret + after for secret in SECRETS for before, after in AROUND]
    manifest = troubled.manifest.model_copy(update={"interruptions": said, "deviations": said})
    verdicts = [replace(each, reason="; ".join(said)) for each in troubled.verdicts]
    journal = [replace(each, message="; ".join(said), outcome="bench trouble") for each in troubled.journal]
    rows = [replace(row, conditions="; ".join(said)) for row in troubled.measurements]
    run = replace(troubled, manifest=manifest, verdicts=verdicts, journal=journal, measurements=rows)
    page = html(content(run, WORDS, manifest.start, internal=False))
    assert re.findall(".{40}(?:Secret|other-customer).{40}", page) == []
    assert "Secret3" in html(content(run, WORDS, manifest.start, internal=True))


@pytest.fixture
def troubled(sample_run: SampleRun) -> Run:
    """A run whose instruments and driver have telling addresses, on a bench file with a telling name."""

    def change(manifest: Manifest) -> None:
        manifest.instruments[0].address = "TCPIP::Secret1::5025::SOCKET"
        manifest.dut.address = "http://Secret2.example:4380"
        manifest.bench.file = "benches/other-customer.toml"

    return read_run(sample_run({"PRT-02": "bench trouble"}, change=change))
