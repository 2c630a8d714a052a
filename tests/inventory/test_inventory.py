"""The inventory: what the collector makes of the texts of a computer, and what its files may say."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from hil.errors import BadInput
from hil.inventory import collect, load_computer, load_line

LINE = {
    "document": "line",
    "host": "bench",
    "collected": "2026-01-01T00:00:00+00:00",
    "peers": {
        "unit": {
            "throughput": 9.4e7,
            "throughput_uncertainty": 1e5,
            "ipv4": True,
            "ipv6": None,
            "driver_answers": False,
        }
    },
}


@pytest.mark.parametrize(("text", "size"), [("32K", 32768), ("1M", 1048576), ("512", 512), ("", 0), ("lots", 0)])
def test_the_kernels_sizes(text: str, size: int) -> None:
    assert collect.size_in_bytes(text) == size


def test_memory_is_in_kibibytes() -> None:
    assert collect.memory_bytes("MemTotal:         994240 kB\nMemFree: 1 kB") == 994240 * 1024
    assert collect.memory_bytes("") is None


@pytest.mark.parametrize(
    ("version", "known"),
    [('openjdk version "11.0.2"\nOpenJDK Runtime', True), ('java version "1.8.0"\nJava(TM) SE', False), (None, None)],
)
def test_openjdk_is_told_from_other_javas(version: str | None, known: bool | None) -> None:
    assert collect.is_openjdk(version) is known


def test_a_service_of_another_name_decides_nothing() -> None:
    assert collect.starts_apis("apis-main.service enabled\nssh.service enabled") is True
    assert collect.starts_apis("ssh.service enabled") is None
    assert collect.starts_apis(None) is None


def test_throughput_is_the_mean_of_the_seconds() -> None:
    report = json.dumps({"intervals": [{"sum": {"bits_per_second": rate}} for rate in (90.0, 100.0, 110.0)]})
    mean, uncertainty = collect.throughput_of(report)
    assert mean == pytest.approx(100.0)
    assert uncertainty == pytest.approx(2.0 * 10.0 / math.sqrt(3.0))


@pytest.mark.parametrize("report", [None, "", "iperf3: error", '{"error": "refused"}', '{"intervals": []}'])
def test_a_report_without_seconds_is_no_throughput(report: str | None) -> None:
    assert collect.throughput_of(report) == (None, None)


def test_the_collector_writes_what_the_suites_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collect.main(["computer", "--confirm", "orderly_shutdown", "--deny", "log_rotation", "--logs", str(tmp_path)])
    path = tmp_path / "computer.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    found = load_computer(path)
    assert set(found.items) == set(collect.ITEMS)
    assert found.items["orderly_shutdown"] is True
    assert found.items["log_rotation"] is False
    assert found.log_storage is not None


def test_a_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "line.json"
    path.write_text(json.dumps(LINE), encoding="utf-8")
    assert load_line(path).peers["unit"].ipv6 is None


@pytest.mark.parametrize("text", ["", "[]", '{"document": "computer"}', json.dumps({**LINE, "peers": {}})])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "line.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"line\.json"):
        load_line(path)
    with pytest.raises(BadInput, match="absent"):
        load_line(tmp_path / "absent.json")
