"""The routes of the Web API."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import simpy

from hil.virtual.devices.driver import objects, parameters
from hil.virtual.devices.driver.answers import Answer, empty_page, failure, method_not_allowed, not_found, success
from hil.virtual.devices.driver.battery import Battery
from hil.virtual.devices.driver.bus import Steps
from hil.virtual.devices.driver.objects import JsonObject
from hil.virtual.devices.driver.parameters import Memory
from hil.virtual.devices.driver.problems import CallError, ReplyTimeoutError
from hil.virtual.devices.driver.reading import Reader
from hil.virtual.devices.driver.request import Request
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.devices.driver.writing import Writer

Parameters = Mapping[str, str]
Route = Callable[[Parameters], Steps[JsonObject]]

DRIVER_VERSION = "1.4"
INTERFACE_MAJOR = 2
GOODBYE = "/essx/goodbye"
USED = ("/version/get", "/all/get", "/dcdc/get/status", "/dcdc/set", "/remote/ioctl/clr_alarm")
"""What apis-main asks for, and the only way to clear an alarm."""
ALL_GET_KEYS = ("rsoc", "battery_operation_status", "meter", "param", "status", "vdis")


class Service:
    """Carries out one call at a time and answers it."""

    def __init__(
        self,
        environment: simpy.Environment,
        reader: Reader,
        writer: Writer,
        battery: Battery,
        memory: Memory,
        settings: DriverSettings,
    ) -> None:
        self._environment = environment
        self._reader = reader
        self._writer = writer
        self._battery = battery
        self._memory = memory
        self._settings = settings
        self._last_good: dict[str, JsonObject] = {}
        self._mode = ""
        self._routes: dict[str, Route] = {
            "/dcdc/get": self._dcdc_get,
            "/remote/get": lambda _: reader.everything(),
            "/dcdc/get/status": lambda _: reader.short_status(),
            "/remote/get/status": lambda _: reader.short_status(),
            "/dcdc/set": self._dcdc_set,
            "/remote/set": writer.full,
            "/remote/set/current": writer.current,
            "/remote/set/voltage": writer.voltage,
            "/battery/get": lambda _: self._battery_values(),
            "/1/log/data": lambda _: self._log_data(),
            "/all/get": self._all_get,
            "/remote/ioctl/get": self._everything,
            "/remote/ioctl/set": lambda _: reader.configure(),
            "/remote/ioctl/clr_alarm": lambda _: reader.clear_alarm(),
            "/version/get": self._version,
            "/essx/hello": self._hello,
        }
        if settings.oddities.only_routes_of_apis_main:
            self._routes = {path: route for path, route in self._routes.items() if path in USED}

    def answer(self, request: Request) -> Steps[Answer]:
        """Carry out `request`; return its answer. HEAD is carried out like GET."""
        route = self._routes.get(request.path)
        if route is None and request.path != GOODBYE:
            return not_found(request.url, request.path)
        if request.method not in ("GET", "HEAD"):
            return method_not_allowed(request.url)
        yield self._environment.timeout(self._settings.web_overhead + self._settings.oddities.slower)
        if route is None:
            return empty_page()
        try:
            body = yield from route(request.parameters)
        except ReplyTimeoutError as problem:
            frozen = self._last_good.get(request.path)
            if self._settings.faults.frozen_when_lost and frozen is not None:
                return success(frozen)
            return failure(str(problem))
        except CallError as problem:
            return failure(str(problem))
        self._last_good[request.path] = body
        return success(body)

    def _dcdc_get(self, _: Parameters) -> Steps[JsonObject]:
        body = yield from self._reader.everything()
        del body["powermeter"]
        return body

    def _dcdc_set(self, given: Parameters) -> Steps[JsonObject]:
        names = set(given) & set(parameters.ALL)
        if names == {"dig"}:
            return (yield from self._writer.current(given))
        if "dvg" in names and not names & {"dig", "mode"}:
            return (yield from self._writer.voltage(given))
        return (yield from self._writer.full(given))

    def _battery_values(self) -> Steps[JsonObject]:
        held = self._battery.again() if self._mode in self._settings.faults.battery_held_in else None
        values = held or (yield from self._battery.read())
        self._writer.tell_permission(not self._battery.denied)
        limit = self._settings.faults.denial_current
        if limit is not None and self._battery.denied:
            yield from self._writer.limit_current(limit)
        return values

    def _log_data(self) -> Steps[JsonObject]:
        battery = yield from self._battery_values()
        return objects.log_data(battery, self._settings)

    def _everything(self, _: Parameters) -> Steps[JsonObject]:
        battery = yield from self._log_data()
        converter = yield from self._reader.everything()
        self._mode = converter["status"]["status"]
        return converter | battery

    def _all_get(self, given: Parameters) -> Steps[JsonObject]:
        everything = yield from self._everything(given)
        return {key: everything[key] for key in ALL_GET_KEYS if key in everything}

    def _version(self, _: Parameters) -> Steps[JsonObject]:
        yield from ()
        faults = self._settings.faults
        version = faults.interface_version
        if version is None:
            version = f"{INTERFACE_MAJOR}.{self._settings.oddities.minor_version}"
        named = {faults.version_key: version} if faults.version_key else {}
        return named | {"dcdc_batt_comm_version": DRIVER_VERSION}

    def _hello(self, _: Parameters) -> Steps[JsonObject]:
        yield from ()
        if not self._settings.oddities.forgets_nothing_on_hello:
            self._memory.texts.clear()
        return {"message": "hello world"}
