"""The single steps of which every command sequence is made: guarded, repeated, remembered calls to one unit."""

from __future__ import annotations

from hil.client.hwconfig import HwConfig
from hil.client.policy import Policy
from hil.client.report import ApisError, Attempt, CallRecord, Category, Extent, Level, Log
from hil.client.safety import local_safety
from hil.client.unit import Unit
from hil.client.unitdata import UnitData
from hil.converter import DriverError, Mode, set_current_path, set_mode_path, set_voltage_path, single
from hil.converter.strictjson import JsonObject, NotJson, parse_object

COMMAND_REPLY_TIMEOUT = 30.0
"""Seconds in which a unit must have finished a command: the reply time-out of Vert.x's event bus."""


class Steps:
    """One unit within one running sequence. Sequences are functions that take one of these first."""

    def __init__(self, unit: Unit, log: Log) -> None:
        self._unit = unit
        self._log = log
        self.started = self.now()

    @property
    def name(self) -> str:
        """Return the unit's name."""
        return self._unit.name

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        return self._unit.policy

    @property
    def hwconfig(self) -> HwConfig:
        """Return the unit's hardware configuration."""
        return self._unit.hwconfig

    @property
    def data(self) -> UnitData:
        """Return the cache on which decisions are made."""
        return self._unit.data

    @property
    def log(self) -> Log:
        """Return the log into which this unit writes."""
        return self._log

    @property
    def acquired_at(self) -> float:
        """Return the bench time of the last acquisition in seconds."""
        return self._unit.acquired_at

    def now(self) -> float:
        """Return bench time in seconds."""
        return self._unit.clock.now()

    def sleep(self, seconds: float) -> None:
        """Let bench time pass."""
        self._unit.clock.sleep(seconds)

    def note(self, category: Category, extent: Extent, level: Level, text: str) -> None:
        """Raise an error as apis-main would: it goes into the report, the sequence decides what follows."""
        self._log.note(ApisError(category, extent, level, text, self.name, self.now()))

    def suspend_dynamic_check(self) -> None:
        """From now on the dynamic safety check is left out."""
        self._unit.dynamic_check_suspended = True

    def resume_dynamic_check(self, succeeded: bool) -> bool:
        """Check again if the sequence `succeeded`; return `succeeded`."""
        if succeeded:
            self._unit.dynamic_check_suspended = False
        return succeeded

    def version(self) -> JsonObject | None:
        """Ask for the interface version."""
        return self._request("/version/get").answer

    def acquire(self) -> bool:
        """Read everything, believe it, and judge it by the local safety rules."""
        call = self._request("/all/get")
        if call.answer is None:
            return False
        unit = self._unit
        self.data.replace(call.answer)
        unit.acquisition_began, unit.acquired_at = call.start, call.end
        unit.safety = local_safety(
            self.data,
            self.policy,
            self.hwconfig,
            unit.safety,
            operation_mode=unit.operation_mode,
            deals=unit.deals,
            suspended=unit.dynamic_check_suspended,
        )
        for finding in unit.safety.findings:
            self.note(finding.category, "LOCAL", finding.level, finding.text)
        return True

    def read_status(self) -> CallRecord:
        """Take the quick look; its answer is merged into the cache. Return the call."""
        call = self._request("/dcdc/get/status")
        self._merge(call)
        return call

    def set_mode(self, mode: Mode, dvg: float, dig: float, drg: float = 0.0) -> bool:
        """Command a mode with all set-points and check the name of the mode in the answer."""
        if not self._may_send(dig) or not self._merge(self._request(set_mode_path(mode, dvg, dig, drg))):
            return False
        if self.data.operation_mode != mode.operation_mode:
            text = f'commanded {mode.name}: operationMode is "{self.data.operation_mode}", not "{mode.operation_mode}"'
            self.note("HARDWARE", "LOCAL", "ERROR", text)
            return False
        return True

    def set_current(self, dig: float) -> bool:
        """Command the grid current (A)."""
        return self._may_send(dig) and self._merge(self._request(set_current_path(dig)))

    def set_voltage(self, dvg: float, drg: float = 0.0) -> bool:
        """Command grid voltage (V) and droop (fraction)."""
        return self._merge(self._request(set_voltage_path(dvg, drg)))

    def present_dvg(self) -> float | None:
        """Return the echoed dvg (V) to be commanded again; note the error and return None when it cannot be.

        apis-main would command any echo; one beyond the converter's limits is refused here, as the driver's fault.
        """
        dvg, limits = self.data.dvg, self._unit.converter.limits
        if dvg is None:
            self.note("HARDWARE", "LOCAL", "ERROR", "no vdis.dvg in the data of the unit")
        elif limits is not None and not 0.0 <= dvg <= limits.dvg_max:
            self.note("HARDWARE", "LOCAL", "ERROR", f"vdis.dvg is {dvg:g} V and cannot be commanded again; not sent")
            return None
        return dvg

    def in_time(self) -> bool:
        """Tell whether the command still runs within the reply time-out; note the error when it does not.

        apis-main's own loop goes on for ever when an echo never changes; only the grid master gives up.
        """
        if self.now() - self.started <= COMMAND_REPLY_TIMEOUT:
            return True
        self.note("FRAMEWORK", "LOCAL", "ERROR", f"command not finished within {COMMAND_REPLY_TIMEOUT:g} s")
        return False

    def _may_send(self, dig: float) -> bool:
        current, capacity = single(dig), single(self.hwconfig.grid_current_capacity)
        if current < 0:
            self.note("LOGIC", "LOCAL", "ERROR", f"dig {current:g} A is negative, not sent")
            return False
        if current > capacity:
            self.note("HARDWARE", "LOCAL", "ERROR", f"dig {current:g} A exceeds the capacity {capacity:g} A, not sent")
            return False
        return True

    def _merge(self, call: CallRecord) -> bool:
        if call.answer is None:
            return False
        self.data.merge(call.answer)
        return True

    def _request(self, path: str) -> CallRecord:
        """Send `path` until it is answered as apis-main needs it, at most retryLimit times, without pause."""
        attempts: list[Attempt] = []
        answer: JsonObject | None = None
        limit = max(1, self.policy.controller.retry_limit)
        while answer is None and len(attempts) < limit:
            attempt, answer = self._attempt(path)
            attempts.append(attempt)
            if answer is None:
                level: Level = "WARN" if len(attempts) < limit else "ERROR"
                self.note(
                    "HARDWARE", "LOCAL", level, f"GET {path}: communication with driver failed: {attempt.problem}"
                )
        call = CallRecord(self.name, path, tuple(attempts), answer)
        self._log.calls.append(call)
        return call

    def _attempt(self, path: str) -> tuple[Attempt, JsonObject | None]:
        try:
            answer = self._unit.converter.call(path, timeout=self.policy.controller.request_timeout)
        except DriverError as error:
            return Attempt(error.start, error.end, error.status, error.message), None
        if answer.status != 200:
            return Attempt(answer.start, answer.end, answer.status, f"status {answer.status}: {answer.text[:80]}"), None
        try:
            tree = parse_object(answer.text)
        except NotJson as error:
            return Attempt(answer.start, answer.end, answer.status, str(error)), None
        return Attempt(answer.start, answer.end, answer.status, ""), tree
