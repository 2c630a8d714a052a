"""An instrument behind a port: connections, framing, one message at a time, and the troubles of a link."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy
from simpy.events import Event

from hil.virtual.devices.scpi import troubles
from hil.virtual.devices.scpi.core import Core
from hil.virtual.devices.scpi.errors import ScpiError
from hil.virtual.devices.scpi.framing import LineBuffer
from hil.virtual.devices.scpi.interpreter import Interpreter, Program
from hil.virtual.wires.connection import Connection

MOST_WAITING = 1000
"""Messages that wait for an instrument; further ones are lost with an error, so that memory stays bounded."""

_TOLERANCE = 1e-6
"""Seconds by which a message may be early without being lost: rounding of times."""

_GARBAGE = bytes(range(0x80, 0xA0))


@dataclass(eq=False)
class _Client:
    connection: Connection
    buffer: LineBuffer
    last_message: float


class ScpiInstrument:
    """A SCPI instrument as a `Device` of the virtual bench."""

    def __init__(self, core: Core, interpreter: Interpreter) -> None:
        self.core = core
        self._interpreter = interpreter
        self._environment = core.environment
        self._quirks = core.quirks
        self._clients: dict[str, _Client] = {}
        self._waiting: deque[tuple[_Client, bytes | None]] = deque()
        self._busy = False
        self._last_arrival = float("-inf")
        self._commands_since_query = 0
        self._ready_at = self._environment.now
        self._worker: simpy.Process | None = None
        self._executing: _Client | None = None
        core.restarted = self._forget_clients
        core.power_on()
        troubles.start(core)

    def connected(self, connection: Connection) -> None:
        """Serve a new client, or hang up on it: while booting, and when all places are taken."""
        now = self._environment.now
        if now < self._ready_at or len(self._clients) >= self._quirks.clients:
            connection.close()
            return
        buffer = LineBuffer(self._quirks.terminators, self._quirks.longest_message)
        client = _Client(connection, buffer, now)
        self._clients[connection.key] = client
        if self._quirks.idle_disconnect and not connection.key.startswith("tty:"):
            self._environment.process(self._watch_idleness(client, self._quirks.idle_disconnect))

    def received(self, connection: Connection, data: bytes) -> None:
        """Take bytes; complete messages are carried out one after the other."""
        client = self._clients.get(connection.key)
        if client is None:
            return
        for message in client.buffer.feed(data):
            if self._clients.get(connection.key) is not client:
                return
            self._arrived(client, message)

    def disconnected(self, connection: Connection) -> None:
        """Forget a client. What it has already sent is still carried out, but nobody waits for its answers."""
        client = self._clients.get(connection.key)
        if client is not None and client.connection is connection:
            del self._clients[connection.key]
            self._give_up_on(client)

    def set_fault(self, name: str, value: object) -> None:
        """Lay a fault on the instrument at run time, or take it off; names and values as in `InstrumentFaults`.

        Raises:
            ValueError: there is no such fault, or it does not take this value.
        """
        troubles.lay(self.core, name, value)

    def _arrived(self, client: _Client, message: bytes | None) -> None:
        now = self._environment.now
        client.last_message = now
        early = now - self._last_arrival < self._quirks.gap - _TOLERANCE
        if early or (message is not None and not message.strip()):
            return
        self._last_arrival = now
        if self._counts_down_to_hang_up():
            self._hang_up(client)
            return
        if len(self._waiting) >= MOST_WAITING:
            self.core.note(self._overrun())
            return
        self._waiting.append((client, message))
        if not self._busy:
            self._busy = True
            self._worker = self._environment.process(self._serve())

    def _serve(self) -> Generator[Event, Any, None]:
        """Carry out what waits, in order, until nothing does."""
        while self._waiting:
            client, message = self._waiting.popleft()
            yield from self._carry_out(client, message)
        self._busy = False

    def _carry_out(self, client: _Client, message: bytes | None) -> Generator[Event, Any, None]:
        core, quirks = self.core, self._quirks
        if message is None:
            core.note(self._overrun())
            return
        program = self._interpreter.compile(message)
        core.message_arrived()
        restarts = core.restarts
        commands = program.units - program.queries
        yield self._environment.timeout(commands * quirks.command_time + program.queries * quirks.query_time)
        if core.restarts != restarts:
            return
        if 0 < quirks.longest_compound < program.units:
            core.note(self._overrun())
            return
        if self._too_many_without_query(commands, program.queries):
            core.note(self._overrun())
            return
        answer = yield from self._execute(client, program)
        if answer is None:
            return
        if core.faults.late_by:
            yield self._environment.timeout(core.faults.late_by)
        if quirks.interrupting == "interrupts" and self._waiting:
            core.note(ScpiError(-410))
            return
        self._answer(client, answer.encode("latin-1", "replace") + quirks.reply_terminator)

    def _execute(self, client: _Client, program: Program) -> Generator[Event, Any, str | None]:
        """Run a program; a query that still waits when its client is gone is given up."""
        self._executing = client if program.queries else None
        try:
            return (yield from self._interpreter.execute(program, self.core))
        except simpy.Interrupt:
            return None
        finally:
            self._executing = None

    def _give_up_on(self, client: _Client) -> None:
        if self._executing is client and self._worker is not None:
            self._executing = None
            self._worker.interrupt("the client is gone")

    def _too_many_without_query(self, commands: int, queries: int) -> bool:
        most = self._quirks.commands_before_query
        self._commands_since_query = 0 if queries else self._commands_since_query + commands
        return 0 < most < self._commands_since_query

    def _overrun(self) -> ScpiError:
        return ScpiError(self._quirks.overrun, self._quirks.overrun_text)

    def _answer(self, client: _Client, answer: bytes) -> None:
        if self._clients.get(client.connection.key) is not client:
            return
        faults = self.core.faults
        if faults.silent:
            return
        if faults.garbage:
            answer = bytes(self.core.rng.choice(_GARBAGE) for _ in answer) + self._quirks.reply_terminator
        if faults.half_answer or faults.drop_in_answer:
            answer = answer[: len(answer) // 2]
        client.connection.send(answer)
        if faults.drop_in_answer:
            self._hang_up(client)

    def _counts_down_to_hang_up(self) -> bool:
        faults = self.core.faults
        if faults.hang_up_after is None:
            return False
        if faults.hang_up_after == 0:
            faults.hang_up_after = None
            return True
        faults.hang_up_after -= 1
        return False

    def _hang_up(self, client: _Client) -> None:
        if self._clients.pop(client.connection.key, None) is not None:
            client.connection.close()
            self._give_up_on(client)

    def _forget_clients(self) -> None:
        """Restart: every connection is lost and none is taken while booting."""
        for client in list(self._clients.values()):
            self._hang_up(client)
        self._waiting.clear()
        self._ready_at = self._environment.now + self._quirks.boot_time

    def _watch_idleness(self, client: _Client, allowed: float) -> Generator[Event, Any, None]:
        while self._clients.get(client.connection.key) is client:
            left = client.last_message + allowed - self._environment.now
            if left <= _TOLERANCE:
                self._hang_up(client)
                return
            yield self._environment.timeout(left)
