"""The serial line to the converter: one command after the other, with its time, its errors and its retries."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import simpy

from hil.virtual.devices.driver.commands import Command
from hil.virtual.devices.driver.faults import BusFault
from hil.virtual.devices.driver.port import Converter
from hil.virtual.devices.driver.problems import BadReplyError, CallError, ReplyTimeoutError
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.plant.modes import RefusalReason, Refused, Silent

Result = TypeVar("Result")
Steps = Generator[simpy.Event, Any, Result]

ERROR_CODES = {RefusalReason.PARAMETER: 0xFFFE, RefusalReason.NOW: 0xFFFD}
FATAL_CODES = (0xFFFF, 0xFFFE, 0xFFFB)
"""Unsupported, bad parameter, internal communication: no further try. Every other code gets one."""

HEALTHY = BusFault(kind="none")


class Bus:
    """Carries out commands. An action happens at the moment the last byte of its request is on the wire."""

    def __init__(
        self,
        environment: simpy.Environment,
        converter: Converter,
        settings: DriverSettings,
        bring_up_to_date: Callable[[], None],
    ) -> None:
        self._environment = environment
        self._converter = converter
        self._settings = settings
        self._bring_up_to_date = bring_up_to_date
        self._used: dict[int, int] = {}

    def run(self, command: Command, action: Callable[[], Result]) -> Steps[Result]:
        """Send `command` until it succeeds or the tries are used up; return what `action` returns.

        Raises CallError with the driver's text.
        """
        settings = self._settings
        timeouts_left = errors_left = settings.dcdc_retries
        while True:
            try:
                result = yield from self._attempt(command, action)
            except ReplyTimeoutError:
                if not timeouts_left:
                    raise
                timeouts_left -= 1
            except BadReplyError:
                if not errors_left:
                    raise
                errors_left -= 1
            else:
                yield self._environment.timeout(settings.dcdc_pause)
                return result
            yield self._environment.timeout(settings.dcdc_retry_pause)

    def _attempt(self, command: Command, action: Callable[[], Result]) -> Steps[Result]:
        settings = self._settings
        yield self._environment.timeout(command.request_time(settings.dcdc_baud))
        self._bring_up_to_date()
        fault = self._fault_of(command)
        if not self._converter.alive or fault.kind == "silent":
            yield from self._wait_in_vain()
        if fault.kind == "refused":
            yield from self._refuse(command, fault.code)
        try:
            result = action()
        except Silent:
            yield from self._wait_in_vain()
            raise
        except Refused as refusal:
            yield from self._refuse(command, ERROR_CODES[refusal.reason])
            raise
        if fault.kind == "babble":
            yield self._environment.timeout(fault.late)
        turnaround = settings.dcdc_turnaround + (fault.late if fault.kind == "late" else 0.0)
        if turnaround >= settings.dcdc_reply_timeout:
            yield from self._wait_in_vain()
        yield self._environment.timeout(turnaround + command.reply_time(settings.dcdc_baud) + settings.dcdc_processing)
        yield from self._spoil(fault)
        return result

    def _wait_in_vain(self) -> Steps[None]:
        yield self._environment.timeout(self._settings.dcdc_reply_timeout)
        raise ReplyTimeoutError

    def _refuse(self, command: Command, code: int) -> Steps[None]:
        settings = self._settings
        wire = command.reply_time(settings.dcdc_baud, refused=True)
        yield self._environment.timeout(settings.dcdc_turnaround + wire + settings.dcdc_processing)
        if code in FATAL_CODES:
            raise CallError(f"error: ERCD={code:04x}")
        raise BadReplyError("timeout")

    def _spoil(self, fault: BusFault) -> Steps[None]:
        if fault.kind == "bad_checksum":
            raise BadReplyError("checksum error")
        if fault.kind == "wrong_command":
            raise BadReplyError("cmd: 2 != 0")
        if fault.kind == "wrong_size":
            raise CallError(f"unpack requires a buffer of {fault.code} bytes")
        if fault.kind == "truncated":
            yield from self._wait_in_vain()

    def _fault_of(self, command: Command) -> BusFault:
        for index, fault in enumerate(self._settings.faults.bus):
            if fault.command not in ("*", command.name):
                continue
            used = self._used.get(index, 0)
            if fault.times is None or used < fault.times:
                self._used[index] = used + 1
                return fault
        return HEALTHY
