"""The virtual bench's own time: held by one client on the time wire, or following the wall clock.

Held (*stepped*): time stands still until the client allows it to pass, and only once every byte that the client
says it has sent has been received; inputs are then given to the devices in the order in which they were sent. It
stops early as soon as something has been delivered on a wire that the client watches.

Free (*realtime*): nobody holds the time wire; bench time follows the wall clock and inputs are taken as they come.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import simpy

from hil.virtual.wires.connection import Device

Answer = TypeVar("Answer")


@dataclass(eq=False)
class Link:
    """One connection between a client and a device."""

    key: str
    device: Device
    write: Callable[[bytes], None]
    hang_up: Callable[[], None]
    keeper: Timekeeping
    received: int = 0
    waiting: bytearray = field(default_factory=bytearray)
    open: bool = True

    def send(self, data: bytes) -> None:
        """Deliver `data` to the client at the present bench time."""
        if self.open:
            self.write(data)
            self.keeper.delivered(self, len(data))

    def close(self) -> None:
        """Hang up."""
        if self.open:
            self.hang_up()
            self.keeper.lost(self)


@dataclass(frozen=True)
class Step:
    """What the client on the time wire wants: time to pass until `until`.

    opened: wires whose connection is new; each claims the connection of that name that nobody has claimed yet, for
    port numbers come back. sent: bytes that must have been received on each wire before time passes.
    """

    until: float
    opened: list[str]
    sent: dict[str, int]
    answer: Callable[[float, list[tuple[str, int]], list[str]], None]


class Timekeeping:
    """Lets the time of a SimPy environment pass, held or free."""

    def __init__(self, environment: simpy.Environment, held: bool) -> None:
        self.environment = environment
        self.held = held
        self.held_by_client = False
        self.inspectors = 0
        """Clients on the time wire, whether they hold the time or only look."""
        self._links: dict[str, Link] = {}
        self._unclaimed: dict[str, Link] = {}
        self._claimed: dict[str, Link] = {}
        self._input: list[tuple[str, int]] = []
        self._closed: list[str] = []
        self._step: Step | None = None
        self._waiting: list[Link] = []
        self._wall = time.monotonic()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def has_clients(self) -> bool:
        """Tell whether anybody is connected; a pseudo-terminal always is and does not count."""
        return self.inspectors > 0 or any(not key.startswith("tty:") for key in self._links)

    def connected(self, link: Link) -> None:
        """Take note of a new connection."""
        self._links[link.key] = link
        self._unclaimed[link.key] = link
        self._present()
        link.device.connected(link)
        self._go_on()

    def lost(self, link: Link) -> None:
        """Take note that a connection is gone, whoever ended it."""
        if not link.open:
            return
        link.open = False
        if self._links.get(link.key) is link:
            del self._links[link.key]
        self._present()
        link.device.disconnected(link)
        if self._claimed.get(link.key) is link:
            self._closed.append(link.key)
        self._go_on()

    def arrived(self, link: Link, data: bytes) -> None:
        """Take what a client has sent."""
        link.received += len(data)
        if self.held:
            link.waiting += data
            self._waiting.append(link)
            self._try_step()
        else:
            self._present()
            link.device.received(link, data)
            self._follow()

    def delivered(self, link: Link, count: int) -> None:
        """Take note that a device has sent something."""
        if self.held and self._claimed.get(link.key) is link:
            self._input.append((link.key, count))

    def take(self) -> float:
        """Hold the time from now on; return the present bench time."""
        self._present()
        self.held = self.held_by_client = True
        if self._alarm is not None:
            self._alarm.cancel()
        return float(self.environment.now)

    def let_go(self) -> None:
        """Follow the wall clock from now on."""
        self.held = self.held_by_client = False
        self._step = None
        self._unclaimed.clear()
        self._claimed.clear()
        self._wall = time.monotonic() - float(self.environment.now)
        self._feed_waiting()
        self._follow()

    def look(self, question: Callable[[], Answer]) -> Answer:
        """Ask something about the present, or change it: time that follows the wall clock is brought up to it first."""
        self._present()
        try:
            return question()
        finally:
            self._follow()

    def start(self) -> None:
        """Begin to follow the wall clock, unless the time is held from the start."""
        self._wall = time.monotonic() - float(self.environment.now)
        self._follow()

    def request(self, step: Step) -> None:
        """Let time pass as `step` says, as soon as everything it names has been received."""
        self._step = step
        self._try_step()

    def _try_step(self) -> None:
        step = self._step
        if step is None or not self._has_received_all(step):
            return
        self._step = None
        for link, _ in self._asked_for(step):
            self._feed(link)
        self._feed_waiting()
        self._run(step.until, stop_at_input=True)
        inputs, self._input = self._input, []
        closed, self._closed = self._closed, []
        for key in closed:
            self._claimed.pop(key, None)
        step.answer(float(self.environment.now), inputs, closed)

    def _has_received_all(self, step: Step) -> bool:
        while step.opened:
            key = step.opened[0]
            if key in self._unclaimed:
                self._claimed[key] = link = self._unclaimed.pop(key)
                if not link.open:
                    self._closed.append(key)
            elif not key.startswith("tty:") or key not in self._claimed:
                return False
            step.opened.pop(0)
        return all(not link.open or link.received >= count for link, count in self._asked_for(step))

    def _asked_for(self, step: Step) -> list[tuple[Link, int]]:
        return [(self._claimed[key], count) for key, count in step.sent.items() if key in self._claimed]

    def _feed_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for link in waiting:
            self._feed(link)

    def _feed(self, link: Link) -> None:
        if link.waiting and link.open:
            data = bytes(link.waiting)
            link.waiting.clear()
            link.device.received(link, data)

    def _run(self, until: float, stop_at_input: bool) -> None:
        environment = self.environment
        while not (stop_at_input and (self._input or self._closed)) and environment.peek() <= until:
            environment.step()
        if not (stop_at_input and (self._input or self._closed)) and until > environment.now:
            environment.run(until=until)
            environment.step()  # SimPy leaves the event that ended the run in its queue

    def _go_on(self) -> None:
        if self.held:
            self._try_step()
        else:
            self._follow()

    def _present(self) -> None:
        if not self.held:
            self._run(time.monotonic() - self._wall, stop_at_input=False)

    def _follow(self) -> None:
        if self.held:
            return
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = self.environment.peek()
        if due != float("inf"):
            delay = max(0.0, due - (time.monotonic() - self._wall))
            self._alarm = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._alarm = None
        self._present()
        self._follow()
