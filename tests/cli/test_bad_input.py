"""What a user can get wrong ends within seconds with one sentence and status 2, and nothing has been energised."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Hil

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "benches" / "virtual.toml"
LONGEST = 60.0
"""Seconds; each takes two to five on an idle machine."""
REALTIME = ('speed = "stepped"', 'speed = "realtime"')


def command(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "APIS_HIL_STATE": str(tmp_path / "state"), "COLUMNS": "400"}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
        env=environment,
    )


def hil(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return command(tmp_path, "-m", "hil.cli.main", *words)


def run(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return hil(tmp_path, "run", f"--runs={tmp_path / 'runs'}", "--no-reports", "-m", "COM-01", *words)


@pytest.fixture
def run_here(tmp_path: Path, hil_here: Hil, monkeypatch: pytest.MonkeyPatch) -> Hil:
    """What is refused before pytest has the word needs no process of its own."""
    monkeypatch.setattr(pytest, "main", lambda *_, **__: pytest.fail("a run has begun"))
    return lambda *words: hil_here("run", f"--runs={tmp_path / 'runs'}", "--no-reports", "-m", "COM-01", *words)


def assert_one_sentence(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "Traceback" not in said
    for part in parts:
        assert part in said
    assert len(said.strip().splitlines()) == 1, said


def assert_nothing_sent(tmp_path: Path) -> None:
    """No message that switches or programs anything has left."""
    for path in (tmp_path / "runs").glob("*/audit.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            assert event["direction"] != "out" or event["text"].endswith("?") or event["text"].startswith("GET /")


def bench_with(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """Write a copy of the virtual bench in which each old text is replaced by the new one."""
    text = BENCH.read_text(encoding="utf-8").replace('"../duts/', f'"{ROOT}/duts/')
    text = text.replace('"plants/', f'"{ROOT}/benches/plants/')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "bench.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def driver() -> Iterator[Callable[[bytes | None], str]]:
    """Start a server that answers everything with the same bytes, or with nothing; return its URL."""
    servers: list[socket.socket] = []

    def start(answer: bytes | None) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=serve, args=(server, answer), daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    def serve(server: socket.socket, answer: bytes | None) -> None:
        held = []
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            held.append(connection)
            if answer is not None:
                connection.recv(65536)
                connection.sendall(answer)
                connection.close()

    yield start
    for server in servers:
        server.close()


def test_unknown_bench_file(tmp_path: Path) -> None:
    assert_one_sentence(run(tmp_path, "--bench=nonsense.toml"), "Cannot read nonsense.toml")


def test_unknown_bench_file_in_plain_pytest(tmp_path: Path) -> None:
    done = command(tmp_path, "-m", "pytest", "suites", "--bench=nonsense.toml", "-p", "no:cacheprovider")
    assert_one_sentence(done, "Cannot read nonsense.toml")


def test_unknown_key(tmp_path: Path, run_here: Hil) -> None:
    bench = bench_with(tmp_path, ("grid_voltage_v = 400.0", "grid_voltage_v = 400.0\ngird_current = 1.0"))
    assert_one_sentence(run_here(f"--bench={bench}"), "bench.toml", "'limits.gird_current'", "not known")


def test_an_unknown_key_of_the_virtual_bench(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, ('measures = "A"', 'measures = "A"\nbogus = 1'))
    assert_one_sentence(run(tmp_path, f"--bench={bench}"), "bench.toml", "grid_ammeter.settings.bogus", "found 1")


def test_an_unknown_requirement(hil_here: Hil) -> None:
    assert_one_sentence(hil_here("run", "-m", "XYZ-01 or COM"), "XYZ-01", "hil requirements")


def test_not_toml(tmp_path: Path, run_here: Hil) -> None:
    bench = bench_with(tmp_path, ("[bench]", "[bench"))
    assert_one_sentence(run_here(f"--bench={bench}"), "is not valid TOML")


def test_a_role_that_names_no_instrument(tmp_path: Path, run_here: Hil) -> None:
    bench = bench_with(tmp_path, ('grid_sink = "grid_load"', 'grid_sink = "grid_lode"'))
    done = run_here(f"--bench={bench}")
    assert_one_sentence(done, "'grid_sink'", "'grid_lode'", "grid_load")
    assert len(done.stderr) < 300


def test_a_port_nobody_listens_on(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    bench = bench_with(tmp_path, REALTIME, ('"virtual:grid_load"', f'"TCPIP::127.0.0.1::{port}::SOCKET"'))
    assert_one_sentence(run(tmp_path, f"--bench={bench}"), "grid_load", str(port))
    assert_nothing_sent(tmp_path)


def test_a_real_address_in_stepped_time(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, ('"virtual:grid_load"', '"TCPIP::192.0.2.1::5025::SOCKET"'))
    assert_one_sentence(run(tmp_path, f"--bench={bench}"), "TCPIP::192.0.2.1::5025::SOCKET", "realtime")


def test_a_wrong_identity(tmp_path: Path) -> None:
    assert_one_sentence(run(tmp_path, "--defect=battery-wrong-identity"), "battery", "ACME,TOASTER")
    assert_nothing_sent(tmp_path)


def test_a_driver_that_answers_html(tmp_path: Path, driver: Callable[[bytes | None], str]) -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>"
    bench = bench_with(tmp_path, REALTIME, ('url = "virtual:driver"', f'url = "{driver(page)}"'))
    assert_one_sentence(run(tmp_path, f"--bench={bench}"), "/version/get")
    assert_nothing_sent(tmp_path)


def test_a_driver_that_answers_nothing(tmp_path: Path, driver: Callable[[bytes | None], str]) -> None:
    bench = bench_with(tmp_path, REALTIME, ('url = "virtual:driver"', f'url = "{driver(None)}"\ntimeout_s = 1.0'))
    assert_one_sentence(run(tmp_path, f"--bench={bench}"), "/version/get")
    assert_nothing_sent(tmp_path)


def test_a_policy_that_is_not_json(tmp_path: Path, run_here: Hil) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text("operationGridVoltageV = 350", encoding="utf-8")
    assert_one_sentence(run_here(f"--policy={policy}"), "policy.json", "JSON")


def test_a_policy_without_a_value(tmp_path: Path, run_here: Hil) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"operationMode": "autonomous"}', encoding="utf-8")
    assert_one_sentence(run_here(f"--policy={policy}"), "policy.json", "operationGridVoltageV")


def test_an_unknown_profile(run_here: Hil) -> None:
    assert_one_sentence(run_here("--profile=thorough"), "thorough", "acceptance")


def test_an_unknown_defect(tmp_path: Path) -> None:
    assert_one_sentence(run(tmp_path, "--defect=nonsense"), "nonsense", "--list-defects")
    assert_nothing_sent(tmp_path)


def test_an_unknown_marker(run_here: Hil) -> None:
    assert_one_sentence(run_here("-m", "COM-99"), "COM-99")


def test_a_selection_that_leaves_no_test(tmp_path: Path) -> None:
    assert_one_sentence(run(tmp_path, "-k", "nonsense"), "No test is left")


def test_an_unknown_case_of_the_self_test(hil_here: Hil) -> None:
    assert_one_sentence(hil_here("selftest", "--only=nonsense"), "nonsense")


@pytest.mark.parametrize("name", ["report", "verify"])
def test_a_folder_that_is_no_run(tmp_path: Path, hil_here: Hil, name: str) -> None:
    assert_one_sentence(hil_here(name, str(tmp_path)), str(tmp_path))


def test_a_run_that_is_not_there(tmp_path: Path, hil_here: Hil) -> None:
    assert_one_sentence(hil_here("compare", str(tmp_path / "a"), str(tmp_path / "b")), str(tmp_path / "a"))


def test_a_history_of_nothing(tmp_path: Path, hil_here: Hil) -> None:
    assert_one_sentence(hil_here("history", str(tmp_path / "none")), "none")


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, "--bench=nonsense.toml", "--debug")
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.strip().endswith("No such file or directory.")
