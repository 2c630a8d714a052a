"""One instrument's message link over VISA, without the traps of the layers below it.

A transaction is a write, or a write and the read of its answer, under one lock. Nothing leaves that the
envelope has not seen. A late answer is never given to the next query. A set command is never sent twice: when
the link breaks around one, `TransportLost` tells the caller to read the state back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from instruments.audit import Audit, AuditEvent, Direction
from instruments.errors import BadAnswer, CannotConnect, NoAnswer, OutsideLimits, TransportLost
from instruments.message import Message, parse_message
from instruments.ports import Port, open_port
from instruments.promptness import Promptness, Question
from instruments.timing import Timekeeper, WallWire, Wire

LARGEST_ANSWER = 4_000_000
"""Bytes after which an answer that has not ended is taken for garbage."""
OPEN_ATTEMPTS = 3
"""Instruments with a single session need a moment to notice that the old one has gone."""
OPEN_GAP = 0.2
"""Seconds before a lost link is opened again, for the same reason."""
SETTLE = 0.2
"""Seconds of silence after which a serial line is taken to be empty."""
HUNG, HUNG_LOOK = 0.1, 0.002
"""Seconds after which a query without an answer keeps nobody from switching off, and between two looks at it."""
ALONE = 0.5
"""Seconds, at least, for which a question may stay open on a link on which nothing can be sent past it."""


class Pending(NamedTuple):
    """A question without its answer: since when (bench time, s) and which."""

    since: float
    question: Question


@dataclass(frozen=True)
class Pacing:
    """How fast and how much an instrument takes. Times in seconds; None = no bound known.

    min_gap: between the end of one message and the start of the next.
    commands_per_message, bytes_per_message: largest message, terminator included.
    commands_before_query: set commands after which the instrument must be asked something.
    idle_close: the instrument closes a socket without traffic after this time.
    """

    min_gap: float = 0.0
    commands_per_message: int | None = None
    bytes_per_message: int | None = None
    commands_before_query: int | None = None
    idle_close: float | None = None


class Answer(NamedTuple):
    """An answer without its terminator, and the bench time of request and reply in seconds."""

    text: str
    start: float
    end: float


class Transport:
    """The link to one instrument: `write`, `query`, one transaction at a time, from any thread.

    resource: VISA resource string. timeout: longest time to an answer, in bench seconds. envelope: called
    with every message before it is sent; raises OutsideLimits. backend: pyvisa's name for it.
    """

    def __init__(
        self,
        name: str,
        resource: str,
        clock: Timekeeper,
        *,
        pacing: Pacing | None = None,
        timeout: float = 2.0,
        open_timeout: float = 2.0,
        audit: Audit | None = None,
        envelope: Callable[[str], None] | None = None,
        backend: str = "@py",
        baud: int = 9600,
    ) -> None:
        self.name = name
        self.resource = resource
        self.reopened = -1
        """How often the link has been opened again: the instrument may have been restarted each time."""
        self._clock = clock
        self._pacing = pacing or Pacing()
        self._timeout = timeout
        self._audit = audit
        self._envelope = envelope
        self._backend, self._open_timeout, self._baud = backend, open_timeout, baud
        self._lock = clock.lock()
        self._closed = False
        self._dirty = False
        self._proven = True
        self._pending: Pending | None = None
        self._promptness = Promptness()
        self._told = ""
        self._inside: set[object] = set()
        self._sets_since_query = 0
        self._last_end = float("-inf")
        self._identity: str | None = None
        self._port: Port | None = None
        self._wire: Wire = WallWire()
        self._open(CannotConnect)

    def overdue_at(self, least: float) -> float | None:
        """Return the bench time at which the open question counts as not answered; None: none is open, or who knows.

        least: seconds that any question may stay open.
        """
        pending = self._pending
        if pending is None:
            return None
        bound = self._promptness.bound(pending.question, least)
        return None if bound is None else pending.since + bound

    def exclusive(self) -> AbstractContextManager[object]:
        """Return the lock, to keep several transactions together."""
        return self._lock

    def write(self, message: str, *, urgent: bool = False) -> None:
        """Send a message that has no answer.

        urgent: it switches off, so it waits for no answer that does not come, and goes out even when the link was
        lost and nothing has been read back since.
        Raises OutsideLimits (not sent), or TransportLost: then what the instrument has is unknown.
        """
        parsed = self._admit(message)
        if parsed.asks:
            raise ValueError(f"{self.name}: {message!r} has an answer; use query().")
        if urgent and self._interject(message):
            return
        with self._turn():
            if not urgent:
                self._ask_in_time(len(parsed.units))
            self._prepare(parsed, urgent)
            self._pace()
            dirty, proven = self._dirty, self._proven
            self._dirty, self._proven = True, False  # until it is sent, whatever interrupts
            self._send(message)
            self._dirty, self._proven = dirty, proven
            self._last_end = self._clock.now()
            self._told = message.partition(" ")[0]

    def query(self, message: str, *, timeout: float | None = None, consuming: bool = False) -> Answer:
        """Send a message and return its answer.

        consuming: asking changes the instrument (an error queue), so it is not asked again after a lost link.
        Raises OutsideLimits, NoAnswer, BadAnswer, TransportLost.
        """
        parsed = self._admit(message)
        if not parsed.asks:
            raise ValueError(f"{self.name}: {message!r} has no answer; use write().")
        with self._turn():
            self._prepare(parsed)
            question = Question(message if parsed.only_asks else "", self._told)
            try:
                return self._exchange(message, question, timeout or self._patience(question))
            except TransportLost:
                if consuming or not parsed.only_asks:
                    raise
            self._clock.sleep(OPEN_GAP)
            self._prepare(parsed)
            return self._exchange(message, question, timeout or self._timeout)

    def close(self) -> None:
        """Close the link; nothing is sent."""
        with self._lock:
            self._closed = True
            self._drop()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the link for one transaction; whoever must not wait sees that somebody is inside, or wants to be."""
        me = object()
        self._inside.add(me)
        try:
            with self._lock:
                yield
        finally:
            self._inside.discard(me)

    def _interject(self, message: str) -> bool:
        """Send a message although a query waits for its answer, if that does not come; tell whether that was so.

        The query goes on waiting and ends as it would have; the link is opened anew before the next one.
        """
        while self._inside:
            pending, port = self._pending, self._port
            if pending is not None and port is not None and self._clock.now() - pending.since >= HUNG:
                if not port.duplex:
                    return self._send_beside(message)
                self._send(message)
                return True
            self._clock.sleep(HUNG_LOOK)
        return False

    def _send_beside(self, message: str) -> bool:
        """Send a message in a second session, where the first can do one thing at a time; tell whether it has left."""
        try:
            beside = self._open_port()
        except OSError:
            return False  # an instrument with a single session, or USB: the open question ends first
        try:
            self._note("out", message)
            beside.send(message.encode("ascii") + b"\n", self._timeout)
            beside.close()
        except (EOFError, OSError):
            return False
        return True

    # ------------------------------------------------------------------ before sending

    def _admit(self, message: str) -> Message:
        """Let the envelope judge the message, then check that the instrument can take it at once."""
        if self._envelope is not None:
            try:
                self._envelope(message)
            except OutsideLimits:
                self._note("refused", message)
                raise
        if "\n" in message:
            raise ValueError(f"{self.name}: {message!r} holds several messages; send one at a time.")
        parsed = parse_message(message)
        most, longest = self._pacing.commands_per_message, self._pacing.bytes_per_message
        if most is not None and len(parsed.units) > most:
            raise ValueError(f"{self.name}: {message!r} has {len(parsed.units)} commands; it takes {most} at once.")
        if longest is not None and len(message) + 1 > longest:
            raise ValueError(f"{self.name}: message of {len(message) + 1} bytes; it takes {longest} at once.")
        return parsed

    def _prepare(self, parsed: Message, urgent: bool = False) -> None:
        """Bring the session into a state in which this message may be sent."""
        if self._closed:
            raise TransportLost(f"{self.name}: the link to {self.resource} has been closed by the bench.")
        if self._port is not None and (urgent or not self._dirty):
            self._look_for_hang_up(self._port)
        if not (self._proven or parsed.only_asks or urgent):
            raise TransportLost(
                f"{self.name}: the link to {self.resource} was lost, and {_texts(parsed)!r} was not sent: "
                "read back what the instrument is set to before setting anything."
            )
        if self._port is None:
            self._open(TransportLost)
        elif self._dirty and not urgent:  # what switches off needs no answer, so a late one does not matter
            self._repair(self._port)

    def _look_for_hang_up(self, port: Port) -> None:
        """Notice a peer that has closed since the last transaction; drop bytes that nobody asked for."""
        try:
            stale = port.discard()
        except (EOFError, OSError):
            limit = self._pacing.idle_close
            by_rule = limit is not None and self._clock.now() - self._last_end >= 0.8 * limit
            self._drop()
            self._proven = self._proven and by_rule
            return
        if stale:
            self._note("in", f"<unasked, dropped> {stale.decode('latin-1')!r}")

    def _repair(self, port: Port) -> None:
        """After a transaction that did not end: make sure that its late answer goes nowhere."""
        if port.reopenable:
            self._drop()
            self._open(TransportLost)
        else:
            self._drain(port)
        self._dirty = False

    def _drain(self, port: Port) -> None:
        """Empty a line that cannot be reopened: read until it is silent, then until a marker has come back."""
        try:
            while True:
                late = self._receive_some(port, self._clock.now() + SETTLE)
                self._note("in", f"<late, dropped> {late.decode('latin-1')!r}")
        except TimeoutError:
            self._note("in", "<silence>")
        marker = "*IDN?"
        self._pending = Pending(self._clock.now(), Question("", ""))
        try:
            self._send(marker)
            text = self._receive(self._clock.now() + self._timeout)
            while self._identity is not None and text != self._identity:
                self._note("in", f"<late, dropped> {text!r}")
                text = self._receive(self._clock.now() + self._timeout)
        except TimeoutError as problem:
            raise NoAnswer(
                f"{self.name}: {self.resource} does not answer {marker!r} after an answer was late."
            ) from problem
        finally:
            self._pending = None

    # ------------------------------------------------------------------ moving bytes

    def _patience(self, question: Question) -> float:
        """Return how long to wait for an answer: on a link on which nothing goes past it, not longer than it takes."""
        bound = None if self._port is None or self._port.duplex else self._promptness.bound(question, ALONE)
        return self._timeout if bound is None else min(self._timeout, bound)

    def _exchange(self, message: str, question: Question, timeout: float) -> Answer:
        """Send a query and read its answer."""
        self._pace()
        start = self._clock.now()
        self._dirty = True
        self._send(message)
        try:
            self._pending = Pending(start, question)
            text = self._receive(start + timeout)
        except TimeoutError as problem:
            raise NoAnswer(
                f"{self.name}: no answer to {message!r} from {self.resource} within {timeout:g} s."
            ) from problem
        finally:
            self._pending = None
            end = self._last_end = self._clock.now()
        self._dirty = False
        self._proven = True
        self._sets_since_query, self._told = 0, ""
        if question.text:
            self._promptness.note(question, end - start)
        if message == "*IDN?":
            self._identity = text
        self._note("in", text)
        return Answer(text, start, end)

    def _send(self, message: str) -> None:
        """Hand one message and its terminator to the operating system and tell the clock."""
        port = self._port
        if port is None:
            raise TransportLost(f"{self.name}: the link to {self.resource} is not open.")
        data = message.encode("ascii") + b"\n"
        self._note("out", message)
        try:
            port.send(data, self._timeout)
        except (EOFError, OSError) as problem:
            raise self._lost(f"sending {message!r}", problem) from problem
        self._wire.sent(len(data))

    def _receive(self, deadline: float) -> str:
        """Return one answer without its terminator. Raises TimeoutError at the deadline."""
        port = self._port
        if port is None:
            raise TransportLost(f"{self.name}: the link to {self.resource} is not open.")
        data = self._receive_some(port, deadline)
        while not port.framed and b"\n" not in data:
            if len(data) > LARGEST_ANSWER:
                raise BadAnswer(f"{self.name}: an answer that does not end, beginning {data[:40]!r}.")
            data += self._receive_some(port, deadline)
        line, _, rest = (data.rstrip(b"\n"), b"", b"") if port.framed else data.partition(b"\n")
        if rest:
            self._note("in", f"<unasked, dropped> {rest.decode('latin-1')!r}")
        return _decode(line.rstrip(b"\r"))

    def _receive_some(self, port: Port, deadline: float) -> bytes:
        """Return what comes next, as the clock lets it come. Raises TimeoutError at the deadline."""
        remaining = max(deadline - self._clock.now(), 0.0)
        known = self._wire.await_input(remaining)
        if known is None:
            try:
                port.discard()
            except (EOFError, OSError) as problem:
                raise self._lost("waiting for an answer", problem) from problem
            raise TimeoutError
        try:
            return port.receive(remaining, known)
        except TimeoutError:
            raise
        except (EOFError, OSError) as problem:
            raise self._lost("waiting for an answer", problem) from problem

    def _pace(self) -> None:
        """Keep the instrument's smallest gap between messages."""
        if self._pacing.min_gap:
            wait = self._last_end + self._pacing.min_gap - self._clock.now()
            if wait > 0.0:
                self._clock.sleep(wait)

    def _ask_in_time(self, commands: int) -> None:
        """Ask something before the instrument's bound of set commands without a query is reached."""
        most = self._pacing.commands_before_query
        if most is not None and self._sets_since_query + commands > most:
            self.query("*OPC?")
        self._sets_since_query += commands

    # ------------------------------------------------------------------ the session

    def _open(self, kind: type[CannotConnect] | type[TransportLost]) -> None:
        """Open the session and register its wire. Raises `kind` when nothing answers at the address."""
        for attempt in range(OPEN_ATTEMPTS):
            try:
                port = self._open_port()
                break
            except OSError as problem:
                if attempt == OPEN_ATTEMPTS - 1 or kind is CannotConnect:
                    raise kind(
                        f"{self.name}: cannot connect to {self.resource}: {problem}. "
                        "Is it switched on, is the address right, is another program using it?"
                    ) from problem
                self._clock.sleep(OPEN_GAP)
        self.reopened += 1
        self._port = port
        self._wire = WallWire() if port.key is None else self._clock.wire(port.key)
        self._dirty = False

    def _open_port(self) -> Port:
        return open_port(self.resource, backend=self._backend, open_timeout=self._open_timeout, baud=self._baud)

    def _lost(self, doing: str, problem: BaseException) -> TransportLost:
        """Drop the session and return the exception that says so."""
        self._drop()
        self._proven = False
        reason = "it closed the connection" if isinstance(problem, EOFError) else str(problem)
        return TransportLost(f"{self.name}: lost the link to {self.resource} while {doing}: {reason}.")

    def _drop(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _note(self, direction: Direction, text: str) -> None:
        if self._audit is not None:
            self._audit(AuditEvent(self._clock.now(), self.name, direction, text))


def _texts(parsed: Message) -> str:
    return ";".join(unit.text for unit in parsed.units)


def _decode(line: bytes) -> str:
    """Decode an answer: ASCII by IEEE 488.2, but unit symbols and user texts come in UTF-8 or Latin-1."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
