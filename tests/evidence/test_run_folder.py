"""What is written, when, and in which form."""

import csv
import dataclasses
import json
import math
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.capture.trace import Event, Trace
from hil.errors import BadInput
from hil.evidence.drawing import Drawing
from hil.evidence.files import cell, csv_line, write_atomically
from hil.evidence.folder import RunFolder
from hil.evidence.illustrator import PLACEHOLDER
from hil.evidence.manifest import Manifest
from hil.evidence.picture import figure_of, stored_picture
from hil.evidence.rows import audit_line
from hil.evidence.schema import BUDGET_COLUMNS, MEASUREMENT_COLUMNS, SEVERITY, VERDICT_COLUMNS, required
from hil.evidence.verify import verify
from hil.verdict import Catalogue, Measurement, Rule, Verdict, summarise
from hil.waveform import Contribution, Distribution
from instruments.audit import AuditEvent


def measured(**changes: Any) -> Measurement:
    one = Measurement(
        requirement="ZVS-02", test="suites/zvs/test_zvs.py::test_ramp", quantity="ramp_time", value=1 / 3, unit="s",
        uncertainty=0.001, lower=None, upper=180.0, margin=180 - 1 / 3, verdict=Verdict.PASS,
        conditions='vb=48 V, "nominal"', time=12.5, limit_source="policy", rule=Rule.SIMPLE,
    )  # fmt: skip
    return dataclasses.replace(one, **changes)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_is_named_by_time_and_serial(folder: RunFolder) -> None:
    assert folder.path.name == "20261102T201500Z-SN_42_A"


def test_a_second_run_in_the_same_second_gets_its_own_folder(folder: RunFolder) -> None:
    again = RunFolder.create(folder.path.parent, "SN 42/A", datetime(2026, 11, 2, 20, 15, tzinfo=UTC))
    assert again.path.name == "20261102T201500Z-SN_42_A-2"
    again.close()


def test_a_serial_cannot_leave_the_folder(tmp_path: Path) -> None:
    made = RunFolder.create(tmp_path, "../../etc", datetime(2026, 1, 1, tzinfo=UTC))
    assert made.path.parent == tmp_path
    made.close()


def test_a_root_that_is_a_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(BadInput, match="cannot be made"):
        RunFolder.create(tmp_path / "runs", "1", datetime(2026, 1, 1, tzinfo=UTC))


def test_a_measurement_is_on_disk_at_once(folder: RunFolder) -> None:
    folder.add_measurement(measured(instruments=("dmm", "shunt"), traces=("x",)))
    (row,) = rows(folder.path / "measurements.csv")
    assert tuple(row) == MEASUREMENT_COLUMNS
    assert row["value"] == "0.333333333"
    assert row["lower"] == ""
    assert (row["instruments"], row["trace"]) == ("dmm; shunt", "traces/x.parquet")
    assert row["conditions"] == 'vb=48 V, "nominal"'
    assert (row["verdict"], row["rule"], row["target"]) == ("pass", "simple", "false")


def test_the_budget_of_a_measurement_refers_to_its_row(folder: RunFolder) -> None:
    scatter = Contribution("scatter", 0.2, "mV", -0.5, Distribution.NORMAL, 9)
    folder.add_measurement(measured())
    folder.add_measurement(measured(budget=(Contribution("accuracy of dmm", 0.1, "s", instrument="dmm"), scatter)))
    table = pd.read_csv(folder.path / "budgets.csv")
    assert tuple(table.columns) == BUDGET_COLUMNS
    assert table["measurement"].tolist() == [2, 2]
    assert table["type"].tolist() == ["B", "A"]
    assert table["distribution"].tolist() == ["rectangular", "normal"]
    assert table["contribution"].tolist() == [0.1, 0.1]
    assert table["degrees_of_freedom"].fillna(-1).tolist() == [-1, 9]


def test_measurements_load_in_pandas_in_one_line(folder: RunFolder) -> None:
    folder.add_measurement(measured())
    frame = pd.read_csv(folder.path / "measurements.csv")
    assert frame["upper"].tolist() == [180.0]
    assert frame["time"].tolist() == [12.5]


def test_verdicts_cover_the_catalogue_from_the_start(folder: RunFolder) -> None:
    written = rows(folder.path / "verdicts.csv")
    assert [row["id"] for row in written] == [item.id for item in Catalogue.load()]
    assert {row["verdict"] for row in written} == {"not assessed"}
    assert tuple(written[0]) == VERDICT_COLUMNS


def test_verdicts_are_replaced_as_a_whole(folder: RunFolder) -> None:
    folder.write_verdicts(summarise([measured(value=200.0, verdict=Verdict.FAIL, margin=-20.0)], Catalogue.load()))
    found = {row["id"]: row for row in rows(folder.path / "verdicts.csv")}
    assert found["ZVS-02"]["verdict"] == "fail"
    assert found["COM-01"]["verdict"] == "not assessed"


def test_the_words_of_a_verdict_are_those_of_the_verdict_package() -> None:
    assert [verdict.value for verdict in Verdict] == list(SEVERITY)


@pytest.mark.parametrize(("kind", "decides"), [("H", True), ("S", True), ("T", False), ("H/S", True), ("S/T", True)])
def test_classes_that_decide(kind: str, decides: bool) -> None:
    assert required(kind) is decides


def test_the_audit_waits_for_a_flush_and_keeps_every_message(folder: RunFolder) -> None:
    for number in range(100):
        folder.audit(AuditEvent(float(number), "psu", "out", "VOLT 48\x00°"))
    folder.flush_audit()
    lines = (folder.path / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 100
    assert json.loads(lines[7]) == {"time": 7.0, "instrument": "psu", "direction": "out", "text": "VOLT 48\x00°"}


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.text())
def test_an_audit_line_is_json(time: float, instrument: str, text: str) -> None:
    event = AuditEvent(time, instrument, "in", text)
    assert json.loads(audit_line(event).decode()) == dataclasses.asdict(event)
    assert audit_line(event).count(b"\n") == 1


def test_the_end_of_a_test_flushes_the_audit(folder: RunFolder) -> None:
    folder.audit(AuditEvent(0.0, "psu", "out", "*IDN?"))
    folder.journal_finished("suites/a.py::b", ["COM-01"], "passed", "", 0.0, 1.0)
    assert (folder.path / "audit.jsonl").read_text().count("\n") == 1


def test_an_unknown_outcome_is_refused(folder: RunFolder) -> None:
    with pytest.raises(ValueError, match="not an outcome"):
        folder.journal_finished("suites/a.py::b", [], "fine", "", 0.0, 1.0)


def test_traces_of_one_name_do_not_overwrite_each_other(folder: RunFolder) -> None:
    readings = pd.DataFrame(
        {
            "channel": ["vg"],
            "start": [0.0],
            "end": [0.2],
            "time": [0.1],
            "value": [350.0],
            "unit": ["V"],
            "fresh": [True],
        }
    )
    trace = Trace(readings, (Event(0.0, "command"),))
    first = folder.save_trace(trace, "ramp up/1", "suites/a.py::b", Drawing(title="Ramp", targets={"vg": 350.0}))
    second = folder.save_trace(trace, "ramp up/1", "suites/a.py::b")
    assert (first, second) == ("traces/ramp_up_1.parquet", "traces/ramp_up_1-2.parquet")
    back, identity = Trace.from_parquet(folder.path / first)
    assert back.channels == ["vg"]
    assert identity["run"] == folder.path.name
    assert Drawing.model_validate_json(identity["drawing"]).targets == {"vg": 350.0}


def test_pictures_are_drawn_beside_the_run_and_sealed(
    folder: RunFolder, manifest: Manifest, capfd: pytest.CaptureFixture[str]
) -> None:
    readings = pd.DataFrame(
        [("vg", 0.0, 0.2, 0.1, 350.0, "V", True)],
        columns=["channel", "start", "end", "time", "value", "unit", "fresh"],
    )
    trace = folder.save_trace(Trace(readings), "ramp", "suites/a.py::b", Drawing(title="Ramp"))
    lost = folder.allure_results / "lost-attachment.svg"
    lost.write_bytes(PLACEHOLDER)
    folder.draw(trace, "first-attachment.svg")
    folder.draw("traces/none.parquet", lost.name)
    folder.finish(manifest)
    drawn = (folder.path / "traces/ramp.svg").read_bytes()
    assert drawn == stored_picture(folder.path / trace)
    assert drawn == (folder.allure_results / "first-attachment.svg").read_bytes()
    assert lost.read_bytes() == PLACEHOLDER
    said = capfd.readouterr().err
    assert "traces/none.parquet was not drawn" in said
    assert "Warning" not in said
    assert verify(folder.path) == []


def test_a_picture_says_what_was_found_and_names_few_commands() -> None:
    readings = pd.DataFrame(
        [("vg", 0.1 * n, 0.1 * n, 0.1 * n, 350.0, "V", True) for n in range(5)],
        columns=["channel", "start", "end", "time", "value", "unit", "fresh"],
    )

    def texts(commands: int, findings: list[str]) -> list[str]:
        trace = Trace(readings, tuple(Event(0.01 * n, f"dig={n}") for n in range(commands)))
        axes = figure_of(trace, Drawing(title="Step", findings=findings)).axes
        return [text.get_text() for axis in axes for text in axis.texts]

    close = tuple(Event(0.1 + 0.001 * n, f"dig={n}") for n in range(3))
    (name,) = figure_of(Trace(readings, close), Drawing(title="")).axes[0].texts
    assert name.get_text() == "dig=0 and 2 more"
    assert texts(2, []) == ["dig=0", "dig=1"]
    assert texts(9, []) == []
    assert texts(0, ["one", "two", "three", "four"]) == ["one\ntwo\nthree\nand 1 more"]


def test_finish_seals_every_file_and_leaves_no_scratch(folder: RunFolder, manifest: Manifest) -> None:
    folder.add_measurement(measured())
    folder.finish(manifest)
    written = json.loads((folder.path / "manifest.json").read_text())
    there = {path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*") if path.is_file()}
    assert there == {*written["files"], "manifest.json"}
    assert verify(folder.path) == []


def test_two_equal_runs_write_equal_measurements(tmp_path: Path, manifest: Manifest) -> None:
    texts = []
    for second in (1, 2):
        folder = RunFolder.create(tmp_path, "1", datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC))
        folder.begin(manifest, Catalogue.load())
        folder.add_measurement(measured())
        folder.finish(manifest)
        texts.append((folder.path / "measurements.csv").read_bytes())
    assert texts[0] == texts[1]


def test_junit_counts_what_the_journal_says(folder: RunFolder, manifest: Manifest) -> None:
    outcomes = ("passed", "failed", "not capable", "bench trouble", "harness bug", "skipped", "interrupted")
    for number, outcome in enumerate(outcomes):
        folder.journal_started(f"suites/a/test_a.py::test_{number}", ["COM-01"], float(number))
        folder.journal_finished(
            f"suites/a/test_a.py::test_{number}", ["COM-01"], outcome, "why\x01", number, number + 0.5
        )
    folder.journal_started("suites/a/test_a.py::test_last", ["COM-01"], 9.0)
    folder.finish(manifest)
    suite = ElementTree.parse(folder.path / "junit.xml").getroot()[0]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "8", "failures": "1", "errors": "4", "skipped": "2", "time": "3.500",
    }  # fmt: skip
    assert suite[1][0].get("message") == "why?"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (math.nan, ""), (math.inf, "inf"), (0.1 + 0.2, "0.3"), (1e-7, "1e-07"), (True, "true"), (3, "3")],
)
def test_cells_are_the_same_everywhere(value: object, text: str) -> None:
    assert cell(value) == text


def test_a_line_survives_quotes_commas_and_line_feeds() -> None:
    line = csv_line(['a"b', "c,d", "e\nf"])
    assert next(csv.reader(line.splitlines(keepends=True))) == ['a"b', "c,d", "e\nf"]


def test_an_atomic_write_leaves_the_old_file_when_it_fails(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    (tmp_path / "file.tmp").mkdir()
    with pytest.raises(OSError, match="tmp"):
        write_atomically(target, "new")
    assert target.read_text() == "old"


def test_messages_of_several_workers_are_all_kept_in_the_order_of_each(folder: RunFolder) -> None:
    def speak(name: str) -> None:
        for number in range(1000):
            folder.audit(AuditEvent(float(number), name, "out", "VOLT?"))

    workers = [threading.Thread(target=speak, args=(name,)) for name in ("psu", "load", "meter")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    folder.close()
    events = [json.loads(line) for line in (folder.path / "audit.jsonl").read_text().splitlines()]
    for name in ("psu", "load", "meter"):
        assert [event["time"] for event in events if event["instrument"] == name] == list(range(1000))
