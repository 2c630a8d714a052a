"""What goes out, what comes back, and everything a driver can do instead."""

from __future__ import annotations

import json
import math
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.converter import (
    Converter,
    ConverterLimits,
    DriverBadAnswer,
    DriverBadStatus,
    DriverError,
    DriverRefused,
    DriverSilent,
    Mode,
    interpret,
    reader_for,
)
from hil.converter.strictjson import is_error
from hil.converter.values import Answer
from hil.errors import BadInput
from instruments.audit import AuditEvent
from instruments.errors import OutsideLimits
from tests.converter.conftest import FakeClock, LoopbackDriver

ALL: dict[str, Any] = {
    "rsoc": 70.0,
    "battery_operation_status": 3,
    "meter": {"wg": -0.5, "tmp": 27.0, "vb": 52.0, "wb": -3.66, "vg": 350.5, "ib": -0.07, "ig": 1},
    "param": {"dig": 1.0, "cib": 52},
    "status": {
        "status": "0x0041",
        "alarmState": "No alarm",
        "alarm": "0000 0000 0001",
        "runningState": "charge",
        "operationMode": "Heteronomy CV",
    },
    "vdis": {"dvg": 350.0, "drg": 0},
}


def http(body: str | bytes, status: int = 200) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return b"HTTP/1.0 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(data), data)


def without(tree: dict[str, Any], *paths: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(tree))
    for path in paths:
        node, *keys = copy, *path.split(".")
        for key in keys[:-1]:
            node = node[key]
        del node[keys[-1]]
    return copy


def replying(driver: LoopbackDriver, answer: bytes | None) -> None:
    driver.reply = lambda path: answer


def test_all_as_typed_values(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http(json.dumps(ALL)))
    answer = Converter(driver.url, clock).all()
    data = answer.value
    assert (data.meter.vg, data.meter.ig, data.meter.wg, data.dvg, data.drg, data.dig) == (350.5, 1.0, -0.5, 350, 0, 1)
    assert (data.rsoc, data.permitted, data.status.mode, data.status.is_coherent) == (70.0, True, Mode.CHARGE, True)
    assert answer.absent == ()


def test_optional_fields_may_be_absent_and_are_listed(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http(json.dumps(without(ALL, "meter.wg", "vdis.drg", "status.alarm"))))
    answer = Converter(driver.url, clock).all()
    assert (answer.value.meter.wg, answer.value.drg, answer.value.status.alarm) == (None, None, None)
    assert set(answer.absent) == {"meter.wg", "vdis.drg", "status.alarm"}


@pytest.mark.parametrize(
    "path",
    [
        *("rsoc", "battery_operation_status", "vdis.dvg", "param.dig"),
        *("status.status", "status.operationMode", "status.alarmState"),
        *("meter.vg", "meter.ig", "meter.vb", "meter.ib", "meter.tmp", "meter.wb"),
    ],
)
def test_every_needed_field_is_missed(driver: LoopbackDriver, clock: FakeClock, path: str) -> None:
    replying(driver, http(json.dumps(without(ALL, path))))
    with pytest.raises(DriverBadAnswer) as caught:
        Converter(driver.url, clock).all()
    assert caught.value.problems == (f"{path} is missing",)


def test_all_problems_are_listed(driver: LoopbackDriver, clock: FakeClock) -> None:
    bad = ALL | {"rsoc": "70.0", "battery_operation_status": 2.5, "meter": ALL["meter"] | {"vg": True, "ig": None}}
    replying(driver, http(json.dumps(bad)))
    with pytest.raises(DriverBadAnswer) as caught:
        Converter(driver.url, clock).all()
    assert len(caught.value.problems) == 4
    assert 'rsoc is "70.0", expected a finite JSON number' in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "[]", "3", '"text"', "{", '{"a": 1,}', "<html></html>", '{"meter": {"vg": NaN}}', "{} {}"),
        *('{"a": Infinity}', "[" * 100_000, '{"vg": ' + "9" * 5000 + "}", "\ufeff{}"),
    ],
)
def test_bodies_that_are_no_strict_json_object(driver: LoopbackDriver, clock: FakeClock, body: str) -> None:
    replying(driver, http(body))
    with pytest.raises(DriverBadAnswer) as caught:
        Converter(driver.url, clock).status()
    assert (caught.value.status, caught.value.text) == (200, body)


def test_numbers_too_large_to_be_true(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http('{"meter": {"vg": 1e999, "ig": 1' + "0" * 400 + "}}"))
    with pytest.raises(DriverBadAnswer, match=r"meter\.vg .* meter\.ig"):
        Converter(driver.url, clock).status()


def test_refusal_carries_the_reason(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http('{"err": "read timeout"}', 400))
    with pytest.raises(DriverRefused, match="read timeout") as caught:
        Converter(driver.url, clock).set_current(1.0)
    assert (caught.value.reason, caught.value.status, caught.value.path) == ("read timeout", 400, "/dcdc/set?dig=1.0")


@pytest.mark.parametrize("status", [201, 204, 301, 302, 404, 500])
def test_any_other_status_is_a_failure_and_redirects_are_not_followed(
    driver: LoopbackDriver, clock: FakeClock, status: int
) -> None:
    replying(driver, b"HTTP/1.1 %d X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status)
    with pytest.raises(DriverBadStatus) as caught:
        Converter(driver.url, clock).version()
    assert not isinstance(caught.value, DriverRefused)
    assert caught.value.status == status
    assert len(driver.requests) == 1


@pytest.mark.parametrize("answer", [None, b"", b"HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\n{}"])
def test_connection_that_ends_early(driver: LoopbackDriver, clock: FakeClock, answer: bytes | None) -> None:
    replying(driver, answer)
    with pytest.raises(DriverSilent, match="ended early"):
        Converter(driver.url, clock).version()


def test_nobody_listens(clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(DriverSilent, match="no connection") as caught:
        Converter(f"http://127.0.0.1:{port}", clock).version()
    assert (caught.value.status, caught.value.text) == (None, "")


class DeafWire:
    def sent(self, count: int) -> None: ...

    def await_input(self, timeout: float) -> int | None:
        assert timeout == 5.0
        return None


def test_silence_ends_on_the_bench_clock(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http("{}"))
    clock.only_wire = DeafWire()
    with pytest.raises(DriverSilent, match="no complete answer in time"):
        Converter(driver.url, clock).version()


def test_answer_in_drips_ends_after_twice_the_timeout(driver: LoopbackDriver, clock: FakeClock) -> None:
    class SlowWire:
        def sent(self, count: int) -> None: ...

        def await_input(self, timeout: float) -> int | None:
            clock.sleep(4.9)
            return 1 if timeout >= 4.9 else None

    replying(driver, http("{}" + " " * 100))
    clock.only_wire = SlowWire()
    with pytest.raises(DriverSilent):
        Converter(driver.url, clock).version()


def test_body_that_comes_after_its_head(driver: LoopbackDriver, clock: FakeClock) -> None:
    """The head says that the connection ends with this answer; the body must still be read."""
    body = json.dumps(ALL).encode()
    head = b"HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    replying(driver, head + body)
    arrivals = iter([len(head), 10, len(body) - 10])

    class PiecewiseWire:
        def sent(self, count: int) -> None: ...

        def await_input(self, timeout: float) -> int | None:
            return next(arrivals)

    clock.only_wire = PiecewiseWire()
    assert Converter(driver.url, clock).all().value.rsoc == 70.0
    assert next(arrivals, None) is None


@pytest.mark.parametrize("head", [b"", b"Content-Length: 5000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_endless_body_is_cut(driver: LoopbackDriver, clock: FakeClock, head: bytes) -> None:
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n" if b"chunked" in head else b" " * 0x100000
    replying(driver, b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + 3 * chunk)
    with pytest.raises(DriverBadAnswer, match="no end") as caught:
        Converter(driver.url, clock).version()
    assert len(caught.value.text) < 1_100_000


@pytest.mark.parametrize("answer", [b"hello\r\n\r\n", b"HTTP/1.0 abc X\r\n\r\n", b"\x00" * 70_000])
def test_answers_that_are_not_http(driver: LoopbackDriver, clock: FakeClock, answer: bytes) -> None:
    replying(driver, answer)
    with pytest.raises(DriverBadAnswer, match="not HTTP"):
        Converter(driver.url, clock).version()


def test_body_that_is_not_utf8(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http(b'{"comm_interface_version": "2.\xff"}'))
    with pytest.raises(DriverBadAnswer, match="not UTF-8"):
        Converter(driver.url, clock).version()


def test_answer_without_length_and_kept_alive_answer(driver: LoopbackDriver, clock: FakeClock) -> None:
    body = '{"comm_interface_version": "2.0"}'
    replying(driver, b"HTTP/1.0 200 OK\r\nContent-Type: text/whatever\r\n\r\n" + body.encode())
    assert Converter(driver.url, clock).version().value.major == "2"
    replying(driver, b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 33\r\n\r\n" + body.encode())
    assert Converter(driver.url, clock).version().value.driver is None


@pytest.mark.parametrize("version", [2.0, None, "20", ".2", ""])
def test_version_without_a_point(driver: LoopbackDriver, clock: FakeClock, version: object) -> None:
    replying(driver, http(json.dumps({"comm_interface_version": version})))
    with pytest.raises(DriverBadAnswer, match="comm_interface_version"):
        Converter(driver.url, clock).version()


def test_sets_go_out_as_apis_main_writes_them(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http(json.dumps(ALL)))
    converter = Converter(driver.url, clock)
    assert converter.set_mode(Mode.CHARGE, 350, 2.3 - 2, 0).value.status.mode is Mode.CHARGE
    assert converter.set_current(0.0001).value.dig == 1.0
    assert converter.set_voltage(350, 0.039).value.dvg == 350.0
    paths = [request.split(b" ")[1].decode() for request in driver.requests]
    assert paths == [
        "/dcdc/set?mode=0x0041&dvg=350.0&dig=0.3&drg=0",
        "/dcdc/set?dig=1.0E-4",
        "/dcdc/set?dvg=350.0&drg=0.039",
    ]


def test_the_wire_is_told_of_every_byte(driver: LoopbackDriver, clock: FakeClock) -> None:
    replying(driver, http(json.dumps(ALL)))
    converter = Converter(driver.url, clock)
    converter.all()
    converter.get()
    assert sum(clock.counts) == sum(len(request) for request in driver.requests)
    assert len(clock.wires) == 2
    assert all(key.startswith("tcp:") for key in clock.wires)


LIMITS = ConverterLimits(dvg_max=390.0, dig_max=2.5)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/dcdc/set?dig=2.6",
            "/dcdc/set?dig=-0.1",
            "/dcdc/set?dvg=391&drg=0",
            "/dcdc/set?dig=nan",
            "/dcdc/set?dig=inf",
        ),
        *("/dcdc/set?dig=0x10", "/dcdc/set?dig=2,3", "/remote/set?mode=0x0014&dvg=1e3&dig=1", "/dcdc/set?dig=1&dig=9"),
        *("/dcdc/set?d%69g=9", "/dcdc/set?dig=inf"),
    ],
)
def test_set_point_outside_limits_is_not_sent(driver: LoopbackDriver, clock: FakeClock, path: str) -> None:
    with pytest.raises(OutsideLimits, match="was not sent"):
        Converter(driver.url, clock, limits=LIMITS).call(path)
    assert driver.requests == []


@pytest.mark.parametrize("path", ["/dcdc/set?dig=2.5", "/dcdc/set?dig=abc", "/dcdc/set?dig=", "/dcdc/set?drg=7&x=999"])
def test_harmless_requests_go_out(driver: LoopbackDriver, clock: FakeClock, path: str) -> None:
    replying(driver, http("{}", 400))
    assert Converter(driver.url, clock, limits=LIMITS).call(path).status == 400


@settings(deadline=None)
@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_slips_through_the_limits(dig: float) -> None:
    path = f"/dcdc/set?dig={dig!r}"
    if 0.0 <= dig <= 2.5:
        LIMITS.check(path)
    else:
        with pytest.raises(OutsideLimits):
            LIMITS.check(path)


def test_nan_set_point_cannot_be_written(driver: LoopbackDriver, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="not a finite"):
        Converter(driver.url, clock).set_current(math.nan)
    assert driver.requests == []


def test_audit_has_every_message(driver: LoopbackDriver, clock: FakeClock) -> None:
    events: list[AuditEvent] = []
    converter = Converter(driver.url, clock, events.append, LIMITS)
    replying(driver, http('{"err": "busy"}', 400))
    with pytest.raises(DriverRefused):
        converter.status()
    with pytest.raises(OutsideLimits):
        converter.set_current(9.0)
    replying(driver, None)
    with pytest.raises(DriverSilent):
        converter.battery()
    assert [(event.direction, event.text) for event in events][:4] == [
        ("out", "GET /dcdc/get/status"),
        ("in", '400 {"err": "busy"}'),
        ("refused", "GET /dcdc/set?dig=9.0"),
        ("out", "GET /battery/get"),
    ]
    assert events[4].text.startswith("no answer: the connection ended early")
    assert {event.instrument for event in events} == {"driver"}


@pytest.mark.parametrize(
    "url", ["127.0.0.1:4380", "https://127.0.0.1:4380", "http://127.0.0.1", "http://:80", "http://h:1/x", "http://h:x"]
)
def test_addresses_that_cannot_be_used(clock: FakeClock, url: str) -> None:
    with pytest.raises(BadInput, match="cannot be used"):
        Converter(url, clock)


def test_making_a_converter_sends_nothing(driver: LoopbackDriver, clock: FakeClock) -> None:
    Converter(driver.url, clock)
    assert driver.requests == []


@settings(deadline=None)
@given(
    st.text()
    | st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.dictionaries(st.text(), inner)).map(json.dumps)
)
def test_any_text_is_typed_values_or_a_typed_error(text: str) -> None:
    for path in ("/all/get", "/version/get", "/dcdc/set?dig=1", "/dcdc/set?dvg=1", "/dcdc/set"):
        reader = reader_for(path)
        assert reader is not None
        with pytest.raises(DriverError):
            interpret(Answer(text, 0.0, 1.0, 200, text, path), reader)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [('{"err": "read timeout"}', True), ('{"err": 1, "meter": {}}', False), ("{}", False), ("no JSON", False)],
)
def test_what_an_error_of_the_driver_looks_like(text: str, is_one: bool) -> None:
    assert is_error(text) is is_one
