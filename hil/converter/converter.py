"""The driver's Web API as typed calls, each timed on the bench clock."""

from __future__ import annotations

from http.client import HTTPException, RemoteDisconnected
from urllib.parse import urlsplit

from hil.converter.errors import DriverBadAnswer, DriverError, DriverSilent
from hil.converter.limits import ConverterLimits
from hil.converter.modes import Mode
from hil.converter.numbers import droop_text, java_float
from hil.converter.reading import (
    interpret,
    read_all,
    read_battery,
    read_converter,
    read_nothing,
    read_set_current,
    read_set_mode,
    read_set_voltage,
    read_status,
    read_version,
)
from hil.converter.values import (
    AllData,
    Answer,
    Battery,
    ConverterData,
    GridStatus,
    SetCurrentAnswer,
    SetModeAnswer,
    SetVoltageAnswer,
    Version,
)
from hil.converter.wire import AnswerBroken, AnswerTooLong, Exchange, exchange
from hil.errors import BadInput
from instruments.audit import Audit, AuditEvent, Direction
from instruments.errors import OutsideLimits
from instruments.timing import Timekeeper

REQUEST_TIMEOUT = 5.0
"""Seconds until an answer must begin: apis-main's requestTimeoutMsec."""


class Converter:
    """The converter and its driver, reached at one URL.

    Calls are independent of each other and may overlap; every one opens a connection of its own. A typed call
    returns an `Answer` or raises a `DriverError`. A set-point outside `limits` raises OutsideLimits and is not
    sent. Nothing is sent by making a Converter. `name` stands for it in the audit and in reports.
    """

    def __init__(
        self,
        url: str,
        clock: Timekeeper,
        audit: Audit | None = None,
        limits: ConverterLimits | None = None,
        timeout: float = REQUEST_TIMEOUT,
        name: str = "driver",
    ) -> None:
        self._host, self._port = _address(url)
        self.url = f"http://{urlsplit(url).netloc}"
        self.name = name
        self._clock = clock
        self._audit = audit
        self.limits = limits
        self._timeout = timeout

    def version(self) -> Answer[Version]:
        """Ask for the interface version."""
        return interpret(self.call("/version/get"), read_version)

    def all(self) -> Answer[AllData]:
        """Ask for everything: converter and battery."""
        return interpret(self.call("/all/get"), read_all)

    def get(self) -> Answer[ConverterData]:
        """Ask for the converter alone."""
        return interpret(self.call("/dcdc/get"), read_converter)

    def status(self) -> Answer[GridStatus]:
        """Ask for grid voltage and current, the quickest question."""
        return interpret(self.call("/dcdc/get/status"), read_status)

    def battery(self) -> Answer[Battery]:
        """Ask for the battery alone."""
        return interpret(self.call("/battery/get"), read_battery)

    def set_mode(self, mode: Mode, dvg: float, dig: float, drg: float) -> Answer[SetModeAnswer]:
        """Command mode, grid voltage (V), grid current (A) and droop (fraction) at once."""
        return interpret(self.call(set_mode_path(mode, dvg, dig, drg)), read_set_mode)

    def set_current(self, dig: float) -> Answer[SetCurrentAnswer]:
        """Command the grid current (A) alone."""
        return interpret(self.call(set_current_path(dig)), read_set_current)

    def set_voltage(self, dvg: float, drg: float) -> Answer[SetVoltageAnswer]:
        """Command grid voltage (V) and droop (fraction)."""
        return interpret(self.call(set_voltage_path(dvg, drg)), read_set_voltage)

    def clear_alarm(self) -> Answer[None]:
        """Clear latched alarms, by the request of the reference driver; apis-main itself never does."""
        return interpret(self.call("/remote/ioctl/clr_alarm"), read_nothing)

    def call(self, path: str, timeout: float | None = None) -> Answer[str]:
        """Send GET `path` as it stands and return the body, whatever its status.

        Raises DriverSilent when no complete answer came, DriverBadAnswer when it is not HTTP, not UTF-8 or has
        no end. `path` starts with "/" and is percent-encoded where needed.
        """
        if not path.startswith("/"):
            raise ValueError(f"a path starts with /, this one does not: {path!r}")
        self._check(path)
        start, exchanged = self._clock.now(), Exchange()
        self._note(start, "out", f"GET {path}")
        try:
            exchange(self._host, self._port, path, self._clock, self._limit(timeout), exchanged)
            text = exchanged.body.decode("utf-8")
        except (OSError, HTTPException, AnswerBroken, AnswerTooLong, UnicodeDecodeError) as error:
            failure = _failure(error, exchanged, start, self._clock.now(), path)
            self._note(
                failure.end, "in", f"{exchanged.status or 'no answer'}: {failure.message} {failure.text}".rstrip()
            )
            raise failure from error
        assert exchanged.status is not None
        end = self._clock.now()
        self._note(end, "in", f"{exchanged.status} {text}")
        return Answer(text, start, end, exchanged.status, text, path)

    def _limit(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else timeout

    def _check(self, path: str) -> None:
        if self.limits is None:
            return
        try:
            self.limits.check(path)
        except OutsideLimits:
            self._note(self._clock.now(), "refused", f"GET {path}")
            raise

    def _note(self, time: float, direction: Direction, text: str) -> None:
        if self._audit is not None:
            self._audit(AuditEvent(time, self.name, direction, text))


def set_mode_path(mode: Mode, dvg: float, dig: float, drg: float) -> str:
    """Return the request for a complete set, to the letter as apis-main sends it."""
    return f"/dcdc/set?mode={mode.value}&dvg={java_float(dvg)}&dig={java_float(dig)}&drg={droop_text(drg)}"


def set_current_path(dig: float) -> str:
    """Return the request for a set of the grid current."""
    return f"/dcdc/set?dig={java_float(dig)}"


def set_voltage_path(dvg: float, drg: float) -> str:
    """Return the request for a set of grid voltage and droop."""
    return f"/dcdc/set?dvg={java_float(dvg)}&drg={droop_text(drg)}"


def _address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput(f"The driver's address {url!r} cannot be used: {error}") from error
    if parts.scheme != "http" or not host or port is None or parts.path not in ("", "/") or parts.query:
        raise BadInput(f"The driver's address {url!r} cannot be used: expected http://HOST:PORT")
    return host, port


def _failure(error: Exception, exchanged: Exchange, start: float, end: float, path: str) -> DriverError:
    text = exchanged.body.decode("utf-8", "replace")
    where = (exchanged.status, text, start, end, path)
    match error:
        case AnswerBroken() | RemoteDisconnected():
            return DriverSilent(f"the connection ended early: {error}", *where)
        case TimeoutError():
            return DriverSilent("no complete answer in time", *where)
        case OSError():
            return DriverSilent(f"no connection: {error}", *where)
        case UnicodeDecodeError():
            return DriverBadAnswer((f"the body is not UTF-8: {error}",), *where)
        case AnswerTooLong():
            return DriverBadAnswer((f"the body has no end: {error}",), *where)
        case _:
            return DriverBadAnswer((f"the answer is not HTTP: {type(error).__name__} {error}",), *where)
