"""The driver as a device of the virtual bench: connections in, calls one after the other, answers out."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from typing import Any

import simpy

from hil.virtual.devices.driver import rendering
from hil.virtual.devices.driver.answers import Answer, failure, internal_error
from hil.virtual.devices.driver.battery import Battery
from hil.virtual.devices.driver.board import Board
from hil.virtual.devices.driver.bus import Bus, Steps
from hil.virtual.devices.driver.disturbance import Disturbance
from hil.virtual.devices.driver.modbus import ModbusMaster
from hil.virtual.devices.driver.parameters import STOP, Memory
from hil.virtual.devices.driver.port import Converter
from hil.virtual.devices.driver.problems import CallError
from hil.virtual.devices.driver.reading import Reader
from hil.virtual.devices.driver.request import Request
from hil.virtual.devices.driver.service import GOODBYE, Service
from hil.virtual.devices.driver.session import Session
from hil.virtual.devices.driver.settings import DriverSettings
from hil.virtual.devices.driver.view import View
from hil.virtual.devices.driver.writing import Writer
from hil.virtual.wires.connection import Connection

WATCHDOG_PERIOD = 10.0
"""How often a driver with force_dcdc_waiting looks at the permission, s."""


class Driver:
    """Serves the Web API: one call at a time, in the order in which the requests are complete."""

    def __init__(
        self,
        environment: simpy.Environment,
        converter: Converter,
        battery_master: ModbusMaster,
        settings: DriverSettings,
        bring_up_to_date: Callable[[], None],
        rng: random.Random,
    ) -> None:
        self._environment = environment
        self._settings = settings
        self._rng = rng
        self._memory = Memory()
        self._view = View(environment, converter, settings, bring_up_to_date)
        self._battery = Battery(environment, battery_master, settings)
        bus = Bus(environment, converter, settings, bring_up_to_date)
        self._writer = Writer(environment, bus, self._view, self._memory, settings)
        reader = Reader(bus, self._view, settings)
        self._service = Service(environment, reader, self._writer, self._battery, self._memory, settings)
        self._disturbance = Disturbance(settings.faults, rng)
        self._sessions: dict[str, Session] = {}
        self._queue: list[Session] = []
        self._arrival = environment.event()
        self._turn = simpy.Resource(environment)
        self._serving: Session | None = None
        self._last_answer: Answer | None = None
        self._answers = 0
        self._board = Board(environment, converter, settings, bring_up_to_date)
        self._board.when_stopped(self._stopped)
        self._board.when_started(self._begin)
        self._server = environment.process(self._serve())
        if settings.faults.stops_on_denial:
            environment.process(self._watchdog())

    def connected(self, connection: Connection) -> None:
        """Accept a client; hang up at once while the board is down."""
        if self._board.is_up:
            self._sessions[connection.key] = Session(connection, self._settings.oddities, lambda: self._environment.now)
        else:
            connection.close()

    def received(self, connection: Connection, data: bytes) -> None:
        """Take bytes of a request."""
        session = self._sessions.get(connection.key)
        if session is None or not self._board.is_up:
            return
        waited = session.request is not None
        session.feed(data)
        if session.request is not None and not waited:
            self._enqueue(session)
        if not session.is_open:
            self._sessions.pop(connection.key, None)
            self._wake()

    def disconnected(self, connection: Connection) -> None:
        """Forget a client. A request that it has already made is carried out all the same."""
        session = self._sessions.pop(connection.key, None)
        if session is not None:
            session.lost()
            self._wake()

    def _enqueue(self, session: Session) -> None:
        running = self._serving
        session.overlaps = running is not None or bool(self._queue)
        if session.overlaps and self._settings.faults.overlap == "refused":
            session.close()
            return
        if running is not None:
            running.overlaps = running.overlaps or self._settings.faults.overlap == "errors"
        self._queue.append(session)
        self._wake()

    def _wake(self) -> None:
        if not self._arrival.triggered:
            self._arrival.succeed()

    def _next(self) -> Session | None:
        if not self._queue:
            return None
        first = next(iter(self._sessions.values()), None)
        if self._settings.oddities.idle_connection_blocks and first is not None:
            return first if first in self._queue else None
        return self._queue[0]

    def _serve(self) -> Generator[simpy.Event, Any, None]:
        while True:
            session = self._next()
            if session is None:
                self._arrival = self._environment.event()
                yield self._arrival
                continue
            self._queue.remove(session)
            self._serving = session
            try:
                with self._turn.request() as turn:
                    yield turn
                    yield from self._attend(session)
            except simpy.Interrupt:
                session.close()
            self._serving = None

    def _attend(self, session: Session) -> Steps[None]:
        request = session.request
        if request is None:
            return
        faults = self._settings.faults
        dropped = self._disturbance.drops(request.path)
        if not dropped or faults.drop_executed:
            answer = yield from self._carry_out(session, request)
            yield self._environment.timeout(self._disturbance.delay(request.path))
        else:
            answer = failure("read timeout")
        if not self._board.is_up:
            return
        self._last_answer = answer
        if dropped:
            self._drop(session, request, answer)
        else:
            self._answers += 1
            glitches = self._answers % faults.glitch_every == 0
            shown = rendering.finished(answer, request.path, request.url, self._settings, self._rng, glitches)
            session.answer(shown)
        self._release(session)
        said_goodbye = request.path == GOODBYE and self._settings.restarts_on_goodbye
        if said_goodbye or self._disturbance.restarts():
            self._board.restart(faults.restart_outage)

    def _carry_out(self, session: Session, request: Request) -> Steps[Answer]:
        overlap = self._settings.faults.overlap if session.overlaps else "queued"
        self._view.deaf = overlap == "lost_commands"
        try:
            answer = yield from self._service.answer(request)
        finally:
            self._view.deaf = False
        if overlap == "mixed_answers" and self._last_answer is not None:
            return self._last_answer
        if session.overlaps and self._settings.faults.overlap == "errors":
            return failure("checksum error")
        return answer

    def _drop(self, session: Session, request: Request, answer: Answer) -> None:
        shown = rendering.finished(answer, request.path, request.url, self._settings, self._rng)
        match self._settings.faults.drop_how:
            case "status_400":
                session.answer(rendering.finished(failure("read timeout"), "", "", self._settings, self._rng))
            case "status_500":
                session.answer(internal_error(request.url))
            case "reset":
                session.close()
            case "half_answer":
                session.answer_half(shown)
            case _:
                session.leave_unanswered()

    def _release(self, session: Session) -> None:
        if session.is_open:
            if session.request is not None:
                self._enqueue(session)
        elif self._sessions.get(session.key) is session:
            del self._sessions[session.key]

    def _stopped(self) -> None:
        for session in [*self._sessions.values(), *self._queue]:
            session.close()
        self._sessions.clear()
        self._queue.clear()
        self._memory.forget(keep_texts=self._settings.oddities.keeps_cache_over_restart)
        self._view.forget()
        self._battery.forget()
        if self._serving is not None and self._environment.active_process is not self._server:
            self._server.interrupt()

    def _begin(self) -> None:
        self._environment.process(self._at_start())

    def _at_start(self) -> Generator[simpy.Event, Any, None]:
        faults = self._settings.faults
        mode = STOP if faults.restart_stops_converter else self._memory.mode_before_stop
        if not (faults.restart_stops_converter or faults.resumes_mode_at_start):
            return
        with self._turn.request() as turn:
            yield turn
            yield from self._quietly(self._writer.command(mode))

    def _watchdog(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self._environment.timeout(WATCHDOG_PERIOD)
            if not self._board.is_up:
                continue
            with self._turn.request() as turn:
                yield turn
                yield from self._quietly(self._stop_when_denied())

    def _stop_when_denied(self) -> Steps[None]:
        yield from self._battery.read()
        if self._battery.denied:
            yield from self._writer.command(STOP)

    def _quietly(self, steps: Steps[None]) -> Steps[None]:
        try:
            yield from steps
        except CallError:
            return
