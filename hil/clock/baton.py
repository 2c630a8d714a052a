"""Workers that take turns: one thread runs, the others wait, and who is next never depends on the machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

FOREVER = float("inf")


def _closed_gate() -> threading.Lock:
    """Return a lock that is taken: whoever passes the baton releases it. A semaphore would cost three times as much."""
    gate = threading.Lock()
    gate.acquire()
    return gate


@dataclass(eq=False)
class Worker:
    """One thread that takes part.

    wake: bench time at which it goes on at the latest. ready: lets it go on earlier. order: its place among
    those that may go on at the same time. running: it holds the baton.
    """

    name: str
    wake: float = FOREVER
    ready: Callable[[], bool] | None = None
    order: int = 0
    running: bool = False
    gate: threading.Lock = field(default_factory=_closed_gate)


class Hand:
    """A thread, with the worker that it is and the work that it does until it is assigned the next one."""

    def __init__(self, worker: Worker, work: Callable[[], None]) -> None:
        self.worker, self.work = worker, work
        self.assigned = _closed_gate()

    def assign(self, worker: Worker, work: Callable[[], None]) -> None:
        """Give an idle thread its next worker."""
        self.worker, self.work = worker, work
        self.assigned.release()


class Baton:
    """Hands the right to run from worker to worker.

    `advance(until)` is called while nobody can run: it lets bench time pass up to `until` and returns the new
    time. Only the holder of the baton touches this object, so it needs no lock.
    """

    def __init__(self, advance: Callable[[float], float]) -> None:
        self._advance = advance
        self._workers: list[Worker] = []
        self._idle: list[Hand] = []
        self._mine = threading.local()
        self._order = 0
        self._broken: Exception | None = None
        self.now = 0.0

    def join(self) -> None:
        """Make the calling thread the first worker; it holds the baton."""
        worker = Worker(threading.current_thread().name, running=True)
        self._workers.append(worker)
        self._mine.worker = worker

    def spawn(self, work: Callable[[], None], name: str) -> None:
        """Add a worker; it runs `work` when it is its turn, at the present bench time."""
        worker = Worker(name, wake=self.now, order=self._next_order())
        self._workers.append(worker)
        if self._idle:
            self._idle.pop().assign(worker, work)
        else:
            hand = Hand(worker, work)
            threading.Thread(target=self._live, args=(hand,), daemon=True).start()

    def park(self, wake: float, ready: Callable[[], bool] | None = None) -> bool:
        """Wait until bench time `wake` or until `ready()`; tell whether `ready()` holds.

        An exception that arrives in the meantime (Ctrl-C) is raised once the worker holds the baton again.
        """
        worker = self.me()
        worker.wake, worker.ready, worker.order = wake, ready, self._next_order()
        chosen = self._choose()
        if chosen is not worker:
            worker.running = False
            self._pass_to(chosen)
            self._await_turn(worker)
        return ready is not None and ready()

    def me(self) -> Worker:
        """Return the calling thread's worker. Raises RuntimeError for a thread that is none."""
        worker: Worker | None = getattr(self._mine, "worker", None)
        if worker is None or not worker.running:
            name = threading.current_thread().name
            raise RuntimeError(f"Thread {name} asked the stepped clock without being one of its workers.")
        return worker

    def _next_order(self) -> int:
        self._order += 1
        return self._order

    def _choose(self) -> Worker:
        while True:
            now = self.now
            best: Worker | None = None
            until = FOREVER
            for worker in self._workers:
                if worker.wake <= now or (worker.ready is not None and worker.ready()):
                    if best is None or worker.order < best.order:
                        best = worker
                elif worker.wake < until:
                    until = worker.wake
            if best is not None:
                return best
            if until == FOREVER:
                names = ", ".join(worker.name for worker in self._workers)
                self._broken = RuntimeError(f"Every worker waits for ever: {names}.")
                raise self._broken
            self.now = self._let_time_pass(until)

    def _let_time_pass(self, until: float) -> float:
        if self._broken is None:
            try:
                return self._advance(until)
            except Exception as error:
                self._broken = error
                raise
        raise self._broken

    def _pass_to(self, worker: Worker) -> None:
        worker.running = True
        worker.gate.release()

    def _await_turn(self, worker: Worker) -> None:
        interruption: BaseException | None = None
        while not worker.running:
            try:
                worker.gate.acquire()
            except BaseException as error:  # noqa: BLE001 - raised below, with the baton in hand
                interruption = error
                worker.wake = self.now
        if interruption is not None:
            worker.gate.acquire(blocking=False)
            raise interruption
        if self._broken is not None:
            raise self._broken

    def _live(self, hand: Hand) -> None:
        """Do one worker's work after the other, as long as nothing goes wrong: a run starts thousands of workers."""
        while True:
            worker = self._mine.worker = hand.worker
            threading.current_thread().name = worker.name
            try:
                self._await_turn(worker)
                hand.work()
                self._idle.append(hand)
            finally:
                self._workers.remove(worker)
                if self._workers:
                    self._pass_to(self._workers[0] if self._broken is not None else self._successor())
            hand.assigned.acquire()

    def _successor(self) -> Worker:
        try:
            return self._choose()
        except Exception:  # noqa: BLE001 - kept in _broken; whoever gets the baton raises it
            return self._workers[0]
