"""The Web server: its protocol, its order, and what it does with garbage."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import h11
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.virtual.driver.conftest import DriverBench, Reply

VERSION = b"GET /version/get HTTP/1.1\r\nHost: x\r\n\r\n"


def test_an_answer_is_http_1_0_and_the_server_hangs_up(bench: DriverBench) -> None:
    line, done = bench.ask("/version/get")
    bench.environment.run(done)
    assert line.sent.startswith(b"HTTP/1.0 200 OK\r\nDate: Wed, 01 Jan 2020 00:00:00 GMT\r\nServer: WSGIServer/0.2")
    assert line.is_closed


def test_a_request_may_come_byte_by_byte(bench: DriverBench) -> None:
    line = bench.connect()
    for position in range(len(VERSION)):
        bench.driver.received(line, VERSION[position : position + 1])
    bench.wait(0.1)
    assert b"comm_interface_version" in line.sent


def test_head_is_carried_out_and_has_no_body(bench: DriverBench) -> None:
    reply = bench.call("/dcdc/set?mode=0x0014&dvg=350&dig=2&drg=0", method="HEAD")
    assert (reply.status, reply.body) == (200, "")
    assert int(reply.headers["Content-Length"]) > 100
    assert bench.converter.mode == 0x0014


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(method: str, bench: DriverBench) -> None:
    reply = bench.call("/dcdc/set?mode=0x0014&dvg=350&dig=2&drg=0", method=method)
    assert (reply.status, reply.headers["Allow"]) == (405, "GET,HEAD")
    assert bench.converter.mode == 0x0000


def test_parameters_are_decoded_and_the_last_one_counts(bench: DriverBench) -> None:
    reply = bench.call("/dcdc/set?mode=0x0002;mode=0x00%314&dvg=350&dig=1e1&dig=0.5&drg=&drg=0")
    assert (reply.status, reply.json["status"]["status"]) == (200, "0x0014")
    assert reply.json["param"]["dig"] == pytest.approx(0.5, abs=0.001)


def test_quotes_in_an_unknown_path_are_escaped(bench: DriverBench) -> None:
    assert "&lt;b&gt;" in bench.call("/%3Cb%3E").body


GARBAGE = [
    b"\x00\xff\xfe\r\n\r\n",
    b"GET\r\n\r\n",
    b"hello world\r\n\r\n",
    b"GET /version/get HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
    b"A" * 1_000_000,
    b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 500 + b"\r\n\r\n",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=[repr(garbage[:12]) for garbage in GARBAGE])
def test_garbage_gets_a_400_and_the_next_client_its_answer(garbage: bytes, bench: DriverBench) -> None:
    line = bench.connect()
    bench.driver.received(line, garbage)
    bench.wait(0.1)
    assert line.is_closed
    assert line.sent.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert bench.call("/version/get").status == 200


def test_a_million_bytes_in_small_pieces_are_cut_off(bench: DriverBench) -> None:
    line = bench.connect()
    for _ in range(1000):
        bench.driver.received(line, b"x" * 1000)
    assert line.is_closed


def test_half_a_request_keeps_nobody_waiting(bench: DriverBench) -> None:
    line = bench.connect()
    bench.driver.received(line, VERSION[:20])
    assert bench.call("/version/get").took < 0.01
    bench.driver.disconnected(line)
    assert bench.call("/version/get").status == 200


def test_a_hundred_connections_are_served_in_order(bench: DriverBench) -> None:
    idle = [bench.connect() for _ in range(100)]
    asked = [bench.ask("/dcdc/get/status") for _ in range(100)]
    bench.wait(26.0)
    times: list[Any] = [done.value for _, done in asked]
    assert times == sorted(times)
    assert all(line.sent.startswith(b"HTTP/1.0 200") for line, _ in asked)
    assert not any(line.is_closed for line in idle)


def test_a_client_that_left_is_served_all_the_same(bench: DriverBench) -> None:
    line, _ = bench.ask("/dcdc/set?mode=0x0014&dvg=350&dig=2&drg=0")
    bench.driver.disconnected(line)
    bench.wait(1.0)
    assert bench.converter.mode == 0x0014
    assert not line.sent
    assert bench.call("/version/get").status == 200


def test_the_original_is_blocked_by_a_silent_client(bench_with: type[DriverBench]) -> None:
    bench = bench_with(oddities={"idle_connection_blocks": True})
    silent = bench.connect()
    _, done = bench.ask("/version/get")
    bench.wait(10.0)
    assert not done.triggered
    bench.driver.disconnected(silent)
    bench.wait(0.1)
    assert done.triggered


@pytest.mark.parametrize("transfer", ["close", "keep_alive", "chunked"])
def test_other_servers_speak_http_1_1(transfer: str, bench_with: type[DriverBench]) -> None:
    bench = bench_with(oddities={"transfer": transfer})
    client = h11.Connection(h11.CLIENT)
    line = bench.connect()
    for _ in range(1 if transfer == "close" else 3):
        request = h11.Request(method="GET", target="/version/get", headers=[("Host", "x")])
        bench.driver.received(line, client.send(request) + client.send(h11.EndOfMessage()))
        bench.wait(0.1)
        client.receive_data(bytes(line.sent))
        line.sent.clear()
        response, data, end = (client.next_event() for _ in range(3))
        assert isinstance(response, h11.Response)
        assert (response.status_code, response.http_version) == (200, b"1.1")
        assert isinstance(data, h11.Data)
        assert json.loads(bytes(data.data))["comm_interface_version"] == "2.0"
        assert isinstance(end, h11.EndOfMessage)
        if transfer != "close":
            client.start_next_cycle()
    assert line.is_closed == (transfer == "close")


def test_requests_sent_ahead_on_one_connection_are_answered_in_turn(bench_with: type[DriverBench]) -> None:
    bench = bench_with(oddities={"transfer": "keep_alive"})
    line = bench.connect()
    bench.driver.received(line, VERSION * 3)
    bench.wait(0.1)
    assert line.sent.count(b"comm_interface_version") == 3


def test_a_client_of_http_1_0_is_hung_up_on_by_a_modern_server_too(bench_with: type[DriverBench]) -> None:
    bench = bench_with(oddities={"transfer": "chunked"})
    line, done = bench.ask("/version/get", version="1.0")
    bench.environment.run(done)
    bench.wait(0.1)
    assert line.is_closed
    assert line.sent.endswith(b'"dcdc_batt_comm_version": "1.4"}')


def unchanged(reply: Reply) -> bool:
    return bool(json.loads(reply.body)["meter"]["vb"] == pytest.approx(52.0, abs=0.01))


ODDITIES: list[tuple[dict[str, Any], Callable[[Reply], bool]]] = [
    ({"extra_keys": {"meter.p3": 1, "note": {"a": []}}}, lambda r: r.json["meter"]["p3"] == 1 and r.json["note"]),
    ({"omit_unused_keys": True}, lambda r: "wg" not in r.json["meter"] and list(r.json["param"]) == ["dig"]),
    ({"key_order": "sorted"}, lambda r: list(r.json) == sorted(r.json)),
    ({"key_order": "reversed"}, lambda r: next(iter(r.json)) == "vdis"),
    ({"key_order": "shuffled"}, lambda r: list(r.json["meter"]) != ["wg", "tmp", "vb", "wb", "vg", "ib", "ig"]),
    ({"whitespace": "compact"}, lambda r: '": ' not in r.body and ', "' not in r.body),
    ({"whitespace": "indented"}, lambda r: r.body.count("\n") > 20),
    ({"whole_floats_as_integers": True}, lambda r: '"tmp": 27,' in r.body),
    ({"exponent_numbers": True}, lambda r: '"tmp": 2.7000000000000000e+01' in r.body),
    ({"decimals": 3}, lambda r: r.json["vdis"]["dvg"] == 349.988),
    ({"content_type": "text/plain"}, lambda r: r.headers["Content-Type"] == "text/plain"),
    ({"content_type": None}, lambda r: "Content-Type" not in r.headers),
    ({"lower_case_headers": True}, lambda r: "content-type" in r.headers),
    ({"slower": 0.3}, lambda r: 0.85 < r.took < 0.86),
]


@pytest.mark.parametrize(("oddities", "shows"), ODDITIES, ids=[str(oddities) for oddities, _ in ODDITIES])
def test_an_oddity_shows_and_changes_no_value(
    oddities: dict[str, Any], shows: Callable[[Reply], bool], bench_with: type[DriverBench]
) -> None:
    reply = bench_with(oddities=oddities).call("/all/get")
    assert shows(reply)
    assert unchanged(reply)


def test_errors_may_look_different(bench_with: type[DriverBench]) -> None:
    bench = bench_with(oddities={"error_status": 503, "error_as_text": True})
    reply = bench.call("/dcdc/set?dig=1")
    assert (reply.status, reply.body) == (503, "No operationMode")


def test_a_minor_version_of_its_own(bench_with: type[DriverBench]) -> None:
    assert bench_with(oddities={"minor_version": 7}).call("/version/get").json["comm_interface_version"] == "2.7"


@given(pieces=st.lists(st.binary(max_size=60), max_size=6))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_the_next_client_is_served(pieces: list[bytes], bench_with: type[DriverBench]) -> None:
    bench = bench_with()
    line = bench.connect()
    for piece in pieces:
        bench.driver.received(line, piece)
    bench.driver.disconnected(line)
    assert bench.call("/version/get").status == 200


@given(texts=st.fixed_dictionaries({}, optional={name: st.text(max_size=12) for name in ("mode", "dvg", "drg", "dig")}))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_of_a_parameter_is_answered(texts: dict[str, str], bench_with: type[DriverBench]) -> None:
    bench = bench_with()
    bench.call("/dcdc/set?mode=0x0000&dvg=350&dig=0&drg=0")
    reply = bench.call(f"/dcdc/set?{urlencode(texts)}")
    assert reply.status in (200, 400)
    assert isinstance(reply.json, dict)
