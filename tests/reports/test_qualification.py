"""When the word qualified is said, what page one says otherwise, and what a vendor does not get."""

import hashlib
import html
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from hil.errors import BadInput
from hil.evidence.folder import RunFolder
from hil.evidence.manifest import Manifest
from hil.evidence.verify import verify
from hil.verdict import Catalogue
from reports import texts
from reports.build import report
from reports.page import html as page_of
from reports.qualification import results
from reports.qualification.content import content
from reports.qualification.decision import Decision, decide
from reports.qualification.efficiency import Point, efficiency_points, efficiency_svg, parse_conditions
from reports.qualification.pdf import pdf
from reports.qualification.redaction import Redactor
from reports.run_data import Run, read_run
from reports.terminal import show

SampleRun = Callable[..., Path]
WORDS = texts.load()


@pytest.fixture(autouse=True)
def no_allure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the Allure site out: it has tests of its own."""
    monkeypatch.setattr("reports.allure.generator_process.modules", lambda: None)


def decided(path: Path) -> Decision:
    return decide(read_run(path), WORDS)


def document(run: Run, *, internal: bool = False) -> dict[str, Any]:
    return content(run, WORDS, run.manifest.end or run.manifest.start, internal=internal)


def plain(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_a_complete_run_on_hardware_is_qualified(sample_run: SampleRun) -> None:
    found = decided(sample_run())
    assert (found.word, found.failed, found.missing) == ("qualified", [], [])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"virtual": True}, "The bench was virtual"),
        ({"due": date(2026, 11, 1)}, "calibration was overdue on the last day of the run: psu (2026-11-01), dmm"),
        (
            {"change": lambda m: setattr(m.instruments[0], "calibration", None)},
            "without a calibration certificate: psu.",
        ),
        (
            {"change": lambda m: setattr(m.instruments[0].calibration, "certificate", "")},
            "calibration certificate: psu.",
        ),
        ({"change": lambda m: m.instruments.clear()}, "names no instruments"),
        ({"change": lambda m: setattr(m, "decision_rule", "simple")}, "decision rule was simple"),
        ({"change": lambda m: setattr(m, "profile", "nightly")}, "profile was nightly"),
        ({"change": lambda m: setattr(m, "safe_state", None)}, "safe state was not measured"),
        ({"change": lambda m: setattr(m.safe_state, "proven", False)}, "safe state was not measured"),
        ({"change": lambda m: setattr(m.harness, "dirty", True)}, "differed from its commit 1b2c3d4e5f60"),
        ({"change": lambda m: m.interruptions.append("SIGTERM after 3 tests.")}, "was interrupted: SIGTERM"),
        (
            {"outcomes": {"BAT-01": "not assessed"}},
            "1 requirement of class H or S with the verdict not assessed: BAT-01.",
        ),
        (
            {"outcomes": {"BAT-01": "conditional pass", "CCA-01": "conditional pass"}},
            "2 requirements of class H or S with the verdict cond",
        ),
        (
            {"outcomes": {"CCA-01": "conditional fail"}},
            "1 requirement of class H or S with the verdict conditional fail: CCA-01.",
        ),
        (
            {"outcomes": {"CCA-01": "not capable"}},
            "1 requirement of class H or S with the verdict not capable: CCA-01.",
        ),
        (
            {"outcomes": {"CCA-01": "harness bug"}},
            "1 requirement of class H or S with the verdict harness bug: CCA-01.",
        ),
        (
            {"outcomes": {"CCA-01": "bench trouble"}},
            "1 requirement of class H or S with the verdict bench trouble: CCA-01.",
        ),
        ({"killed": True}, "never sealed"),
    ],
)
def test_whatever_is_missing_stands_on_page_one(sample_run: SampleRun, changes: dict[str, Any], said: str) -> None:
    path = sample_run(**changes)
    if changes.get("killed"):
        with pytest.raises(BadInput, match=said):
            read_run(path)
        return
    run = read_run(path)
    found = decide(run, WORDS)
    assert found.word == "incomplete"
    assert any(said in sentence for sentence in found.missing), found.missing
    first = plain(page_of(document(run)).split('<section id="counts">')[0])
    assert "Qualification not established" in first
    assert said in first


def test_calibration_is_good_through_its_last_day(sample_run: SampleRun) -> None:
    assert decided(sample_run(due=date(2026, 11, 2))).word == "qualified"


def test_a_failed_target_does_not_decide(sample_run: SampleRun) -> None:
    assert decided(sample_run({"COM-10": "fail"}, change=lambda m: setattr(m, "exit_status", 0))).word == "qualified"


def test_a_failed_requirement_is_named_with_its_measurement(sample_run: SampleRun) -> None:
    run = read_run(sample_run({"ZVS-03": "fail", "BAT-01": "not assessed"}))
    found = decide(run, WORDS)
    assert (found.word, found.failed) == ("failed", ["ZVS-03"])
    page = plain(page_of(document(run)))
    assert "Not qualified" in page
    assert "peak: 6.40 V, U = 0.10 V (k = 2, about 95 %), limit at most 4 V" in page


def test_a_pass_without_a_measurement_behind_it_does_not_count(sample_run: SampleRun) -> None:
    path = sample_run()
    lines = (path / "measurements.csv").read_text().splitlines(keepends=True)
    (path / "measurements.csv").write_text("".join(line for line in lines if not line.startswith("COM-01")))
    assert decided(path).missing == ["Requirements without a measurement behind their verdict pass: COM-01."]


def test_an_interrupted_run_is_closed_and_reported(sample_run: SampleRun) -> None:
    path = sample_run({"ZVS-03": "fail"}, killed=True)
    made = report(path)
    assert made.word == "Not qualified"
    page = plain(made.qualification.read_text(encoding="utf-8"))
    assert 'The process died during the test "Stop"' in page
    assert "Stop MOD-06 interrupted The run ended while this test was in progress." in re.sub(r"\s+", " ", page)
    assert verify(path) == []


def test_a_test_that_was_run_again_says_so(sample_run: SampleRun) -> None:
    run = read_run(sample_run())
    begun = replace(run.journal[0], outcome=None, end=None)
    (block,) = results.tests_without_result(replace(run, journal=[begun, *run.journal, begun]), WORDS)
    assert [row[3]["text"] for row in block["rows"]] == [
        "The run ended while this test was in progress. It was run again when the run went on.",
        "The run ended while this test was in progress.",
    ]


def test_the_report_is_one_file_that_asks_nobody(sample_run: SampleRun) -> None:
    page = report(sample_run()).qualification.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", page)
    assert "default-src 'none'" in page
    assert "data:image/svg+xml;base64," in page


def test_a_vendor_gets_no_address_and_the_laboratory_does(sample_run: SampleRun) -> None:
    made = report(sample_run({"PRT-02": "bench trouble"}))
    vendor = made.qualification.read_text(encoding="utf-8")
    internal = made.qualification.with_name("qualification-internal.html").read_text(encoding="utf-8")
    for address in ("192.168.7.21", "192.168.7.33", "192.168.7.50", "benches/x.toml"):
        assert address not in vendor
        assert address in internal
    assert "192.168" not in made.pdf.read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("the load at 192.168.7.33:5025 said", "the load at [removed] said"),
        ("TCPIP0::psu-3::inst0::INSTR did not", "[removed] did not"),
        ("ASRL/dev/ttyUSB0::INSTR", "[removed]"),
        ("http://10.0.0.5/get?x=1 answered", "[removed] answered"),
        ("psu-3.lab.local", "[removed]"),
        ("fe80::1ff:fe23:4567:890a on eth0", "[removed] on eth0"),
        ("at 20:15:00 on 2026-11-02", "at 20:15:00 on 2026-11-02"),
        ("package 25.0.2.1, section 5.2.8", "package 25.0.2.1, section 5.2.8"),
        ("suites/a/test_a.py::test_b", "suites/a/test_a.py::test_b"),
        ("bench psu reads 12 V", "bench psu reads 12 V"),
    ],
)
def test_addresses_go_and_everything_else_stays(sample_run: SampleRun, text: str, clean: str) -> None:
    assert Redactor(read_run(sample_run()).manifest).clean(text) == clean


def test_a_bare_host_name_from_the_bench_file_goes_too(sample_run: SampleRun) -> None:
    def rename(manifest: Manifest) -> None:
        manifest.dut.address = "http://unit7:4380"

    assert Redactor(read_run(sample_run(change=rename)).manifest).clean("unit7 refused") == "[removed] refused"


def test_the_same_evidence_gives_the_same_pdf(sample_run: SampleRun) -> None:
    run = read_run(sample_run())
    issued = run.manifest.start
    first, second = (pdf(document(run), issued) for _ in range(2))
    assert first.startswith(b"%PDF-")
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


def test_reports_can_be_made_again_without_touching_evidence(sample_run: SampleRun) -> None:
    path = sample_run()
    report(path)
    before = json.loads((path / "manifest.json").read_text())
    report(path)
    after = json.loads((path / "manifest.json").read_text())
    assert before["files"] == after["files"]
    assert before["digest"] == after["digest"]
    assert verify(path) == []
    (path / "qualification.html").write_text("altered")
    assert "can be made again" in verify(path)[0]


def test_altered_evidence_gets_no_report(sample_run: SampleRun) -> None:
    path = sample_run()
    (path / "verdicts.csv").write_text((path / "verdicts.csv").read_text().replace("pass", "fail", 1))
    with pytest.raises(BadInput, match="altered evidence"):
        report(path)


def test_without_the_generator_the_rest_is_made(sample_run: SampleRun) -> None:
    made = report(sample_run())
    assert made.allure is None
    assert "python -m reports.allure.install" in made.trouble
    assert made.pdf.is_file()


def test_the_report_can_be_read_in_a_terminal(sample_run: SampleRun) -> None:
    buffer = io.StringIO()
    show(document(read_run(sample_run({"ZVS-03": "fail"}))), Console(file=buffer, width=200))
    printed = buffer.getvalue()
    assert "Not qualified" in printed
    assert "Safe-state proof" in printed


def test_a_run_that_died_before_its_first_test_has_a_report(tmp_path: Path, sample_run: SampleRun) -> None:
    manifest = read_run(sample_run()).manifest
    folder = RunFolder.create(tmp_path / "early", "1", manifest.start)
    folder.begin(manifest.model_copy(update={"end": None, "files": {}, "instruments": []}), Catalogue.load())
    folder.close()
    assert report(folder.path).word == "Qualification not established"


def test_a_language_without_texts_is_bad_input() -> None:
    with pytest.raises(BadInput, match="there are: en"):
        texts.load("xx")


def test_an_efficiency_map_needs_both_voltages(sample_run: SampleRun) -> None:
    assert parse_conditions("vg=350 V; vb=48.5 V; nominal") == {"vg": 350.0, "vb": 48.5}
    assert efficiency_points(read_run(sample_run()).measurements) == {}


def test_the_efficiency_map_shows_every_point_as_sure_as_it_is() -> None:
    points = [Point(43.61, 330.0, 0.91471, 0.0034), Point(50.0, 350.0, 0.92, None), Point(56.0, 350.0, 0.9225, 0.01)]
    made = efficiency_svg({"CHARGE": points})
    assert made is not None
    words = [element.text for element in ElementTree.fromstring(made).iter() if element.tag.endswith("text")]
    assert {"CHARGE", "0.9147", "0.92", "0.922", "43.61", "330.0", "battery voltage / V"} <= set(words)
    assert efficiency_svg({"CHARGE": points[:2]}) is None


def test_voltages_at_the_axes_of_the_efficiency_map_do_not_touch() -> None:
    """Every point is driven to a voltage that differs a little from its neighbour's."""
    points = [
        Point(battery + 0.003 * grid, grid + battery / 50, 0.9, 0.01) for battery in (44, 50, 56) for grid in (330, 350)
    ]
    made = efficiency_svg({"CHARGE": points})
    assert made is not None
    texts = [each for each in ElementTree.fromstring(made).iter() if each.tag.endswith("text")]
    across = [float(each.get("x", "")) for each in texts if each.text in {"44.99", "45.05", "50.99", "56.99"}]
    assert [each.text for each in texts if each.get("x") == "40.0"] == ["330.9", "350.9"]
    assert len(across) == 3
    assert min(b - a for a, b in pairwise(across)) > 34.0


def test_the_matrix_shows_a_measurement_only_where_it_gave_the_verdict(sample_run: SampleRun) -> None:
    path = sample_run({"ZVS-03": "conditional pass"})
    run = read_run(path)
    changed = [replace(each, verdict="bench trouble") if each.id == "MOD-06" else each for each in run.verdicts]
    matrix = next(each for each in document(replace(run, verdicts=changed))["sections"] if each["anchor"] == "matrix")
    rows = {row[0]["text"]: [cell["text"] for cell in row] for row in matrix["blocks"][0]["rows"]}
    assert rows["MOD-06"][4:] == ["–", "–", "–", "–", "bench trouble"]
    assert rows["ZVS-03"][5] != "–"


def test_page_one_says_what_was_not_decided_with_its_numbers(sample_run: SampleRun) -> None:
    result = document(read_run(sample_run({"ZVS-03": "conditional pass", "CCA-01": "conditional fail"})))["sections"][0]
    heading, bullets = result["blocks"][:2]
    assert heading["text"] == "Not decided, and why"
    assert [entry[:6] for entry in bullets["items"]] == ["CCA-01", "ZVS-03"]
    assert all("U = 0.10" in entry and "margin" in entry for entry in bullets["items"])


def test_each_kind_of_measurand_has_a_budget(sample_run: SampleRun) -> None:
    page = plain(page_of(document(read_run(sample_run()))))
    budgets = page.split("Uncertainty budgets")[-1]
    assert "accuracy of dmm B rectangular, divisor √3 0.050" in re.sub(r"\s+", " ", budgets)
    assert "u = 0.050 s, coverage factor k = 2, U = 0.10 s" in budgets
    assert re.search(r"budgets.*: 1\.60 s, vg=350 V", re.sub(r"\s+", " ", page)), "rounded to the place of its U"


def test_a_measurement_names_its_instrument_and_trace_in_the_report(sample_run: SampleRun) -> None:
    page = re.sub(r"\s+", " ", plain(page_of(document(read_run(sample_run())))))
    assert "dmm ZVS-03" in page.split("Measurements")[-1]
